package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// innocent are texts that validators mean for the person who signs up. All
// must pass as they are: a false alarm costs the user the one hint he needs.
var innocent = []string{
	// What the samples, the specifications and the frameworks say.
	"Loyalty ID '1234' is not associated with 'david@contoso.com' email address.",
	"Please enter a valid Postal Code.",
	"Please provide a Display Name with at least five characters.",
	"There was a problem with your request. You are not able to sign up at this time. Please contact your system administrator",
	"An error occurred while determining your app roles, please try again later.",
	"Your current balance is 30, but that costs 50.",
	"Email can't be blank",
	"email must be an email",
	"The UserName field is required.",
	"E-mail already registered",
	"One or more validation errors occurred.",
	"The team name must be at least 1 characters.",
	"The selected authorization.role is invalid.",
	"The users.0.email field is required.",
	"Language code is null or empty",
	"Null Parameters received",
	"Request content is empty",
	"Item not found",
	"Validation failed",
	"Error: this name is taken.",
	"An error occurred.",
	"An exception was made for your account.",
	"Code not found.",
	"Status unknown",
	"Your membership number was not found",
	// Near the words of SQL and of stack frames.
	"Please select a colour from the list.",
	"Select one option from the list where your country is shown.",
	"Please update your settings and insert your card into the reader.",
	"Delete from your basket what you do not need.",
	"SELECT A VALUE FROM THE LIST",
	"Where are you from? Tell us where your table is.",
	"Don't panic: your account is safe.",
	"There is a mistake on line 2 of your address.",
	"File 'cv.pdf' is too large.",
	"We can't find you at contoso.com (or at any of its branches).",
	"This is not a function of your plan.",
	"Your connection timed out, please try again.",
	"Details: the code has expired.",
	"In JSON we trust, said the error.",
	// Near paths, hosts, URLs.
	"See https://example.com/help for details.",
	"See https://example.com/help/sign-up.php?step=2&next=/a/b#top (opens a new window).",
	"Visit http://www.example.org:8443/faq, please.",
	"Go to www.contoso.com/register.aspx to sign up.",
	"Write to help+signup@example.com or david@contoso.local.",
	"Use your contoso.com address, e.g. first.last@contoso.co.uk.",
	"Born 12/31/2024 or 31/12/2024? Use yyyy/mm/dd.",
	"Enter 1/2 or 3/4.",
	"Choose male/female/other and/or leave it empty.",
	"Speed is in km/h, support is 24/7, w/o extra cost, n/a otherwise.",
	"Choose he/she/they, Mr/Mrs/Ms or m/f/d.",
	"The time must be between 08:00 and 17:30:00.",
	"Length must be min:8 and max:255.",
	"Use code:1234 or PIN:9876.",
	"Version 2.10.3.1 of the terms applies.",
	"Your IP address 203.0.113.7 is blocked.",
	"Your IPv6 address 2001:db8::1 is blocked.",
	"The domain \\ is not allowed; use CONTOSO\\david.",
	"Your password needs one of: @ # $ % ^ & * - _ ! + = [ ] { } | \\ : ' , ? / ` ~ \" ( ) ; . < >",
	"The ready.Internal users should sign in instead.",
	"The ratio is 16:9.",
	"Reference 7fb5e16a-1f0b-4c6e-9c36-0d6a2f6fbd11.",
	"Prices in € or $: 5.99/month",
	"Your password = your secret.",
	"The name must not start with a bearer of bad news.",
	"Item #12/3 is sold out.",
	"Foreign key holders need a permit.",
	"Your address line 2 is required, line 3 is not.",
	"Format: +49 (0)30/123456, or 0800/123/456.",
	"Name (first/last) is missing.",
	"'foo@bar' is not a valid email",
	"Please try again later. Reference: 0HMVFE0A284AM:00000001",
	"File must be .jpg/.png, max. 5 MB / file",
	// German.
	"Bitte geben Sie eine gültige Postleitzahl ein.",
	"Die E-Mail-Adresse ist bereits registriert.",
	"Fehler: Das Passwort muss mindestens 8 Zeichen lang sein.",
	"Ihre Kundennummer wurde nicht gefunden (z. B. 12-3456).",
	// French.
	"L’adresse e-mail n’est pas valide.",
	"Veuillez sélectionner un pays : champ obligatoire.",
	"Votre code a expiré ; demandez-en un nouveau à l'accueil.",
	// Spanish.
	"El código postal no es válido.",
	"¡Ya existe una cuenta con este correo electrónico!",
	"Error en el campo Nombre.",
	// Italian.
	"L'indirizzo e-mail è già registrato.",
	"Il codice fiscale non è corretto.",
	// Portuguese.
	"O número de telefone é inválido.",
	"A senha deve ter no mínimo 8 caracteres.",
	// Dutch.
	"Vul een geldige postcode in.",
	"Dit e-mailadres is al in gebruik.",
	// Polish.
	"Podany kod pocztowy jest nieprawidłowy.",
	"Hasło musi mieć co najmniej 8 znaków.",
	// Japanese.
	"有効な郵便番号を入力してください。",
	"詳しくは https://example.com/help を、または https://例え.jp/help。",
	"このメールアドレスは既に登録されています。",
	"性別（男/女/その他）を選択してください。",
	// Chinese.
	"请输入有效的邮政编码。",
	"该电子邮件地址已被注册。",
	// Others.
	"Введите действительный почтовый индекс.",
	"कृपया मान्य पिन कोड दर्ज करें।",
	"يرجى إدخال رمز بريدي صالح.",
	"올바른 우편번호를 입력하세요.",
}

