// Package frontdoor tests who gets in: client certificates by authority, name and
// forwarded header, secrets that change under a running process, and what is
// refused when the configuration is loaded.
package frontdoor
