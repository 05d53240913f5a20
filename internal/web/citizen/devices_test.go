package citizen_test

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/act/signin"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/web/shell"
)

// holder is the world's face as the keeper of devices.
type holder struct{ *world }

var recovery = identity.NewRecoveryCode()

func (w holder) Devices(context.Context, identity.Session) ([]signin.Device, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := []signin.Device{{ID: w.cert.ID, Name: w.named, Issued: w.cert.Issued, Expires: w.cert.Expires, Here: true}}
	for id := byte(1); id <= w.others; id++ {
		all = append(all, signin.Device{ID: identity.CertificateID{id}, Issued: w.cert.Issued, Expires: w.cert.Expires})
	}
	return all, w.failing("Devices")
}

func (w holder) Name(_ context.Context, _ identity.Session, device, name string) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if device != w.cert.ID.String() {
		return fault.New("world", fault.NotFound, "device_not_listed")
	}
	w.named, err = identity.ParseDeviceName(name)
	return err
}

func (w holder) Remove(_ context.Context, s identity.Session, device, passcode string) (identity.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if device == w.cert.ID.String() {
		return s, fault.New("world", fault.Conflict, "device_in_hand")
	}
	if passcode != "24681357" {
		return s, fault.New("world", fault.Invalid, "passcode_wrong")
	}
	w.others--
	s.Epoch++
	return s, nil
}

func (w holder) Invite(context.Context, identity.Session) (identity.Handle, error) {
	return w.invited, w.failing("Invite")
}

func (w holder) JoinText(invitation string) string {
	return "netid-join/1\n" + issuer + "\n" + invitation
}

func (w holder) Offer(_ context.Context, h identity.Handle, name string, device, signature []byte) (signin.Offered, error) {
	if h != w.invited {
		return signin.Offered{}, fault.New("world", fault.Forbidden, "join_over")
	}
	if _, err := identity.ParseDeviceName(name); err != nil {
		return signin.Offered{}, err
	}
	w.offered = true
	return signin.Offered{Match: "42", Certificate: w.cert.ID}, suite.VerifyES256(device, []byte(w.JoinText(h.Text())), signature)
}

func (w holder) Accept(_ context.Context, _ identity.Session, h identity.Handle, match, passcode string) error {
	switch {
	case h != w.invited:
		return fault.New("world", fault.Forbidden, "join_over")
	case !w.offered:
		return fault.New("world", fault.Conflict, "join_waits")
	case match != "42":
		return fault.New("world", fault.Forbidden, "join_number_wrong")
	case passcode != "24681357":
		return fault.New("world", fault.Invalid, "passcode_wrong")
	}
	w.others++
	return nil
}

func (w holder) Place(_ context.Context, _ identity.Session, name, passcode string) (string, identity.CertificateID, error) {
	if _, err := identity.ParseDeviceName(name); err != nil {
		return "", identity.CertificateID{}, err
	}
	if passcode != "24681357" {
		return "", identity.CertificateID{}, fault.New("world", fault.Invalid, "passcode_wrong")
	}
	return "sealed-place", identity.CertificateID{9}, w.failing("Place")
}

func (w holder) PlaceText(place string) string {
	return "netid-passkey/1\n" + issuer + "\n" + place
}

func (w holder) Put(_ context.Context, _ identity.Session, place string, device, signature []byte) error {
	if place != "sealed-place" {
		return fault.New("world", fault.Gone, "passkey_place_over")
	}
	w.others++
	return suite.VerifyES256(device, []byte(w.PlaceText(place)), signature)
}

func (w holder) Codes(_ context.Context, _ identity.Session, passcode string) (identity.Number, []identity.RecoveryCode, error) {
	if passcode != "24681357" {
		return "", nil, fault.New("world", fault.Invalid, "passcode_wrong")
	}
	return w.number, []identity.RecoveryCode{recovery, identity.NewRecoveryCode()}, nil
}

func (w holder) Left(context.Context, identity.Session) (int, time.Time, error) {
	return 3, w.claimed, w.failing("Left")
}

