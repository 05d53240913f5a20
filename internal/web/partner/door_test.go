package partner_test

import (
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/partner"
	"netid/internal/web/shell"
	"netid/test/kit"
)

// patterns are what the door puts on the mux.
type patterns struct {
	*http.ServeMux
	all []string
}

func (p *patterns) Handle(pattern string, h http.Handler) {
	p.all = append(p.all, pattern)
	p.ServeMux.Handle(pattern, h)
}

type desk struct {
	t     *testing.T
	k     *kit.Kit
	at    *httptest.Server
	mux   *patterns
	shell *shell.Shell
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, k: kit.New(t, law.New()), mux: &patterns{ServeMux: http.NewServeMux()}, shell: shell.New(shell.Config{Issuer: kit.Issuer, Sandbox: true, Reasons: law.Reasons()})}
	partner.New(partner.Config{Shell: d.shell, Organisations: d.k.Partner, Applications: d.k.Partner, Ready: texts, Libraries: libraries(), Parties: d.k.Admit, Issuer: kit.Issuer, Sandbox: true, Now: d.k.Now}).Register(d.mux)
	d.at = httptest.NewServer(described(d.mux, t))
	t.Cleanup(d.at.Close)
	return d
}

// worker is a browser at the door, with a passkey.
type worker struct {
	*desk
	account string
	label   string
	key     kit.Device
	cookie  string
	locale  string
}

