package partner_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/identity"
	"netid/internal/tool/ready"
	web "netid/internal/web/partner"
	"netid/test/kit"
)

// What an operator removed for good says so and why, and asks for nothing that could not be
// done any more.
func TestAnEndedApplicationOffersNothing(t *testing.T) {
	d := open(t)
	p := d.founds("en")
	_, at := p.do("POST", "/partner/applications", declaration()...)
	id := identity.PartyID(strings.TrimPrefix(at, "/partner/applications/"))
	if err := d.k.ProveHost(t.Context(), kit.Worker{Who: partner.Who{Organisation: partner.ID(p.label), Member: partner.ID(p.member()), Role: partner.Admin}}); err != nil {
		t.Fatal(err)
	}
	p.want(303, at)(p.do("POST", at+"/keys", "jwks", string(kit.PublicKey("k1 of "+string(id))), "overlap", "0"))
	p.want(303, at)(p.do("POST", at+"/lodge"))
	forms := []string{`id="rekey"`, `id="tested"`, `id="withdraw"`, `/edit"`, `id="ready"`}
	before := p.want(200, `data-state="review"`)(p.do("GET", at))
	if _, err := d.k.Admit.Remove(t.Context(), id, "it is over"); err != nil {
		t.Fatal(err)
	}
	d.k.Advance(2 * time.Second)
	after := p.want(200, "it is over")(p.do("GET", at))
	p.want(200, `data-state="ended"`)(200, after)
	for _, form := range forms {
		if !strings.Contains(before, form) || strings.Contains(after, form) {
			t.Errorf("%s: before %v, after the end %v", form, strings.Contains(before, form), strings.Contains(after, form))
		}
	}
}

// libraries are those of the tests, with the texts that the service gives.
func libraries() []web.Library {
	return []web.Library{{Name: "node", Title: "openid-client", File: "app.mjs"}}
}

func texts(library string, v partner.View) ([]byte, error) {
	return ready.For(library, ready.Application{Issuer: kit.Issuer, ClientID: string(v.ID), Redirect: kit.Declared().RedirectURIs[0], Key: "k1"})
}

// declaration is what a member fills in.
func declaration() []string {
	d := kit.Declared()
	return []string{"name", d.Name, "name_zh", d.NameZH, "purpose", d.Purpose, "purpose_zh", d.PurposeZH, "redirects", d.RedirectURIs[0] + "\r\n",
		"way-zh-0", d.Otherwise[0].ZH, "way-en-0", d.Otherwise[0].EN, "age-age_over_18", "《示例法》第一条"}
}

