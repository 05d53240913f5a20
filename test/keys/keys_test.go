// Package keys_test rotates and retires the keys of a running server while
// people and parties use it through its real doors.
package keys_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"netid/client"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// rotatable uses of a profile have an overlap.
func rotatable(profile string) []string {
	uses := []string{"access", "anchor", "answer", "attestation", "bundle", "certificate", "challenge", "code", "nonce", "outbox", "refresh", "request", "session", "slip", "status", "token", "verifier"}
	if profile == "dual" {
		uses = append(uses, "attestation-sm", "slip-sm", "status-sm", "token-sm")
	}
	return uses
}

// What serves new entries only, and what is wrapped anew; the others are refused.
var (
	accruing = []string{"backup", "number", "pepper", "vault-index"}
	wrapping = []string{"shelf", "vault-identity", "vault-record", "vault-subject"}
)

// load is what people and parties do meanwhile.
type load struct {
	t        *testing.T
	verifier *oidc.IDTokenVerifier
	party    *visitor.Party
	asks     *visitor.Party // for SM2; nil where there is none
	rounds   atomic.Int64
	back     atomic.Int64 // enrolments of somebody who was enrolled
	mu       sync.Mutex
	kids     map[string]bool // that signed
	kidsSM   map[string]bool // that signed by SM2
	last     visitor.Tokens
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
	by, err := l.bySM2(c, tokens)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kids[strings.Split(tokens.ID, ".")[0]], l.last = true, tokens
	for _, kid := range by {
		l.kidsSM[kid] = true
	}
	l.rounds.Add(1)
	return nil
}

// bySM2 checks, in dual, the receipt that came with an answer, and lets the
// party that asked for SM2 have one of its own. It gives the headers that SM2
// signed under.
func (l *load) bySM2(c *visitor.Citizen, tokens visitor.Tokens) ([]string, error) {
	if l.asks == nil {
		return nil, nil
	}
	if err := l.receipt(tokens.Twice); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	var halves struct{ Signatures [2]struct{ Protected string } }
	if err := json.Unmarshal(tokens.Twice, &halves); err != nil {
		return nil, err
	}
	answer, err := c.Approve(l.asks.Authorize(nil))
	if err != nil {
		return nil, fmt.Errorf("approve for SM2: %w", err)
	}
	own, err := l.asks.Redeem(answer.Query().Get("code"), nil)
	if err != nil || own.Status != http.StatusOK {
		return nil, fmt.Errorf("redeem for SM2: %s %w", own.Error, err)
	}
	set, err := setAt(l.asks.URL + "/jwks-sm")
	if err != nil {
		return nil, err
	}
	if _, err := client.CheckAnswerSM(own.ID, set, l.asks.URL, l.asks.ID, "n", time.Now()); err != nil {
		return nil, fmt.Errorf("verify by SM2: %w", err)
	}
	return []string{halves.Signatures[1].Protected, strings.Split(own.ID, ".")[0]}, nil
}

// receipt checks one by the key sets of this moment.
func (l *load) receipt(signed []byte) error {
	set, err := setAt(l.party.URL + "/jwks")
	if err != nil {
		return err
	}
	setSM, err := setAt(l.party.URL + "/jwks-sm")
	if err != nil {
		return err
	}
	_, err = client.CheckReceipt(signed, set, setSM, l.party.URL, l.party.ID, "n", time.Now())
	return err
}

func setAt(url string) ([]byte, error) {
	r, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

// comeBack enrols the same card again and again on browsers of its own, and is
// always the person that it was: the index finds it whatever its version.
func (l *load) comeBack(c *visitor.Citizen, stop <-chan struct{}) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Second): // ten tries of a passcode in a month need no wait
			}
			again, err := visitor.NewCitizen(c.URL, c.Card, c.Phone)
			if err == nil {
				err = again.Enrol()
			}
			if err != nil || again.Number != c.Number {
				l.t.Errorf("%s comes back as %s, was %s: %v", c.Card, again.Number, c.Number, err)
				return
			}
			l.back.Add(1)
			if err := l.round(again); err != nil {
				l.t.Errorf("%s came back: %v", c.Card, err)
				return
			}
		}
	})
	return &all
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

