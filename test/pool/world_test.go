package pool_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	dice "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/client/verifier"
	"netid/internal/act/admit"
	"netid/internal/act/attest"
	"netid/internal/act/present"
	"netid/internal/anchor"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/oidc"
	"netid/internal/protocol/vp"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/qr"
	"netid/internal/token/sdjwt"
	"netid/internal/token/vc"
	"netid/test/holder"
	"netid/test/kit"
)

// item is one thing that a party received, as it came.
type item struct {
	kind    string
	at      time.Time
	head    http.Header
	body    string
	parting bool // of a freeze or an erasure, which reach both
}

// account is what one party calls a user; a person who left and came back has another.
type account struct {
	person, life int
	items        []item
}

// party is one of the two, with a reader of its own.
type party struct {
	id       identity.PartyID
	secret   string
	desk     *verifier.Desk
	accounts map[[2]int]*account
	tokens   map[[2]int][]string // refresh tokens
	hints    map[[2]int][]string // ID tokens
}

// world is a service in this process, two parties, and persons with wallets.
type world struct {
	*kit.Kit
	t       testing.TB
	mux     *http.ServeMux
	parties [2]*party
	people  []*person
	now     *person // whom the notices that leave now are about
	parting bool    // and whether they go to both
	dice    *dice.Rand
}

// person has a device, a life, and what their wallet holds of a day.
type person struct {
	*kit.Citizen
	n, life int
	frozen  bool
	holds   map[string][]holder.Credential
	day     identity.Date
}

func (p *person) key() [2]int { return [2]int{p.n, p.life} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func found(t testing.TB) *world {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w := &world{Kit: kit.New(t, law.New()), t: t, mux: http.NewServeMux(), dice: dice.New(dice.NewPCG(seed, 1))}
	root := &anchor.Anchor{Issuer: kit.Issuer, Roots: w.Ring.Signers("anchor"), Keys: func(use string) []suite.Signer { return w.Ring.Signers(use)() }, Made: func(string) time.Time { return kit.Start }, Now: w.Now}
	word, err := anchor.NewStatements(root, "attestation", "verifier", "bundle")
	must(t, err)
	w.attests(root)
	for i, id := range []identity.PartyID{"shop", "bank"} {
		w.parties[i] = w.party(id, root, word)
	}
	w.doors(root, word)
	return w
}

// attests has attestations made with their chain, as the program does.
func (w *world) attests(root *anchor.Anchor) {
	coder, err := jose.NewChainedCoder(jose.ES256, w.Ring.Signers("attestation"), sdjwt.TypeCredential, root.Chains("attestation"))
	must(w.t, err)
	for _, kind := range vc.Kinds(false) {
		maker, err := vc.NewMaker(kind, kit.Issuer, coder, w.Vault)
		must(w.t, err)
		w.Attest.Kinds[kind.ID] = attest.Kind{Item: kind.Item(), Maker: maker}
	}
}

func (w *world) party(id identity.PartyID, root *anchor.Anchor, word *anchor.Statements) *party {
	at := "https://" + string(id) + ".example"
	_, secret, err := w.Admit.Register(w.t.Context(), admit.Application{ID: string(id), Name: "The " + string(id), NameZH: "某店", Domain: string(id) + ".example", RedirectURIs: []string{at + "/cb"}, Offline: 90, Sandbox: true,
		AgeMarks: map[string]string{"age_over_18": "未成年人保护法 Art. 59"}, Leaving: admit.Leaving{BackChannel: at + "/back", PostLogout: []string{at + "/bye"}}})
	must(w.t, err)
	p := &party{id: id, secret: secret, accounts: map[[2]int]*account{}, tokens: map[[2]int][]string{}, hints: map[[2]int][]string{}}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(w.t, err)
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	must(w.t, err)
	chain, err := root.Party(id, string(id)+".example", request)
	must(w.t, err)
	p.desk = &verifier.Desk{Base: at + "/wallet", Store: verifier.NewMemory(1<<20, w.Now), Now: w.Now, Reader: func() (client.Reader, error) {
		roots, err := word.PEM()
		return client.Reader{Chain: chain.Chain, Sign: client.NewSign(key), Roots: roots}, err
	}}
	mux := http.NewServeMux()
	must(w.t, p.desk.Register(mux))
	w.mux.Handle(string(id)+".example/", mux)
	return p
}

// doors are OpenID's, the hosted reader's, and the way out to the parties.
func (w *world) doors(root *anchor.Anchor, word *anchor.Statements) {
	once := func(ctx context.Context, ids ...identity.TakeOnce) error {
		var notes []identity.Note
		for _, id := range ids {
			notes = append(notes, id)
		}
		return w.Store.Jot(ctx, notes...)
	}
	keys := oauth.NewPublished(func(context.Context, string) ([]byte, time.Duration, error) {
		return nil, 0, errors.New("nobody there")
	}, oauth.PartyAlgs(identity.ES256), w.Now).Keys
	nonces := oauth.Nonces{Secrets: w.Ring.Secrets("nonce")}
	door, err := oidc.New(oidc.Config{Issuer: kit.Issuer, Signers: w.Ring.Signers("token"), Authorizer: w.Authorize, Verifier: w.Verify, Ender: w.Logout, Parties: w.Admit, Keys: keys, Once: once, Nonces: nonces, Suite: identity.ES256, Now: w.Now,
		Page: func(rw http.ResponseWriter, _ *http.Request, status int, _ string) { rw.WriteHeader(status) }, Handover: func(http.ResponseWriter, *http.Request, string, url.Values) {}})
	must(w.t, err)
	door.Register(w.mux)
	hosted, err := vp.New(vp.Config{Issuer: kit.Issuer, Signers: w.Ring.Signers("token"), Readers: w.Ring.Signers("verifier"), Chains: root.Chains("verifier"), Roots: word.PEM,
		Statement: func(_ context.Context, p identity.Party) (string, error) { return word.Registration(p) },
		Asker:     &present.Act{Store: w.Store, Cover: suite.Cover{Suite: identity.ES256}, Law: law.New(), Issuer: kit.Issuer},
		Gate:      oauth.Gate{Issuer: kit.Issuer, Parties: w.Admit, Keys: keys, Once: once, Nonces: nonces, Suite: identity.ES256, Now: w.Now}, Square: qr.Path, Now: w.Now})
	must(w.t, err)
	must(w.t, hosted.Register(w.mux))
	w.Deliver.Senders[identity.LogoutToken] = oidc.Notifier{Issuer: kit.Issuer, Parties: w.Admit, Signers: w.Ring.Signers("token"), Post: w.notice, Now: w.Now}
}

// RoundTrip is how wallets and parties reach each other and netid.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), "127.0.0.1:9"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, in)
	return rec.Result(), nil
}

