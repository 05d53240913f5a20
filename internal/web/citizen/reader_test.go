package citizen_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/web/citizen"
)

// The page that takes a document whose chip is checked here may ask the program beside the browser, and no
// other page may; what it hands that program is in no form of the service's.
func TestOnlyThePageOfAChipAsksTheReader(t *testing.T) {
	const asks = "connect-src 'self' http://" + citizen.ReaderHost + ";"
	for _, drawer := range []bool{true, false} {
		for _, kind := range identity.DocumentKinds {
			has := checks(kind) != identity.DecodedElsewhere
			b := newBrowser(t, newWorld())
			b.server = httptest.NewServer(b.world.handler(func(c *citizen.Config) { c.Drawer = drawer }))
			defer b.server.Close()
			b.post("/enrol", "kind", string(kind)).leads(t, "/enrol")
			for _, step := range []string{"notice", "document-consent"} {
				if csp := b.get("/enrol/" + step).Header.Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src 'self';") {
					t.Errorf("%s: %s", step, csp)
				}
				b.post("/enrol/"+step, "consent", "agree", "locale", "en")
			}
			for _, page := range []answer{b.get("/enrol/card"), b.post("/enrol/card", "evidence", "")} { // also as it says no
				if csp := page.Header.Get("Content-Security-Policy"); strings.Contains(csp, asks) != has {
					t.Errorf("%s: %s", kind, csp)
				}
				_, form, found := strings.Cut(page.body, `id="bridge"`)
				form, _, _ = strings.Cut(form, "</form>")
				if found != has {
					t.Fatalf("%s: the form is there: %v", kind, found)
				}
				if has && (strings.Count(form, " name=") != 1 || !strings.Contains(form, `name="evidence"`) || strings.Count(form, "<input") != 5) {
					t.Errorf("a field that the service would get:\n%s", form)
				}
				if strings.Contains(form, "reason.") || has && strings.Count(form, "data-said") < 10 {
					t.Errorf("a reason without a sentence:\n%s", form)
				}
			}
		}
	}
}
