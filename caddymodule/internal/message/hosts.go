package message

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

var (
	// urls lets other scripts into the host only: in Japanese the sentence goes
	// on behind the path without a space.
	urls  = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>\\\x60/?#]*[^\s"'<>\\\x60\x7f-\x{10ffff}]*`)
	names = regexp.MustCompile(`[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_](?:[\w-]*[A-Za-z0-9])?)*(?::[0-9]{1,5}\b)?`)
	sixes = regexp.MustCompile(`\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:\]:[0-9]{1,5})?`)
)

// internalDomains are reserved or customary for names that only a private
// network resolves: RFC 6762 (local), RFC 8375 (home.arpa), ICANN's
// reservation of 2024 (internal), Kubernetes (svc, cluster.local), and custom.
var internalDomains = []string{
	"arpa", "consul", "corp", "internal", "intranet", "lan", "local", "localdomain", "localhost", "svc",
}

// backends are public zones whose names nevertheless only a server has use for.
var backends = []string{
	".cache.windows.net", ".database.azure.com", ".database.windows.net", ".documents.azure.com",
	".rds.amazonaws.com", ".servicebus.windows.net", ".vault.azure.net",
}

// servicePorts are those that tell "redis:6379" from "code:1234".
var servicePorts = []string{
	"1433", "1521", "2375", "2379", "3000", "3306", "4000", "4200", "4317", "4318", "5000", "5001", "5432", "5672", "6379",
	"6443", "7071", "8000", "8001", "8080", "8081", "8088", "8090", "8200", "8443", "8500", "8888", "9000", "9042", "9090",
	"9092", "9200", "9300", "9443", "11211", "15672", "27017", "50051",
}

// hostWords are parts of a name without dots that, with any port of four or
// five digits behind it, make it the name of a host.
var hostWords = []string{
	"api", "app", "backend", "cache", "db", "gateway", "host", "mq", "node", "proxy", "server", "service", "sql", "srv",
	"svc", "upstream", "validator", "web",
}

// withoutAddresses returns the text with a space for every e-mail address and
// public URL. It reports false when an address shows something internal.
func withoutAddresses(text string) (string, bool) {
	if strings.Contains(text, "://") {
		for _, url := range urls.FindAllString(text, -1) {
			if internalURL(url) {
				return "", false
			}
		}
		text = urls.ReplaceAllString(text, " ")
	}
	if strings.Contains(text, "@") {
		var b strings.Builder
		done := 0
		for at := range len(text) {
			if text[at] != '@' {
				continue
			}
			from, to := mail(text, done, at)
			if from == to {
				continue
			}
			if rest := text[to:]; len(rest) > 1 && rest[0] == ':' && isDigit(rest[1]) {
				return "", false // a login: user@host:port
			}
			b.WriteString(text[done:from])
			b.WriteByte(' ')
			done = to
		}
		b.WriteString(text[done:])
		text = b.String()
	}
	return text, !showsHost(text)
}

// mail returns the bounds of the e-mail address around the "@", not before
// start; they are equal where there is none. The domain needs a dot, and quotes
// do not belong: 'root'@'localhost' is what a database says.
func mail(text string, start, at int) (from, to int) {
	local := strings.TrimRightFunc(text[start:at], func(r rune) bool {
		return isWord(r) || strings.ContainsRune("._%+-", r)
	})
	from = start + len(local)
	domain := text[at+1:]
	if end := strings.IndexFunc(domain, func(r rune) bool { return !isWord(r) && r != '.' && r != '-' }); end >= 0 {
		domain = domain[:end]
	}
	domain = strings.TrimRight(domain, ".-")
	if from == at || !strings.Contains(domain, ".") {
		return at, at
	}
	return from, at + 1 + len(domain)
}

// internalURL reports whether a URL leads where its reader cannot or should
// not go: another scheme than the web's, credentials, no public host name.
func internalURL(url string) bool {
	scheme, rest, _ := strings.Cut(url, "://")
	if scheme = strings.ToLower(scheme); scheme != "https" && scheme != "http" {
		return true
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if strings.ContainsAny(rest, "@[") {
		return true
	}
	host, _, _ := strings.Cut(rest, ":")
	host = strings.TrimRight(host, ".,;!)]}*_")
	if !strings.Contains(host, ".") {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true // even a public one: nobody is sent to a page by its number
	}
	return internalName(strings.ToLower(host))
}

// showsHost looks for hosts outside URLs. A public name is no secret; an
// address without a port may be the reader's own and only counts if private.
func showsHost(text string) bool {
	if !hostLike(text) {
		return false
	}
	for _, name := range names.FindAllString(text, -1) {
		host, port, hasPort := strings.Cut(name, ":")
		if host == "localhost" {
			return true
		}
		if !strings.Contains(host, ".") {
			if hasPort && hostAndPort(host, port) {
				return true
			}
			continue
		}
		if addr, err := netip.ParseAddr(host); err == nil {
			if hasPort || private(addr) {
				return true
			}
		} else if lower := strings.ToLower(host); internalName(lower) && (host == lower || hasPort) {
			return true // "ready.Internal users" is a missing space
		}
	}
	for _, six := range sixes.FindAllString(text, -1) {
		inner, _, hasPort := strings.Cut(strings.TrimPrefix(six, "["), "]")
		for _, s := range []string{inner, strings.TrimRight(inner, ".:")} {
			if addr, err := netip.ParseAddr(s); err == nil && (hasPort || private(addr)) {
				return true
			}
		}
	}
	return false
}

// hostLike is the cheap question before the patterns: a dot or colon inside a
// word, or the one host that has neither.
func hostLike(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		if c := text[i]; (c == '.' || c == ':') && (text[i+1] == ':' || isDigit(text[i+1]) || opens(text[i+1])) {
			return true
		}
	}
	return strings.Contains(text, "localhost")
}

func internalName(host string) bool {
	top := host[strings.LastIndexByte(host, '.')+1:]
	if slices.Contains(internalDomains, top) {
		return true
	}
	return slices.ContainsFunc(backends, func(zone string) bool { return strings.HasSuffix(host, zone) })
}

// hostAndPort tells a host from a label and its value, such as "max:255".
func hostAndPort(host, port string) bool {
	if len(port) < 4 || host != strings.ToLower(host) || isDigit(host[0]) {
		return false
	}
	if slices.Contains(servicePorts, port) {
		return true
	}
	for word := range strings.FieldsFuncSeq(host, func(r rune) bool { return r == '-' || r == '_' || '0' <= r && r <= '9' }) {
		if slices.Contains(hostWords, word) {
			return true
		}
	}
	return false
}

func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
