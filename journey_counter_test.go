package netid_test

import (
	"encoding/json"
	"strings"

	"golang.org/x/oauth2"
)

// counter: somebody without a phone and without a device gets a number with two clerks'
// help, and the same number approves once a device is bound by document and passcode.
func (j *journey) counter() {
	const who = "elder"
	credential := func(name string) string {
		out, errs, code := j.Run("counter", "add", "--server", j.URL, name)
		if code != 0 || !strings.HasPrefix(out, name+".") {
			j.t.Fatalf("counter add: %d %s %s", code, out, errs)
		}
		return strings.TrimSpace(out)
	}
	first, second := credential("hall-1"), credential("hall-2")
	var made struct {
		NetNumber string `json:"net_number"`
	}
	if _, errs, code := j.Run("persona", "enrol", "--server", j.URL, who, "--counter", first, "--second", first); code == 0 || !strings.Contains(errs, "no form to /counter/agree") {
		j.t.Errorf("one clerk was two: %d %s", code, errs)
	}
	if err := json.Unmarshal([]byte(j.persona("enrol", who, "--counter", first, "--second", second)), &made); err != nil || len(made.NetNumber) != 16 {
		j.t.Fatal(made, err)
	}
	if out, _, _ := j.Run("counter", "list", "--server", j.URL); !strings.Contains(out, "hall-1") || !strings.Contains(out, "  1") {
		j.t.Error(out)
	}
	conf, _ := j.rp()
	if a := j.answer(j.persona("approve", who, conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))); a.Get("code") == "" {
		j.t.Error("who was enrolled at a counter is refused")
	}
	if now := j.show(who).NetNumber; now != made.NetNumber {
		j.t.Errorf("number %q, and %q at the counter", now, made.NetNumber)
	}
}
