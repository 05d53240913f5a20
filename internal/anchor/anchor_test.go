package anchor_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"netid/internal/anchor"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

var spring = time.Date(2026, 3, 1, 15, 59, 59, 0, time.UTC) // the last second of the day in Shanghai

type keys struct {
	live map[string][]suite.Signer
	made map[string]time.Time
	now  time.Time
}

func (k *keys) draw(t *testing.T, use string, n byte, at time.Time) suite.Signer {
	t.Helper()
	s, err := suite.NewES256(identity.NewSecret(identity.ES256, [32]byte{31: n}))
	if err != nil {
		t.Fatal(err)
	}
	k.live[use] = slices.Insert(k.live[use], 0, s)
	k.made[s.KeyID()] = at
	return s
}

func (k *keys) anchor() *anchor.Anchor {
	return &anchor.Anchor{Issuer: "https://id.example:8443", Roots: func() []suite.Signer { return k.live["anchor"] },
		Keys: func(use string) []suite.Signer { return k.live[use] },
		Made: func(id string) time.Time { return k.made[id] }, Now: func() time.Time { return k.now }}
}

func fresh(t *testing.T) (*keys, suite.Signer) {
	k := &keys{map[string][]suite.Signer{}, map[string]time.Time{}, spring}
	k.draw(t, "anchor", 1, spring)
	return k, k.draw(t, "attestation", 2, spring)
}

