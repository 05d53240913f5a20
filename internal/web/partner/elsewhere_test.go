package partner_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

// M11: what opens a sandbox opens no other service: an organisation that is there alone is
// nobody elsewhere, by whatever it shows.
func TestM11NothingOfASandboxOpensAnotherService(t *testing.T) {
	here, there := open(t), open(t)
	p, q := here.founds("en"), there.founds("en")
	invitation := p.find(`id="secret">([^<]*)<`, p.want(200, "")(p.do("POST", "/partner/members/invite", "role", "admin")))
	token := p.find(`id="secret">([^<]*)<`, p.want(200, "")(p.do("POST", "/partner/tokens")))
	stranger := there.person("en")
	stranger.key, stranger.account, stranger.cookie = p.key, p.account, p.cookie
	stranger.hears(401, "partner_signed_out")(stranger.do("GET", "/partner/members"))
	_, body := stranger.do("GET", "/partner")
	challenge := stranger.find(`name="challenge" value="([^"]*)"`, body)
	stranger.hears(401, "partner_unproven")(stranger.do("POST", "/partner/signin", "challenge", challenge, "certificate", p.account, "signature", stranger.sign("signin", body)))
	// nor in the name of somebody who is there
	_, body = stranger.do("GET", "/partner")
	stranger.hears(401, "partner_unproven")(stranger.do("POST", "/partner/signin", "challenge", stranger.find(`name="challenge" value="([^"]*)"`, body), "certificate", q.account, "signature", stranger.sign("signin", body)))
	// nor by an answer to the other service's challenge
	_, body = here.person("en").do("GET", "/partner")
	foreign := q.find(`name="challenge" value="([^"]*)"`, body)
	text := q.find(`id="signin" data-sign="([^"]*)"`, body)
	q.hears(401, "partner_challenge_over")(q.do("POST", "/partner/signin", "challenge", foreign, "certificate", q.account, "signature", base64.RawURLEncoding.EncodeToString(q.key.Sign([]byte(text)))))
	stranger.hears(410, "partner_invitation_over")(stranger.do("POST", "/partner/invited", "invitation", invitation, "member", "Li"))
	for _, bearer := range []string{token, q.label + "." + strings.SplitN(token, ".", 2)[1]} {
		if status, _, body := stranger.ask("GET", forPrograms+"organisation", "*/*", "Bearer "+bearer); status != 401 || !strings.Contains(body, "partner_unproven") {
			t.Error(status, body)
		}
	}
	p.want(200, `data-page="partner-members"`)(p.do("GET", "/partner/members"))
	q.want(200, `data-page="partner-members"`)(q.do("GET", "/partner/members"))
}
