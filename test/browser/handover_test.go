package browser_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// An answer that is to travel by a form goes on by itself to the party's
// address, and the page's own policy lets it (OAuth 2.0 Form Post Response Mode §2).
func TestHandoverGoesOnByItself(t *testing.T) {
	ctx := chromium(t)
	site := sandboxtest.Start(t)
	took := make(chan *http.Request, 1)
	party := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/cb" {
			return // the browser wants an icon
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		took <- r
	}))
	defer party.Close()
	back := party.URL + "/cb?own=1"
	if out, errs, code := site.Run("party", "add", "--server", site.URL, "--id", "forms", "--name", "Forms", "--redirect-uri", back); code != 0 {
		t.Fatal(out, errs)
	}
	asked := url.Values{"client_id": {"forms"}, "redirect_uri": {back}, "response_mode": {"form_post"}, "state": {`"><b>`}}
	if err := chromedp.Run(ctx, chromedp.Navigate(site.URL+"/authorize?"+asked.Encode())); err != nil {
		t.Fatal(err)
	}
	select {
	case r := <-took:
		if r.Method != http.MethodPost || r.PostForm.Get("error") != "invalid_request" || r.PostForm.Get("state") != `"><b>` || r.PostForm.Get("iss") != site.URL ||
			r.URL.RawQuery != "own=1" || r.Header.Get("Referer") != "" {
			t.Errorf("%s %s %v, from %q", r.Method, r.URL, r.PostForm, r.Header.Get("Referer"))
		}
	case <-time.After(patience):
		t.Error("the form was not sent")
	}
}
