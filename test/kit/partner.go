package kit

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/partner"
	"netid/internal/dossier"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// partners furnishes the act of organisations behind parties.
func (k *Kit) partners(book *ledger.Book, c cover) *partner.Act {
	return &partner.Act{Dossiers: dossier.New(k.Store, k.Ring.Secret("dossier"), k.Ring.Versions("dossier-body")), Store: k.Store, Cover: c,
		Sessions: suite.NewRotatingBox(k.Ring.Secrets("session"), "partner"), Challenges: suite.NewRotatingBox(k.Ring.Secrets("challenge"), "partner"),
		Parties: partyKeys{k}, Register: register{k.Admit, false}, Fetch: k.fetch, Book: book, Issuer: Issuer, Now: k.Now}
}

// partyKeys checks proofs of parties whose keys the test holds.
type partyKeys struct{ *Kit }

func (p partyKeys) Proves(_ context.Context, id identity.PartyID, audience, assertion string) error {
	key, there := p.PartyKeys[id]
	if !there {
		return errors.New("a party without a key")
	}
	return client.CheckDevice([]byte(audience), []byte(assertion), key)
}

// Worker is somebody who works in an organisation, with their passkey.
type Worker struct {
	Device Device
	Cookie string
	Who    partner.Who
}

// Company is what every organisation of a test says of itself.
func Company() partner.Declared {
	return partner.Declared{Name: "示例科技有限公司", Code: "91350100M000100Y43", Contact: "identity@company.example"}
}

// Organisation is a new one with its first administrator, signed in.
func (k *Kit) Organisation(ctx context.Context) (w Worker, err error) {
	w.Device = NewDevice()
	w.Device.Passkey = true
	sealed, err := k.Partner.Challenge()
	if err != nil {
		return w, err
	}
	if w.Cookie, err = k.Partner.Found(ctx, sealed, Company(), "王", w.Device.JWK, w.Device.Sign([]byte(k.Partner.FoundText(sealed, Company(), "王")))); err != nil {
		return w, err
	}
	w.Who, w.Cookie, err = k.Partner.Open(ctx, w.Cookie)
	return w, err
}

// Colleague takes a link.
func (k *Kit) Colleague(ctx context.Context, link string) (w Worker, err error) {
	o, role, err := k.Partner.Invited(ctx, link)
	if err != nil {
		return w, err
	}
	w.Device = NewDevice()
	w.Device.Passkey = true
	sealed, err := k.Partner.Challenge()
	if err != nil {
		return w, err
	}
	if w.Cookie, err = k.Partner.Join(ctx, link, sealed, "Li", w.Device.JWK, w.Device.Sign([]byte(k.Partner.JoinText(sealed, o.ID, role, "Li")))); err != nil {
		return w, err
	}
	w.Who, w.Cookie, err = k.Partner.Open(ctx, w.Cookie)
	return w, err
}

// CompanyHost is the host that an organisation of a test proves.
const CompanyHost = "company.example"

// ProveHost has the organisation's host name it, and proves it.
func (k *Kit) ProveHost(ctx context.Context, w Worker) error {
	if k.Published == nil {
		k.Published = map[string]string{}
	}
	k.Published["https://"+CompanyHost+"/.well-known/netid-party.txt"] = string(w.Who.Organisation)
	return k.Partner.Prove(ctx, w.Who, CompanyHost)
}

// Declared is what an application of a test says of itself.
func Declared() partner.Declaration {
	return partner.Declaration{Name: "Company's Shop", NameZH: "示例商店", RedirectURIs: []string{"https://" + CompanyHost + "/callback"}, Purpose: "Sign in to the shop", PurposeZH: "登录商店",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "邮箱注册", EN: "Sign up by e-mail"}}}}
}

// Drafted is an application with a key, which nobody was handed.
func (k *Kit) Drafted(ctx context.Context, w Worker) (identity.PartyID, error) {
	id, err := k.Partner.Draft(ctx, w.Who, "", Declared())
	if err == nil {
		err = k.Partner.Upload(ctx, w.Who, id, PublicKey("first of "+string(id)), time.Time{})
	}
	return id, err
}

// PublicKey is a key that is made from its name, as a party uploads it.
func PublicKey(kid string) json.RawMessage {
	seed := sha256.Sum256([]byte("party's key " + kid))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		panic(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	b, err := json.Marshal(map[string]string{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:]), "kid": kid, "use": "sig", "alg": "ES256"})
	if err != nil {
		panic(err)
	}
	return b
}

// Theirs is somebody else's party with a key.
func Theirs(key json.RawMessage) admit.Application {
	return admit.Application{ID: "theirs", Name: "Theirs", RedirectURIs: []string{"https://theirs.example/cb"}, Purpose: "Sign in", Otherwise: Declared().Otherwise,
		JWKS: json.RawMessage(`{"keys":[` + string(key) + `]}`)}
}
