package crash_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// What can be used once over HTTP is used by 64 callers at once, whose requests
// go to two nodes in turns: one of them has it, and the others are refused in
// the words of that door.
func TestRacesOnTwoNodesOverPostgreSQL(t *testing.T) {
	c := over(t, postgrestest.Ready(t))
	nodes := sandboxtest.StartNodes(t, 2, func(at []string) string {
		b := httptest.NewServer(sandboxtest.Balancer(at))
		t.Cleanup(b.Close)
		return strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	})
	c.Sandbox = nodes[0]
	rounds := number(t, "NETID_RACE_ROUNDS", 20)
	p, robot := c.party(t, "race", "--public", "--offline", "30"), newRobot(t, c)
	me, err := visitor.NewCitizen(c.URL, "adult-card", "10090000099")
	if err == nil {
		err = me.Enrol()
	}
	if err == nil {
		err = me.SignIn()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, prize := range []struct {
		name  string
		round func(n int) (try func() (*visitor.Answer, error), err error)
		won   func(a *visitor.Answer) bool
		lost  []string // status and reason
	}{
		{"code", func(int) (func() (*visitor.Answer, error), error) {
			answer, err := me.Approve(p.Authorize(nil))
			return func() (*visitor.Answer, error) {
				got, err := p.Redeem(answer.Query().Get("code"), nil)
				return got.Answer, err
			}, err
		}, func(a *visitor.Answer) bool { return a.Status == http.StatusOK && strings.Contains(a.Body, "id_token") },
			[]string{"400 invalid_grant"}},
		{"refresh token", func(int) (func() (*visitor.Answer, error), error) {
			answer, err := me.Approve(p.Authorize(visitor.Lasting()))
			if err != nil {
				return nil, err
			}
			first, err := p.Redeem(answer.Query().Get("code"), nil)
			return func() (*visitor.Answer, error) {
				got, err := p.Again(first.Refresh)
				return got.Answer, err
			}, err
		}, func(a *visitor.Answer) bool {
			return a.Status == http.StatusOK && strings.Contains(a.Body, "refresh_token")
		},
			[]string{"400 invalid_grant"}},
		{"sign-in challenge", func(int) (func() (*visitor.Answer, error), error) {
			form, err := me.Knock()
			return func() (*visitor.Answer, error) { return once(visitor.New(c.URL), "/signin", form) }, err
		}, func(a *visitor.Answer) bool {
			return a.Status == http.StatusSeeOther && strings.Contains(strings.Join(a.Header["Set-Cookie"], ""), "netid-session")
		}, []string{"401 challenge_used"}},
		{"client assertion", func(int) (func() (*visitor.Answer, error), error) {
			form := url.Values{"client_id": {"robot"}, "client_secret": nil, "client_assertion": {robot.Assertion()},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
			return func() (*visitor.Answer, error) {
				got, err := robot.Party.Redeem("no code", form)
				return got.Answer, err
			}, nil
		}, func(a *visitor.Answer) bool {
			return a.Status == http.StatusBadRequest && strings.Contains(a.Body, "invalid_grant")
		},
			[]string{"401 invalid_client"}},
		{"pushed request", func(int) (func() (*visitor.Answer, error), error) {
			form, err := agreed(robot, me)
			return func() (*visitor.Answer, error) { return me.Post("/request/approve", form) }, err
		}, func(a *visitor.Answer) bool { return strings.HasPrefix(a.Leads(), "/authorize/answer?") },
			[]string{"410 request_used"}},
		{"code at a gate", func(int) (func() (*visitor.Answer, error), error) {
			code, err := me.Draw()
			return func() (*visitor.Answer, error) { return robot.Scan(code) }, err
		}, func(a *visitor.Answer) bool { return a.Status == http.StatusOK && strings.Contains(a.Body, "result") },
			[]string{"400 invalid_grant"}},
		{"proof", func(int) (func() (*visitor.Answer, error), error) {
			_, err := robot.Redeem("none") // whose answer brings the nonce
			proof := robot.Proof(http.MethodPost, "/token", "")
			return func() (*visitor.Answer, error) { return proved(p, proof) }, err
		}, func(a *visitor.Answer) bool {
			return a.Status == http.StatusBadRequest && strings.Contains(a.Body, "invalid_grant")
		},
			[]string{"400 invalid_dpop_proof"}},
		{"end of an enrolment", func(n int) (func() (*visitor.Answer, error), error) {
			who, err := visitor.NewCitizen(c.URL, fmt.Sprintf("crowd-%d-card", 300000+n), fmt.Sprintf("100%08d", 300000+n))
			if err == nil {
				err = who.Start()
			}
			if err == nil {
				err = who.Until("confirm")
			}
			if err != nil {
				return nil, err
			}
			form, err := who.Proof()
			return func() (*visitor.Answer, error) { return once(who.Copy(), "/enrol/confirm", form) }, err
		}, func(a *visitor.Answer) bool { return a.Leads() == "/enrol/done" },
			[]string{"409 draft_moved", "404 draft_unknown"}},
	} {
		t.Run(prize.name, func(t *testing.T) {
			rounds := rounds
			if prize.name == "code at a gate" {
				rounds = min(rounds, 8) // one person draws 60 in ten minutes, and a venue asks about 600 that are none
			}
			for n := range rounds {
				try, err := prize.round(n)
				if err != nil {
					t.Fatal(err)
				}
				if won := compete(t, try, prize.won, prize.lost); won != 1 {
					t.Fatalf("round %d: %d winners", n, won)
				}
			}
		})
	}
	c.verify(t, "after the races")
}

// once posts a form from a browser that is used for nothing else.
func once(b *visitor.Browser, path string, form url.Values) (*visitor.Answer, error) {
	defer b.Close()
	return b.Post(path, form)
}

// compete counts the winners of 64.
func compete(t *testing.T, try func() (*visitor.Answer, error), wins func(*visitor.Answer) bool, lost []string) (won int) {
	t.Helper()
	var start, done sync.WaitGroup
	var mu sync.Mutex // guards won
	start.Add(1)
	for range 64 {
		done.Go(func() {
			start.Wait()
			a, err := try()
			if err != nil {
				t.Error(err)
				return
			}
			if wins(a) {
				mu.Lock()
				won++
				mu.Unlock()
				return
			}
			var said struct{ Error string }
			if json.Unmarshal([]byte(a.Body), &said) != nil {
				said.Error = a.Reason()
			}
			if heard := fmt.Sprint(a.Status, " ", said.Error); !slices.Contains(lost, heard) {
				t.Errorf("a loser heard %q", heard)
			}
		})
	}
	start.Done()
	done.Wait()
	return won
}

// newRobot is a party that proves itself, and holds what it is given, by a key.
func newRobot(t *testing.T, c *crash) *visitor.Keyed {
	t.Helper()
	k, err := visitor.NewKeyed(&visitor.Party{ID: "robot"}, c.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, k.JWKS(), 0o600); err != nil {
		t.Fatal(err)
	}
	k.Party = c.party(t, k.ID, "--jwks", file, "--venue")
	return k
}

// agreed is the form by which somebody agrees to a request that was pushed.
func agreed(k *visitor.Keyed, who *visitor.Citizen) (url.Values, error) {
	address, err := k.Push(nil)
	if err != nil {
		return nil, err
	}
	sealed, err := who.Ask(address)
	if err != nil {
		return nil, err
	}
	return who.Consent(sealed)
}

// proved brings a proof, and a code that is none, to the token endpoint.
func proved(p *visitor.Party, proof string) (*visitor.Answer, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"none"}, "redirect_uri": {p.Redirect}, "code_verifier": {visitor.Verifier}, "client_id": {p.ID}}
	q, err := p.Request(http.MethodPost, "/token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("DPoP", proof)
	return p.Send(q)
}
