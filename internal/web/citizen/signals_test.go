package citizen_test

import (
	"context"
	"strings"
	"testing"

	"netid/internal/act/signal"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/citizen"
)

// signaller is the world's face as the keeper of signals.
type signaller struct{ *world }

func (w *world) signals() citizen.Signaller {
	if w.mute {
		return nil
	}
	return signaller{w}
}

func (w signaller) View(context.Context, identity.Session) (signal.View, error) {
	here := signal.Device{ID: w.cert.ID, Here: true}
	if w.signal.Endpoint != "" {
		here.Host = "push.example"
	}
	v := signal.View{Key: "point", KeyID: "key", Hosts: []string{"push.example", "*.wide.example"}, Devices: []signal.Device{here}}
	if w.others > 0 {
		v.Devices = append(v.Devices, signal.Device{ID: identity.CertificateID{1}, Name: "平板", Host: "other.example"}, signal.Device{ID: identity.CertificateID{2}})
	}
	return v, w.failing("View")
}

func (w signaller) On(_ context.Context, _ identity.Session, s identity.Signal) error {
	if !strings.HasPrefix(s.Endpoint, "https://push.example/") || s.Key != "key" {
		return fault.New("world", fault.Invalid, "signal_refused")
	}
	w.signal = s
	return nil
}

func (w signaller) Off(_ context.Context, _ identity.Session, id identity.CertificateID) error {
	switch id {
	case w.cert.ID:
		w.signal = identity.Signal{}
	case identity.CertificateID{1}:
		w.others = 0
	default:
		return fault.New("world", fault.NotFound, "device_not_listed")
	}
	return nil
}

func TestThePageOfSignals(t *testing.T) {
	w := newWorld()
	w.others = 1
	b := newBrowser(t, w).signIn()
	b.locale = "en"
	page := b.get("/devices/signals").expect(t, 200, "")
	for _, want := range []string{"<li>*.wide.example</li>", "not what waits", `data-point="point"`, `value="key"`, "Something waits for you", "other.example"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if page.data("data-through") != "" || strings.Count(page.body, `action="/devices/signals/off"`) != 1 {
		t.Error("what is off is shown as on")
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "; trusted-types signals") {
		t.Error(csp)
	}
	if csp := b.get("/devices").Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "; trusted-types 'none'") {
		t.Error("another page may make a script's address:", csp)
	}
	for _, elsewhere := range []string{"https://elsewhere.example/a", ""} {
		b.post("/devices/signals", "endpoint", elsewhere, "key", "key").expect(t, 400, "signal_refused")
	}
	b.post("/devices/signals", "endpoint", "https://push.example/a", "key", "key").leads(t, "/devices/signals")
	if page := b.get("/devices/signals").expect(t, 200, ""); page.data("data-through") != "push.example" || strings.Contains(page.body, `id="on"`) || !strings.Contains(page.body, "On, through push.example") {
		t.Error(page.body)
	}
	b.post("/devices/signals/off", "device", identity.CertificateID{1}.String()).leads(t, "/devices/signals")
	b.post("/devices/signals/off", "device", w.cert.ID.String()).leads(t, "/devices/signals")
	if w.signal.Endpoint != "" || w.others != 0 {
		t.Error("still on")
	}
	b.post("/devices/signals/off", "device", identity.CertificateID{7}.String()).expect(t, 404, "device_not_listed")
	b.post("/devices/signals/off", "device", "!").expect(t, 404, "device_not_listed")
	newBrowser(t, w).post("/devices/signals", "endpoint", "https://push.example/a", "key", "key").expect(t, 401, "session_over")
}

// Where the operator lists no push service, nothing on any page speaks of signals.
func TestNoSignalsWhereNoneAreListed(t *testing.T) {
	w := newWorld()
	w.mute = true
	b := newBrowser(t, w).signIn()
	for _, path := range []string{"/devices", "/children"} {
		if page := b.get(path).expect(t, 200, ""); strings.Contains(page.body, "/devices/signals") {
			t.Error(path)
		}
	}
	b.get("/devices/signals").expect(t, 404, "page_unknown")
	b.post("/devices/signals", "endpoint", "https://push.example/a", "key", "key").expect(t, 404, "page_unknown")
	b.post("/devices/signals/off", "device", w.cert.ID.String()).expect(t, 404, "page_unknown")
}
