//go:build race

package gatehouse

// raceDetector is true where the test is built with -race; the binary then is too.
const raceDetector = true
