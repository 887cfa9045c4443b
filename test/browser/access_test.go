package browser

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	v.press(kb.Tab)
	v.press(kb.Enter) // the link to the form, which comes first
	assert.Equal(t, "signup", v.focused())

	v.tabTo("loyalty")
	v.press(kb.Enter)
	v.ended()
	assert.Equal(t, unknownID, v.text("#message"))
	assert.Equal(t, "message", v.focused())
	v.tabTo("loyalty") // Tab selects what stands in a field
	v.press("5678")
	v.tabTo("create")
	v.press(" ")
	v.ended()
	assert.Equal(t, "You are signed up", v.text("#card-title"))
	v.tabTo("again")
	v.press(kb.Enter)
	assert.Equal(t, "loyalty", v.focused())

	const chosen = `document.activeElement.value`
	for range 20 {
		v.press(kb.Tab)
		if js[string](v, `document.activeElement.name ?? ""`) == "dialect" {
			break
		}
	}
	require.Equal(t, "json", js[string](v, chosen), "the switches are reached by Tab")
	v.press(kb.ArrowRight)
	assert.Equal(t, "problem", js[string](v, chosen), "and moved by the arrow keys")
	v.await("the validator has changed", `fetch("/api/settings").then((r) => r.json()).then((s) => s.dialect === "problem")`)
	v.tabTo("forget")
	v.press(kb.Enter)
	v.await("it says so", `document.querySelector("#note").textContent === "Forgotten."`)
}

func TestEveryControlHasAName(t *testing.T) {
	t.Parallel()
	v := open(t, 1280, 800, "light")
	v.signUp("1234")
	nameless := js[[]any](v, `[...document.querySelectorAll("input, button, a, section, fieldset, [role=img]")].filter((e) => !(
		e.labels?.length || e.textContent.trim() && e.matches("button, a") || e.getAttribute("aria-label") ||
		document.getElementById(e.getAttribute("aria-labelledby")) || e.querySelector(":scope > legend"))).map((e) => e.outerHTML)`)
	assert.Empty(t, nameless)
	assert.Equal(t, "en", js[string](v, `document.documentElement.lang`))
	levels := js[[]any](v, `[...document.querySelectorAll("h1, h2, h3, h4")].map((h) => Number(h.tagName[1]))`)
	for i := 1; i < len(levels); i++ {
		assert.LessOrEqual(t, levels[i].(float64), levels[i-1].(float64)+1, "no level of headings is left out")
	}
}

// contrast is the worst ratio of text to its ground on the page, by WCAG 2.2,
// success criterion 1.4.3, which asks for 4.5.
const contrast = `(() => {
	const rgb = (c) => c.match(/[\d.]+/g).map(Number);
	const light = (c) => rgb(c).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((rgb(c)[3] ?? 1) > 0) return c; } return "rgb(255, 255, 255)"; };
	let worst = [99, ""];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest("svg, noscript")) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < worst[0]) worst = [ratio, walker.currentNode.data];
	}
	return worst;
})()`

func TestLightAndDarkCanBeRead(t *testing.T) {
	t.Parallel()
	grounds := make(map[string]bool)
	for _, scheme := range []string{"light", "dark"} {
		v := open(t, 1280, 800, scheme)
		grounds[js[string](v, `getComputedStyle(document.body).backgroundColor`)] = true
		for _, loyaltyID := range []string{"1234", "5678"} {
			v.signUp(loyaltyID)
			worst := js[[]any](v, contrast)
			assert.GreaterOrEqual(t, worst[0], 4.5, "%s: %q", scheme, worst[1])
		}
	}
	assert.Len(t, grounds, 2, "dark is another page than light")
}

func TestNothingIsCutOffOnAPhone(t *testing.T) {
	t.Parallel()
	v := open(t, 390, 844, "light")
	for _, loyaltyID := range []string{"1234", "5678"} {
		v.signUp(loyaltyID)
		wide := js[[]any](v, `[...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && !e.closest(".unseen, .skip, svg") && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))`)
		assert.Empty(t, wide)
	}
}
