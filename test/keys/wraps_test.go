package keys_test

import (
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// A key that wraps is not ended before everybody is wrapped under the next one,
// whatever the operator says of it. A server that was down meanwhile does it
// when it is up again; one that is killed in the middle, at its next start.
func TestAKeyThatStillWrapsIsNotEnded(t *testing.T) {
	t.Parallel() // most of it is an overlap that runs out
	s := sandboxtest.Start(t)
	c, err := visitor.NewCitizen(s.URL, "trial-1-card", "10077700001")
	if err == nil {
		err = c.Enrol()
	}
	if err != nil {
		t.Fatal(err)
	}
	progress := func() string {
		t.Helper()
		out, errs, code := s.Run("keys", "progress", "--data", s.Data)
		if code != 0 {
			t.Fatal(errs)
		}
		return out
	}
	if out := progress(); strings.Count(out, ": never rotated") != 3 {
		t.Error(out)
	}
	first := live(t, s, "international")
	s.Stop()
	for _, use := range []string{"shelf", "vault-subject"} {
		if out, errs, code := s.Run("keys", "rotate", use, "--data", s.Data); code != 0 {
			t.Fatal(out, errs)
		}
	}
	time.Sleep(4 * time.Second) // announced, and then in use
	if out := progress(); strings.Count(out, ": not begun") != 3 {
		t.Error(out)
	}
	for use, want := range map[string]string{"shelf": "slots are still wrapped", "vault-subject": "rows are still wrapped"} {
		for _, how := range [][]string{nil, {"--compromised"}} {
			out, errs, code := s.Run(append([]string{"keys", "retire", first[use][0], "--data", s.Data}, how...)...)
			if code == 0 || out != "" || !strings.Contains(errs, want) || strings.Contains(errs, " 0 ") {
				t.Errorf("%s %v: %s%s", use, how, out, errs)
			}
		}
	}
	s.Restart()
	for range 3 {
		s.Kill()
		s.Restart()
	}
	wrapped(t, s, map[string][]string{"shelf": first["shelf"], "vault-subject": first["vault-subject"]})
	again := c.Again()
	if err := again.SignIn(); err != nil {
		t.Error(err)
	}
	s.Kill()
	s.Restart()
	if err := c.Again().SignIn(); err != nil {
		t.Error("without the former keys:", err)
	}
	if strings.Contains(s.Output(), "level=ERROR") {
		t.Errorf("the server complains:\n%s", s.Output())
	}
}
