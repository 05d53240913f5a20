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
		{"pushed request", func(int) (func() (*visitor.Answer, error), error) {
			form, err := robot.pushed(me)
			return func() (*visitor.Answer, error) { return me.Post("/request/approve", form) }, err
		}, func(a *visitor.Answer) bool { return strings.HasPrefix(a.Leads(), "/authorize/answer?") },
			[]string{"410 request_used"}},
		{"proof", func(int) (func() (*visitor.Answer, error), error) {
			proof, err := robot.proof(p)
			return func() (*visitor.Answer, error) { return proved(p, proof) }, err
		}, func(a *visitor.Answer) bool {
			return a.Status == http.StatusBadRequest && strings.Contains(a.Body, "invalid_grant")
		},
			[]string{"400 invalid_dpop_proof"}},
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

// robot is a party that proves itself by a key (RFC 7523), and holds tokens by it.
type robot struct {
	*visitor.Party
	issuer string
	key    *ecdsa.PrivateKey
	jwk    string
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
	jwk := fmt.Sprintf(`"kty":"EC","crv":"P-256","x":%q,"y":%q`, b64(point[1:33]), b64(point[33:]))
	file := filepath.Join(t.TempDir(), "keys.json")
	set := `{"keys":[{"use":"sig","alg":"ES256","kid":"1",` + jwk + `}]}`
	if err := os.WriteFile(file, []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	return &robot{c.party(t, "robot", "--jwks", file), c.URL, key, "{" + jwk + "}"}
}

// assertion is a new one.
func (r *robot) assertion() string {
	now := time.Now().Unix()
	return r.sign(`{"alg":"ES256","kid":"1"}`, fmt.Sprintf(`{"iss":"robot","sub":"robot","aud":%q,"jti":%q,"iat":%d,"exp":%d}`, r.issuer, rand.Text(), now, now+60))
}

func (r *robot) sign(header, claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(header)) + "." + b64([]byte(claims))
	digest := sha256.Sum256([]byte(signed))
	x, y, err := ecdsa.Sign(rand.Reader, r.key, digest[:])
	if err != nil {
		return ""
	}
	return signed + "." + b64(append(x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32))...))
}

// pushed is the form by which somebody agrees to a request that the robot pushed.
func (r *robot) pushed(who *visitor.Citizen) (url.Values, error) {
	whole, err := url.Parse(r.Authorize(nil))
	if err != nil {
		return nil, err
	}
	form := whole.Query()
	form.Set("client_assertion", r.assertion())
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	a, err := r.Post("/par", form)
	if err != nil {
		return nil, err
	}
	var told struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal([]byte(a.Body), &told); err != nil || told.URI == "" {
		return nil, fmt.Errorf("not pushed: %d %s", a.Status, a.Body)
	}
	whole.RawQuery = url.Values{"client_id": {r.ID}, "request_uri": {told.URI}}.Encode()
	sealed, err := who.Ask(whole.String())
	if err != nil {
		return nil, err
	}
	return who.Consent(sealed)
}

// proof is a new DPoP proof of the robot's key for p's next token request, with a fresh nonce (RFC 9449 §8).
func (r *robot) proof(p *visitor.Party) (string, error) {
	fresh := func(nonce string) string {
		return r.sign(`{"typ":"dpop+jwt","alg":"ES256","jwk":`+r.jwk+`}`,
			fmt.Sprintf(`{"jti":%q,"htm":"POST","htu":%q,"iat":%d,"nonce":%q}`, rand.Text(), r.issuer+"/token", time.Now().Unix(), nonce))
	}
	a, err := proved(p, fresh(""))
	if err != nil {
		return "", err
	}
	return fresh(a.Header.Get("DPoP-Nonce")), nil
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
