package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// No page of netid shows within another's (E01): a browser puts its own error
// in the place of each, where a frame that may be shown shows itself.
func TestAFrameShowsNothing(t *testing.T) {
	ctx := chromium(t)
	site := sandboxtest.Start(t)
	paths := []string{"/", "/enrol", "/signin", "/request?r=made-up", "/records", "/data", "/erase", "/help", "/transparency", "/parties", "/authorize?client_id=nobody", "/nowhere"}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/free" {
			fmt.Fprint(w, "<p>seen")
			return
		}
		fmt.Fprintf(w, `<iframe src="/free"></iframe>`)
		for _, path := range paths {
			fmt.Fprintf(w, `<iframe src="%s%s"></iframe>`, site.URL, path)
		}
	}))
	defer other.Close()
	// By the same host name, so that the browser keeps all frames in one tree.
	if err := chromedp.Run(ctx, chromedp.Navigate(strings.Replace(other.URL, "127.0.0.1", "localhost", 1)+"/decoy")); err != nil {
		t.Fatal(err)
	}
	var frames []*cdp.Frame
	settled := func() bool {
		if err := chromedp.Run(ctx, chromedp.ActionFunc(func(ctx context.Context) error {
			tree, err := page.GetFrameTree().Do(ctx)
			frames = nil
			if err == nil {
				for _, child := range tree.ChildFrames {
					frames = append(frames, child.Frame)
				}
			}
			return err
		})); err != nil {
			t.Fatal(err)
		}
		for _, f := range frames {
			if f.URL == "" || f.URL == "about:blank" {
				return false
			}
		}
		return len(frames) == len(paths)+1
	}
	for deadline := time.Now().Add(patience); !settled(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d frames", len(frames))
		}
	}
	for _, f := range frames {
		if free := strings.HasSuffix(f.URL, "/free"); !free && !strings.HasPrefix(f.URL, "chrome-error:") {
			t.Errorf("shown in another's page: %s", f.URL)
		}
	}
}
