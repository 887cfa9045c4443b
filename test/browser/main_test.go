package browser

import (
	"context"
	"flag"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

var pictures = flag.String("pictures", "", "folder to which TestPictures writes")

// within bounds a test: the longest waits 14 s for a slow validator.
const within = 2 * time.Minute

var browser struct {
	once sync.Once
	path string
	ctx  context.Context
	stop []context.CancelFunc
	err  error
}

func TestMain(m *testing.M) {
	gatehouse.Main(m, func() {
		for _, stop := range browser.stop {
			stop()
		}
	})
}

// names are those of Chromium's command.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// chromium is the one browser of all tests.
func chromium(t *testing.T) context.Context {
	t.Helper()
	browser.once.Do(func() {
		for _, name := range names {
			if path, err := exec.LookPath(name); err == nil {
				browser.path = path
				browser.ctx, browser.err = start(path)
				return
			}
		}
	})
	if browser.path == "" {
		t.Skipf("LEFT OUT: there is no Chromium on this machine; any of %q would do", names)
	}
	require.NoError(t, browser.err)
	return browser.ctx
}

func start(path string) (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // a container's root has no other way, and it loads nothing but the demo
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 800),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	browser.stop = []context.CancelFunc{stop, end}
	return ctx, chromedp.Do(ctx)
}
