// Package keys_test rotates and retires the keys of a running server while
// people and parties use it through its real doors.
package keys_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// rotatable uses; the others are refused.
var rotatable = []string{"access", "answer", "certificate", "challenge", "code", "request", "session", "token"}

// load is what people and parties do meanwhile.
type load struct {
	t        *testing.T
	verifier *oidc.IDTokenVerifier
	party    *visitor.Party
	rounds   atomic.Int64
	mu       sync.Mutex
	kids     map[string]bool // that signed
	last     string          // ID token
}

// round is one whole answer: sign in, approve, redeem, check, ask for more.
func (l *load) round(c *visitor.Citizen) error {
	if err := c.SignIn(); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	answer, err := c.Approve(l.party.Authorize(nil))
	if err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	tokens, err := l.party.Redeem(answer.Query().Get("code"), nil)
	if err != nil || tokens.Status != http.StatusOK {
		return fmt.Errorf("redeem: %s %s %w", answer.RawQuery, tokens.Error, err)
	}
	id, err := l.verifier.Verify(context.Background(), tokens.ID)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	r, err := l.party.Request(http.MethodGet, "/userinfo", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+tokens.Access)
	info, err := l.party.Send(r)
	if err != nil || info.Status != http.StatusOK || !strings.Contains(info.Body, id.Subject) {
		return fmt.Errorf("userinfo: %v %w", info, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kids[strings.Split(tokens.ID, ".")[0]], l.last = true, tokens.ID
	l.rounds.Add(1)
	return nil
}

func (l *load) run(people []*visitor.Citizen, stop <-chan struct{}) *sync.WaitGroup {
	var all sync.WaitGroup
	for _, c := range people {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := l.round(c); err != nil {
					l.t.Errorf("%s: %v", c.Card, err)
					return
				}
			}
		})
	}
	return &all
}

func TestKeysRotateUnderLoad(t *testing.T) {
	s := sandboxtest.Start(t)
	if out, errs, code := s.Run("party", "add", "--server", s.URL, "--id", "loaded", "--name", "Party under Load", "--redirect-uri", "http://127.0.0.1:4412/callback", "--public"); code != 0 {
		t.Fatal(out, errs)
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), &http.Client{Timeout: 10 * time.Second}), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l := &load{t: t, verifier: provider.Verifier(&oidc.Config{ClientID: "loaded", SupportedSigningAlgs: []string{oidc.ES256}}),
		party: &visitor.Party{ID: "loaded", Redirect: "http://127.0.0.1:4412/callback", Browser: visitor.New(s.URL)}, kids: map[string]bool{}}
	var people []*visitor.Citizen
	for i, card := range []string{"trial-1-card", "trial-2-card", "trial-3-card"} {
		c, err := visitor.NewCitizen(s.URL, card, fmt.Sprintf("1007770%04d", i))
		if err == nil {
			err = c.Enrol()
		}
		if err != nil {
			t.Fatalf("%s: %v", card, err)
		}
		people = append(people, c)
	}
	if err := l.round(people[0]); err != nil {
		t.Fatal(err)
	}
	oldest := l.last
	stop := make(chan struct{})
	all := l.run(people, stop)
	first := live(t, s)
	for turn := range 7 {
		for _, use := range rotatable {
			if out, errs, code := s.Run("keys", "rotate", use, "--data", s.Data); code != 0 {
				t.Fatalf("rotation %d of %s: %s%s", turn, use, out, errs)
			}
		}
		time.Sleep(time.Second)
		if err := afresh(s, oldest); err != nil {
			t.Errorf("rotation %d: a token of the first key no longer verifies: %v", turn, err)
		}
	}
	time.Sleep(4 * time.Second) // the last ones are announced, and then used
	for use, ids := range first {
		if out, errs, code := s.Run("keys", "retire", ids[0], "--data", s.Data); code == 0 || !strings.Contains(errs, "key_overlap") {
			t.Errorf("the first key of %s is retired before its time: %s%s", use, out, errs)
		}
		if use != "session" { // the people of this test signed in under the newest; a retired key would be no failure, but no proof either
			if out, errs, code := s.Run("keys", "retire", ids[0], "--compromised", "--data", s.Data); code != 0 {
				t.Errorf("%s: %s%s", use, out, errs)
			}
		}
	}
	time.Sleep(1500 * time.Millisecond)
	close(stop)
	all.Wait()
	if afresh(s, oldest) == nil {
		t.Error("a token of a retired key verifies")
	}
	t.Logf("%d answers under %d token keys", l.rounds.Load(), len(l.kids))
	if l.rounds.Load() < 20 || len(l.kids) < 3 {
		t.Errorf("only %d answers under %d token keys: nothing was proven", l.rounds.Load(), len(l.kids))
	}
	if strings.Contains(s.Output(), "level=ERROR") {
		t.Errorf("the server complains:\n%s", s.Output())
	}
	if set := body(t, s.URL+"/jwks"); strings.Count(set, `"kid"`) != 7 {
		t.Errorf("the key set: %s", set)
	}
}

// afresh checks a token as a party does that has just started: by the key set
// of this moment.
func afresh(s *sandboxtest.Sandbox, token string) error {
	ctx := context.Background()
	_, err := oidc.NewVerifier(s.URL, oidc.NewRemoteKeySet(ctx, s.URL+"/jwks"), &oidc.Config{ClientID: "loaded", SupportedSigningAlgs: []string{oidc.ES256}}).Verify(ctx, token)
	return err
}

// live gives the ids of the live keys of each rotatable use, oldest first.
func live(t *testing.T, s *sandboxtest.Sandbox) map[string][]string {
	t.Helper()
	out, errs, code := s.Run("keys", "list", "--data", s.Data)
	if code != 0 {
		t.Fatal(errs)
	}
	ids := map[string][]string{}
	for _, line := range strings.Split(out, "\n")[1:] {
		f := strings.Fields(line)
		for _, use := range rotatable {
			if len(f) > 3 && f[1] == use {
				ids[use] = append(ids[use], f[0])
			}
		}
	}
	if len(ids) != len(rotatable) {
		t.Fatalf("the list lacks a use:\n%s", out)
	}
	return ids
}

func body(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A change shows within a second, without a restart and without a signal.
func TestARunningServerNotices(t *testing.T) {
	s := sandboxtest.Start(t)
	before := body(t, s.URL+"/jwks")
	if out, errs, code := s.Run("keys", "rotate", "token", "--data", s.Data); code != 0 {
		t.Fatal(out, errs)
	}
	deadline := time.Now().Add(time.Second)
	for body(t, s.URL+"/jwks") == before {
		if time.Now().After(deadline) {
			t.Fatal("the key set is what it was, a second after")
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, use := range []string{"pepper", "vault-identity", "shelf", "number", "nonsense"} {
		if out, errs, code := s.Run("keys", "rotate", use, "--data", s.Data); code != 1 || out != "" {
			t.Errorf("%s rotates: %s%s", use, out, errs)
		}
	}
	if out, errs, code := s.Run("ledger", "verify", "--data", s.Data); code != 0 {
		t.Error(out, errs)
	}
}
