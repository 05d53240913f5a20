package operator_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/law"
	"netid/internal/web/operator"
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
	load gauge.Gauge
	bear *burden
	wait waiting
	t    *testing.T
	k    *kit.Kit
	at   *httptest.Server
	mux  *patterns
	door *operator.Door
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, bear: &burden{}, wait: waiting{}, k: kit.New(t, law.New()), mux: &patterns{ServeMux: http.NewServeMux()}}
	d.door = operator.New(operator.Config{Shell: shell.New(shell.Config{Issuer: kit.Issuer, Sandbox: true}), Staff: d.k.Staff, Parties: d.k.Admit, Reviews: d.k.Admit, Portal: d.k.Partner, Cases: d.k.Redress, Claims: d.k.Rights, Load: &d.load, Keys: d.k.Ceremonies(), Capacity: d.bear, Figures: d.k.Tally, Counters: d.k.Counter, Helped: d.k.Enrol, Guardians: d.wait, Duties: d.k.Supervise, Incidents: d.k.Incident, Assists: d.k.Assist, Reissues: kit.Reissues{Kit: d.k}, Recalls: d.k.Recall, Now: d.k.Now})
	d.door.Register(d.mux)
	d.at = httptest.NewServer(d.mux)
	t.Cleanup(d.at.Close)
	return d
}

// person is a browser at the door, with a passkey.
type person struct {
	*desk
	id     string
	key    kit.Device
	cookie string
	locale string
}

