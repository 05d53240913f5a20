package citizen_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"netid/internal/act/logout"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// parter ends sessions: the one verification of the world is one that lives.
type parter struct{ *world }

func (w parter) Sessions(context.Context, identity.Session) ([]logout.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.parted) > 0 {
		return nil, w.failing("Sessions")
	}
	id, err := identity.ParseEventID(w.events[2].ID)
	if err != nil {
		return nil, err
	}
	return []logout.Session{{Receipt: id, Party: w.party.ID, Purpose: w.party.Purpose.Text, Time: w.events[2].Time}}, w.failing("Sessions")
}

func (w parter) End(_ context.Context, _ identity.Session, receipt identity.EventID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parted = append(w.parted, receipt.String())
	return w.failing("End")
}

func (w parter) EndAll(_ context.Context, _ identity.Session, party identity.PartyID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parted = append(w.parted, string(party))
	return w.failing("End")
}

func (w parter) Read(_ context.Context, sealed string) (identity.Goodbye, identity.Party, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if sealed != "sealed" {
		return identity.Goodbye{}, identity.Party{}, fault.New("world", fault.Invalid, "request_invalid")
	}
	if w.goodbye.Party == "" {
		return w.goodbye, identity.Party{}, nil
	}
	return w.goodbye, w.party, nil
}

func TestSessionsArePartOfThePlatforms(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn().bind()
	b.locale = "en"
	a := b.get("/platforms")
	if !strings.Contains(a.body, w.events[2].ID) || !strings.Contains(a.body, "May still be signed in") || !strings.Contains(a.body, "check the age limit") {
		t.Errorf("%s", a.body)
	}
	b.post("/platforms/end", "receipt", w.events[2].ID).leads(t, "/platforms?said=ended")
	if a := b.get("/platforms"); strings.Contains(a.body, "data-session") {
		t.Error("what ended is listed")
	}
	b.post("/platforms/end", "party", "demo-shop").leads(t, "/platforms?said=ended")
	if strings.Join(w.parted, " ") != w.events[2].ID+" demo-shop" {
		t.Errorf("%v", w.parted)
	}
	b.post("/platforms/end", "receipt", "nothing").expect(t, 404, "record_unknown")
	b.post("/platforms/end", "party", "a b").expect(t, 404, "party_id_invalid")
	w.fail["End"] = fault.New("world", fault.Unavailable, "try_again")
	b.post("/platforms/end", "party", "demo-shop").expect(t, 503, "try_again")
	newBrowser(t, w).post("/platforms/end", "party", "demo-shop").expect(t, 401, "session_over")
}

// A party's log-out is done: the citizen is offered to leave here too.
func TestGoodbyeOffersTheRest(t *testing.T) {
	w := newWorld()
	w.goodbye = identity.Goodbye{Party: "demo-shop", Redirect: "http://127.0.0.1:7081/", Ended: true}
	stranger := newBrowser(t, w)
	stranger.get("/logout/page?g=sealed").leads(t, "/logout/answer?g=sealed")
	b := newBrowser(t, w).signIn().bind()
	b.locale = "en"
	a := b.get("/logout/page?g=sealed")
	if a.StatusCode != 200 || a.data("data-page") != "logout" || !strings.Contains(a.body, "You are signed out of Peach") || strings.Contains(a.body, `value="end"`) ||
		!strings.Contains(a.Header.Get("Content-Security-Policy"), "form-action 'self' http://127.0.0.1:7081;") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	b.post("/logout/page", "g", "sealed", "choice", "stay").leads(t, "/logout/answer?g=sealed")
	if b.cookie[shell.CookieSession] == "" {
		t.Error("who stays was signed out")
	}
	b.post("/logout/page", "g", "sealed", "choice", "end").expect(t, 400, "choice_missing")
	b.post("/logout/page", "g", "sealed").expect(t, 400, "choice_missing")
	b.post("/logout/page", "g", "sealed", "choice", "out").leads(t, "/logout/answer?g=sealed")
	if b.cookie[shell.CookieSession] != "" || len(w.parted) != 0 {
		t.Errorf("%v", w.parted)
	}
}

// Without a good hint nothing happened: the citizen is asked, and the browser goes nowhere.
func TestGoodbyeAsks(t *testing.T) {
	w := newWorld()
	w.goodbye = identity.Goodbye{Party: "demo-shop"}
	stranger := newBrowser(t, w)
	stranger.locale = "en"
	if a := stranger.get("/logout/page?g=sealed"); a.StatusCode != 200 || !strings.Contains(a.body, "nothing to end") || strings.Contains(a.body, `name="choice"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	stranger.post("/logout/page", "g", "sealed", "choice", "end").expect(t, 401, "session_over")
	b := newBrowser(t, w).signIn().bind()
	b.locale = "en"
	if a := b.get("/logout/page?g=sealed"); !strings.Contains(a.body, "nothing has ended yet") || !strings.Contains(a.body, `value="end"`) {
		t.Errorf("%s", a.body)
	}
	b.post("/logout/page", "g", "sealed", "choice", "stay").leads(t, "/")
	if len(w.parted) != 0 {
		t.Error("staying ended something")
	}
	b.post("/logout/page", "g", "sealed", "choice", "end").leads(t, "/platforms")
	if len(w.parted) != 1 || b.cookie[shell.CookieSession] == "" {
		t.Errorf("%v", w.parted)
	}
	w.goodbye = identity.Goodbye{}
	if a := b.get("/logout/page?g=sealed"); strings.Contains(a.body, `value="end"`) || !strings.Contains(a.body, `value="out"`) {
		t.Errorf("%s", a.body)
	}
	b.post("/logout/page", "g", "sealed", "choice", "end").expect(t, 400, "choice_missing")
	b.post("/logout/page", "g", "sealed", "choice", "out").leads(t, "/")
	for _, g := range []string{"", "forged", url.QueryEscape("sealed+")} {
		b.get("/logout/page?g="+g).expect(t, 400, "request_invalid")
		b.post("/logout/page", "g", g, "choice", "out").expect(t, 400, "request_invalid")
	}
}
