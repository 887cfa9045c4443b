package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// password is the connector's. The page must never have it.
const password = "not-for-the-page-8c1f"

// visit is one visitor of one demo.
type visit struct {
	t    *testing.T
	ctx  context.Context
	demo *gatehouse.Demo

	mu       sync.Mutex
	breaches []string // of what every visit keeps to
	loaded   []string // URLs
}

// open starts a demo and opens its page in a tab of a size.
func open(t *testing.T, width, height int64, scheme string) *visit {
	t.Helper()
	parent := chromium(t)
	demo := gatehouse.StartDemo(t, "HOME="+t.TempDir(), "TMPDIR="+t.TempDir(), "GATEHOUSE_DEMO_PASSWORD="+password)
	tab, closeTab := chromedp.NewContext(parent)
	ctx, cancel := context.WithTimeout(tab, within)
	v := &visit{t: t, ctx: ctx, demo: demo}
	t.Cleanup(func() {
		v.check()
		closeTab()
		cancel()
		demo.Interrupt(t)
	})
	require.NoError(t, chromedp.Listen(ctx, v.listen))
	call(v, log.Enable, cdp.Empty{})
	call(v, network.Enable, network.EnableParams{})
	call(v, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	call(v, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(v, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener("securitypolicyviolation", (e) => console.error("CSP: " + e.violatedDirective + " " + e.blockedURI))`,
	})
	v.do(chromedp.Navigate(demo.Page), chromedp.WaitVisible(chromedp.CSS("#form")))
	v.await("the page's script has run", `document.querySelectorAll("#histogram rect").length > 0`)
	return v
}

func (v *visit) listen(happened any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := happened.(type) {
	case *network.EventRequestWillBeSent:
		v.loaded = append(v.loaded, e.Request.URL)
		if !strings.HasPrefix(e.Request.URL, v.demo.Page) {
			v.breaches = append(v.breaches, "it asked for "+e.Request.URL)
		}
	case *log.EventEntryAdded:
		v.breaches = append(v.breaches, "the browser says: "+e.Entry.Text)
	case *runtime.EventExceptionThrown:
		v.breaches = append(v.breaches, fmt.Sprintf("exception: %+v", e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		for _, arg := range e.Args {
			v.breaches = append(v.breaches, fmt.Sprintf("the console says: %s", arg.Value))
		}
	}
}

// check is the end of every visit.
func (v *visit) check() {
	if v.t.Failed() {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	assert.NotEmpty(v.t, v.loaded, "nothing was watched")
	assert.Empty(v.t, v.breaches)
}

func (v *visit) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	require.NoError(v.t, chromedp.Do(v.ctx, steps...))
}

func call[P, R any](v *visit, command cdp.Command[P, R], params P) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, command, params)
	require.NoError(v.t, err)
}

// js is the value of an expression.
func js[T any](v *visit, expression string) T {
	v.t.Helper()
	value, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression))
	require.NoError(v.t, err, expression)
	return value
}

// await waits until an expression is true.
func (v *visit) await(what, expression string) {
	v.t.Helper()
	_, err := chromedp.Run(v.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(within/2)))
	require.NoError(v.t, err, "%s; the page says:\n%s", what, v.text("main"))
}

// text is what can be read in an element.
func (v *visit) text(selector string) string {
	v.t.Helper()
	return js[string](v, `document.querySelector(`+quote(selector)+`).innerText`)
}

// focused is the id of the element that has the focus.
func (v *visit) focused() string {
	v.t.Helper()
	return js[string](v, `document.activeElement.id`)
}

// enter replaces what stands in the field of the loyalty ID.
func (v *visit) enter(loyaltyID string) {
	v.t.Helper()
	js[any](v, `document.querySelector("#loyalty").select()`) // which also moves the focus
	v.press(loyaltyID)
}

// signUp sends the form and waits for the end of the journey.
func (v *visit) signUp(loyaltyID string) {
	v.t.Helper()
	v.enter(loyaltyID)
	v.do(chromedp.Click(chromedp.CSS("#create")))
	v.ended()
}

func (v *visit) ended() {
	v.t.Helper()
	v.await("the journey ends", `document.querySelector("#create").getAttribute("aria-disabled") === "false"`)
	assert.NotContains(v.t, js[string](v, `document.documentElement.outerHTML`), password)
}

// again leads back to the form.
func (v *visit) again() {
	v.t.Helper()
	v.do(chromedp.Click(chromedp.CSS("#again")), chromedp.WaitVisible(chromedp.CSS("#form")))
}

// choose sets a switch of the validator.
func (v *visit) choose(name, value string) {
	v.t.Helper()
	js[any](v, `document.querySelector("#note").textContent = ""`)
	v.do(chromedp.Click(chromedp.CSS(`input[name="` + name + `"][value="` + value + `"]`)))
	v.await("the switch is set", `document.querySelector("#note").textContent.startsWith("Now: ")`)
}

// press presses keys, one after the other.
func (v *visit) press(keys string) {
	v.t.Helper()
	v.do(chromedp.KeyEvent(keys))
}

// tabTo presses Tab until an element has the focus.
func (v *visit) tabTo(id string) {
	v.t.Helper()
	const most = 40
	for range most {
		v.press(kb.Tab)
		if v.focused() == id {
			return
		}
	}
	require.Fail(v.t, "not reached by Tab", id)
}

// step is the text of one step of the journey.
func (v *visit) step(name string) string {
	v.t.Helper()
	return v.text(`li[data-step="` + name + `"]`)
}

func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
