// Package tls checks the TLS side of Caddyfile.example: what the real binary
// offers with an ECDSA and with an RSA certificate. The tests that need nothing
// but Go are part of `go test ./...`; `make tls-scan` adds what sslscan and
// testssl.sh find, compared with the files in testdata.
package tls
