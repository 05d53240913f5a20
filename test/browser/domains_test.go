package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/law"
	door "netid/internal/web/partner"
	"netid/internal/web/shell"
	"netid/test/kit"
	sandboxtest "netid/test/sandbox"
)

// TestDomains: a company reads 30 days before that its domain's proof ends, and after it, and
// proves it anew by one press; the platform that uses it says so too. In each language.
func TestDomains(t *testing.T) {
	t.Parallel()
	engine(t)
	k, mux := kit.New(t, law.New()), http.NewServeMux()
	served := httptest.NewServer(mux)
	t.Cleanup(served.Close)
	site := &sandboxtest.Sandbox{URL: strings.Replace(served.URL, "127.0.0.1", "localhost", 1)} // a passkey is a name's, not an address's
	k.Partner.Issuer = site.URL
	frame := shell.New(shell.Config{Issuer: site.URL})
	frame.Assets(mux, os.DirFS("../../internal/web/citizen")) // whose modules talk to a passkey
	door.New(door.Config{Shell: frame, Organisations: k.Partner, Applications: k.Partner, Parties: k.Admit, Issuer: site.URL, Now: k.Now}).Register(mux)
	for _, locale := range []string{"zh-CN", "en"} {
		c := company(t, site, locale, "示例科技有限公司")
		org := partner.ID(c.text("#label"))
		host := strings.ToLower(locale) + ".example"
		k.Published = map[string]string{"https://" + host + "/.well-known/netid-party.txt": string(org)}
		proves := func() {
			t.Helper()
			c.fill("#host", host)
			c.follow("#prove button", "partner-domains")
		}
		c.open(site.URL+"/partner/domains", "partner-domains")
		proves()
		c.open(site.URL+"/partner/members", "partner-members")
		member := partner.ID(c.attr("[data-member]", "data-member"))
		d := kit.Declared()
		d.RedirectURIs = []string{"https://" + host + "/callback"}
		id, err := k.Partner.Draft(t.Context(), partner.Who{Organisation: org, Member: member}, "", d)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []struct {
			days int
			due  string
		}{{340, "soon"}, {366, "over"}} {
			k.Advance(time.Duration(at.days) * 24 * time.Hour)
			c.open(site.URL+"/partner", "partner-start")
			c.follow("#signin button", "partner")
			c.open(site.URL+"/partner/applications/"+string(id), "partner-application")
			if !c.has("#alarms li") {
				t.Error("the platform does not say that its domain's proof ends")
			}
			c.open(site.URL+"/partner/domains", "partner-domains")
			if c.attr("[data-domain]", "data-due") != at.due {
				t.Errorf("%q, want %q", c.attr("[data-domain]", "data-due"), at.due)
			}
			c.follow("[data-domain] button", "partner-domains")
			if c.attr("[data-domain]", "data-due") != "" {
				t.Error("it is due still")
			}
		}
	}
}