// refused are texts that show internals.
var refused = []string{
	// Parsers and schema validators, which quote what they were given.
	":1:0:ERROR:SCHEMASV:SCHEMAV_CVC_PATTERN_VALID: Element '{urn:signups}email': The value 'x' is not accepted by the pattern 'y'.",
	"cvc-minLength-valid: Value 'x' with length = '1' is not facet-valid with respect to minLength '8'",
	"Expecting property name enclosed in double quotes: line 1 column 56 (char 55)",
	`859: unexpected token at '{"email":"ada@example.com","password":"hunter2",'`,
	`Could not read {"password": "hunter2"}`,
	"Email translation missing: en.activemodel.errors.models.signup.taken",
	// Stack frames.
	"Oops\n\tat com.foo.Bar.baz(Bar.java:12)",
	"at com.foo.Bar.<init>(Bar.java:12)",
	"at java.base/java.lang.Thread.run(Unknown Source)",
	"at sun.reflect.NativeMethodAccessorImpl.invoke0(Native Method)",
	`   at A.B() in C:\x.cs:line 3`,
	"   at A.B()",
	"   bei Contoso.Web.Check(String name)",
	"   à Contoso.Web.Check(String name)",
	"Traceback (most recent call last):\n  File \"x.py\", line 3, in <module>",
	`File "x.py", line 3`,
	`File "<string>", line 1`,
	"Fatal error: Uncaught thing",
	"Warning: Invalid argument supplied in /var/www/x.php on line 3",
	"Notice: Undefined index: email",
	"PHP Warning:  something",
	"Stack trace: #0 {main}",
	"app.rb:12:in 'foo'",
	"app.rb:12:in `foo'",
	"at Object.<anonymous> (file.js:1:2)",
	"    at processTicksAndRejections (node:internal/process/task_queues.js:95:5)",
	"goroutine 1 [running]:",
	"main.go:12: bad thing",
	"panic: it broke",
	"thread 'main' panicked at src/main.rs:4:5",
	"Segmentation fault (core dumped)",
	// Exceptions.
	"java.lang.NullPointerException",
	"NullPointerException: null",
	"org.springframework.dao.DuplicateKey",
	"System.Data.SqlClient.SqlException",
	"The JSON value could not be converted to System.Int32. Path: $.age | LineNumber: 0 | BytePositionInLine: 10.",
	"Microsoft.EntityFrameworkCore.DbUpdate",
	"IntegrityError",
	"django.db.utils.IntegrityError: x",
	"TypeError: Cannot read properties of undefined (reading 'x')",
	"ValidationError: name",
	"MY_EXCEPTION raised",
	"Exception: it broke",
	"Unhandled exception",
	"ActiveRecord::RecordInvalid",
	"called `Result::unwrap()` on an `Err` value",
	`Illuminate\Database\QueryProblem`,
	"Object reference not set to an instance of an object.",
	"Value cannot be null. (Parameter 'email')",
	"Value cannot be null.\r\nParameter name: email",
	"runtime error: index out of range [3] with length 3",
	"undefined method 'name' for nil",
	"[object Object]",
	"Unexpected token < in JSON at position 0",
	"json: cannot unmarshal string into Go struct field User.age of type int",
	"'NoneType' object has no attribute 'id'",
	"Validation failed for object='user'. Error count: 1",
	"Cannot POST /signup",
	"[Errno 13] Permission denied",
	"Failed with 0x80131904",
	"Error converting value {null}. Path 'age', line 1, position 12.",
	// SQL.
	"SELECT id, email FROM users",
	"select * from users",
	"SELECT u.id AS user_id FROM users u",
	"select count(*) from users",
	"select id from users where email = 'x'",
	"INSERT INTO users VALUES (1)",
	"insert into users (id) values (1)",
	"UPDATE users SET name = 'x'",
	"delete from users where id=1",
	"DROP TABLE users",
	`duplicate key value violates unique constraint "users_email_key"`,
	`null value in column "x" of relation "users" violates not-null constraint`,
	"ORA-00001: unique constraint violated",
	"SQLSTATE[23000]: Integrity constraint violation",
	`syntax error at or near "FROM"`,
	"Incorrect syntax near ','.",
	"Duplicate entry 'x' for key 'email'",
	"Login failed for user 'sa'",
	"UNIQUE constraint failed: users.email",
	`relation "users" does not exist`,
	"You have an error in your SQL syntax",
	"E11000 duplicate key error collection: app.users",
	"Cannot insert the value NULL into column 'x'",
	"Data Source=db;Initial Catalog=crm",
	// Paths.
	"Cannot open /var/www/html/index",
	"failed: (/opt/app)",
	"path=/etc/passwd",
	`Cannot open C:\inetpub\x`,
	"Cannot open D:/apps/x",
	`See \\fileserver\share`,
	"include ../config/db",
	"Error in src/app/user.service.ts",
	"read ~/.ssh/id_rsa",
	"/Users/david/app",
	// URLs, hosts, connections.
	"See http://localhost:8080/help",
	"See http://localhost/help",
	"See https://crm/help",
	"See https://crm:8443/help",
	"See http://10.0.0.5/help",
	"See http://[fd00::1]/help",
	"See http://validator.default.svc/x",
	"See http://validator.default.svc.cluster.local:8080/x",
	"See https://crm.corp/x",
	"See https://user:pw@example.com/x",
	"postgres://app:pw@db.example.com/crm",
	"file:///etc/passwd",
	"jdbc:oracle:thin:@db",
	"No answer from crm.internal.",
	"No answer from crm.contoso.lan",
	"No answer from 203.0.113.7:8080",
	"No answer from 192.168.1.4",
	"No answer from fe80::1",
	"No answer from [2001:db8::1]:443",
	"No answer from redis:6379",
	"No answer from crm-api:9999",
	"No answer from localhost",
	"No answer from crm.database.windows.net",
	"Access denied for user 'root'@'localhost'",
	"app@db.example.com:5432 is down",
	"connect ECONNREFUSED",
	"connection refused",
	"dial tcp: lookup crm: no such host",
	"x509: certificate signed by unknown authority",
	"cURL error 28: timed out",
	// Secrets.
	"Token eyJhbGciOiJIUzI1NiJ9.e30.x is invalid",
	"password=hunter2",
}