// receives puts down what the party got about whom it knows as this account.
func (w *world) receives(p *party, of *person, kind string, head http.Header, body string, parting bool) {
	a := p.accounts[of.key()]
	if a == nil {
		a = &account{person: of.n, life: of.life}
		p.accounts[of.key()] = a
	}
	a.items = append(a.items, item{kind, w.Now(), head, body, parting})
}

// ask is a party's request to netid, and what it got.
func (w *world) ask(p *party, of *person, kind, method, path string, form url.Values, parting bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, kit.Issuer+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(string(p.id), url.QueryEscape(p.secret))
	if access := form.Get("bearer"); access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	w.receives(p, of, kind, rec.Result().Header, rec.Body.String(), parting)
	return rec
}

// notice takes what goes to a party's back channel, about whom w.now says.
func (w *world) notice(_ context.Context, address string, form url.Values) (int, error) {
	for _, p := range w.parties {
		if strings.HasPrefix(address, "https://"+string(p.id)+".") {
			w.receives(p, w.now, "notice", nil, form.Get("logout_token"), w.parting)
		}
	}
	return http.StatusOK, nil
}

// told delivers what waits, about one person.
func (w *world) told(of *person, parting bool) {
	w.now, w.parting = of, parting
	_, err := w.Deliver.Round(w.t.Context())
	must(w.t, err)
}

func jwk(k *ecdsa.PrivateKey) []byte {
	b, err := json.Marshal(holder.PublicJWK(&k.PublicKey))
	if err != nil {
		return nil
	}
	var c bytes.Buffer
	if json.Compact(&c, b) != nil {
		return nil
	}
	return c.Bytes()
}
