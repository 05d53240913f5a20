package netid_test

import (
	"strings"

	"golang.org/x/oauth2"
)

// minors are enrolled and answer with their guardian's part, without it, and
// against the guardian's no.
func (j *journey) minors() {
	j.t.Helper()
	conf, _ := j.rp()
	ask := func() string {
		return conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	}
	alone := func(persona string) {
		j.t.Helper()
		out, errs, code := j.Run("persona", "approve", "--server", j.URL, "--no-guardian", persona, ask())
		if code == 0 || !strings.Contains(errs, "guardian must approve") || strings.Contains(out, redirect) {
			j.t.Errorf("%s alone: %d %s %s", persona, code, out, errs)
		}
	}
	alone("child-9") // the enrolment waits
	for _, persona := range []string{"infant", "child-9", "teen-16"} {
		j.signIn(persona)
	}
	alone("child-9") // the use waits
	out, errs, code := j.Run("persona", "approve", "--server", j.URL, "--guardian", "decline", "child-9", ask())
	if a := j.answer(last(out)); code == 0 || a.Get("error") != "access_denied" || a.Get("error_description") != j.declined("teen-16", ask()) {
		j.t.Errorf("the guardian's no: %d %v %s", code, a, errs)
	}
	if a := j.answer(j.persona("approve", "--no-guardian", "teen-16", ask())); a.Get("code") == "" { // from fourteen on one decides alone
		j.t.Errorf("a young person is not answered: %v", a)
	}
	if a := j.answer(j.persona("approve", "--guardian", "always", "infant", ask())); a.Get("code") == "" {
		j.t.Errorf("not answered: %v", a)
	}
	if a := j.answer(j.persona("approve", "--no-guardian", "infant", ask())); a.Get("code") == "" { // the guardian agreed for this party
		j.t.Errorf("the guardian is asked again: %v", a)
	}
	for persona, want := range map[string][]string{"child-9": {"verified ", "guardian-agreed ", "declined "}, "guardian": {"guardian-agreed ", "guardian-refused "}} {
		records := j.persona("records", persona)
		for _, kind := range want {
			if !strings.Contains(records, kind) {
				j.t.Errorf("%s: no %sin\n%s", persona, kind, records)
			}
		}
	}
}

// declined is what a party is told of a plain no.
func (j *journey) declined(persona, address string) string {
	j.t.Helper()
	return j.answer(j.persona("decline", persona, address)).Get("error_description")
}