func (w holder) Refuse(context.Context, identity.Session) error {
	w.claimed = time.Time{}
	return w.failing("Refuse")
}

func (w holder) RefusePhone(context.Context, identity.Session) error {
	w.next = nil
	return w.failing("RefusePhone")
}

func (w holder) Lost(_ context.Context, number, code string, gone bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := strings.ReplaceAll(number, " ", ""); n != string(w.number) || code != recovery.Grouped() {
		return fault.New("world", fault.Invalid, "recovery_unknown")
	}
	w.frozen = true
	if gone {
		w.others = 0
	}
	return w.failing("Lost")
}

func (w holder) Shown(_ context.Context, who identity.PersonHandle) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frozen = who == "handle"
	return w.failing("Stop")
}

func TestTheDevicesPage(t *testing.T) {
	w := newWorld()
	w.others = 1
	b := newBrowser(t, w).signIn()
	here, there := w.cert.ID.String(), identity.CertificateID{1}.String()
	b.post("/devices/name", "device", here, "name", "我的手机").leads(t, "/devices")
	page := b.get("/devices").expect(t, 200, "")
	if !strings.Contains(page.body, "<bdi>我的手机</bdi>") || strings.Count(page.body, `action="/devices/remove"`) != 1 || page.data("data-codes") != "3" {
		t.Error("the list:", page.body)
	}
	b.post("/devices/name", "device", here, "name", "a\u202eb").expect(t, 400, "device_name_invalid")
	b.post("/devices/name", "device", "x", "name", "a").expect(t, 404, "device_not_listed")
	if a := b.post("/devices/remove", "device", there, "passcode", "1").expect(t, 400, "passcode_wrong"); a.data("data-page") != "devices" {
		t.Error("the refusal is not on its page")
	}
	b.post("/devices/remove", "device", here, "passcode", "24681357").expect(t, 409, "device_in_hand")
	before := b.cookie[shell.CookieSession]
	b.post("/devices/remove", "device", there, "passcode", "24681357").leads(t, "/devices")
	if b.cookie[shell.CookieSession] == before || w.others != 0 {
		t.Error("the browser in hand has no session of its own after a removal")
	}
	w.others = signin.MaxDevices - 1
	if a := b.get("/devices"); strings.Contains(a.body, `action="/devices/add"`) || !strings.Contains(a.body, "ten devices") {
		t.Error("a tenth device is offered another")
	}
}

// The page of a passkey names its certificate and the text that it answers, and
// nothing of its owner; who is signed in by one is asked by pages to sign with it.
func TestThePasskeyPage(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	b.post("/devices/passkey", "name", "a\u202eb", "passcode", "24681357").expect(t, 400, "device_name_invalid")
	if a := b.post("/devices/passkey", "name", "x", "passcode", "1").expect(t, 400, "passcode_wrong"); a.data("data-page") != "devices" {
		t.Error("the refusal is not on its page")
	}
	a := b.post("/devices/passkey", "name", "钥匙", "passcode", "24681357").expect(t, 200, "")
	text := holder{w}.PlaceText("sealed-place")
	if a.data("data-certificate") != (identity.CertificateID{9}).String() || a.data("data-text") != text || a.data("data-name") != "钥匙" || strings.Contains(a.body, string(w.number)) {
		t.Error(a.body)
	}
	b.post("/devices/passkey/put", "place", "x", "device", "{}", "signature", "").expect(t, 410, "passkey_place_over")
	b.post("/devices/passkey/put", "place", "sealed-place", "device", "{}", "signature", "?").expect(t, 400, "signature_invalid")
	b.post("/devices/passkey/put", "place", "sealed-place", "device", string(b.jwk()), "signature", b.sign(text), "attestationObject", "\xff", "clientDataJSON", "{").leads(t, "/devices")
	if w.others != 1 {
		t.Error("nothing was put down")
	}
	for _, asked := range []bool{false, true} {
		w.passkey = asked
		b.signIn()
		for _, path := range []string{"/request?r=sealed", "/children/asked/" + hex.EncodeToString(w.family.matters[0].Key)} {
			if got := strings.Contains(b.get(path).body, `data-passkey="`+w.cert.ID.String()+`"`); got != asked {
				t.Errorf("%s: asks a passkey %v, signed in by one %v", path, got, asked)
			}
		}
	}
}

