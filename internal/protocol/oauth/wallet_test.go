package oauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
	"netid/internal/token/attestation"
	"netid/test/wallet"
)

type purse struct {
	*desk
	provider *wallet.Provider
	instance wallet.Key
}

// withWallets adds attested wallets, of which one provider vouches for purse, closed and robot.
func withWallets(t testing.TB) *purse {
	t.Helper()
	d := open(t)
	p := &purse{d, wallet.NewProvider(noon), wallet.NewKey()}
	roots, err := suite.ParseRoots(p.provider.Root())
	if err != nil {
		t.Fatal(err)
	}
	d.Wallets = attestation.Trust{{Name: "simulator", Roots: roots, Wallets: []identity.PartyID{"purse", "shut", "robot", "gone"}}}
	d.register.known["purse"] = identity.Party{ID: "purse", Auth: identity.AuthWallet, Standing: identity.PartyActive}
	d.register.known["shut"] = identity.Party{ID: "shut", Auth: identity.AuthWallet, Standing: identity.PartySuspended}
	return p
}

func (p *purse) attests(change map[string]any) string {
	return p.provider.Wallet("purse", p.instance, p.now, change)
}

func (p *purse) proves(id string, change map[string]any) string {
	return p.instance.Proof("purse", issuer, id, p.Challenge(), p.now, change)
}

func (p *purse) comes(f oauth.Form, said, shown []string) (identity.PartyID, *oauth.Refusal, error) {
	r := httptest.NewRequest(http.MethodPost, "/par", nil)
	for _, v := range said {
		r.Header.Add("OAuth-Client-Attestation", v)
	}
	for _, v := range shown {
		r.Header.Add("OAuth-Client-Attestation-PoP", v)
	}
	who, no, cause := p.Prove(r, f)
	if no == nil {
		cause = p.Once(context.Background(), who.Takes()...)
	}
	return who.Party.ID, no, cause
}

func TestH07WalletsProveThemselves(t *testing.T) {
	type change = map[string]any
	const bad = "invalid_client_attestation"
	as := func(p *purse, id string) (string, string) {
		return p.provider.Wallet(id, p.instance, p.now, nil), p.instance.Proof(id, issuer, "1", p.Challenge(), p.now, nil)
	}
	for name, c := range map[string]struct {
		of   func(p *purse) (said, shown string)
		form oauth.Form
		want string // "" is let in
	}{
		"good":                  {func(p *purse) (string, string) { return p.attests(nil), p.proves("1", nil) }, nil, ""},
		"and its own client_id": {func(p *purse) (string, string) { return p.attests(nil), p.proves("1", nil) }, oauth.Form{"client_id": "purse"}, ""},
		"another's client_id":   {func(p *purse) (string, string) { return p.attests(nil), p.proves("1", nil) }, oauth.Form{"client_id": "shop"}, bad},
		"a secret beside it":    {func(p *purse) (string, string) { return p.attests(nil), p.proves("1", nil) }, oauth.Form{"client_id": "purse", "client_secret": "x"}, "invalid_request"},
		"a wrong audience": {func(p *purse) (string, string) {
			return p.attests(nil), p.proves("1", change{"aud": issuer + "/token"})
		}, nil, bad},
		"another key": {func(p *purse) (string, string) {
			return p.attests(nil), wallet.NewKey().Proof("purse", issuer, "1", p.Challenge(), p.now, nil)
		}, nil, bad},
		"no sub": {func(p *purse) (string, string) { return p.attests(change{"sub": nil}), p.proves("1", nil) }, nil, bad},
		"past its end": {func(p *purse) (string, string) {
			return p.attests(change{"exp": p.now.Add(-10 * time.Minute).Unix()}), p.proves("1", nil)
		}, nil, bad},
		"two days old": {func(p *purse) (string, string) {
			return p.attests(change{"iat": p.now.Add(-48 * time.Hour).Unix()}), p.proves("1", nil)
		}, nil, "use_fresh_attestation"},
		"no challenge":          {func(p *purse) (string, string) { return p.attests(nil), p.proves("1", change{"challenge": nil}) }, nil, "use_attestation_challenge"},
		"an invented challenge": {func(p *purse) (string, string) { return p.attests(nil), p.proves("1", change{"challenge": "invented"}) }, nil, "use_attestation_challenge"},
		"a DPoP proof's nonce": {func(p *purse) (string, string) {
			return p.attests(nil), p.proves("1", change{"challenge": p.Nonces.Make("server", p.now)})
		}, nil, "use_attestation_challenge"},
		"an old challenge": {func(p *purse) (string, string) {
			return p.attests(nil), p.proves("1", change{"challenge": p.Nonces.Make("wallet", p.now.Add(-3*time.Minute))})
		}, nil, "use_attestation_challenge"},
		"a provider's stranger": {func(p *purse) (string, string) {
			p.provider = wallet.NewProvider(noon)
			return p.attests(nil), p.proves("1", nil)
		}, nil, bad},
		"a wallet that is shut":   {func(p *purse) (string, string) { return as(p, "shut") }, nil, bad},
		"a party with keys":       {func(p *purse) (string, string) { return as(p, "robot") }, nil, bad},
		"one nobody registered":   {func(p *purse) (string, string) { return as(p, "gone") }, nil, bad},
		"one without attestation": {func(p *purse) (string, string) { return "", p.proves("1", nil) }, nil, bad},
		"one without proof":       {func(p *purse) (string, string) { return p.attests(nil), "" }, nil, bad},
	} {
		t.Run(name, func(t *testing.T) {
			p := withWallets(t)
			said, shown := c.of(p)
			some := func(s string) []string {
				if s == "" {
					return nil
				}
				return []string{s}
			}
			id, no, _ := p.comes(c.form, some(said), some(shown))
			switch {
			case c.want == "" && (no != nil || id != "purse"):
				t.Fatalf("got %q %+v", id, no)
			case c.want != "" && (no == nil || no.Code != c.want || no.Status != http.StatusBadRequest):
				t.Fatalf("got %q %+v", id, no)
			case c.want != "" && len(p.once.until) != 0:
				t.Fatal("a refused proof used up an id")
			case c.want == "use_attestation_challenge" && no.Attest != p.Challenge():
				t.Fatalf("no challenge comes with it: %+v", no)
			}
		})
	}
	p := withWallets(t)
	said, shown := p.attests(nil), p.proves("1", nil)
	for _, two := range [][2][]string{{{said, said}, {shown}}, {{said}, {shown, shown}}} {
		if _, no, _ := p.comes(nil, two[0], two[1]); no == nil || no.Code != bad {
			t.Errorf("a header twice: %+v", no)
		}
	}
	if _, no := p.come(t, oauth.Form{"client_id": "purse"}); no == nil || no.Code != "invalid_client" {
		t.Errorf("a wallet that shows nothing: %+v", no)
	}
	p.Wallets = nil
	if _, no, _ := p.comes(nil, []string{said}, []string{shown}); no == nil || slices.Contains(p.Methods(), "attest_jwt_client_auth") {
		t.Errorf("nobody is trusted, and it is let in: %+v", no)
	}
}

