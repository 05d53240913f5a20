package netid_test

import (
	"strings"

	"golang.org/x/oauth2"
)

// lostPhone: one recovery code, from a browser in which nobody ever signed in,
// stops everything that the phone could do; a new phone and the document start
// again, under the number that there was.
func (j *journey) lostPhone() {
	const who = "lost-phone"
	conf, _ := j.rp()
	verifier := oauth2.GenerateVerifier()
	address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))
	before := j.answer(j.persona("approve", who, address)).Get("code")
	number := j.show(who).NetNumber
	device := j.persona("devices", who)
	j.persona("lose", who)
	if _, err := conf.Exchange(j.t.Context(), before, oauth2.VerifierOption(verifier)); err == nil {
		j.t.Error("what the phone approved was redeemed after it was lost")
	}
	if _, errs, code := j.Run("persona", "devices", "--server", j.URL, who); code == 0 || !strings.Contains(errs, "has not enrolled") {
		j.t.Errorf("the wallet is still there: %d %s", code, errs)
	}
	j.persona("recover", who)
	if after := j.show(who).NetNumber; after != number || number == "" {
		j.t.Errorf("number %q after %q", after, number)
	}
	if now := j.persona("devices", who); len(strings.Fields(now)) != 1 || now == device {
		j.t.Errorf("devices %q after %q", now, device)
	}
	if a := j.answer(j.persona("approve", who, address)); a.Get("code") == "" {
		j.t.Error("recovered, and refused")
	}
}