func TestANewDeviceIsRefused(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	if a := b.get("/devices"); strings.Contains(a.body, "/devices/refuse") {
		t.Error("nobody asked, and it can be refused")
	}
	w.claimed = w.now().Add(-time.Hour)
	if a := b.get("/devices"); !strings.Contains(a.body, "23 November 2026") || !strings.Contains(a.body, "26 November 2026") || !strings.Contains(a.body, `action="/devices/refuse"`) {
		t.Error(a.body)
	}
	b.post("/devices/refuse").leads(t, "/devices")
	if a := b.get("/devices"); strings.Contains(a.body, "data-asked") {
		t.Error("refused, and still there")
	}
}

func TestAnotherTelephone(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	if a := b.get("/data"); strings.Contains(a.body, "/data/phone/refuse") {
		t.Error("nothing waits, and it can be undone")
	}
	b.post("/data/phone").leads(t, "/enrol/phone")
	tasks := b.get("/enrol").expect(t, 200, "")
	if !strings.Contains(tasks.body, "Change your phone number") || strings.Contains(tasks.body, "Choose the document") {
		t.Error(tasks.body)
	}
	b.post("/enrol/phone", "phone", "10000000002").leads(t, "/enrol/code")
	b.get("/enrol/move").leads(t, "/enrol") // not due
	b.post("/enrol/code", "code", "000000").expect(t, 400, "code_wrong")
	b.post("/enrol/code", "code", "123456").leads(t, "/enrol/move")
	if a := b.get("/enrol/move").expect(t, 200, ""); !strings.Contains(a.body, "100••••0002") || a.data("data-page") != "move" {
		t.Error(a.body)
	}
	if a := b.post("/enrol/move", "passcode", "1").expect(t, 400, "passcode_wrong"); a.data("data-page") != "move" {
		t.Error("the refusal is not on its page")
	}
	b.post("/enrol/move", "passcode", "24681357").leads(t, "/data")
	if b.cookie[shell.CookieDraft] != "" {
		t.Error("the draft's handle outlives the draft")
	}
	a := b.get("/data").expect(t, 200, "")
	if !strings.Contains(a.body, "10000000001") || !strings.Contains(a.body, "10000000002") || !strings.Contains(a.body, "26 November 2026") || strings.Contains(a.body, `action="/data/phone"`) {
		t.Error(a.body)
	}
	w.fail["Move"] = fault.New("world", fault.Conflict, "phone_waits")
	if a := b.post("/data/phone").expect(t, 409, "phone_waits"); a.data("data-page") != "data" {
		t.Error("the refusal is not on its page")
	}
	delete(w.fail, "Move")
	b.post("/data/phone/refuse").leads(t, "/data")
	if a := b.get("/data"); strings.Contains(a.body, "data-phone-waits") {
		t.Error("undone, and still there")
	}
	b.post("/data/phone").leads(t, "/enrol/phone")
	b.post("/enrol/cancel").leads(t, "/data")
	if len(w.drafts) > 0 {
		t.Error("a draft stays")
	}
}