// TestApplicationsAtTheDoor goes through the pages: a draft, its keys, what is missing, the
// review, what was returned, figures, a text that is saved, and the end.
func TestApplicationsAtTheDoor(t *testing.T) {
	d := open(t)
	for _, locale := range []string{"zh-CN", "en"} {
		p := d.founds(locale)
		by := partner.Who{Organisation: partner.ID(p.label), Member: partner.ID(p.member()), Role: partner.Admin}
		p.want(200, `data-page="partner-applications"`)(p.do("GET", "/partner/applications"))
		p.want(200, `data-page="partner-application-edit"`)(p.do("GET", "/partner/applications/new"))
		p.hears(400, "partner_number_invalid")(p.do("POST", "/partner/applications", append(declaration(), "keep", "many")...))
		status, at := p.do("POST", "/partner/applications", declaration()...)
		if status != http.StatusSeeOther || !strings.HasPrefix(at, "/partner/applications/app-") {
			t.Fatal(status, at)
		}
		id := identity.PartyID(strings.TrimPrefix(at, "/partner/applications/"))
		body := p.want(200, `data-state="draft"`)(p.do("GET", at))
		p.want(200, p.shell.Say(locale, "reason.domain_unproven"))(200, body)
		if strings.Contains(body, `name="word"`) {
			t.Error("the word of the registration is on the page")
		}
		p.hears(403, "domain_unproven")(p.do("POST", at+"/lodge"))
		if err := d.k.ProveHost(t.Context(), kit.Worker{Who: by}); err != nil {
			t.Fatal(err)
		}
		p.hears(400, "jwks_missing")(p.do("POST", at+"/lodge"))
		refused := p.hears(400, "partner_key_private")(p.do("POST", at+"/keys", "jwks", `{"kty":"EC","d":"very-private"}`, "overlap", "7"))
		if strings.Contains(refused, "very-private") {
			t.Error("a private key is shown again")
		}
		p.hears(400, "partner_keys_unread")(p.do("POST", at+"/keys", "overlap", "7"))
		p.hears(400, "partner_overlap_invalid")(p.do("POST", at+"/keys", "jwks", string(kit.PublicKey("k1")), "overlap", "366"))
		p.want(303, at)(p.do("POST", at+"/keys", "jwks", string(kit.PublicKey("k1 of "+string(id))), "overlap", "0"))
		p.want(200, "<b>k1 of "+string(id)+"</b>")(p.do("GET", at)) // by the name that its owner gave it
		p.want(303, at)(p.do("POST", at+"/lodge"))
		d.k.Advance(2 * time.Second)
		p.want(200, `data-state="review"`)(p.do("GET", at))
		p.want(200, p.shell.Say(locale, "apps.state.review"))(p.do("GET", "/partner/applications"))
		p.want(200, p.shell.Say(locale, "parties.state.review"))(p.do("GET", "/partner/parties"))
		if _, err := d.k.Admit.Return(t.Context(), id, "too wide a purpose"); err != nil {
			t.Fatal(err)
		}
		d.k.Advance(2 * time.Second)
		p.want(200, "too wide a purpose")(p.do("GET", at))
		p.want(200, "《示例法》第一条")(p.do("GET", at+"/edit"))
		p.want(303, at)(p.do("POST", at, append(declaration(), "purpose", "Sign in only", "fapi", "1")...))
		p.want(200, `id="lodge"`)(p.do("GET", at))
		p.want(303, at)(p.do("POST", at+"/lodge"))
		p.hears(409, "partner_nothing_new")(p.do("POST", at+"/lodge"))
		p.want(200, "netid kit run --client "+string(id)+" --jwks ")(p.do("GET", at))
		p.want(303, at)(p.do("POST", at+"/kit", "report", `{"checks":[{"outcome":"passed"}]}`))
		p.want(200, `id="kit"`)(p.do("GET", at))
		p.hears(400, "partner_report_unread")(p.do("POST", at+"/kit", "report", "{}"))
		for range 20 {
			d.k.Partner.Answered(id, partner.Asked, time.Millisecond)
		}
		if err := d.k.Partner.Count(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.want(200, p.shell.Say(locale, "apps.figures.none"))(p.do("GET", at+"/figures"))
		status, h, text := p.ask("GET", at+"/ready/node", "*/*", "")
		if status != 200 || !strings.Contains(text, string(id)) || h.Get("Content-Disposition") != `attachment; filename="app.mjs"` || !strings.HasPrefix(h.Get("Content-Type"), "text/plain") {
			t.Error(status, h, text)
		}
		p.hears(400, "partner_unsaid")(p.do("POST", at+"/withdraw", "typed", "app-other"))
		p.want(303, "/partner/applications")(p.do("POST", at+"/withdraw", "typed", string(id)))
		p.want(404, `data-error="partner_application_unknown"`)(p.do("GET", at))
		if _, at := p.do("POST", "/partner/applications", declaration()...); at != "" {
			p.want(200, p.shell.Say(locale, "parties.state.draft"))(p.do("GET", "/partner/parties"))
		}
		p.want(303, "/partner")(p.do("POST", "/partner/leave", "label", string(by.Organisation)))
	}
}
