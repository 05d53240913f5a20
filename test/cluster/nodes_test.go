package clustertest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// pair is two nodes over one PostgreSQL, and a front that sends everything to
// the one that the test is on.
type pair struct {
	t     *testing.T
	nodes []*sandboxtest.Sandbox
	turn  atomic.Int32
	party *visitor.Party
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t}
	t.Setenv("NETID_STORE", postgrestest.Ready(t).Database(t))
	p.nodes = sandboxtest.StartNodes(t, 2, func(at []string) string {
		ways := []http.Handler{sandboxtest.Balancer(at[:1]), sandboxtest.Balancer(at[1:]), sandboxtest.Balancer(at)}
		b := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			way := ways[p.turn.Load()]
			if r.URL.Path == "/sandbox/outbox" {
				way = ways[2]
			}
			way.ServeHTTP(w, r)
		}))
		t.Cleanup(b.Close)
		return strings.Replace(b.URL, "127.0.0.1", "localhost", 1)
	})
	p.party = register(t, p.nodes[0], "pair")
	return p
}

// register registers a party as its developer would.
func register(t *testing.T, s *sandboxtest.Sandbox, id string, flags ...string) *visitor.Party {
	t.Helper()
	redirect := "http://127.0.0.1:9/" + id
	out, errs, code := s.Run(append([]string{"party", "add", "--server", s.URL, "--id", id, "--name", "Party of the Cluster Test", "--redirect-uri", redirect}, flags...)...)
	var settings struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(out), &settings); code != 0 || err != nil {
		t.Fatalf("party add: %d %v\n%s%s", code, err, out, errs)
	}
	return &visitor.Party{ID: id, Secret: settings.Secret, Redirect: redirect, Browser: visitor.New(s.URL)}
}

// on sends what follows to a node.
func (p *pair) on(node int) { p.turn.Store(int32(node)) }

func (p *pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) citizen(card, phone string) *visitor.Citizen {
	p.t.Helper()
	c, err := visitor.NewCitizen(p.nodes[0].URL, card, phone)
	p.must(err)
	return c
}

func (p *pair) enrolled(card, phone string) *visitor.Citizen {
	p.t.Helper()
	c := p.citizen(card, phone)
	p.must(c.Enrol())
	p.must(c.SignIn())
	return c
}

// post sends a form and gives the reason of the page that refuses, or "".
func (p *pair) post(c *visitor.Citizen, path string, form url.Values) string {
	p.t.Helper()
	a, err := c.Post(path, form)
	p.must(err)
	if a.Status == http.StatusSeeOther || a.Status == http.StatusOK {
		return a.Reason()
	}
	if a.Reason() == "" {
		p.t.Fatalf("%s answers %d %s", path, a.Status, a.Body)
	}
	return a.Reason()
}

// approve gives a code.
func (p *pair) approve(c *visitor.Citizen) (code, refused string) {
	p.t.Helper()
	to, err := c.Approve(p.party.Authorize(nil))
	if r, ok := err.(*visitor.Refused); ok {
		return "", r.Reason
	}
	p.must(err)
	return to.Query().Get("code"), ""
}

// redeem gives the tokens, or what the endpoint says instead.
func (p *pair) redeem(code string) (visitor.Tokens, string) {
	p.t.Helper()
	got, err := p.party.Redeem(code, nil)
	p.must(err)
	return got, strings.TrimSpace(got.Error + " " + got.Description)
}

func (p *pair) userinfo(token string) int {
	p.t.Helper()
	r, err := p.party.Request(http.MethodGet, "/userinfo", nil)
	p.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := p.party.Send(r)
	p.must(err)
	return a.Status
}

func (p *pair) want(what, got, want string) {
	p.t.Helper()
	if got != want {
		p.t.Errorf("%s: %q, and %q was due", what, got, want)
	}
}

// Whatever one node took, the other does not take again.
func TestSingleUseOnTwoNodesOverPostgreSQL(t *testing.T) {
	p := newPair(t)
	c := p.enrolled("adult-card", "10098700001")
	for n := range 4 {
		here, there := n%2, 1-n%2
		p.on(here)
		code, _ := p.approve(c)
		_, said := p.redeem(code)
		p.want("a fresh code", said, "")
		p.on(there)
		_, said = p.redeem(code)
		p.want("a code that the other node took", said, "invalid_grant code_used")

		form, err := c.Knock()
		p.must(err)
		p.on(here)
		p.want("a sign-in answer", p.post(c, "/signin", form), "")
		p.on(there)
		if said := p.post(c.Again(), "/signin", form); said == "" {
			t.Error("a sign-in answer that the other node took was taken")
		}
	}
}