func trusting(t *testing.T, c suite.Certificate) suite.Roots {
	t.Helper()
	r, err := suite.ParseRoots(c.PEM())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func root(t *testing.T, a *anchor.Anchor) suite.Certificate {
	t.Helper()
	all, err := a.Listed()
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func verify(t *testing.T, r suite.Roots, chain [][]byte, at time.Time) error {
	t.Helper()
	var all []suite.Certificate
	for _, der := range chain {
		c, err := suite.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		t.Fatal("no chain")
	}
	return r.VerifySigner(all[0], all[1:], at)
}

func own(t *testing.T, chain [][]byte) suite.Certificate {
	t.Helper()
	c, err := suite.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Two nodes, and a node that starts again, show the same bytes.
func TestEveryNodeShowsTheSame(t *testing.T) {
	k, s := fresh(t)
	a, b := k.anchor(), k.anchor()
	one, two := a.Chains("attestation")(s.KeyID()), b.Chains("attestation")(s.KeyID())
	if len(one) != 1 || len(two) != 1 || !bytes.Equal(one[0], two[0]) {
		t.Fatal("the nodes differ")
	}
	if root(t, a).Thumbprint() != root(t, b).Thumbprint() {
		t.Error("the roots differ")
	}
	c := own(t, one)
	if !c.Named("uri", "https://id.example:8443") || !c.Named("dns", "id.example") || c.Subject() != "CN=netid attestation,O=id.example" {
		t.Error(c.Subject())
	}
	from, _ := c.Term()
	if want := time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC); !from.Equal(want) { // the civil day's first moment: what is issued that day begins there
		t.Error(from)
	}
	if err := verify(t, trusting(t, root(t, a)), one, spring); err != nil {
		t.Error(err)
	}
	if a.Chains("status")(s.KeyID()) != nil || a.Chains("attestation")("other") != nil {
		t.Error("a chain for a key of another use")
	}
	sm, err := suite.NewSM2Secret()
	if err != nil {
		t.Fatal(err)
	}
	other, err := suite.NewSM2(sm)
	if err != nil {
		t.Fatal(err)
	}
	k.live["certificate"] = []suite.Signer{other}
	if a.Chains("certificate")(other.KeyID()) != nil {
		t.Error("a certificate of an SM2 key")
	}
}

// A leaf is another from one day on, and the former is good for longer than
// whatever was signed last while it was shown: six months.
func TestLeavesAreRenewed(t *testing.T) {
	k, s := fresh(t)
	a := k.anchor()
	chains, roots := a.Chains("attestation"), trusting(t, root(t, a))
	last := chains(s.KeyID())
	for days, turns := 0, 0; days < 20*365; days += 20 {
		k.now = spring.AddDate(0, 0, days)
		chain := chains(s.KeyID())
		if err := verify(t, roots, chain, k.now); err != nil {
			t.Fatal(days, err)
		}
		if !bytes.Equal(chain[0], last[0]) {
			turns++
			if days%180 != 0 {
				t.Error("renewed after", days)
			}
			if _, to := own(t, last).Term(); turns < 38 && to.Before(k.now.AddDate(0, 0, 185)) {
				t.Error("the former ends", to, "and was shown until", k.now)
			}
			last = chain
		}
	}
	again := k.anchor()
	if got := again.Chains("attestation")(s.KeyID()); !bytes.Equal(got[0], last[0]) {
		t.Error("a node that starts later shows another")
	}
	k.now = spring.AddDate(20, 0, 2)
	if verify(t, roots, chains(s.KeyID()), k.now) == nil {
		t.Error("good after the root's end")
	}
}

// Whoever pinned a root follows to the next while both keys live, and to no other.
func TestRootsSucceed(t *testing.T) {
	k, s := fresh(t)
	a := k.anchor()
	first := root(t, a)
	k.now = spring.AddDate(5, 0, 0)
	k.draw(t, "anchor", 3, k.now)
	second := root(t, a)
	k.now = k.now.AddDate(0, 0, 100)
	k.draw(t, "anchor", 4, k.now)
	third := root(t, a)
	chain := a.Chains("attestation")(s.KeyID())
	if len(chain) != 3 {
		t.Fatal(len(chain))
	}
	for i, r := range []suite.Certificate{first, second, third} {
		if err := verify(t, trusting(t, r), chain, k.now); err != nil {
			t.Errorf("root %d: %v", i+1, err)
		}
	}
	if all, err := a.Listed(); err != nil || len(all) != 3 || first.Subject() == second.Subject() {
		t.Error(len(all), err)
	}
	stranger, _ := fresh(t)
	stranger.live["anchor"] = nil
	stranger.draw(t, "anchor", 9, spring)
	if verify(t, trusting(t, root(t, stranger.anchor())), chain, k.now) == nil {
		t.Error("a stranger's root")
	}

	// One that is announced and vouches not yet changes nothing.
	live := k.live["anchor"]
	k.live["anchor"] = []suite.Signer{live[1], live[0], live[2]}
	if chain := a.Chains("attestation")(s.KeyID()); len(chain) != 2 || verify(t, trusting(t, first), chain, k.now) != nil {
		t.Error("announced:", len(chain))
	}

	k.live["anchor"] = live[:1] // the former keys are destroyed
	chain = a.Chains("attestation")(s.KeyID())
	if len(chain) != 1 || verify(t, trusting(t, first), chain, k.now) == nil || verify(t, trusting(t, third), chain, k.now) != nil {
		t.Error("after the former were destroyed:", len(chain))
	}
	k.live["anchor"] = nil
	if a.Chains("attestation")(s.KeyID()) != nil {
		t.Error("a chain without a root")
	}
	if _, err := a.Listed(); err == nil {
		t.Error("a list without a root")
	}
}

// Nobody needs more certificates on the way than readers follow.
func TestManyRoots(t *testing.T) {
	k, s := fresh(t)
	a := k.anchor()
	for n := range byte(7) {
		k.draw(t, "anchor", 10+n, spring.AddDate(0, 0, int(n)))
	}
	chain := a.Chains("attestation")(s.KeyID())
	if len(chain) != 5 || verify(t, trusting(t, root(t, a)), chain, spring.AddDate(0, 0, 8)) != nil {
		t.Error(len(chain))
	}
}

func TestPartiesAreCertified(t *testing.T) {
	k, _ := fresh(t)
	a := k.anchor()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"bank.example"}}, private)
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.Party("shop", "shop.example:8443", request)
	if err != nil {
		t.Fatal(err)
	}
	c, roots := own(t, made.Chain), trusting(t, root(t, a))
	if c.Subject() != "CN=shop,O=shop.example" || !c.Named("dns", "shop.example") || c.Named("dns", "bank.example") || c.Named("dns", "id.example") || c.Named("uri", "https://id.example:8443") {
		t.Error("names that the register does not say:", c.Subject())
	}
	if _, until := c.Term(); made.Thumbprint != c.Thumbprint() || !made.Until.Equal(until) {
		t.Error(made)
	}
	if verify(t, roots, made.Chain, spring.AddDate(0, 0, 89)) != nil || verify(t, roots, made.Chain, spring.AddDate(0, 0, 91)) == nil {
		t.Error("good for another time than 90 days")
	}
	if again, err := a.Party("shop", "shop.example:8443", request); err != nil || again.Thumbprint != made.Thumbprint {
		t.Error("another on the same day", err)
	}
	if _, err := a.Party("shop", "shop.example", []byte("x")); !fault.Because(err, "certificate_request_invalid") {
		t.Error(err)
	}
}
