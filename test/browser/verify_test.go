package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// TestModule: somebody else's page takes the module from the server, and finds in
// every vector what package client does.
func TestModule(t *testing.T) {
	site := sandboxtest.Start(t)
	mux := http.NewServeMux()
	for name, file := range map[string]string{"/vectors.json": "../../client/testdata/vectors/verify.json", "/vectors.mjs": "../clients/vectors.mjs"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		mux.HandleFunc(name, func(w http.ResponseWriter, r *http.Request) {
			if name == "/vectors.mjs" {
				w.Header().Set("Content-Type", "text/javascript")
			}
			w.Write(b)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>theirs</title><script type="module">
import * as verify from "` + site.URL + `/assets/netid-verify.mjs";
import { differing } from "/vectors.mjs";
try {
  const v = await (await fetch("/vectors.json")).json();
  window.found = JSON.stringify({ cases: v.Cases.length, wrong: await differing(verify, v) });
} catch (e) { window.found = String(e); }
</script>`))
	})
	theirs := httptest.NewServer(mux)
	defer theirs.Close()
	ctx := chromium(t)
	var found string
	if err := chromedp.Run(ctx, chromedp.Navigate(theirs.URL), chromedp.Poll("window.found", &found, chromedp.WithPollingTimeout(time.Minute))); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(found, `,"wrong":[]}`) {
		t.Errorf("%.2000s", found)
	}
}