// A limit is one limit: tries at either node count together.
func TestThrottlesOnTwoNodesOverPostgreSQL(t *testing.T) {
	p := newPair(t)
	c := p.enrolled("adult-card", "10098700002")
	p.want("freeze", p.post(c, "/certificate/freeze", nil), "")
	for n := range 5 {
		p.on(n % 2)
		p.want("a wrong passcode", p.post(c, "/certificate/thaw", url.Values{"passcode": {"00000000"}}), "passcode_wrong")
	}
	for node := range 2 {
		p.on(node)
		p.want("the sixth, and right", p.post(c, "/certificate/thaw", url.Values{"passcode": {c.Passcode}}), "too_many_tries")
	}

	// A code that came by SMS.
	c = p.citizen("elder-card", "10098700003")
	p.must(c.Start())
	p.must(c.Until("code"))
	right, err := c.Code()
	p.must(err)
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	for n := range 5 {
		p.on(n % 2)
		p.want("a wrong code", p.post(c, "/enrol/code", url.Values{"code": {wrong}}), "code_wrong")
	}
	for node := range 2 {
		p.on(node)
		p.want("the sixth code, and right", p.post(c, "/enrol/code", url.Values{"code": {right}}), "too_many_tries")
	}

	// Messages to one telephone: a sandbox sends 200 an hour, one was sent above.
	sent := 1
	for ; ; sent++ {
		p.on(sent % 2)
		if said := p.post(c, "/enrol/phone", url.Values{"phone": {c.Phone}}); said != "" {
			p.want("one message too many", said, "too_many_tries")
			break
		}
	}
	if sent != 200 {
		t.Errorf("%d messages went to one telephone", sent)
	}
}

// What a citizen ends at one node is over at the other with the next request.
func TestEndsHoldOnTwoNodesOverPostgreSQL(t *testing.T) {
	p := newPair(t)
	c := p.enrolled("adult-card", "10098700004")
	code := func() string {
		t.Helper()
		code, said := p.approve(c)
		p.want("an approval", said, "")
		return code
	}
	for n := range 4 {
		here, there := n%2, 1-n%2
		p.on(there)
		waits := code()
		got, said := p.redeem(code())
		p.want("a code", said, "")
		if status := p.userinfo(got.Access); status != http.StatusOK {
			t.Error("UserInfo:", status)
		}

		p.on(here)
		p.want("withdraw", p.post(c, "/platforms/withdraw", url.Values{"party": {p.party.ID}}), "")
		p.on(there)
		_, said = p.redeem(waits)
		p.want("a code from before the withdrawal", said, "invalid_grant approval_over")
		if status := p.userinfo(got.Access); status != http.StatusUnauthorized {
			t.Error("UserInfo after the withdrawal:", status)
		}

		waits = code()
		p.on(here)
		p.want("freeze", p.post(c, "/certificate/freeze", nil), "")
		p.on(there)
		_, said = p.redeem(waits)
		p.want("a code of somebody who is frozen", said, "invalid_grant approval_over")
		_, said = p.approve(c)
		p.want("an approval of somebody who is frozen", said, "certificate_frozen")
		p.want("thaw", p.post(c, "/certificate/thaw", url.Values{"passcode": {c.Passcode}}), "")
		p.on(here)
		code()
	}
	p.on(0)
	waits, session := code(), c.Cookie("__Host-netid-session")
	p.want("erase", p.post(c, "/erase", url.Values{"passcode": {c.Passcode}, "confirm": {"erase"}}), "")
	p.on(1)
	_, said := p.redeem(waits)
	p.want("a code of somebody who is gone", said, "invalid_grant approval_over")
	c.SetCookie("__Host-netid-session", session)
	if a, err := c.Get("/data"); err != nil || a.Status == http.StatusOK {
		t.Error("the session of somebody who is gone:", a, err)
	}
	if r, ok := c.Again().SignIn().(*visitor.Refused); !ok || r.Reason != "device_unknown" {
		t.Error("the certificate of somebody who is gone:", r)
	}
}

// Keys that rotate at one node are followed by the others while they serve:
// what the new key made at one opens at the other.
func TestRotationOnTwoNodesOverPostgreSQL(t *testing.T) {
	p := newPair(t)
	c := p.enrolled("adult-card", "10098700005")
	var key string // the new one that signs
	for _, use := range []string{"code", "request", "session", "access", "token"} {
		out, errs, status := p.nodes[0].Run("keys", "rotate", use, "--data", p.nodes[0].Data)
		if status != 0 {
			t.Fatal(out, errs)
		}
		key, _, _ = strings.Cut(out, " ")
	}
	// Every node publishes a key before any signs with it; codes and sessions go
	// across meanwhile, whichever node has changed over.
	signed := [2]bool{}
	for deadline := time.Now().Add(20 * time.Second); !signed[0] || !signed[1]; time.Sleep(50 * time.Millisecond) {
		for here := range 2 {
			p.on(1 - here)
			code, said := p.approve(c)
			p.want("an approval", said, "")
			p.on(here)
			got, said := p.redeem(code)
			p.want("a code across nodes, while keys change", said, "")
			p.on(1 - here)
			if status := p.userinfo(got.Access); status != http.StatusOK {
				t.Error("UserInfo:", status)
			}
			set, err := c.Get("/jwks")
			p.must(err)
			if kid := keyOf(t, got.ID); !strings.Contains(set.Body, kid) {
				t.Errorf("signed by %s, which the other node does not publish", kid)
			} else if kid == key {
				signed[here] = true
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("no node signs with the new key")
		}
	}
}

// keyOf is the id of the key that signed a token.
func keyOf(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	var h struct{ Kid string }
	if err != nil || json.Unmarshal(b, &h) != nil || h.Kid == "" {
		t.Fatalf("no token: %q", token)
	}
	return h.Kid
}