// In dual every key of every suite rotates: what sm adds, and what stays es256.
func TestKeysRotateUnderLoad(t *testing.T) {
	for _, profile := range []string{"international", "dual"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			rotateUnderLoad(t, profile)
		})
	}
}

func register(t *testing.T, s *sandboxtest.Sandbox, id string, more ...string) *visitor.Party {
	t.Helper()
	const back = "http://127.0.0.1:4412/callback"
	if out, errs, code := s.Run(append([]string{"party", "add", "--server", s.URL, "--id", id, "--name", "Party under Load", "--redirect-uri", back, "--public"}, more...)...); code != 0 {
		t.Fatal(out, errs)
	}
	return &visitor.Party{ID: id, Redirect: back, Browser: visitor.New(s.URL)}
}

func rotateUnderLoad(t *testing.T, profile string) {
	s := sandboxtest.Start(t, "--profile", profile)
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), &http.Client{Timeout: 10 * time.Second}), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	l := &load{t: t, verifier: provider.Verifier(&oidc.Config{ClientID: "loaded", SupportedSigningAlgs: []string{oidc.ES256}}),
		party: register(t, s, "loaded"), kids: map[string]bool{}, kidsSM: map[string]bool{}}
	if profile == "dual" {
		l.asks = register(t, s, "asks", "--id-token-alg", client.AlgSM2)
	}
	var people []*visitor.Citizen
	for i, card := range []string{"trial-1-card", "trial-2-card", "trial-3-card", "trial-4-card"} {
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
	all, returning := l.run(people[:3], stop), l.comeBack(people[3], stop)
	first := live(t, s, profile)
	for turn := range 7 {
		what := rotatable(profile)
		if turn == 1 || turn == 4 {
			what = []string{"--all"}
		}
		for _, use := range what {
			if out, errs, code := s.Run("keys", "rotate", use, "--data", s.Data); code != 0 {
				t.Fatalf("rotation %d of %s: %s%s", turn, use, out, errs)
			}
		}
		time.Sleep(time.Second)
		if err := l.afresh(s, oldest); err != nil {
			t.Errorf("rotation %d: a token of the first key no longer verifies: %v", turn, err)
		}
	}
	time.Sleep(4 * time.Second) // the last ones are announced, and then used
	for _, use := range accruing {
		if out, errs, code := s.Run("keys", "retire", first[use][0], "--data", s.Data); code == 0 || !strings.Contains(errs, "what it made has no end") {
			t.Errorf("the first key of %s is retired: %s%s", use, out, errs)
		}
	}
	wrapped(t, s, first)
	for _, use := range rotatable(profile) {
		ids := first[use]
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
	returning.Wait()
	l.retired(s, oldest)
	t.Logf("%d answers under %d token keys and %d of SM2; %d enrolments of one who was enrolled", l.rounds.Load(), len(l.kids), len(l.kidsSM), l.back.Load())
	if l.back.Load() < 5 {
		t.Error("hardly anybody came back: nothing was proven")
	}
	for _, c := range people { // and without the keys of the beginning, from a browser that signs in anew
		if err := l.round(c); err != nil {
			t.Errorf("%s, in the end: %v", c.Card, err)
		}
	}
	if l.rounds.Load() < 20 || len(l.kids) < 3 || l.asks != nil && len(l.kidsSM) < 3 {
		t.Errorf("only %d answers under %d token keys and %d of SM2: nothing was proven", l.rounds.Load(), len(l.kids), len(l.kidsSM))
	}
	if strings.Contains(s.Output(), "level=ERROR") {
		t.Errorf("the server complains:\n%s", s.Output())
	}
	for path, there := range map[string]bool{"/jwks": true, "/jwks-sm": l.asks != nil} {
		if set := body(t, s.URL+path); there && strings.Count(set, `"kid"`) != 7 {
			t.Errorf("the key set %s: %s", path, set)
		}
	}
}

// afresh checks an answer as a party does that has just started: by the key
// sets of this moment.
func (l *load) afresh(s *sandboxtest.Sandbox, a visitor.Tokens) error {
	if err := afresh(s, a.ID); err != nil || l.asks == nil {
		return err
	}
	return l.receipt(a.Twice)
}

// retired wants each half of an answer refused for its own key's sake.
func (l *load) retired(s *sandboxtest.Sandbox, a visitor.Tokens) {
	l.t.Helper()
	if afresh(s, a.ID) == nil {
		l.t.Error("a token of a retired key verifies")
	}
	if l.asks == nil {
		return
	}
	if err := l.receipt(a.Twice); !errors.Is(err, client.ErrKey) {
		l.t.Errorf("a receipt of retired keys: %v", err)
	}
	var r struct{ Signatures [2]struct{ Protected string } }
	header, err := []byte(nil), json.Unmarshal(a.Twice, &r)
	if err == nil {
		header, err = base64.RawURLEncoding.DecodeString(r.Signatures[1].Protected)
	}
	var h struct{ Kid string }
	if err != nil || json.Unmarshal(header, &h) != nil || h.Kid == "" || strings.Contains(body(l.t, s.URL+"/jwks-sm"), h.Kid) {
		l.t.Errorf("the retired SM2 key %q is published still: %v", h.Kid, err)
	}
}

// wrapped waits until everybody is wrapped under the newest keys, and ends
// those of the beginning.
func wrapped(t *testing.T, s *sandboxtest.Sandbox, first map[string][]string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		out, errs, code := s.Run("keys", "progress", "--data", s.Data)
		if code != 0 {
			t.Fatal(errs)
		}
		if strings.Count(out, ", ended") == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a minute after, it is not done:\n%s", out)
		}
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(10 * time.Second) // as long as a former key may still wrap anything, and longer
	for use, ids := range first {
		if !slices.Contains(wrapping, use) {
			continue
		}
		if out, errs, code := s.Run("keys", "retire", ids[0], "--data", s.Data); code != 0 || !strings.Contains(out, "is destroyed") {
			t.Errorf("the first key of %s: %s%s", use, out, errs)
		}
	}
}

