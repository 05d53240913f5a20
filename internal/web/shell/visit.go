package shell

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Visit is one request of one person, in hand.
type Visit struct {
	W      http.ResponseWriter
	R      *http.Request
	Locale string

	shell   *Shell
	id      string
	session *identity.Session
	may     allowed
	back    string
	instead *instead
	status  int
	wrote   bool
}

// Handler answers a visit or says why not; then the shell answers.
type Handler func(*Visit) error

// Context is the request's.
func (v *Visit) Context() context.Context { return v.R.Context() }

// Form is a field of the submitted form.
func (v *Visit) Form(name string) string { return v.R.PostForm.Get(name) }

// Signature is a passkey's answer in the form (staff.js); Invalid "signature_invalid" where it is none.
func (v *Visit) Signature() ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(v.Form("signature"))
	return b, fault.Wrap("shell.Signature", fault.Invalid, "signature_invalid", err)
}

// Query is a parameter of the address.
func (v *Visit) Query(name string) string { return v.R.URL.Query().Get(name) }

// Session is the citizen who is signed in on this browser, or nil. A cookie
// that does not open any more is forgotten; a failure of ours is an error.
func (v *Visit) Session() (*identity.Session, error) {
	if v.session != nil || v.shell.Sessions == nil {
		return v.session, nil
	}
	cookie := v.Cookie(CookieSession)
	if cookie == "" {
		return nil, nil
	}
	s, err := v.shell.Sessions.Open(v.Context(), cookie)
	switch fault.Of(err) {
	case fault.Unauthenticated, fault.Invalid, fault.NotFound, fault.Gone, fault.Forbidden:
		v.DropCookie(CookieSession)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v.session = &s
	return v.session, nil
}

// SignIn starts a session on this browser. The cookie is a new one each time.
func (v *Visit) SignIn(s identity.Session) error {
	cookie, err := v.shell.Sessions.Seal(s)
	if err != nil {
		return err
	}
	v.SetCookie(CookieSession, cookie, 0)
	v.session = &s
	return nil
}

// SignOut ends it.
func (v *Visit) SignOut() {
	v.DropCookie(CookieSession)
	v.session = nil
}

// Back says at which address a page that answers a form is found again; "/"
// where nothing is said.
func (v *Visit) Back(path string) { v.back = path }

// instead is the page that a refusal of this visit stands on.
type instead struct {
	pages *Pages
	name  string
	data  any
}

// Instead has a refusal of this visit shown on a page of the door's own, with the problem on
// top of it, rather than on the error page.
func (v *Visit) Instead(pages *Pages, name string, data any) { v.instead = &instead{pages, name, data} }

// Prefer takes the language that a party asked for, unless the citizen chose
// one here, and reports whether that changes the answer's.
func (v *Visit) Prefer(locale string) bool {
	own := v.Cookie(CookieLocale)
	if own == Chinese || own == English || locale != Chinese && locale != English || locale == v.Locale {
		return false
	}
	v.Locale = locale
	return true
}

// LeadsTo says to which party's origin this page's form may lead.
func (v *Visit) LeadsTo(redirectURI string) { v.may.party = Origin(redirectURI) }

// Asks says which program on the person's own computer this page's script may
// ask: its origin, on a loopback address.
func (v *Visit) Asks(origin string) { v.may.program = origin }

// Reaches says that this page's script may ask any party. It alone knows which.
func (v *Visit) Reaches() { v.may.parties = true }

// Looks says that this page's script may look through the camera.
func (v *Visit) Looks() { v.may.camera = true }

// Registers says that this page's script registers a worker of ours, under the
// one Trusted Types policy that it may make.
func (v *Visit) Registers(policy string) { v.may.policy = policy }

// Go answers 303: the browser asks for the local path with GET.
func (v *Visit) Go(path string) error {
	v.shell.secure(v.W.Header(), allowed{party: v.may.party})
	v.W.Header().Set("Location", LocalPath(path))
	v.write(http.StatusSeeOther)
	return nil
}

// JSON answers a script of ours.
func (v *Visit) JSON(status int, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return v.Plain(status, "application/json", b)
}

// Plain answers bytes of a type that no browser runs.
func (v *Visit) Plain(status int, kind string, b []byte) error {
	v.shell.secure(v.W.Header(), allowed{})
	v.W.Header().Set("Content-Type", kind)
	v.write(status)
	_, err := v.W.Write(b)
	return err
}

// Everybody answers what is the same for all who ask, from wherever: for a while it
// may be given again by those in between.
func (v *Visit) Everybody(kind string, b []byte, fresh time.Duration) error {
	h := v.W.Header()
	v.shell.secure(h, allowed{})
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(fresh.Seconds())))
	h.Set("Access-Control-Allow-Origin", "*") // no cookie means anything here
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Type", kind)
	v.write(http.StatusOK)
	_, err := v.W.Write(b)
	return err
}

func (v *Visit) write(status int) {
	if v.wrote {
		return
	}
	v.wrote, v.status = true, status
	if status == http.StatusServiceUnavailable { // RFC 9110 §10.2.3: about as long as a server takes to start
		v.W.Header().Set("Retry-After", "5")
	}
	v.W.WriteHeader(status)
}

// Say is a sentence in this visit's language.
func (v *Visit) Say(key string, args ...any) string { return v.shell.Say(v.Locale, key, args...) }
