// Package shipped starts the real binary with Caddyfile.example as it is shipped.
// Changed are only the addresses, the certificate and the path of the admin
// socket; so what a test sees of time-outs, limits, logs and TLS is what an
// operator gets who copies the file. Each change is checked: a line of the
// example that is no longer there fails the test.
package shipped
