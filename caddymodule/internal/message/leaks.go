package message

import (
	"regexp"
	"strings"
)

// sources matches the ends of file names that only developers talk about.
const sources = `java|kt|kts|scala|groovy|clj|cs|vb|fs|cshtml|aspx?|ashx|asmx|py|rb|erb|php|phtml|inc|[cm]?js|jsx|tsx?|go|rs|c|cc|cpp|h|hpp|swift|pl|pm|lua|exs?|erl|sql`

// sourceHints spells the names out, as hints are literals.
func sourceHints() []string {
	plain := strings.NewReplacer("[cm]?js", "js|.cjs|.mjs", "aspx?", "asp", "tsx?", "ts", "exs?", "ex").Replace(sources)
	names := strings.Split(plain, "|")
	for i, name := range names {
		names[i] = "." + strings.TrimPrefix(name, ".")
	}
	return names
}

// leaks are written from what the frameworks and databases print, in the words
// of their own sources. All patterns run in linear time, as Go's always do.
var leaks = []leak{
	{"stack frame", []string{
		"traceback (most recent call last)", "stack trace", "stacktrace", "goroutine ", "(unknown source)",
		"(native method)", "{main}", "panicked at", "panic serving", "core dumped", "segmentation fault", "sigsegv",
		"end of inner exception", "end of stack trace",
	}, regexp.MustCompile(`(?i)traceback \(|stack ?trace|goroutine \d+ \[|\((?:unknown source|native method)\)|\{main\}|panicked at|panic serving|core dumped|segmentation fault|sigsegv|end of inner exception`)},
	{"stack frame", []string{"("}, regexp.MustCompile(
		`(?:^|\s)(?:at|bei|à|en|in) (?:[\w$]+[./])+[\w$` + "`" + `]*\(`)}, // .NET translates the "at"
	{"stack frame", sourceHints(), regexp.MustCompile(
		`(?i)[\w$>)-]\.(?:` + sources + `)(?::\d|\(\d+\)|["']?,? (?:on )?line \d)`)},
	{"stack frame", []string{"line "}, regexp.MustCompile(
		`(?i):line \d|\bfile ["'][^"']*["'], line \d|\bin \S*[./\\]\S* on line \d|, line:? \d+, (?:position|column):? \d|\blinenumber: \d`)},
	{"stack frame", []string{"panic: "}, regexp.MustCompile(`(?:^|[.:;\]] )panic: `)},

	{"exception", []string{"exception"}, regexp.MustCompile(
		`\w(?:Exception|EXCEPTION)s?(?:\b|_)|\bException:|(?i)\bunhandled exception|\bexception (?:in thread|of type|was thrown|details)`)},
	{"exception", []string{"error", "php "}, regexp.MustCompile(
		`\b[A-Za-z_]\w*Errors?\b|\b(?:fatal|parse|catchable|recoverable|syntax) error: |(?i)\bphp \w+(?: error)?: |\b(?:fatal|parse|runtime|fatal runtime) error: |\brpc error: |\bserver error in '`)},
	{"exception", []string{"::"}, regexp.MustCompile(`\b[A-Za-z_]\w*::[A-Za-z_<{]`)}, // Ruby, C++, Rust, PHP
	{"exception", []string{`\`}, regexp.MustCompile(`\b[A-Z]\w+(?:\\{1,2}[A-Z]\w+){2,}`)},
	{"exception", []string{
		"java.", "javax.", "jakarta.", "org.", "com.", "net.", "io.", "kotlin.", "scala.", "akka.", "android.", "sun.",
		"system.", "microsoft.", "newtonsoft.", "psycopg", "sqlalchemy.", "django.", "pymysql.", "pymongo.", "asyncpg.",
		"werkzeug.", "pydantic",
	}, regexp.MustCompile(
		`\b(?:java|javax|jakarta|org|com|net|io|kotlin|scala|akka|android|sun)\.(?:[a-z_]\w*\.)+[A-Z]\w*` +
			`|\bSystem\.(?:[A-Z]\w*\.[A-Z]|Array|Boolean|Byte|Char|Data|Date|Decimal|Double|Enum|Guid|Int\d|IO\b|Linq|Net\b|Nullable|Object|Runtime|Security|Single|String|Text|Threading|Type|Uri|Web|Xml)` +
			`|\bMicrosoft\.[A-Z]\w*[.+][A-Z]|\bNewtonsoft\.Json|\b(?:psycopg2?|sqlalchemy|django|pymysql|pymongo|asyncpg|werkzeug|pydantic(?:_core)?)\.\w`)},
	{"exception", []string{
		"object reference not set", "nullreference", "nullpointer", "null pointer", "nil pointer", "invalid memory address",
		"index out of range", "outofmemory", "outofbounds", "undefined index:", "undefined variable", "undefined offset:",
		"undefined array key", "undefined property", "undefined method", "undefined local variable", "call to undefined",
		"call to a member function", "trying to access array offset", "cannot read propert", "cannot set propert",
		"[object object]", "'nonetype'", "has no attribute '", "invalid literal for int()", "unexpected token '",
		"unexpected token <", "unexpected end of json", "is not valid json", "in json at position", "json parse error",
		"cannot unmarshal", "looking for beginning of", "go struct field", "the json value could not be converted",
		"error converting value", "could not be deserialized", "cannot deserialize", "nullable object must have a value",
		"sequence contains no ", "index was outside the bounds", "specified cast is not valid",
		"(parameter '", "parameter name: ", "failed to convert value of type", "failed to convert property value",
		"validation failed for object=", "validation failed for argument", "validation failed for method",
		"handler dispatch failed", "cast to objectid failed", "whitelabel error page", "context deadline exceeded",
		"uniqueviolation", "does not indicate success: ", "maximum recursion depth", "stack overflow", "call stack size",
	}, nil},
	{"exception", []string{"0x8", "errno "}, regexp.MustCompile(`\b0x8[0-9A-Fa-f]{7}\b|(?i)\berrno \d`)},
	{"exception", []string{"cannot "}, regexp.MustCompile(`\b(?i:cannot) (?:GET|HEAD|POST|PUT|PATCH|DELETE) /`)},
	{"exception", []string{
		"x509: ", "tls: ", "sql: ", "json: ", "strconv: ", "pq: ", "asn1: ", "crypto/", "encoding/", "net/",
	}, regexp.MustCompile(
		`(?:^|[^\w'.-])(?:x509|tls|sql|json|strconv|pq|asn1|crypto/\w+|encoding/\w+|net/\w+): [a-z]`)},

	// What parsers and schema validators say of the text that they were given, which
	// they quote: libxml2, Xerces, the JSON readers of Python and Ruby.
	{"parser", []string{
		"schemasv", "schemav_", "cvc-", "{urn:", "{http", "not accepted by the pattern", "valid value of the atomic type",
		"unexpected token at", "expecting property name", "expecting value: line", "expecting ',' delimiter", "extra data: line",
		"unterminated string starting at", "translation missing:",
	}, nil},
	{"parser", []string{"{"}, regexp.MustCompile(`\{\s*\\?["'][^"']{1,64}\\?["']\s*:`)},
	{"parser", []string{
		"cannot destructure property", "' object is not ", "unsupported operand type",
		"no implicit conversion of", "buffering timed out", "allowed memory size of", "maximum execution time of",
		"was not in a correct format", "parsing time \"", "illegal base64 data", "invalid input syntax for type",
		"too long for type character", "doesn't have a default value", "remote server returned an error", "wrongtype ",
		"noauth ", "misconf ", "aadsts", "ldaperr", "arn:aws:", "access denied for user '", "password authentication failed",
		"unknown database '", "cannot open database ", "accepting tcp/ip connections", "prisma.", "req.body",
	}, nil},
	{"parser", []string{"is not a function", "is undefined"}, regexp.MustCompile(`[\w$]\.[\w$]+ is (?:not a function|undefined)`)},
	{"SQL", []string{"key (", "table '"}, regexp.MustCompile(`(?i)\bkey \([\w, ]+\)=\(|\btable '[\w.]+' doesn't exist`)},
	{"secret", []string{"${", "/secrets/", ",dc="}, regexp.MustCompile(`\$\{[\w.]+\}|/secrets/[\w-]+|(?i),dc=\w`)},

	{"SQL", []string{"select"}, regexp.MustCompile(
		`\bSELECT\s+(?:(?:DISTINCT|ALL|TOP \S+)\s+)?[^\s,]+(?:\s+AS\s+\S+)?(?:\s*,\s*[^\s,]+(?:\s+AS\s+\S+)?)*\s+FROM\b` +
			`|\bSELECT\b.*\bFROM\b.*\b(?:WHERE|JOIN|LIMIT)\b` +
			`|(?i)\bselect\s+(?:\*|[\w.]+\(|\w+\.\w+\b).*\bfrom\b|\bselect\b.*\bfrom\b.*\bwhere\b.*[=<>?]`)},
	{"SQL", []string{"insert", "update", "delete", "table", "where"}, regexp.MustCompile(
		`\bINSERT\s+INTO\b|\bDELETE\s+FROM\b` +
			`|(?i)\binsert\s+into\s+[^\s(]+\s*(?:\(|values\b|select\b|set\b)|\bdelete\s+from\s+\S+\s+where\b` +
			`|\bupdate\s+\S+\s+set\s+\S+\s*=|\b(?:alter|drop|truncate)\s+table\b|\bcreate\s+table\s+\S+\s*\(` +
			`|\bwhere\s+[\w."]+\s*=\s*['"?@:$\d]`)},
	{"SQL", []string{
		"duplicate key", "duplicate entry '", "duplicate entry for", "unique constraint", "foreign key constraint",
		"constraint failed", "constraint violation", "integrity constraint", "sqlstate", "sqlcode", "syntax error at or near",
		"incorrect syntax near", "your sql syntax", "login failed for user", "violation of primary key",
		"violation of unique key", "cannot insert ", "or binary data would be truncated", "invalid column name",
		"invalid object name", "unknown column '", "data too long for column", "no such column", "no such table",
		"conversion failed when converting", "deadlock found", "deadlocked on", "deadlock detected", "odbc", "jdbc",
		"adodb", "ole db", "npgsql", "mysql", "mariadb", "postgres", "mongodb", "sqlite", "sql server", "e11000 ",
		"er_dup_entry", "stored procedure", "prepared statement", "could not execute statement", "could not extract resultset",
		"connection string", "initial catalog=", "data source=", "connection pool", "max pool size",
	}, nil},
	{"SQL", []string{"violates ", "ora-", "pls-", "tns-", "relation ", "column "}, regexp.MustCompile(
		`(?i)\bviolates [\w -]*constraint|\b(?:ora|pls|tns)-\d{4,5}|\b(?:relation|column) ["'][^"']+["'][\w ."']* (?:does not exist|cannot be null)`)},

	{"connection", []string{
		"econnrefused", "econnreset", "etimedout", "enotfound", "ehostunreach", "eai_again", "enoent", "eacces", "epipe",
		"connection refused", "actively refused", "reset by peer", "dial tcp", "no such host", "getaddrinfo",
		"name or service not known", "no route to host", "network is unreachable", "broken pipe", "socket hang up",
		"i/o timeout", "certificate verify failed", "unable to get local issuer", "ssl routines",
		"remote name could not be resolved", "network-related or instance-specific", "connect to the remote server",
		"communications link failure", "curl error", "curl: (", "upstream connect error",
	}, nil},

	{"file path", []string{":\\", ":/"}, regexp.MustCompile(`(?:^|[^\pL\pN])[A-Za-z]:[\\/]{1,2}[\pL\pN_.$%]`)},
	{"file path", []string{`\\`}, regexp.MustCompile(`\\\\[\w.$?-]+\\+[\w$.-]`)},
	{"file path", []string{"/"}, regexp.MustCompile(
		`(?:^|[^\pL\pN/._~%#&)*+?=|\\-])/(?:[a-z_.@][\w.@+%-]*|Users|Library|Applications|Volumes|System)/[\w.@+%-]` +
			`|=/(?:etc|home|opt|srv|tmp|usr|var)/|\.\./|(?:^|\s)(?:\.|~)/[\w.-]`)},
	{"file path", []string{`..\`, "node_modules", "site-packages", "web-inf", "wwwroot", "inetpub", "app_data", "file:/"}, nil},
	{"file path", []string{"/", `\`}, regexp.MustCompile(
		`\b[\w.-]+[/\\][\w.-]+\.(?:java|class|jar|war|kt|scala|cs|dll|exe|vb|cshtml|py|rb|go|rs|cpp|tsx?|yml|yaml|conf|config|ini|env|sqlite|mdb)\b`)},

	{"secret", []string{"eyj", "bearer ", "password=", "pwd=", "private key", "apikey=", "api_key=", "secret="}, regexp.MustCompile(
		`\beyJ[\w-]{8,}\.|(?i)\bbearer [\w.~+/-]{16,}|\b(?:password|pwd|api_?key|\w*secret)=[^\s.]|\bbegin [a-z ]*private key`)},
}