func (p *person) do(method, path string, fields ...string) (int, string) {
	p.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	req, err := http.NewRequest(method, p.at.URL+path, strings.NewReader(f.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	for n, v := range map[string]string{"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Accept-Language": p.locale} {
		req.Header.Set(n, v)
	}
	if p.cookie != "" {
		req.Header.Set("Cookie", shell.CookieStaff+"="+p.cookie)
	}
	r, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	for _, k := range r.Cookies() {
		if k.Name == shell.CookieStaff {
			p.cookie = k.Value
		}
		if !k.HttpOnly || !k.Secure || !strings.HasPrefix(k.Name, "__Host-") {
			p.t.Error(k)
		}
	}
	if csp := r.Header.Get("Content-Security-Policy"); r.StatusCode != 303 && !strings.Contains(csp, "default-src 'none'") {
		p.t.Errorf("%s %s: policy %q", method, path, csp)
	}
	if at := r.Header.Get("Location"); at != "" {
		return r.StatusCode, at
	}
	return r.StatusCode, string(b)
}

func (p *person) want(code int, has string) func(int, string) string {
	return func(status int, body string) string {
		p.t.Helper()
		if status != code || !strings.Contains(body, has) {
			p.t.Errorf("%d, want %d with %q:\n%s", status, code, has, body)
		}
		return body
	}
}

// find is what an expression's group finds on a page, as the browser reads it.
func (p *person) find(expression, body string) string {
	p.t.Helper()
	m := regexp.MustCompile(`(?s)` + expression).FindStringSubmatch(body)
	if m == nil {
		p.t.Fatalf("no %s on\n%s", expression, body)
	}
	return strings.NewReplacer("&#43;", "+", "&#34;", `"`, "&amp;", "&", "&#39;", "'", "&#10;", "\n").Replace(m[1])
}

func (p *person) sign(form, body string) string {
	text := p.find(`id="`+form+`" data-sign="([^"]*)"`, body)
	return base64.RawURLEncoding.EncodeToString(p.key.Sign([]byte(text)))
}

// joins takes an invitation through the pages.
func (d *desk) joins(secret, code, locale string) *person {
	d.t.Helper()
	p := &person{desk: d, key: kit.NewDevice(), locale: locale}
	p.key.Passkey = true
	_, body := p.do("POST", "/operator/invited", "invitation", secret)
	p.id = p.find(`data-account="([^"]*)"`, body)
	p.want(303, "/operator")(p.do("POST", "/operator/join", "invitation", secret, "code", code, "device", string(p.key.JWK), "signature", p.sign("join", body)))
	return p
}

// code is what who approved an invitation reads on its page.
func (p *person) code(at string) string {
	p.t.Helper()
	return p.find(`id="code">([^<]*)<`, p.want(200, `data-state="done"`)(p.do("GET", at)))
}

// hires has two invite somebody, who comes.
func (d *desk) hires(system, security *person, name string, r law.Role, reference string, more ...string) *person {
	d.t.Helper()
	_, body := system.do("POST", "/operator/staff/invite", append([]string{"name", name, "role", string(r), "reference", reference}, more...)...)
	secret := system.find(`id="secret">([^<]*)<`, body)
	_, to := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
	security.want(303, to)(security.do("POST", to, "word", "approve", "signature", security.sign("approve", security.want(200, "")(security.do("GET", to)))))
	return d.joins(secret, security.code(to), "en")
}

func (d *desk) founders() (system, security *person) {
	d.t.Helper()
	var out [2]*person
	for i, of := range []staff.Invitation{{Name: "Lin", Role: law.SystemRole, Reference: "p-1"}, {Name: "吴", Role: law.SecurityRole, Reference: "p-2"}} {
		secret, err := d.k.Staff.Found(d.t.Context(), of)
		if err != nil {
			d.t.Fatal(err)
		}
		out[i] = d.joins(secret, "", []string{"en", "zh-CN"}[i])
	}
	return out[0], out[1]
}

// A stranger has the sign-in, and 401 everywhere below: on pages that are there and on
// those that are not, by every method. There is no other way in (N11).
func TestAStrangerIsTold401(t *testing.T) {
	d := open(t)
	d.founders()
	p := &person{desk: d, locale: "en"}
	p.want(200, `data-page="operator-signin"`)(p.do("GET", "/operator"))
	public := map[string]bool{"GET /operator": true, "POST /operator/signin": true, "POST /operator/signout": true, "POST /operator/invited": true, "POST /operator/join": true}
	asked := 0
	for _, pattern := range d.mux.all {
		method, path, _ := strings.Cut(pattern, " ")
		if public[pattern] || path == "" {
			continue
		}
		for _, cookie := range []string{"", "made-up"} {
			p.cookie = cookie
			p.want(401, "staff_signed_out")(p.do(method, strings.ReplaceAll(path, "{number}", "0123456789abcdef")))
			asked++
		}
	}
	for _, path := range []string{"/operator/", "/operator/none", "/operator/password", "/operator/otp", "/operator/login", "/operator/staff/x/y", "/operator/people?name=*"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
			p.cookie = ""
			p.want(401, "staff_signed_out")(p.do(method, path))
		}
	}
	if asked < 20 {
		t.Error(asked, "pages asked")
	}
	if _, body := p.do("GET", "/operator"); strings.Contains(body, `type="password"`) || strings.Contains(body, "one-time-code") {
		t.Error("a way in beside the passkey")
	}
	p.want(401, "staff_unproven")(p.do("POST", "/operator/signin", "challenge", "x", "certificate", "y", "signature", "AAAA"))
	p.want(410, "invitation_over")(p.do("POST", "/operator/invited", "invitation", "x"))
}

// Signed in, there is no such page where there is none: no password, no code (N11).
func TestNoOtherWayIn(t *testing.T) {
	d := open(t)
	system, _ := d.founders()
	for _, path := range []string{"/operator/password", "/operator/otp", "/operator/reset", "/operator/search"} {
		system.want(404, "page_unknown")(system.do("GET", path))
		system.want(404, "page_unknown")(system.do("POST", path))
	}
}

// Two invite a third through the pages, in two languages; the third, an auditor, reads
// and proposes nothing; an authority reads less.
func TestTwoInviteAThird(t *testing.T) {
	d := open(t)
	system, security := d.founders()
	invite := func(role, sector, ref string) *person {
		t.Helper()
		_, body := system.do("POST", "/operator/staff/invite", "name", "Xu", "role", role, "sector", sector, "reference", ref)
		secret := system.find(`id="secret">([^<]*)<`, body)
		_, at := system.do("POST", "/operator/proposals", "sealed", system.find(`name="sealed" value="([^"]*)"`, body), "signature", system.sign("sign", body))
		own := system.want(200, `data-state="open"`)(system.do("GET", at))
		if strings.Contains(own, `id="approve"`) {
			t.Error("who proposed is asked to approve")
		}
		body = security.want(200, `id="approve"`)(security.do("GET", at))
		system.want(403, "approver_same")(system.do("POST", at, "word", "approve", "signature", system.sign("approve", body)))
		if strings.Contains(body, secret) {
			t.Error("who approves reads the invitation")
		}
		security.want(303, at)(security.do("POST", at, "word", "approve", "signature", security.sign("approve", body)))
		code := security.code(at)
		if strings.Contains(system.want(200, `data-state="done"`)(system.do("GET", at)), code) {
			t.Error("who proposed reads the code")
		}
		thief := &person{desk: d, key: kit.NewDevice(), locale: "en"}
		thief.key.Passkey = true
		form := thief.want(200, `name="code"`)(thief.do("POST", "/operator/invited", "invitation", secret))
		again := thief.want(403, "This is not the code")(thief.do("POST", "/operator/join", "invitation", secret, "code", "x", "device", string(thief.key.JWK), "signature", thief.sign("join", form)))
		thief.want(200, `id="join"`)(200, again)
		return d.joins(secret, code, "en")
	}
	audit, sector := invite("audit", "", "p-3"), invite("sector", "health", "p-4")
	for who, reads := range map[*person]map[string]int{
		system:   {"/operator/staff": 200, "/operator/proposals": 200, "/operator/settings": 200, "/operator/alerts": 403},
		security: {"/operator/staff": 200, "/operator/proposals": 200, "/operator/settings": 200, "/operator/alerts": 403},
		audit:    {"/operator/staff": 200, "/operator/proposals": 200, "/operator/settings": 200, "/operator/alerts": 200},
		sector:   {"/operator/staff": 403, "/operator/proposals": 403, "/operator/settings": 403, "/operator/alerts": 403},
	} {
		who.want(200, `data-page="operator"`)(who.do("GET", "/operator"))
		for path, code := range reads {
			who.want(code, "")(who.do("GET", path))
		}
	}
	audit.want(403, "role_refused")(audit.do("POST", "/operator/settings", "setting", "idle-minutes", "value", "3"))
	system.want(403, "setting_floor")(system.do("POST", "/operator/settings", "setting", "idle-minutes", "value", "16"))
	system.want(200, `data-page="operator-sign"`)(system.do("POST", "/operator/settings", "setting", "idle-minutes", "value", "3"))
	for _, p := range []*person{system, security, audit, sector} {
		copied := p.cookie
		p.do("POST", "/operator/signout")
		p.cookie = copied
		p.want(401, "staff_signed_out")(p.do("GET", "/operator/proposals"))
		_, body := p.do("GET", "/operator")
		p.want(303, "/operator")(p.do("POST", "/operator/signin", "challenge", p.find(`name="challenge" value="([^"]*)"`, body), "certificate", p.id, "signature", p.sign("signin", body)))
	}
}