func (p *worker) ask(method, path, accept, bearer string, fields ...string) (int, http.Header, string) {
	p.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequest(method, p.at.URL+path, strings.NewReader(f.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	for n, v := range map[string]string{"Accept": accept, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Accept-Language": p.locale} {
		req.Header.Set(n, v)
	}
	if bearer != "" {
		req.Header.Set("Authorization", bearer)
	}
	if p.cookie != "" {
		req.Header.Set("Cookie", shell.CookiePartner+"="+p.cookie)
	}
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	for _, k := range r.Cookies() {
		if k.Name == shell.CookiePartner {
			p.cookie = k.Value
		}
		if !k.HttpOnly || !k.Secure || !strings.HasPrefix(k.Name, "__Host-") {
			p.t.Error(k)
		}
	}
	return r.StatusCode, r.Header, string(b)
}

func (p *worker) do(method, path string, fields ...string) (int, string) {
	p.t.Helper()
	status, h, body := p.ask(method, path, "text/html", "", fields...)
	if csp := h.Get("Content-Security-Policy"); status != 303 && !strings.Contains(csp, "default-src 'none'") {
		p.t.Errorf("%s %s: policy %q", method, path, csp)
	}
	if at := h.Get("Location"); at != "" {
		return status, at
	}
	if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, " style=") || regexp.MustCompile(` on[a-z]+="`).MatchString(body) {
		p.t.Errorf("%s %s: a value was lost, or something stands inline:\n%s", method, path, body)
	}
	return status, body
}

func (p *worker) want(code int, has string) func(int, string) string {
	return func(status int, body string) string {
		p.t.Helper()
		if status != code || !strings.Contains(body, has) {
			p.t.Errorf("%d, want %d with %q:\n%s", status, code, has, body)
		}
		return body
	}
}

// hears asks that a page refuses with the reason, and says it in this person's language:
// what happened and what to do.
func (p *worker) hears(code int, reason string) func(int, string) string {
	return func(status int, body string) string {
		p.t.Helper()
		said := html.UnescapeString(p.want(code, `data-error="`+reason+`"`)(status, body))
		for _, key := range []string{"reason." + reason, "reason." + reason + ".next"} {
			if words := p.shell.Say(p.locale, key); words == key || !strings.Contains(said, words) {
				p.t.Errorf("%s in %s is not said: %s", key, p.locale, words)
			}
		}
		return body
	}
}

// find is what an expression's group finds on a page, as the browser reads it.
func (p *worker) find(expression, body string) string {
	p.t.Helper()
	m := regexp.MustCompile(`(?s)` + expression).FindStringSubmatch(body)
	if m == nil {
		p.t.Fatalf("no %s on\n%s", expression, body)
	}
	return html.UnescapeString(m[1])
}

func (p *worker) sign(form, body string) string {
	return base64.RawURLEncoding.EncodeToString(p.key.Sign([]byte(p.find(`id="`+form+`" data-sign="([^"]*)"`, body))))
}

func (d *desk) person(locale string) *worker {
	p := &worker{desk: d, key: kit.NewDevice(), locale: locale}
	p.key.Passkey = true
	return p
}

// comes signs what a page of coming shows, with everything that it carries.
func (p *worker) comes(form, body string) {
	p.t.Helper()
	p.account = p.find(`data-account="([^"]*)"`, body)
	fields := []string{"device", string(p.key.JWK), "signature", p.sign(form, body)}
	for _, m := range regexp.MustCompile(`type="hidden" name="([a-z]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		fields = append(fields, m[1], html.UnescapeString(m[2]))
	}
	p.want(303, "/partner")(p.do("POST", "/partner/"+form, fields...))
	p.label = p.find(`id="label">([^<]*)<`, p.want(200, `data-page="partner"`)(p.do("GET", "/partner")))
}

func company() []string {
	c := kit.Company()
	return []string{"organisation", c.Name, "code", c.Code, "contact", c.Contact, "member", "王"}
}

// founds makes an organisation through the pages.
func (d *desk) founds(locale string) *worker {
	d.t.Helper()
	p := d.person(locale)
	p.comes("found", p.want(200, `data-page="partner-found"`)(p.do("POST", "/partner/begin", company()...)))
	return p
}

// lets has somebody take an invitation that the administrator makes.
func (p *worker) lets(role, locale string) *worker {
	p.t.Helper()
	secret := p.find(`id="secret">([^<]*)<`, p.want(200, `data-page="partner-members"`)(p.do("POST", "/partner/members/invite", "role", role)))
	if _, again := p.do("GET", "/partner/members"); strings.Contains(again, secret) {
		p.t.Error("an invitation is shown again")
	}
	n := p.person(locale)
	n.comes("join", n.want(200, `data-page="partner-join"`)(n.do("POST", "/partner/invited", "invitation", secret, "member", "Li")))
	if n.label != p.label {
		p.t.Errorf("let into %s, of %s", n.label, p.label)
	}
	late := p.person(locale)
	late.hears(410, "partner_invitation_over")(late.do("POST", "/partner/invited", "invitation", secret, "member", "Xu"))
	return n
}

func (p *worker) signsIn() {
	p.t.Helper()
	copied := p.cookie
	p.do("POST", "/partner/signout")
	p.cookie = copied
	p.hears(401, "partner_signed_out")(p.do("GET", "/partner/members"))
	_, body := p.do("GET", "/partner")
	p.want(303, "/partner")(p.do("POST", "/partner/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.account, "signature", p.sign("signin", body)))
}

func (p *worker) member() string {
	b, _ := base64.RawURLEncoding.DecodeString(p.account)
	_, id, _ := strings.Cut(string(b), ".")
	return id
}

// A stranger has the sign-in and the ways to come, and 401 everywhere below: on pages that
// are there and on those that are not, by every method.
func TestAStrangerIsTold401(t *testing.T) {
	d := open(t)
	d.founds("en")
	p := d.person("en")
	public := map[string]bool{"GET /partner": true, "POST /partner/signin": true, "POST /partner/signout": true, "POST /partner/begin": true, "POST /partner/found": true, "POST /partner/invited": true, "POST /partner/join": true}
	body := p.want(200, `data-page="partner-start"`)(p.do("GET", "/partner"))
	for _, word := range []string{`type="password"`, "one-time-code"} {
		if strings.Contains(body, word) {
			t.Error("a way in beside the passkey")
		}
	}
	for _, word := range []string{"docs/integrate.md", "/jwks", "netid party add"} {
		if !strings.Contains(body, word) {
			t.Error("newcomers are not told of", word)
		}
	}
	asked := 0
	for _, pattern := range d.mux.all {
		method, path, _ := strings.Cut(pattern, " ")
		if public[pattern] || path == "" {
			continue
		}
		asked++
		for _, cookie := range []string{"", "made-up"} {
			p.cookie = cookie
			if strings.HasPrefix(path, "/partner/api/") {
				for _, bearer := range []string{"", "Bearer", "Bearer x", "Bearer org-0.x", "Basic eDp5"} {
					if status, h, body := p.ask(method, path, "*/*", bearer); status != 401 || !strings.Contains(body, `"error":"partner_unproven"`) || !strings.HasPrefix(h.Get("WWW-Authenticate"), "Bearer ") {
						t.Errorf("%s with %q: %d %s", pattern, bearer, status, body)
					}
				}
				continue
			}
			p.hears(401, "partner_signed_out")(p.do(method, path))
		}
	}
	if asked < 15 {
		t.Error(asked, "pages asked")
	}
	p.cookie = ""
	for _, path := range []string{"/partner/", "/partner/none", "/partner/password", "/partner/members/x/y", "/partner/organisations"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			p.hears(401, "partner_signed_out")(p.do(method, path))
		}
	}
	if status, _, body := p.ask("GET", "/partner/api/none", "*/*", ""); status != 401 || !strings.Contains(body, "partner_unproven") {
		t.Error(status, body)
	}
	for _, handle := range []string{"", "y", "?", base64.RawURLEncoding.EncodeToString([]byte("org-0.m-0")), base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", 65)))} {
		p.hears(401, "partner_unproven")(p.do("POST", "/partner/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", handle, "signature", "AAAA"))
	}
	p.hears(401, "partner_unproven")(p.do("POST", "/partner/signin", "signature", "?"))
	p.hears(401, "partner_challenge_over")(p.do("POST", "/partner/signin", "challenge", "x", "certificate", "y", "signature", "AAAA"))
	p.hears(410, "partner_invitation_over")(p.do("POST", "/partner/invited", "invitation", "x"))
}

// What is refused to who comes is said where they wrote it, and what they wrote stays.
func TestComingRefuses(t *testing.T) {
	d := open(t)
	p := d.person("zh-CN")
	bad := company()
	bad[3] = "91350100M000100Y44"
	p.want(400, `value="91350100M000100Y44"`)(p.do("POST", "/partner/begin", bad...))
	p.hears(400, "organisation_invalid")(p.do("POST", "/partner/begin", bad...))
	bad = company()
	bad[1] = ""
	p.want(400, `value="`+kit.Company().Contact+`"`)(p.do("POST", "/partner/begin", bad...))
	p.hears(400, "partner_text_invalid")(p.do("POST", "/partner/begin", bad...))
	body := p.want(200, `data-page="partner-found"`)(p.do("POST", "/partner/begin", company()...))
	fields := append(company(), "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "device", string(p.key.JWK), "signature", base64.RawURLEncoding.EncodeToString(p.key.Sign([]byte("another text"))))
	p.want(403, `data-error="signature_invalid"`)(p.do("POST", "/partner/found", fields...))
	p.want(400, `data-error="signature_invalid"`)(p.do("POST", "/partner/found", append(fields, "signature", "?")...))
	p.want(400, `data-error="signature_invalid"`)(p.do("POST", "/partner/join", "signature", "?"))
	d.k.Advance(5 * time.Minute)
	p.hears(401, "partner_challenge_over")(p.do("POST", "/partner/found", append(fields, "signature", p.sign("found", body))...))
	if p.cookie != "" {
		t.Error("who was refused is signed in")
	}
}

// Members work together in two languages; what a role does not allow is neither offered
// nor done, and a role that changes is another one with the next page.
func TestTwoMembersThroughThePages(t *testing.T) {
	d := open(t)
	admin := d.founds("zh-CN")
	other := d.founds("en")
	dev, viewer := admin.lets("developer", "en"), admin.lets("viewer", "zh-CN")
	for _, p := range []*worker{admin, dev, viewer} {
		p.signsIn()
		for _, page := range []string{"partner-members", "partner-domains", "partner-parties"} {
			p.want(200, `data-page="`+page+`"`)(p.do("GET", "/partner/"+strings.TrimPrefix(page, "partner-")))
		}
		p.want(404, "page_unknown")(p.do("GET", "/partner/none"))
	}
	for _, p := range []*worker{dev, viewer} {
		for _, path := range []string{"GET /partner/tokens", "GET /partner/leave", "POST /partner/leave", "POST /partner/members/invite", "POST /partner/members/role", "POST /partner/tokens", "POST /partner/tokens/end", "POST /partner/parties/release"} {
			method, at, _ := strings.Cut(path, " ")
			p.hears(403, "partner_role_refused")(p.do(method, at, "id", p.member(), "role", "admin", "label", p.label))
		}
		p.hears(403, "partner_role_refused")(p.do("POST", "/partner/members/remove", "id", admin.member()))
		if _, body := p.do("GET", "/partner/members"); strings.Contains(body, `id="invite"`) || strings.Contains(body, "/members/role") {
			t.Error("a page offers what it refuses")
		}
	}
	viewer.hears(403, "partner_role_refused")(viewer.do("POST", "/partner/domains", "host", "company.example"))
	viewer.hears(403, "partner_role_refused")(viewer.do("POST", "/partner/parties", "party", "library"))
	for _, at := range []string{"domains", "parties"} {
		if _, body := viewer.do("GET", "/partner/"+at); strings.Contains(body, `<form method="post" action="/partner/`) {
			t.Error("a viewer is offered a form at", at)
		}
	}
	other.hears(404, "partner_member_unknown")(other.do("POST", "/partner/members/remove", "id", dev.member()))
	admin.hears(400, "partner_role_unknown")(admin.do("POST", "/partner/members/invite", "role", "owner"))
	admin.hears(409, "partner_last_admin")(admin.do("POST", "/partner/members/role", "id", admin.member(), "role", "viewer"))
	admin.hears(409, "partner_last_admin")(admin.do("POST", "/partner/members/remove", "id", admin.member()))
	admin.want(303, "/partner/members")(admin.do("POST", "/partner/members/role", "id", dev.member(), "role", "admin"))
	dev.want(200, `data-page="partner-tokens"`)(dev.do("GET", "/partner/tokens"))
	dev.want(303, "/partner/members")(dev.do("POST", "/partner/members/remove", "id", viewer.member()))
	viewer.hears(401, "partner_signed_out")(viewer.do("GET", "/partner/members"))
	admin.want(303, "/partner")(admin.do("POST", "/partner/members/remove", "id", admin.member()))
	if admin.cookie != "" {
		t.Error("who left is signed in")
	}
}

