package clients_test

import (
	"net/url"
	"os"
	"strings"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// TestWalletsOutliveTheSandbox: a persona that the server lost enrols again by
// itself; one that it kept, through a crash too, does not.
func TestWalletsOutliveTheSandbox(t *testing.T) {
	t.Parallel()
	s := sandboxtest.Start(t)
	wallets := t.TempDir()
	approve := func() string {
		t.Helper()
		p := register(t, s, "wallet-party", "http://127.0.0.1:4421/callback", "--public")
		p.Wallets = wallets
		q := url.Values{"client_id": {p.ClientID}, "redirect_uri": {p.RedirectURI}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"},
			"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}
		if answer := p.citizen(t, s, "approve", s.URL+"/authorize?"+q.Encode()); !answer.Has("code") {
			t.Fatalf("no code: %v", answer)
		}
		out, errs, code := s.Run("persona", "show", p.Persona, "--server", s.URL, "--wallets", wallets)
		_, number, _ := strings.Cut(out, `"net_number":"`)
		if code != 0 || number == "" {
			t.Fatalf("persona show: %s%s", out, errs)
		}
		return number
	}
	first := approve()
	s.Kill()
	s.Restart()
	out, errs, _ := s.Run("persona", "show", "adult", "--server", s.URL, "--wallets", wallets)
	if !strings.Contains(out, first) {
		t.Errorf("a crash lost the person: %s%s", out, errs)
	}
	s.Stop()
	if err := os.RemoveAll(s.Data); err != nil {
		t.Fatal(err)
	}
	s.Restart()
	out, errs, code := s.Run("persona", "show", "adult", "--server", s.URL, "--wallets", wallets)
	if code != 0 || strings.Contains(out, "net_number") {
		t.Errorf("a fresh sandbox knows the number of an old one: %s%s", out, errs)
	}
	if second := approve(); second == first {
		t.Error("the same net number in two sandboxes")
	}
}
