package signin

import (
	"context"
	"fmt"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// joinLife is how long a device may take to join.
const joinLife = 10 * time.Minute

// joining is what the two devices know together. It exists only sealed, under a
// handle of 256 bits that the old device shows and the new one reads.
type joining struct {
	Host   identity.CertificateID `json:"s"` // of the old device
	ID     identity.CertificateID `json:"i"`
	Device []byte                 `json:"d,omitempty"` // nil until the new device offered its key
	Name   identity.DeviceName    `json:"n,omitempty"`
	Match  string                 `json:"m,omitempty"` // two digits that the new device shows and its owner types on the old one
}

// Invite lets one new device offer itself within ten minutes. Whoever has the
// handle can offer and nothing else: the old device decides.
func (a *Act) Invite(ctx context.Context, s identity.Session) (identity.Handle, error) {
	const op = "signin.Invite"
	none := identity.Handle{}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return none, fault.At(op, err)
	}
	if err := a.Law.Sees(o.ID == s.Person).Err(op); err != nil {
		return none, err
	}
	if _, err := a.room(ctx, o, s); err != nil {
		return none, fault.At(op, err)
	}
	h := identity.NewHandle()
	row := identity.DraftRow{ID: a.Cover.ID(a.inner(h)), Version: 1, Expires: a.Now().Add(joinLife)}
	if row.Body, err = a.Cover.Seal(a.inner(h), joining{Host: s.Certificate, ID: identity.NewCertificateID()}); err != nil {
		return none, fault.At(op, err)
	}
	return h, fault.At(op, a.Store.Jot(ctx, identity.PutDraft{Draft: row}))
}

// room is the old device's own certificate, where there is room for another.
func (a *Act) room(ctx context.Context, o identity.Opened, s identity.Session) (identity.Certificate, error) {
	all, err := a.held(ctx, o)
	if err != nil {
		return identity.Certificate{}, err
	}
	if len(all) >= MaxDevices {
		return identity.Certificate{}, fault.New("signin.room", fault.Conflict, "devices_full")
	}
	own, err := a.one(ctx, o, s.Certificate.String())
	if fault.Is(err, fault.NotFound) { // it expired or was removed
		return own.cert, fault.Wrap("signin.room", fault.Forbidden, "certificate_expired", err)
	}
	return own.cert, err
}

// inner is what the row is sealed under: no handle of an enrolment, which lies
// in the same table, is ever one of these.
func (a *Act) inner(h identity.Handle) identity.Handle {
	return a.Cover.Digest([]byte("netid/join/v1"), h[:])
}

func (a *Act) joining(ctx context.Context, h identity.Handle) (j joining, row identity.DraftRow, err error) {
	row, err = a.Store.Draft(ctx, a.Cover.ID(a.inner(h)))
	switch {
	case fault.Is(err, fault.NotFound):
		return j, row, fault.Wrap("signin.joining", fault.Forbidden, "join_over", err)
	case err != nil:
		return j, row, err
	case !a.Now().Before(row.Expires):
		return j, row, fault.New("signin.joining", fault.Forbidden, "join_over")
	}
	return j, row, a.Cover.Open(a.inner(h), row.Body, &j)
}

// JoinText is the exact text that the new device signs with its new key.
func (a *Act) JoinText(invitation string) string {
	return "netid-join/1\n" + a.Issuer + "\n" + invitation
}

// Offered is what the new device shows its owner, and the certificate that it
// will have once the old one says yes.
type Offered struct {
	Match       string
	Certificate identity.CertificateID
}

