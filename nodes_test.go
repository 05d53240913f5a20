package netid_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

// What one process was told, the other knows.
func TestTokenKeyOnTwoNodesOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	j := &journey{Sandbox: nodes[0], t: t}
	j.register("rp", "rp")
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

// M10: the operator stops a party at one node; within a second the other knows,
// and a token of before says nothing any more. What a party registered at one
// node it changes at the other.
func TestAPartyIsStoppedOnTwoNodesOverPostgreSQL(t *testing.T) {
	nodes := twoNodes(t)
	j := &journey{Sandbox: nodes[0], t: t}
	j.register("stopped", "Stopped")
	conf, _ := j.rp()
	verifier := oauth2.GenerateVerifier()
	a := j.answer(j.persona("approve", "adult", conf.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier))))
	tok, err := conf.Exchange(t.Context(), a.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	speaks := func(at string) int {
		r, err := http.NewRequest("GET", at+"/userinfo", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+tok.AccessToken)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if says := resp.Header.Get("WWW-Authenticate"); resp.StatusCode == 401 && !strings.Contains(says, `error="invalid_token"`) { // RFC 6750 §3.1
			t.Errorf("%s says %q", at, says)
		}
		return resp.StatusCode
	}
	for _, c := range []struct {
		verb string
		want int
	}{{"suspend", 401}, {"resume", 200}, {"remove", 401}} {
		if got := speaks(nodes[1].At()); (got == 200) != (c.want != 200) {
			t.Fatalf("before %s: %d", c.verb, got)
		}
		args := []string{"party", c.verb, "stopped", "--server", nodes[0].At()}
		if c.want != 200 {
			args = append(args, "--reason", "complaints")
		}
		j.netid(args...)
		if got := speaks(nodes[0].At()); got != c.want {
			t.Errorf("%s, at the same node: %d", c.verb, got)
		}
		time.Sleep(time.Second) // what is promised, and the only thing that is waited for
		if got := speaks(nodes[1].At()); got != c.want {
			t.Errorf("%s, at the other node a second later: %d", c.verb, got)
		}
	}
	if out := j.netid("party", "list", "--server", nodes[1].At()); !strings.Contains(out, "complaints") {
		t.Error(out)
	}

	r, err := http.NewRequest("POST", nodes[0].At()+"/register", strings.NewReader(`{"redirect_uris":["http://127.0.0.1:4410/cb"]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var m struct {
		ID   string `json:"client_id"`
		Word string `json:"registration_access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil || m.Word == "" {
		t.Fatal(err)
	}
	r, err = http.NewRequest("DELETE", nodes[1].At()+"/register/"+m.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+m.Word)
	if got := status(t, r); got != 204 {
		t.Errorf("left at the other node: %d", got)
	}
	j.netid("ledger", "verify", "--data", j.Data)
}

func status(t *testing.T, r *http.Request) int {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
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
