// Package browser walks the sign-up page of `gatehouse connector demo` in a real
// browser, headless Chromium, driven by chromedp: what a person sees, hears from a
// screen reader's roles and reaches by keyboard.
//
// Each test watches what the browser loads and prints: a request to anything but the
// page's own server, a breach of its Content-Security-Policy, an error in the
// console or an exception fails it.
//
// Without Chromium the tests are skipped, and say so. `go test -pictures <folder>`
// writes the pictures of the README.
//
// It is a module of its own, so that chromedp is none of the product's dependencies.
package browser