// afresh checks an ID token so.
func afresh(s *sandboxtest.Sandbox, token string) error {
	ctx := context.Background()
	_, err := oidc.NewVerifier(s.URL, oidc.NewRemoteKeySet(ctx, s.URL+"/jwks"), &oidc.Config{ClientID: "loaded", SupportedSigningAlgs: []string{oidc.ES256}}).Verify(ctx, token)
	return err
}

// live gives the ids of the live keys of each rotatable use, oldest first.
func live(t *testing.T, s *sandboxtest.Sandbox, profile string) map[string][]string {
	t.Helper()
	out, errs, code := s.Run("keys", "list", "--data", s.Data)
	if code != 0 {
		t.Fatal(errs)
	}
	ids := map[string][]string{}
	for _, line := range strings.Split(out, "\n")[1:] {
		f := strings.Fields(line)
		for _, use := range slices.Concat(rotatable(profile), accruing, wrapping) {
			if len(f) > 3 && f[1] == use {
				ids[use] = append(ids[use], f[0])
			}
		}
	}
	if len(ids) != len(rotatable(profile))+len(accruing)+len(wrapping) {
		t.Fatalf("the list lacks a use:\n%s", out)
	}
	return ids
}

func body(t *testing.T, url string) string {
	t.Helper()
	b, err := setAt(url)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A change shows within a second, without a restart and without a signal.
func TestARunningServerNotices(t *testing.T) {
	t.Parallel()
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
	for _, use := range []string{"ledger-row", "ledger-erase", "vault-service", "demo", "nonsense"} {
		if out, errs, code := s.Run("keys", "rotate", use, "--data", s.Data); code != 1 || out != "" {
			t.Errorf("%s rotates: %s%s", use, out, errs)
		}
	}
	if out, errs, code := s.Run("ledger", "verify", "--data", s.Data); code != 0 {
		t.Error(out, errs)
	}
}
