package persona_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/client"
)

// fake is a small server of pages with the interface of the real ones: it
// keeps to the same rules (cookies, forms, signatures) and remembers little.
type fake struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex // guards everything below
	devices  map[string]string
	drafts   map[string]*draft
	outbox   []map[string]string
	enrolled int
	signedIn int
	party    string // redirect URI
	verdicts []client.Statement
	mode     string
	problem  string // reason that /authorize answers with a page
	error    string // error that /authorize redirects at once
	forge    func([]string) []string
	compares bool          // the page compares faces itself
	faceless bool          // no face step is served, only its twin
	plain    []client.Item // that it asks beyond
}

type draft struct {
	step  int
	kind  string
	phone string
	code  string
}

var steps = []string{"notice", "document-consent", "card", "face-consent", "face", "phone", "code", "passcode", "confirm"}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, devices: map[string]string{}, drafts: map[string]*draft{}, mode: "urn:netid:acr:cert-pwd"}
	party := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the party's redirect URI was called") }))
	t.Cleanup(party.Close)
	f.party = party.URL + "/callback"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/drawer", f.drawer)
	mux.HandleFunc("POST /sandbox/drawer/{card}", f.card)
	mux.HandleFunc("GET /sandbox/outbox", f.messages)
	mux.HandleFunc("GET /enrol", f.kinds)
	mux.HandleFunc("POST /enrol", f.start)
	mux.HandleFunc("POST /enrol/challenge", func(w http.ResponseWriter, r *http.Request) { answer(w, map[string]string{"challenge": "Y2hhbGxlbmc"}) })
	mux.HandleFunc("GET /enrol/{step}", f.stepPage)
	mux.HandleFunc("POST /enrol/{step}", f.step)
	mux.HandleFunc("GET /signin", func(w http.ResponseWriter, r *http.Request) { f.signinPage(w, "signin", "/") })
	mux.HandleFunc("POST /signin", f.signin)
	mux.HandleFunc("GET /authorize", f.authorize)
	mux.HandleFunc("GET /request", f.request)
	mux.HandleFunc("POST /request/approve", f.approve)
	mux.HandleFunc("POST /request/decline", func(w http.ResponseWriter, r *http.Request) { f.leave(w, "error=access_denied") })
	mux.HandleFunc("GET /erase", f.erasePage)
	mux.HandleFunc("POST /erase", f.erase)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { page(w, 200, "home", `<p data-standing="active"></p>`) })
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.Method == http.MethodPost && r.Header.Get("Origin") != f.URL {
			page(w, http.StatusForbidden, "error", `<p data-error="cross_site">no</p>`)
			return
		}
		for _, never := range []string{"__Host-path", "__Host-plain", "elsewhere", "gone"} {
			if _, err := r.Cookie(never); err == nil {
				f.t.Errorf("the cookie %s was sent", never)
			}
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// reset forgets everybody, as deleting the sandbox's data does.
func (f *fake) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.devices = map[string]string{}
}

