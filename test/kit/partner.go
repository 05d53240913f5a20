package kit

import (
	"context"
	"errors"

	"netid/client"
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
		Parties: partyKeys{k}, Fetch: k.fetch, Book: book, Issuer: Issuer, Now: k.Now}
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
