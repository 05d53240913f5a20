package crash_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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
	"time"

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
			form := url.Values{"client_id": {"robot"}, "client_secret": nil, "client_assertion": {robot.assertion()},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
			return func() (*visitor.Answer, error) {
				got, err := robot.Redeem("no code", form)
				return got.Answer, err
			}, nil
		}, func(a *visitor.Answer) bool {
			return a.Status == http.StatusBadRequest && strings.Contains(a.Body, "invalid_grant")
		},
			[]string{"401 invalid_client"}},
		{"end of an enrolment", func(n int) (func() (*visitor.Answer, error), error) {
			who, err := visitor.NewCitizen(c.URL, "elder-card", fmt.Sprintf("10091%06d", n))
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

// robot is a party that proves itself by a key (RFC 7523).
type robot struct {
	*visitor.Party
	issuer string
	key    *ecdsa.PrivateKey
}

func newRobot(t *testing.T, c *crash) *robot {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	file := filepath.Join(t.TempDir(), "keys.json")
	set := fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"1","x":%q,"y":%q}]}`, b64(point[1:33]), b64(point[33:]))
	if err := os.WriteFile(file, []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	return &robot{c.party(t, "robot", "--jwks", file), c.URL, key}
}

// assertion is a new one.
func (r *robot) assertion() string {
	b64, now := base64.RawURLEncoding.EncodeToString, time.Now().Unix()
	signed := b64([]byte(`{"alg":"ES256","kid":"1"}`)) + "." + b64(fmt.Appendf(nil, `{"iss":"robot","sub":"robot","aud":%q,"jti":%q,"iat":%d,"exp":%d}`, r.issuer, rand.Text(), now, now+60))
	digest := sha256.Sum256([]byte(signed))
	x, y, err := ecdsa.Sign(rand.Reader, r.key, digest[:])
	if err != nil {
		return ""
	}
	return signed + "." + b64(append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...))
}