func page(w http.ResponseWriter, status int, name, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<!doctype html><form method="post" action="/language"><input type="hidden" name="next" value="/"></form><main data-page="%s">%s</main>`, name, body)
}

func refuse(w http.ResponseWriter, reason string) {
	page(w, http.StatusBadRequest, "error", `<div data-error="`+reason+`"><h2>That did not happen</h2><p>Not so.</p><p><a href="#x">Go there</a></p></div>`)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (f *fake) set(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: "__Host-netid-" + name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (f *fake) get(r *http.Request, name string) string {
	if c, err := r.Cookie("__Host-netid-" + name); err == nil {
		return c.Value
	}
	return ""
}

func (f *fake) drawer(w http.ResponseWriter, r *http.Request) {
	answer(w, drawerOf([]person{
		{"adult", "Zhang Test", "1990-05-17", "10000000001", "resident-id-card", "990101199005170011"},
		{"overseas", "Li Test", "1985-02-03", "10000000003", "passport", "E99000001"}}))
}

func (f *fake) card(w http.ResponseWriter, r *http.Request) {
	var in struct{ Challenge string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Challenge != "Y2hhbGxlbmc" {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	answer(w, map[string]string{"card": r.PathValue("card"), "answers": in.Challenge})
}

func (f *fake) messages(w http.ResponseWriter, r *http.Request) { answer(w, outboxOf(f.outbox)) }

func (f *fake) kinds(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "__Host-path", Value: "x", Path: "/enrol", Secure: true})
	http.SetCookie(w, &http.Cookie{Name: "__Host-plain", Value: "x", Path: "/"})
	http.SetCookie(w, &http.Cookie{Name: "elsewhere", Value: "x", Domain: "example.org"})
	http.SetCookie(w, &http.Cookie{Name: "gone", Value: "x", Path: "/"})
	http.SetCookie(w, &http.Cookie{Name: "gone", Path: "/", MaxAge: -1})
	if d := f.drafts[f.get(r, "draft")]; d != nil {
		page(w, 200, "tasks", `<p data-next="`+steps[d.step]+`"></p>`)
		return
	}
	page(w, 200, "kind", `<form method="post" action="/enrol"><input type="radio" name="kind" value="passport"><button>go</button></form>`)
}

func (f *fake) start(w http.ResponseWriter, r *http.Request) {
	id := fmt.Sprint("d", len(f.drafts))
	f.drafts[id] = &draft{kind: r.FormValue("kind")}
	f.set(w, "draft", id)
	http.Redirect(w, r, "/enrol", http.StatusSeeOther)
}

func (f *fake) stepPage(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("step") == "done" {
		c := r.FormValue("c")
		page(w, 200, "done", fmt.Sprintf(`<p data-certificate="%s" data-token="tok" data-number="2345678923456789">done</p>`, c))
		return
	}
	d := f.drafts[f.get(r, "draft")]
	if d == nil {
		refuse(w, "draft_unknown")
		return
	}
	name := steps[d.step]
	if r.PathValue("step") != name {
		http.Redirect(w, r, "/enrol/"+name, http.StatusSeeOther)
		return
	}
	fields := `<input type="hidden" name="locale" value="en">`
	switch name {
	case "face-consent":
		if f.faceless {
			page(w, 200, "face-consent", `<p data-next="face-consent"></p><form method="post" action="/enrol/face"><button name="twin" value="1">On</button></form>`)
			return
		}
		fallthrough
	case "notice", "document-consent":
		fields += `<button name="consent" value="refuse">No</button><button name="consent" value="agree">I agree</button>`
	}
	if f.compares && name == "face" {
		fields += `<input type="hidden" name="assertion"><input type="hidden" name="device"><input type="hidden" name="signature">`
	}
	page(w, 200, "enrol-"+name, fmt.Sprintf(`<div data-next="%s" data-proof="prove %s"></div><form method="post" action="/enrol/%s">%s</form>`, name, f.get(r, "draft"), name, fields))
}

func (f *fake) step(w http.ResponseWriter, r *http.Request) {
	d, name := f.drafts[f.get(r, "draft")], r.PathValue("step")
	if f.faceless && name == "face" && r.FormValue("twin") == "1" && d != nil {
		d.step++ // the consent to a face is skipped
	} else if d == nil || steps[d.step] != name {
		refuse(w, "step_order")
		return
	}
	ok := true
	switch name {
	case "notice", "document-consent", "face-consent":
		ok = r.FormValue("consent") == "agree" && r.FormValue("locale") == "en"
	case "card":
		var e struct{ Card, Answers string }
		ok = json.Unmarshal([]byte(r.FormValue("evidence")), &e) == nil && e.Answers == "Y2hhbGxlbmc" && strings.HasPrefix(e.Card, "card-")
	case "face":
		ok = f.faceless != (r.FormValue("assertion") == "match")
		if f.compares {
			ok = r.FormValue("twin") == "1"
		}
	case "phone":
		d.phone, d.code = r.FormValue("phone"), fmt.Sprintf("%06d", len(f.outbox)*7)
		f.outbox = slices.Concat([]map[string]string{{"phone": "10000000099", "code": "999999"}, {"phone": d.phone, "text": "for another: 888888."},
			{"phone": d.phone, "code": d.code}}, f.outbox)
	case "code":
		if r.FormValue("code") != d.code {
			page(w, http.StatusBadRequest, "code", `<p data-error="code_wrong">no</p><form method="post" action="/enrol/code"></form>`)
			return
		}
	case "passcode":
		p := r.FormValue("passcode")
		ok = len(p) == 8 && p == r.FormValue("again") && p[0] >= '4'
	case "confirm":
		f.confirm(w, r)
		return
	}
	if !ok {
		refuse(w, "refused_"+strings.ReplaceAll(name, "-", "_"))
		return
	}
	d.step++
	http.Redirect(w, r, "/enrol/"+steps[d.step], http.StatusSeeOther)
}

func (f *fake) confirm(w http.ResponseWriter, r *http.Request) {
	if !signed(r.FormValue("device"), "prove "+f.get(r, "draft"), r.FormValue("signature")) {
		refuse(w, "signature_invalid")
		return
	}
	f.enrolled++
	id := fmt.Sprint("certificate", f.enrolled)
	f.devices[id] = r.FormValue("device")
	http.Redirect(w, r, "/enrol/done?c="+id, http.StatusSeeOther)
}

func (f *fake) signinPage(w http.ResponseWriter, name, next string) {
	page(w, 200, name, `<div data-challenge="ch" data-signin-text="sign ch"></div><form method="post" action="/signin"><input type="hidden" name="next" value="`+
		template.HTMLEscapeString(next)+`"></form>`)
}