// A domain is looked at as often as somebody asks, and a party is taken by its key (M09).
func TestM09ProvenThroughThePages(t *testing.T) {
	d := open(t)
	p, other := d.founds("en"), d.founds("zh-CN")
	const host = "company.example"
	p.hears(400, "domain_invalid")(p.do("POST", "/partner/domains", "host", "https://company.example"))
	body := p.hears(403, "domain_unproven")(p.do("POST", "/partner/domains", "host", host))
	if !strings.Contains(body, `value="`+host+`"`) || p.find(`id="line">([^<]*)<`, body) != p.label || !strings.Contains(body, d.shell.Say("en", "portal.prove.again")) {
		t.Error("the page does not say how, and that one may ask again")
	}
	d.k.Published = map[string]string{"https://" + host + "/.well-known/netid-party.txt": p.label + "\n" + other.label + "\n"}
	p.want(303, "/partner/domains")(p.do("POST", "/partner/domains", "host", " "+host+" "))
	p.want(200, `data-domain="`+host+`"`)(p.do("GET", "/partner/domains"))
	p.hears(409, "partner_has_it")(p.do("POST", "/partner/domains", "host", host))
	other.hears(409, "domain_claimed")(other.do("POST", "/partner/domains", "host", host))

	if _, _, err := d.k.Admit.Register(t.Context(), admit.Application{ID: "library", Name: "Library", NameZH: "图书馆", RedirectURIs: []string{"https://library.example/cb"}, Purpose: "Lend books", PurposeZH: "借书",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	key := kit.NewDevice()
	d.k.PartyKeys = map[identity.PartyID][]byte{"library": key.JWK}
	proof := func(p *worker) string {
		_, body := p.do("GET", "/partner/parties")
		for {
			if s := string(key.Sign([]byte(p.find(`id="audience">([^<]*)<`, body)))); strings.TrimSpace(s) == s {
				return s
			}
		}
	}
	p.hears(400, "party_id_invalid")(p.do("POST", "/partner/parties", "party", "图书馆", "assertion", "x"))
	p.hears(403, "party_key_unproven")(p.do("POST", "/partner/parties", "party", "library", "assertion", "x"))
	p.hears(403, "party_key_unproven")(p.do("POST", "/partner/parties", "party", "library", "assertion", proof(other)))
	p.want(303, "/partner/parties")(p.do("POST", "/partner/parties", "party", "library", "assertion", proof(p)))
	p.want(200, "Library")(p.do("GET", "/partner/parties"))
	other.hears(409, "party_claimed")(other.do("POST", "/partner/parties", "party", "library", "assertion", proof(other)))
	other.hears(409, "partner_applications")(other.do("POST", "/partner/parties/release", "party", "library"))
	p.hears(409, "partner_applications")(p.do("POST", "/partner/parties/release", "party", "library"))

	// It leaves: not by one press, not while a party takes part, and then whole.
	p.hears(400, "partner_unsaid")(p.do("POST", "/partner/leave", "label", other.label))
	p.hears(409, "partner_applications")(p.do("POST", "/partner/leave", "label", p.label))
	if _, err := d.k.Admit.Remove(t.Context(), "library", "left"); err != nil {
		t.Fatal(err)
	}
	other.hears(404, "partner_application_unknown")(other.do("POST", "/partner/parties/release", "party", "library"))
	p.want(303, "/partner/parties")(p.do("POST", "/partner/parties/release", "party", "library"))
	cookie := p.cookie
	p.want(303, "/partner")(p.do("POST", "/partner/leave", "label", p.label))
	p.cookie = cookie
	p.hears(401, "partner_signed_out")(p.do("GET", "/partner/members"))
	_, body = p.do("GET", "/partner")
	p.hears(401, "partner_unproven")(p.do("POST", "/partner/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.account, "signature", p.sign("signin", body)))
	other.want(303, "/partner/domains")(other.do("POST", "/partner/domains", "host", host))
}
