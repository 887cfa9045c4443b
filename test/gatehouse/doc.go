// Package gatehouse starts the real binary for a test: built once for the test
// process, on free loopback ports, with a real certificate and real servers
// behind it. Nothing of the product is imported, so what a test sees is what an
// operator gets.
//
// A test reads like this:
//
//	upstream := gatehouse.NewUpstream(t, answerWith(200, `{"promoCode":"24534"}`))
//	g := gatehouse.Start(t, `
//		api_connector { auth { basic b2c plain:`+secret+` } }
//		reverse_proxy `+upstream.Address())
//	answer := g.Post(t, "/", `{"email":"a@example.com"}`, gatehouse.Basic("b2c", secret))
//
// [StartShipped] is for what depends on Caddyfile.example: it runs that file, on
// free ports.
//
// # What it promises
//
// Every answer is judged by package contract before a test sees it. Nothing
// waits without a deadline: a process that is not ready or does not stop fails
// the test with its log. So does one that printed a panic or a data race.
// Everything is gone when the test is: process, ports, files.
//
// A package that uses it calls [Main] from its TestMain.
package gatehouse
