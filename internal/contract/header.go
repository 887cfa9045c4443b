package contract

import (
	"maps"
	"mime"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// ownHeaders are those that the connector or the server itself may send.
// Anything else is taken for the upstream's, of which nothing may leave: a list
// of bad names (X-Powered-By, Via, X-AspNet-Version) would never be complete.
// Retry-After is missing on purpose: only an upstream would send it here.
var ownHeaders = []string{
	"Alt-Svc", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Keep-Alive",
	"Server", "Strict-Transport-Security", "X-Content-Type-Options", "X-Request-Id",
}

// bannedHeaders may not be sent even where a site adds headers of its own.
var bannedHeaders = map[string]Rule{
	"Content-Encoding":  RuleContentEncoding,
	"Transfer-Encoding": RuleTransferEncoding,
	"Trailer":           RuleTrailer,
	"Set-Cookie":        RuleSetCookie,
	"Set-Cookie2":       RuleSetCookie,
	"Location":          RuleLocation,
	"Refresh":           RuleLocation,
	"Etag":              RuleValidator,
	"Last-Modified":     RuleValidator,
}

// headers checks all header fields. also names those that this sort of answer
// may have besides ownHeaders.
func (f *findings) headers(x Exchange, also ...string) {
	header := canonical(x.Header)
	f.noForeignHeaders(x, header, also)
	if len(x.Body) > 0 || !bodyless(x) {
		f.contentType(header["Content-Type"])
	}
	if x.Method != http.MethodHead {
		f.contentLength(header["Content-Length"], len(x.Body))
	}
	if !slices.Contains(directives(header["Cache-Control"]), "no-store") {
		f.note(RuleNoStore, "Cache-Control is %q, want no-store", header["Cache-Control"])
	}
	for _, server := range header["Server"] {
		if server != "Caddy" {
			f.note(RuleServer, "Server is %q, want Caddy or none", server)
		}
	}
}

// bodyless says that x may do without a body: only a 405 may, since the
// contract gives a body to every other answer.
func bodyless(x Exchange) bool { return x.Status == http.StatusMethodNotAllowed }

func (f *findings) noForeignHeaders(x Exchange, header map[string][]string, also []string) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		values := header[name]
		if rule, banned := bannedHeaders[name]; banned {
			f.note(rule, "%s is sent: %q", name, values)
			continue
		}
		if strings.HasPrefix(name, http.TrailerPrefix) {
			// A handler's way to announce a trailer late, seen by a recorder.
			f.note(RuleTrailer, "%s is sent: %q", name, values)
			continue
		}
		ofSite := slices.ContainsFunc(x.SiteHeaders, func(site string) bool { return strings.EqualFold(site, name) })
		if !ofSite && !slices.Contains(ownHeaders, name) && !slices.Contains(also, name) {
			f.note(RuleForeignHeader, "%s is sent: %q", name, values)
		}
	}
}

func (f *findings) contentType(values []string) {
	if len(values) != 1 {
		f.note(RuleContentType, "there are %d, %q, want one", len(values), values)
		return
	}
	media, params, err := mime.ParseMediaType(values[0])
	if err != nil || media != "application/json" {
		f.note(RuleContentType, "it is %q, want application/json", values[0])
		return
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			f.note(RuleContentType, "it is %q, want no parameter but charset=utf-8", values[0])
		}
	}
}

func (f *findings) contentLength(values []string, length int) {
	if len(values) != 1 {
		f.note(RuleContentLength, "there are %d, %q, want one", len(values), values)
		return
	}
	// Compared as text: "+12", "012" and "12, 12" are no lengths.
	if values[0] != strconv.Itoa(length) {
		f.note(RuleContentLength, "it is %q, the body has %d bytes", values[0], length)
	}
}

func (f *findings) budget(x Exchange) {
	if x.Budget > 0 && x.Elapsed > x.Budget {
		f.note(RuleBudget, "the answer took %s, the budget is %s", x.Elapsed, x.Budget)
	}
}

// canonical joins fields whose names differ only in letter case: a header map
// filled by hand may hold both, and the wire knows no difference.
func canonical(h http.Header) map[string][]string {
	joined := make(map[string][]string, len(h))
	for name, values := range h {
		name = textproto.CanonicalMIMEHeaderKey(name)
		joined[name] = append(joined[name], values...)
	}
	return joined
}

// directives splits list values at commas, in lower case without white space.
func directives(values []string) []string {
	var list []string
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			list = append(list, strings.ToLower(strings.TrimSpace(part)))
		}
	}
	return list
}