func (f *fake) signin(w http.ResponseWriter, r *http.Request) {
	device := f.devices[r.FormValue("certificate")]
	if r.FormValue("challenge") != "ch" || !signed(device, "sign ch", r.FormValue("signature")) {
		refuse(w, "device_unknown")
		return
	}
	f.signedIn++
	f.set(w, "session", r.FormValue("certificate"))
	http.Redirect(w, r, r.FormValue("next"), http.StatusSeeOther)
}

func (f *fake) authorize(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.problem != "":
		refuse(w, f.problem)
	case f.error != "":
		f.leave(w, "error="+f.error+"&error_description=because")
	default:
		f.set(w, "browser", "b")
		http.Redirect(w, r, "/request?r=sealed", http.StatusSeeOther)
	}
}

// asked is the statement before the citizen has chosen.
func (f *fake) asked() client.Statement {
	return client.Statement{Locale: "en", Service: "netid", Party: "Peach Shop", Domain: "127.0.0.1:7081", Purpose: "Sell wine", Mode: f.mode,
		Items:       append([]client.Item{{Name: "result", Given: true}, {Name: "age_over_18", Optional: true}}, f.plain...),
		Transaction: "t1", Time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
}

func (f *fake) request(w http.ResponseWriter, r *http.Request) {
	if f.get(r, "browser") != "b" {
		refuse(w, "other_browser")
		return
	}
	if f.devices[f.get(r, "session")] == "" {
		f.signinPage(w, "request", r.URL.RequestURI())
		return
	}
	page(w, 200, "request", requestBody(f.asked(), !f.faceless, f.forge))
}

func (f *fake) approve(w http.ResponseWriter, r *http.Request) {
	device := f.devices[f.get(r, "session")]
	if r.FormValue("r") != "sealed" || r.FormValue("certificate") != f.get(r, "session") {
		refuse(w, "session_over")
		return
	}
	s := f.asked()
	for i := range s.Items[1:] {
		s.Items[1+i].Given = r.FormValue("choice-"+s.Items[1+i].Name) == "give"
	}
	signature, err := base64.RawURLEncoding.DecodeString(r.FormValue("signature"))
	if err != nil {
		refuse(w, "signature_invalid")
		return
	}
	if _, err := client.CheckApproval(s.Bytes(), signature, []byte(device)); err != nil {
		refuse(w, "signature_invalid")
		return
	}
	if (strings.Contains(f.mode, "-pwd") || f.faceless) != (len(r.FormValue("passcode")) == 8) || r.FormValue("passcode") == "44444444" {
		refuse(w, "passcode_wrong")
		return
	}
	if strings.HasSuffix(f.mode, "-face") && !f.faceless != (r.FormValue("face") == "match") {
		refuse(w, "face_no_match")
		return
	}
	f.verdicts = append(f.verdicts, s)
	f.leave(w, "code=c1&state=s1")
}

func (f *fake) leave(w http.ResponseWriter, query string) {
	w.Header().Set("Location", f.party+"?"+query)
	w.WriteHeader(http.StatusSeeOther)
}

func (f *fake) erasePage(w http.ResponseWriter, r *http.Request) {
	if f.devices[f.get(r, "session")] == "" {
		refuse(w, "session_over")
		return
	}
	page(w, 200, "erase", `<form method="post" action="/erase"><input name="passcode"><input type="checkbox" name="confirm" value="erase"></form>`)
}

func (f *fake) erase(w http.ResponseWriter, r *http.Request) {
	if len(r.FormValue("passcode")) != 8 || r.FormValue("confirm") != "erase" {
		refuse(w, "passcode_wrong")
		return
	}
	delete(f.devices, f.get(r, "session"))
	page(w, 200, "receipt", `<div data-receipt="r1" data-leaf="7"></div><h1>You are
 erased</h1><li data-held="logs 2 2027-06-01"></li><li data-held="proofs 1 2029-12-01"></li>`)
}

// signed checks an ES256 signature (r||s) under a JWK.
func signed(jwk, text, signature string) bool {
	var k struct{ X, Y string }
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || len(raw) != 64 || json.Unmarshal([]byte(jwk), &k) != nil {
		return false
	}
	x, _ := base64.RawURLEncoding.DecodeString(k.X)
	y, _ := base64.RawURLEncoding.DecodeString(k.Y)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return false
	}
	digest := sha256.Sum256([]byte(text))
	return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:]))
}

// requestURL is where a party sends the browser.
func (f *fake) requestURL() string {
	return f.URL + "/authorize?" + url.Values{"client_id": {"shop"}, "redirect_uri": {f.party}}.Encode()
}
