package netid_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
)

// The journey over two processes that share one PostgreSQL and one keyring:
// every request goes to the other one than the request before.
func TestJourneyOnTwoNodesOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	travel(t, nodes[0], "international")
}

// A code is worth one answer when 64 ask for it at once, on two processes; and
// what one process was told, the other knows.
func TestRacesOnTwoNodesOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	j := &journey{Sandbox: nodes[0], t: t}
	j.register("rp", "rp")
	conf, _ := j.rp()
	for round := range 20 {
		verifier := oauth2.GenerateVerifier()
		a := j.answer(j.persona("approve", "adult", conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))))
		form := url.Values{"grant_type": {"authorization_code"}, "code": {a.Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
		var start, done sync.WaitGroup
		var won, refused atomic.Int32
		start.Add(1)
		for n := range 64 {
			done.Go(func() {
				start.Wait()
				status, body := j.redeem(nodes[n%2].At(), form)
				switch {
				case status == http.StatusOK && strings.Contains(body, "id_token"):
					won.Add(1)
				case status == http.StatusBadRequest && strings.Contains(body, "invalid_grant"):
					refused.Add(1)
				default:
					t.Errorf("status %d: %s", status, body)
				}
			})
		}
		start.Done()
		done.Wait()
		if won.Load() != 1 || refused.Load() != 63 {
			t.Fatalf("round %d: %d winners, %d refused", round, won.Load(), refused.Load())
		}
	}
	for range 3 {
		j.pushed("adult")
	}
	j.rotate(nodes)
	j.netid("ledger", "verify", "--data", j.Data)
}

// rotate: a key that is drawn beside the running servers signs on both within
// seconds, and each verifies what the other signed.
func (j *journey) rotate(nodes []*sandboxtest.Sandbox) {
	j.t.Helper()
	out := j.netid("keys", "rotate", "token", "--data", j.Data)
	id, _, _ := strings.Cut(out, " ")
	for _, n := range nodes {
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			r, err := http.Get(n.At() + "/jwks")
			if err != nil {
				j.t.Fatal(err)
			}
			b, err := io.ReadAll(r.Body)
			r.Body.Close()
			if err == nil && strings.Contains(string(b), id) {
				break
			}
			if time.Now().After(deadline) {
				j.t.Fatalf("%s does not know %s: %s", n.At(), id, b)
			}
		}
	}
	j.signIn("adult")
}

func (j *journey) redeem(at string, form url.Values) (int, string) {
	r, err := http.NewRequest("POST", at+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		j.t.Error(err)
		return 0, ""
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(j.party.ClientID, j.party.ClientSecret)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		j.t.Error(err)
		return 0, ""
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		j.t.Error(err)
	}
	return a.StatusCode, string(b)
}

func twoNodes(t *testing.T) []*sandboxtest.Sandbox {
	t.Helper()
	t.Setenv("NETID_STORE", postgrestest.Ready(t).Database(t))
	return sandboxtest.StartNodes(t, 2, func(at []string) string {
		b := httptest.NewServer(sandboxtest.Balancer(at))
		t.Cleanup(b.Close)
		return strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	})
}
