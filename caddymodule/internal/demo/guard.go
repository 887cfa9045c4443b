package demo

import (
	"net/http"
	"slices"
)

// contentSecurityPolicy lets the page load its own script, style and icon and talk
// to its own server, nothing else: no inline script or style, no frame around it, no
// form that is sent without the script.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard keeps other sites out. Loopback alone does not: any page in the visitor's
// browser can send requests there, and a name that is rebound to 127.0.0.1 can even
// read the answers (DNS rebinding), but not without its own name in Host.
func (p *Page) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if !slices.Contains(p.Hosts, r.Host) {
			http.Error(w, "the demo's page is asked for by the address that it printed", http.StatusMisdirectedRequest)
			return
		}
		// A browser sends Origin with every POST (Fetch standard, section 3.2).
		if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("Origin") != "http://"+r.Host {
			http.Error(w, "only the page itself may do this", http.StatusForbidden)
			return
		}
		// Opening the page from a link elsewhere is fine; what it asks for is its own.
		site := r.Header.Get("Sec-Fetch-Site")
		if r.URL.Path != "/" && site != "" && site != "same-origin" && site != "none" {
			http.Error(w, "only the page itself may do this", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