func TestADeviceJoins(t *testing.T) {
	w := newWorld()
	w.invited = identity.NewHandle()
	old := newBrowser(t, w).signIn()
	page := old.post("/devices/add").expect(t, 200, "")
	invitation := page.data("data-invitation")
	if invitation != w.invited.Text() || !strings.Contains(page.body, issuer+"/join#"+invitation) || !strings.Contains(page.body, `viewBox="0 0 9 9"`) {
		t.Fatal(page.body)
	}
	accept := func(match, passcode string) answer {
		return old.post("/devices/accept", "invitation", invitation, "match", match, "passcode", passcode)
	}
	if a := accept("42", "24681357").expect(t, 409, "join_waits"); a.data("data-invitation") != invitation {
		t.Error("the square is lost")
	}
	fresh := newBrowser(t, w)
	fresh.server = old.server
	join := fresh.get("/join").expect(t, 200, "")
	offer := func(name, text string) answer {
		return fresh.post("/join", "invitation", invitation, "name", name, "device", string(fresh.jwk()), "signature", fresh.sign(text))
	}
	offer("x", "another text").expect(t, 400, "signature_invalid")
	offer("\x00", join.data("data-proof")+invitation).expect(t, 400, "device_name_invalid")
	fresh.post("/join", "invitation", invitation, "signature", "?").expect(t, 400, "signature_invalid")
	fresh.post("/join", "invitation", "?", "signature", "").expect(t, 403, "join_over")
	joined := offer("x", join.data("data-proof")+invitation).expect(t, 200, "")
	if joined.data("data-match") != "42" || joined.data("data-certificate") != w.cert.ID.String() || joined.data("data-challenge") == "" {
		t.Fatal(joined.body)
	}
	if a := accept("42", "1").expect(t, 400, "passcode_wrong"); a.data("data-invitation") != invitation {
		t.Error("the square is lost")
	}
	if a := accept("41", "24681357").expect(t, 403, "join_number_wrong"); a.data("data-page") != "devices" {
		t.Error("a void invitation is shown on")
	}
	accept("42", "24681357").leads(t, "/devices")
	if w.others != 1 {
		t.Error("no device joined")
	}
}

func TestLostPhone(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	b.post("/devices/codes", "passcode", "1").expect(t, 400, "passcode_wrong")
	page := b.post("/devices/codes", "passcode", "24681357").expect(t, 200, "")
	if !strings.Contains(page.body, recovery.Grouped()) || page.data("data-number") != w.number.Grouped() || page.Header.Get("Cache-Control") != "no-store" {
		t.Error(page.body)
	}
	if strings.Contains(b.get("/devices").body, recovery.Grouped()) {
		t.Error("a code is shown twice")
	}
	anybody := newBrowser(t, w)
	if !strings.Contains(anybody.get("/").body, `href="/lost"`) {
		t.Error("a browser where nobody is signed in does not lead there")
	}
	anybody.get("/lost").expect(t, 200, "")
	good := []string{"number", w.number.Grouped(), "code", recovery.Grouped(), "devices", "keep"}
	anybody.post("/lost", good[:4]...).expect(t, 400, "choice_missing")
	anybody.post("/lost", "number", "x", "code", "y", "devices", "gone").expect(t, 400, "recovery_unknown")
	if w.frozen {
		t.Fatal("a refused report froze the number")
	}
	anybody.do(http.MethodPost, "/lost", url.Values{"number": {w.number.Grouped()}}, http.Header{"Sec-Fetch-Site": {"cross-site"}}).expect(t, 403, "cross_site")
	if a := anybody.post("/lost", good...).expect(t, 200, ""); a.data("data-page") != "stopped" || !w.frozen {
		t.Error("nothing is stopped")
	}
}

// Whoever comes from the page of lost telephones and shows a document stops
// everything with it, on a page that does not say whether somebody is enrolled.
func TestLostWithTheDocument(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w)
	walk(t, b, "face-consent")
	if strings.Contains(b.get("/enrol/face-consent").body, "/enrol/stop") {
		t.Error("offered to whoever enrols")
	}
	if a := b.get("/enrol?next=/lost").expect(t, 200, ""); !strings.Contains(a.body, "No phone is needed") {
		t.Error("the way there speaks of enrolling alone")
	}
	if !strings.Contains(b.get("/enrol/face-consent").expect(t, 200, "").body, `action="/enrol/stop"`) {
		t.Error("not offered")
	}
	a := b.post("/enrol/stop").expect(t, 200, "")
	if a.data("data-page") != "stopped" || !strings.Contains(a.body, "If there is a net number with this document") || !w.frozen || len(w.drafts) > 0 {
		t.Error(a.body)
	}
	b.post("/enrol/stop").expect(t, 410, "draft_unknown")
}