func TestInnocentTextsPassUnchanged(t *testing.T) {
	t.Parallel()
	assert.GreaterOrEqual(t, len(innocent), 40)
	for _, text := range innocent {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, ok := Clean(text)
			assert.True(t, ok)
			assert.Equal(t, text, got)
		})
	}
}

func TestInternalsAreRefused(t *testing.T) {
	t.Parallel()
	assert.GreaterOrEqual(t, len(refused), 60)
	for _, text := range refused {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			for _, in := range []string{text, "Sorry. " + text, text + " Please try again."} {
				got, ok := Clean(in)
				assert.False(t, ok, "%q", in)
				assert.Empty(t, got)
			}
		})
	}
}

func TestRepeatedStatusIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Bad Request", "400 Bad Request", "bad request.", "BAD REQUEST", "HTTP/1.1 400 Bad Request", "400: Bad Request",
		"Error 400", "Error: 409 - Conflict", "HTTP Error 403", "Status code: 422", "Conflict (409)", "Forbidden",
		"Conflict", "Not Found", "Internal Server Error", "Unprocessable Entity", "Unprocessable Content", "Unauthorized",
		"Missing Authentication Token", "no Route matched with those values", "error", "Error!", "ERROR", "error code: 502",
		"OK", "I'm a teapot", "The service is unavailable.", "404 page not found", "default backend - 404",
		"User is not authorized to access this resource",
		"Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
		"<h1>502 Bad Gateway</h1>",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, ok := Clean(text)
			assert.False(t, ok)
			assert.Empty(t, got)
		})
	}
}

func TestShowsNamesTheKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"main.go:12":                    "stack frame",
		"KeyError":                      "exception",
		"UNIQUE constraint failed":      "SQL",
		"dial tcp":                      "connection",
		"/var/www/x":                    "file path",
		"password=hunter2":              "secret",
		"https://crm/x":                 "host name",
		"Please enter a valid address.": "",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, shows(text, strings.ToLower(text)))
		})
	}
}

// TestHintsAreFound keeps a hint from never being found.
func TestHintsAreFound(t *testing.T) {
	t.Parallel()
	for i, l := range leaks {
		for _, h := range l.hints {
			for _, text := range []string{h, "x" + h, h + "x", "x " + h + " x"} {
				assert.True(t, hinted(hints[i], pairsOf(text), text), text)
				assert.False(t, hinted(hints[i], pairsOf(""), ""), text)
			}
			assert.NotEmpty(t, h)
			assert.Equal(t, strings.ToLower(h), h)
			assert.NotContains(t, h, "?", "a literal, no pattern")
		}
	}
}
