// Package signal is the act by which a citizen's own device learns that
// something waits for them, where they turned that on (ADR 0044).
//
// It owns which devices are signalled and when. It refuses to know what waits:
// a signal has no content, and whoever carries it learns that this browser got
// one and when. Nothing depends on it: what waits is on the page all the same.
//
// Invariants: no device is signalled before its owner turned it on there, in a
// record of theirs; none whose certificate is over; and what is committed beside what
// waits is the same for whoever has signals and whoever has none.
package signal

import (
	"context"
	"net/url"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

const (
	// life is how long a signal may be on its way, and the same for all of them: it
	// would otherwise tell what waits. A child's use waits as long.
	life = 10 * time.Minute
	// most signals to one person in a day: no party, and no child, makes a telephone ring all day.
	most = 20
)

// Store keeps where devices are reached.
type Store interface {
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Vault opens persons, their devices, and where these are reached.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	CertOwner(identity.Opened) []byte
	SignalPlace(identity.Opened, identity.CertificateID) []byte
	SealSignal(o identity.Opened, place []byte, s identity.Signal) ([]byte, error)
	OpenSignal(o identity.Opened, place, sealed []byte) (identity.Signal, error)
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Carrier reaches the push services of browsers' makers.
type Carrier interface {
	Key() (public, id string)                     // with which a browser makes a subscription
	Hosts() []string                              // those that the operator lists
	Check(identity.Signal) error                  // Invalid "signal_refused": not on the list, or of no key of ours
	Carry(context.Context, identity.Signal) error // Gone: there is no such subscription any more
}

// Post is the outbox.
type Post interface {
	Leave(m identity.Message, until time.Time) (identity.Deliver, error)
	Nudge()
}

// Act signals.
type Act struct {
	Store   Store
	Vault   Vault
	Carrier Carrier
	Post    Post
	Book    *ledger.Book
	Law     *law.Book
	Now     func() time.Time
}

// Device is one of the citizen's as the page of signals shows it.
type Device struct {
	ID   identity.CertificateID
	Name identity.DeviceName
	Here bool
	Host string // whose service carries its signals; "": it has none
}

// View is what the page of signals shows.
type View struct {
	Key, KeyID string
	Hosts      []string
	Devices    []Device
}

// held is a device that is not over, with its place and what lies there.
type held struct {
	cert   identity.Certificate
	place  identity.DraftRow // of version 0: nothing lies there
	signal identity.Signal
}

// devices are the person's that are not over, or all with what lies there still.
func (a *Act) devices(ctx context.Context, o identity.Opened, over bool) (all []held, err error) {
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		h := held{}
		if h.cert, err = a.Vault.OpenCertificate(row); err != nil {
			return nil, err
		}
		if !over && !h.cert.ValidAt(a.Now()) {
			continue
		}
		place := a.Vault.SignalPlace(o, h.cert.ID)
		if h.place, err = a.Store.Draft(ctx, place); fault.Is(err, fault.NotFound) {
			h.place = identity.DraftRow{ID: place}
		} else if err == nil {
			h.signal, err = a.Vault.OpenSignal(o, place, h.place.Body)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// View reads the citizen's devices and which are signalled.
func (a *Act) View(ctx context.Context, s identity.Session) (View, error) {
	const op = "signal.View"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return View{}, fault.At(op, err)
	}
	all, err := a.devices(ctx, o, false)
	if err != nil {
		return View{}, fault.At(op, err)
	}
	v := View{Hosts: a.Carrier.Hosts()}
	v.Key, v.KeyID = a.Carrier.Key()
	for _, h := range all {
		d := Device{ID: h.cert.ID, Name: h.cert.Name, Here: h.cert.ID == s.Certificate}
		if u, err := url.Parse(h.signal.Endpoint); err == nil {
			d.Host = u.Hostname()
		}
		v.Devices = append(v.Devices, d)
	}
	return v, nil
}

// On has the device in hand signalled from now on, until its certificate ends.
func (a *Act) On(ctx context.Context, s identity.Session, to identity.Signal) error {
	const op = "signal.On"
	if err := a.Carrier.Check(to); err != nil {
		return fault.At(op, err)
	}
	return a.set(ctx, op, s, s.Certificate, identity.SignalsOn, func(o identity.Opened, h held) (identity.Verb, error) {
		if h.signal == to {
			return nil, nil
		}
		from, row := h.place.Version, h.place
		// By the day: the hour would tell which of the rows of that hour goes with it.
		row.Version, row.Expires = from+1, h.cert.Expires.Truncate(24*time.Hour).Add(24*time.Hour)
		var err error
		if row.Body, err = a.Vault.SealSignal(o, row.ID, to); from > 0 {
			return identity.SwapDraft{Draft: row, From: from}, err
		}
		return identity.PutDraft{Draft: row}, err
	})
}

// Off ends the signals to one of the citizen's devices, this one or another.
func (a *Act) Off(ctx context.Context, s identity.Session, device identity.CertificateID) error {
	return a.set(ctx, "signal.Off", s, device, identity.SignalsOff, func(_ identity.Opened, h held) (identity.Verb, error) {
		if h.place.Version == 0 {
			return nil, nil
		}
		return identity.DropDraft{ID: h.place.ID, Version: h.place.Version}, nil
	})
}

// set does one thing to one device's signal, in the citizen's records; nothing where it is so already.
func (a *Act) set(ctx context.Context, op string, s identity.Session, device identity.CertificateID, kind identity.EventKind, how func(identity.Opened, held) (identity.Verb, error)) error {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	ground := a.Law.Sees(o.ID == s.Person)
	if err := ground.Err(op); err != nil {
		return err
	}
	for again := 0; ; again++ {
		h, err := a.one(ctx, o, device)
		if err != nil {
			return fault.At(op, err)
		}
		verb, err := how(o, h)
		if err != nil || verb == nil {
			return fault.At(op, err)
		}
		_, err = a.Book.Record(ctx, o, identity.Event{Kind: kind, Detail: device.String(), Grounds: []identity.Ground{ground.Ground()}},
			identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}, identity.GuardCertificate{ID: s.Certificate}, verb)
		if !moved(err) || again == 3 {
			return fault.At(op, err)
		}
	}
}

// moved: another browser of theirs did something to the same device, or its service said that it is gone.
func moved(err error) bool {
	return fault.Because(err, "draft_moved") || fault.Because(err, "draft_exists")
}

func (a *Act) one(ctx context.Context, o identity.Opened, device identity.CertificateID) (held, error) {
	all, err := a.devices(ctx, o, false)
	if err != nil {
		return held{}, err
	}
	for _, h := range all {
		if h.cert.ID == device {
			return h, nil
		}
	}
	return held{}, fault.New("signal.one", fault.NotFound, "device_not_listed")
}

// Quiet are the verbs by which signals end with their devices: of these, or of
// all that the person has, those that are over too.
func (a *Act) Quiet(ctx context.Context, o identity.Opened, only ...identity.CertificateID) (verbs []identity.Verb, err error) {
	all, err := a.devices(ctx, o, true)
	if err != nil {
		return nil, fault.At("signal.Quiet", err)
	}
	for _, h := range all {
		if h.place.Version > 0 && (len(only) == 0 || slices.Contains(only, h.cert.ID)) {
			verbs = append(verbs, identity.DropDraft{ID: h.place.ID, Version: h.place.Version})
		}
	}
	return verbs, nil
}
