package contract

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzCheck: nothing panics, every error is made of known violations, two runs
// agree, and what passes has the marks of a legal answer, read in another way.
func FuzzCheck(f *testing.F) {
	for _, v := range violations() {
		f.Add(string(v.wrong.Protocol), v.wrong.Step, v.wrong.Status, "X-Powered-By", "", v.wrong.Body)
		f.Add(string(v.base.Protocol), v.base.Step, v.base.Status, "Date", "", v.base.Body)
	}
	f.Add("b2c_custom_policy", "", 200, "Content-Length", "0", []byte(strings.Repeat(`{"a":[`, 9000)+`null`+strings.Repeat(`]}`, 9000)))
	f.Fuzz(func(t *testing.T, protocol, step string, status int, name, value string, body []byte) {
		x := Exchange{
			Protocol: Protocol(protocol), Step: step, Status: status, Body: body, Elapsed: time.Second, Budget: time.Second,
			Header: http.Header{
				"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
				"Content-Length": {strconv.Itoa(len(body))},
			},
		}
		if value != "" {
			x.Header[name] = append(x.Header[name], value)
		}
		answer, err := Check(x)
		again, second := Check(x)
		if answer.Kind != again.Kind || messageOf(err) != messageOf(second) {
			t.Fatalf("two runs differ: %v %v, %v %v", answer, err, again, second)
		}
		for _, err := range []error{err, CheckRefusal(x), CheckWrongMethod(x), SameBytes(x, Exchange{})} {
			if err != nil && len(Violations(err)) == 0 {
				t.Fatalf("an error without violations: %v", err)
			}
			for _, v := range Violations(err) {
				if v.Clause == "" || v.Detail == "" || v.Rule < 0 || v.Rule >= ruleCount {
					t.Fatalf("an unknown violation: %#v", v)
				}
			}
		}
		if err := SameBytes(x, x); err != nil {
			t.Fatalf("an exchange differs from itself: %v", err)
		}
		if err == nil {
			passes(t, x, answer)
		}
	})
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// passes reads a legal answer with the plain decoder into plain values.
func passes(t *testing.T, x Exchange, answer Answer) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(x.Body, &members); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
		t.Fatalf("passed but unreadable: %v", err)
	}
	if !utf8.Valid(x.Body) || members == nil {
		t.Fatalf("passed but not UTF-8, or no object: %q", x.Body)
	}
	_, hasAction := members["action"]
	legal := map[Kind]bool{
		Continue: x.Status == 200,
		Block:    x.Status == 200 && members["action"] == "ShowBlockPage",
		Invalid:  x.Status == 400 && members["action"] == "ValidationError",
		Halt:     x.Status == 409 && !hasAction && members["status"] == 409.0,
	}
	if !legal[answer.Kind] {
		t.Fatalf("passed as %v under HTTP %d: %q", answer.Kind, x.Status, x.Body)
	}
	if answer.Kind != Continue && (answer.Message == "" || answer.Version == "" || strings.ContainsAny(answer.Message, "\r\n\t\x00")) {
		t.Fatalf("passed without version or plain message: %q", x.Body)
	}
	if x.Protocol == UserFlow && answer.Kind == Continue && members["action"] != "Continue" {
		t.Fatalf("passed as Continue without the word: %q", x.Body)
	}
}