// Offer is the new device's part: its key, the name that it goes by, and the
// proof that it holds the key. The first offer is the only one.
func (a *Act) Offer(ctx context.Context, h identity.Handle, name string, device, signature []byte) (Offered, error) {
	const op = "signin.Offer"
	j, row, err := a.joining(ctx, h)
	if err != nil {
		return Offered{}, fault.At(op, err)
	}
	if j.Device != nil {
		return Offered{}, fault.New(op, fault.Forbidden, "join_over")
	}
	if j.Name, err = identity.ParseDeviceName(name); err != nil {
		return Offered{}, fault.At(op, err)
	}
	if err := a.Cover.VerifyES256(device, []byte(a.JoinText(h.Text())), signature); err != nil {
		return Offered{}, fault.At(op, err)
	}
	if j.Device, _, err = a.Cover.ParseDeviceKey(device); err != nil {
		return Offered{}, fault.At(op, err)
	}
	j.Match = a.twoDigits()
	from := row.Version
	row.Version++
	if row.Body, err = a.Cover.Seal(a.inner(h), j); err != nil {
		return Offered{}, fault.At(op, err)
	}
	err = a.Store.Jot(ctx, identity.SwapDraft{Draft: row, From: from})
	if fault.Because(err, "draft_moved") { // another device was quicker
		return Offered{}, fault.Wrap(op, fault.Forbidden, "join_over", err)
	}
	return Offered{j.Match, j.ID}, fault.At(op, err)
}

// twoDigits are drawn without bias.
func (a *Act) twoDigits() string {
	for {
		if b := a.Cover.Random(1)[0]; b < 200 {
			return fmt.Sprintf("%02d", b%100)
		}
	}
}

// Accept is the old device's yes: the number that its owner reads on the new
// one, and the passcode. A wrong number ends the invitation, so nobody guesses
// among a hundred. In one commit the invitation is used up and the key bound; the
// certificate lasts as long as the one that vouched for it.
func (a *Act) Accept(ctx context.Context, s identity.Session, h identity.Handle, match, passcode string) error {
	const op = "signin.Accept"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	ground := a.Law.OneNumber(o.Profile.Number, o.Profile.Number)
	if err := ground.Err(op); err != nil {
		return err
	}
	j, row, err := a.joining(ctx, h)
	if err != nil {
		return fault.At(op, err)
	}
	drop := identity.DropDraft{ID: row.ID, Version: row.Version}
	switch {
	case j.Host != s.Certificate:
		return fault.New(op, fault.Forbidden, "join_over")
	case j.Device == nil:
		return fault.New(op, fault.Conflict, "join_waits")
	case !a.Cover.Equal([]byte(match), []byte(j.Match)):
		if err := a.Store.Jot(ctx, drop); err != nil {
			return fault.At(op, err)
		}
		return fault.New(op, fault.Forbidden, "join_number_wrong")
	}
	own, err := a.room(ctx, o, s)
	if err != nil {
		return fault.At(op, err)
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return fault.At(op, err)
	}
	c := identity.Certificate{ID: j.ID, Person: o.ID, Device: j.Device, Name: j.Name, Issued: a.Now().UTC().Truncate(time.Second), Expires: own.Expires}
	err = a.bind(ctx, o, c, identity.Event{Kind: identity.DeviceAdded, Detail: c.ID.String(), Grounds: []identity.Ground{ground.Ground()}},
		drop, standing(o), identity.GuardCertificate{ID: s.Certificate})
	if fault.Because(err, "draft_moved") {
		return fault.Wrap(op, fault.Forbidden, "join_over", err)
	}
	return fault.At(op, err)
}

// bind puts down the certificate of a device that another one let in, and tells
// its owner. When the vault's keys changed on the way, it is sealed again.
func (a *Act) bind(ctx context.Context, o identity.Opened, c identity.Certificate, event identity.Event, guards ...identity.Verb) error {
	message, err := a.tell(ctx, o, "added")
	if err != nil {
		return err
	}
	if c.Place, err = a.Places.Next(ctx); err != nil {
		return err
	}
	for again := 0; ; again++ {
		bound, err := a.Vault.SealCertificate(o, c)
		if err != nil {
			return err
		}
		_, err = a.Book.Record(ctx, o, event, append(guards[:len(guards):len(guards)], identity.BindCertificate{Certificate: bound, Standing: o.Standing}, message)...)
		if err == nil {
			a.Parting.Nudge()
		}
		if !fault.Because(err, "keys_moved") || again == 3 {
			return err
		}
	}
}