// A proof is taken with the act that it authenticates, once among many; the
// attestation serves again, and the same id by another instance is another.
func TestH07AProofServesOnce(t *testing.T) {
	p := withWallets(t)
	said, shown := []string{p.attests(nil)}, []string{p.proves("1", nil)}
	var good atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if _, no, cause := p.comes(nil, said, shown); no == nil && cause == nil {
				good.Add(1)
			} else if !fault.Is(cause, fault.Conflict) {
				t.Errorf("%+v %v", no, cause)
			}
		})
	}
	all.Wait()
	if good.Load() != 1 {
		t.Fatalf("%d of 64 were let in", good.Load())
	}
	for _, until := range p.once.until {
		if until.Before(noon.Add(attestation.Life + attestation.Skew)) {
			t.Errorf("its id is forgotten at %s, while it is good", until)
		}
	}
	if _, no, cause := p.comes(nil, said, []string{p.proves("2", nil)}); no != nil || cause != nil {
		t.Errorf("another proof: %+v %v", no, cause)
	}
	p.instance = wallet.NewKey()
	if _, no, cause := p.comes(nil, []string{p.attests(nil)}, []string{p.proves("1", nil)}); no != nil || cause != nil {
		t.Errorf("another instance: %+v %v", no, cause)
	}
}

// What a wallet's next proof needs comes with each answer, and from the endpoint.
func TestChallengesAreHandedOut(t *testing.T) {
	p := withWallets(t)
	h := http.Header{}
	p.Give(h, oauth.Proved{Party: p.register.known["purse"]})
	if h.Get("OAuth-Client-Attestation-Challenge") != p.Challenge() {
		t.Errorf("%v", h)
	}
	h = http.Header{}
	if p.Give(h, oauth.Proved{Party: p.register.known["robot"]}); len(h) != 0 {
		t.Errorf("a party that is no wallet is given %v", h)
	}
	w := httptest.NewRecorder()
	p.ServeChallenge(w, httptest.NewRequest(http.MethodPost, "/challenge", nil))
	if want := `{"attestation_challenge":"` + p.Challenge() + `"}`; w.Body.String() != want || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	_, no, _ := p.comes(nil, []string{p.attests(nil)}, []string{p.proves("1", map[string]any{"challenge": nil})})
	if no.Write(w); w.Code != http.StatusBadRequest || w.Header().Get("OAuth-Client-Attestation-Challenge") != p.Challenge() {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if !slices.Contains(p.Methods(), "attest_jwt_client_auth") {
		t.Error("the method is not named")
	}
}
