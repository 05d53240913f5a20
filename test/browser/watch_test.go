package browser_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	sandboxtest "netid/test/sandbox"
)

// watch listens to what the browser itself reports about the pages.
type watch struct {
	site   *sandboxtest.Sandbox
	beside string // a program on the same computer that pages may ask: its origin with a slash, or ""

	mu     sync.Mutex // guards the rest
	wrong  []string   // what no page may do
	silent int        // events that were looked at
}

func (w *watch) enable() chromedp.Action {
	return chromedp.Tasks{network.Enable(), log.Enable(), runtime.Enable(), audits.Enable()}
}

// take looks at one event of the browser.
func (w *watch) take(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.silent++
		if !w.ours(e.Request.URL) {
			w.add("a request left netid and the shop: %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 && e.Type != network.ResourceTypeDocument && !strings.Contains(e.Response.URL, "/sandbox/drawer/") && !asksForNonce(e.Response) &&
			(w.beside == "" || !strings.HasPrefix(e.Response.URL, w.beside)) { // these say no on purpose
			w.add("%s %s answered %d", e.Type, e.Response.URL, e.Response.Status)
		}
	case *network.EventLoadingFailed:
		if e.BlockedReason != "" {
			w.add("a %s was blocked: %s", e.Type, e.BlockedReason)
		}
	case *log.EventEntryAdded:
		if e.Entry.Source != log.SourceNetwork && (e.Entry.Level == log.LevelError || e.Entry.Source == log.SourceSecurity) {
			w.add("the browser's log: %s %s", e.Entry.Source, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		w.add("a script failed: %s", e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			w.add("the console: %s", e.Args[0].Value)
		}
	case *audits.EventIssueAdded:
		if d := e.Issue.Details.ContentSecurityPolicyIssueDetails; d != nil {
			w.add("content security policy: %s %s %s", d.ContentSecurityPolicyViolationType, d.ViolatedDirective, d.BlockedURL)
		}
	}
}

// asksForNonce: a proof is asked for once more, with the nonce that comes with the answer (RFC 9449 §8).
func asksForNonce(r *network.Response) bool {
	for name := range r.Headers {
		if strings.EqualFold(name, "DPoP-Nonce") {
			return true
		}
	}
	return false
}

// ours reports whether an address is netid's or the shop's, or goes nowhere.
func (w *watch) ours(url string) bool {
	for _, prefix := range []string{w.site.URL + "/", w.site.Shop + "/", "data:", "about:"} {
		if strings.HasPrefix(url, prefix) {
			return true
		}
	}
	return w.beside != "" && strings.HasPrefix(url, w.beside)
}

func (w *watch) add(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); !slices.Contains(w.wrong, line) {
		w.wrong = append(w.wrong, line)
	}
}

// found takes out what was seen so far.
func (w *watch) found() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.wrong
	w.wrong = nil
	return found
}

func (w *watch) judge(t *testing.T) {
	for _, line := range w.found() {
		t.Error(line)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent == 0 {
		t.Error("not one request was seen: the watch is asleep")
	}
}
