package citizen_test

import (
	"strings"
	"testing"
)

// The page of a code is the same for everybody, signed in or not: a device may keep it for
// when there is no network. Without scripts it says what is needed and what else to do.
func TestOnePageOfCodes(t *testing.T) {
	w := newWorld()
	stranger, citizen := newBrowser(t, w).get("/qr"), newBrowser(t, w).signIn().bind().get("/qr")
	if stranger.StatusCode != 200 || stranger.body != citizen.body {
		t.Errorf("%d: the page differs from one to another", stranger.StatusCode)
	}
	_, without, _ := strings.Cut(stranger.body, "<noscript>")
	if without, _, _ = strings.Cut(without, "</noscript>"); !strings.Contains(without, "key that stays") || !strings.Contains(without, "identity document") || !strings.Contains(without, `href="/help"`) {
		t.Errorf("without scripts it says %q", without)
	}
}
