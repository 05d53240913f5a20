package signin

import (
	"context"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

// place is where a passkey may be put, said to one device after the passcode.
// It travels sealed. The id is the certificate's: the authenticator keeps it with
// its key (user.id) and names it at each sign-in, so no table leads there.
type place struct {
	Host    identity.CertificateID `json:"h"` // of the device that asked
	ID      identity.CertificateID `json:"c"`
	Name    identity.DeviceName    `json:"n,omitempty"`
	Expires time.Time              `json:"x"`
}

// Place lets the device in hand add a passkey within ten minutes. It takes the
// passcode, as letting in a device does: whoever finds an open telephone must
// not be able to come back from elsewhere.
func (a *Act) Place(ctx context.Context, s identity.Session, name, passcode string) (sealed string, id identity.CertificateID, err error) {
	const op = "signin.Place"
	chosen, err := identity.ParseDeviceName(name)
	if err != nil {
		return "", id, fault.At(op, err)
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return "", id, fault.At(op, err)
	}
	if err := a.Law.Sees(o.ID == s.Person).Err(op); err != nil {
		return "", id, err
	}
	if _, err := a.room(ctx, o, s); err != nil {
		return "", id, fault.At(op, err)
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return "", id, fault.At(op, err)
	}
	id = identity.NewCertificateID()
	sealed, err = a.Offers.Seal(place{s.Certificate, id, chosen, a.Now().Add(joinLife)})
	return sealed, id, fault.At(op, err)
}

// PlaceText is the exact text whose digest the new passkey signs.
func (a *Act) PlaceText(sealed string) string {
	return "netid-passkey/1\n" + a.Issuer + "\n" + sealed
}

// Put binds a passkey: its public key, and an assertion by which it shows that it
// holds the key, knows its owner and speaks to this origin. That is all that
// is read of it: what an authenticator says about itself when it makes a key
// (attestation) nobody could check, so nothing here parses it. The
// certificate lasts as long as that of the device in hand; binding its id is the
// single use of the place.
func (a *Act) Put(ctx context.Context, s identity.Session, sealed string, device, signature []byte) error {
	const op = "signin.Put"
	var p place
	if err := a.Offers.Open(sealed, &p); err != nil || p.Host != s.Certificate || !a.Now().Before(p.Expires) {
		return fault.New(op, fault.Gone, "passkey_place_over")
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	ground := a.Law.OneNumber(o.Profile.Number, o.Profile.Number)
	if err := ground.Err(op); err != nil {
		return err
	}
	key, err := a.Cover.PasskeyOf(device, a.Issuer)
	if err != nil {
		return fault.At(op, err)
	}
	if err := client.CheckDevice([]byte(a.PlaceText(sealed)), signature, key); err != nil {
		return fault.Wrap(op, fault.Invalid, "signature_invalid", err)
	}
	own, err := a.room(ctx, o, s)
	if err != nil {
		return fault.At(op, err)
	}
	c := identity.Certificate{ID: p.ID, Person: o.ID, Device: key, Name: p.Name, Issued: a.Now().UTC().Truncate(time.Second), Expires: own.Expires}
	event := identity.Event{Kind: identity.DeviceAdded, Detail: c.ID.String(), Grounds: []identity.Ground{ground.Ground()}}
	err = a.bind(ctx, o, c, event, standing(o), identity.GuardCertificate{ID: s.Certificate})
	if fault.Because(err, "certificate_exists") {
		return fault.Wrap(op, fault.Gone, "passkey_place_over", err)
	}
	return fault.At(op, err)
}
