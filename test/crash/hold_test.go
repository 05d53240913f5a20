package crash_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"netid/test/visitor"
)

// hold checks, after a restart, everything that was ever acknowledged, and
// learns what became of the act that was under way.
func (l *life) hold(t *testing.T) {
	l.formerStayGone(t)
	if l.doubt == "thaw" || l.doubt == "erase" {
		l.cutShort++
	}
	if l.me == nil {
		l.doubt = ""
		l.codesHold(t)
		return
	}
	if l.doubt == "unpack" { // the answer of the last step came, its page did not
		if err := l.me.Unpack(); err != nil {
			t.Errorf("%s: the certificate that was acknowledged cannot be fetched: %v", l.card, err)
			return
		}
		l.enrolled(t, l.me)
	}
	l.me = l.me.Again()
	switch err := l.me.SignIn(); {
	case err == nil:
	case reason(err) == "device_unknown" && l.doubt == "erase":
		l.erased("")
		l.formerStayGone(t)
		l.codesHold(t)
		return
	default:
		t.Errorf("%s: the certificate does not sign in any more (under way: %q): %v", l.card, l.doubt, err)
		return
	}
	l.standingHolds(t)
	l.recordsHold(t)
	l.platformsHold(t)
	l.codesHold(t)
	l.proofsHold(t)
	l.doubt = ""
}

func reason(err error) string {
	var r *visitor.Refused
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

// formerStayGone: whoever was erased signs in with nothing they had.
func (l *life) formerStayGone(t *testing.T) {
	for _, f := range l.former[max(0, len(l.former)-3):] {
		session := f.Cookie("__Host-netid-session")
		if a, err := f.Get("/data"); session != "" && (err != nil || a.Status == http.StatusOK) {
			t.Errorf("%s: an erased person's session opens their data: %v", l.card, err)
		}
		f := f.Again()
		if err := f.SignIn(); reason(err) != "device_unknown" {
			t.Errorf("%s: an erased person's certificate: %v", l.card, err)
		}
		f.Close()
	}
}

func (l *life) standingHolds(t *testing.T) {
	home, err := l.me.Get("/")
	if err != nil {
		t.Errorf("%s: %v", l.card, err)
		return
	}
	is := home.Data("data-standing")
	if l.doubt == "freeze" || l.doubt == "thaw" {
		l.frozen = is == "frozen"
	}
	if want := map[bool]string{true: "frozen", false: "active"}[l.frozen]; is != want {
		t.Errorf("%s: acknowledged as %s, and it is %q", l.card, want, is)
	}
	if !l.frozen {
		return
	}
	if _, err := l.me.Approve(l.parties[0].Authorize(nil)); reason(err) != "certificate_frozen" {
		t.Errorf("%s: frozen, and an approval comes to %v", l.card, err)
	}
}

// recordsHold: every receipt that a party was given stands in the person's records.
func (l *life) recordsHold(t *testing.T) {
	for _, id := range l.receipts {
		a, err := l.me.Get("/records/" + id)
		if err != nil || a.Status != http.StatusOK || a.Data("data-record") != id || a.Data("data-kind") != "verified" {
			t.Errorf("%s: no record of a verification that was answered: %v", l.card, err)
		}
	}
}

func (l *life) platformsHold(t *testing.T) {
	if l.doubt == "withdraw" || l.cut == "" || slices.ContainsFunc(l.codes, func(c code) bool { return c.state == "doubt" }) {
		return
	}
	a, err := l.me.Get("/platforms")
	if err != nil || !tag(a.Body, l.cut) {
		t.Errorf("%s: withdrawn from %s, and the page does not say so: %v", l.card, l.cut, err)
	}
}

// codesHold: used codes stay used, codes that died stay dead, one that was
// under way was used or is good once more, one that nobody brought is good.
func (l *life) codesHold(t *testing.T) {
	for i := range l.codes {
		c := &l.codes[i]
		if time.Since(c.received) > 50*time.Second { // over in any case
			if c.state == "doubt" && l.cut == c.party.ID {
				l.cut = "" // it may have been used: then the page says so
			}
			continue
		}
		was := c.state
		got, err := c.party.Redeem(c.text, nil)
		if err != nil {
			t.Errorf("%s: %v", l.card, err)
			continue
		}
		good := got.Status == http.StatusOK && got.Receipt() != ""
		switch {
		case good && (was == "used" || was == "dead" || l.frozen):
			t.Errorf("%s: a code is good that was %s (frozen: %v)", l.card, was, l.frozen)
		case !good && (got.Status != http.StatusBadRequest || got.Error != "invalid_grant"):
			t.Errorf("%s: a %s code: %d %s", l.card, was, got.Status, got.Body)
		case !good && was == "fresh" && !l.frozen && l.doubt != "withdraw" && l.me != nil:
			t.Errorf("%s: a code that nobody brought yet is lost (under way: %q): %s", l.card, l.doubt, got.Description)
		case !good && was == "used" && got.Description != "code_used" && got.Description != "approval_over":
			t.Errorf("%s: a used code is refused with %q", l.card, got.Description)
		}
		if !good && was == "doubt" && got.Description == "code_used" && l.cut == c.party.ID {
			l.cut = "" // it was used, and nobody heard: the page says so again
		}
		if !good && l.frozen && was != "used" && got.Description == "approval_over" {
			continue // it waits for the thaw
		}
		if c.state = "used"; good && l.me != nil {
			l.receipts = append(l.receipts, got.Receipt())
			if l.cut == c.party.ID {
				l.cut = ""
			}
			if again, err := c.party.Redeem(c.text, nil); err != nil || again.Status == http.StatusOK {
				t.Errorf("%s: a code was good twice: %v", l.card, err)
			}
		}
	}
	l.codes = slices.DeleteFunc(l.codes, func(c code) bool { return time.Since(c.received) > 50*time.Second })
}

// proofsHold: a sign-in answer that was taken is never taken again.
func (l *life) proofsHold(t *testing.T) {
	for _, form := range l.proofs {
		b := visitor.New(l.URL)
		a, err := b.Post("/signin", form)
		if err != nil || a.Status == http.StatusSeeOther || b.Cookie("__Host-netid-session") != "" {
			t.Errorf("%s: a sign-in answer was taken twice: %v", l.card, err)
		}
		b.Close()
	}
	l.proofs = nil
}
