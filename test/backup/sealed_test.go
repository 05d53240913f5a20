package backup_test

import (
	"net/http"
	"net/url"
	"os"
	"testing"

	"netid/test/visitor"
)

// What a browser holds from before the restore is dead: a session, a challenge
// that was answered, one that was not, a request on its way, a draft.
func TestNothingThatTravelledLivesAgain(t *testing.T) {
	w := found(t)
	citizen := func(card, phone string) *visitor.Citizen {
		c, err := visitor.NewCitizen(w.URL, card, phone)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := citizen("adult-card", "10095100001")
	if err := c.Enrol(); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(); err != nil {
		t.Fatal(err)
	}
	half := citizen("elder-card", "10095100002")
	if err := half.Start(); err != nil {
		t.Fatal(err)
	}
	if err := half.Until("confirm"); err != nil {
		t.Fatal(err)
	}
	again := c.Again()
	answered, err := again.Knock()
	if err != nil {
		t.Fatal(err)
	}
	open, err := again.Knock()
	if err != nil {
		t.Fatal(err)
	}
	asked, err := c.Ask(w.conf.AuthCodeURL("s") + "&code_challenge_method=S256&code_challenge=" + "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
	if err != nil {
		t.Fatal(err)
	}

	w.must("backup", "--data", w.Data, "--out", w.file("store.age"), "--recipient", w.to, "--with-master")
	w.must("backup", "--keys", "--data", w.Data, "--out", w.file("keys.age"), "--recipient", w.to)
	if a, err := again.Post("/signin", answered); err != nil || a.Status != http.StatusSeeOther {
		t.Fatal(a, err)
	}
	for path, b := range map[string]*visitor.Browser{"/records": c.Browser, "/request?r=" + url.QueryEscape(asked): c.Browser, "/enrol/confirm": half.Browser} {
		if a, err := b.Get(path); err != nil || a.Status != http.StatusOK {
			t.Fatalf("before: %s: %d, %v", path, a.Status, err)
		}
	}
	w.Stop()
	if err := os.RemoveAll(w.Data); err != nil {
		t.Fatal(err)
	}
	w.must("restore", "--from", w.file("store.age"), "--keys", w.file("keys.age"), "--identity", w.key, "--data", w.Data, "--raise")
	w.Restart()

	for name, form := range map[string]url.Values{"answered": answered, "open": open} {
		if a, err := again.Post("/signin", form); err != nil || a.Status == http.StatusSeeOther {
			t.Errorf("a challenge that was %s is good again: %v", name, err)
		}
	}
	for path, b := range map[string]*visitor.Browser{"/records": c.Browser, "/request?r=" + url.QueryEscape(asked): c.Browser, "/enrol/confirm": half.Browser} {
		if a, err := b.Get(path); err != nil || a.Status == http.StatusOK {
			t.Errorf("%s lives again: %v", path, err)
		} else if a.Status >= 500 {
			t.Errorf("%s: status %d", path, a.Status)
		}
	}
	if err := c.Again().SignIn(); err != nil { // the certificate itself is as good as it was
		t.Error(err)
	}
}
