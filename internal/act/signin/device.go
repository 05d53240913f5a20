package signin

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// noticeLife is how long a message about a change is still news.
const noticeLife = 72 * time.Hour

// MaxDevices is how many a person may have at a time: more than anybody carries,
// and few enough that one's own list is read.
const MaxDevices = 10

// Device is one browser or telephone of the citizen: a net certificate that is
// not over, as its owner sees it.
type Device struct {
	ID      identity.CertificateID
	Name    identity.DeviceName
	Issued  time.Time
	Expires time.Time
	Passkey bool
	Here    bool // the session's own
}

// Devices are the citizen's, the oldest first.
func (a *Act) Devices(ctx context.Context, s identity.Session) ([]Device, error) {
	const op = "signin.Devices"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if err := a.Law.Sees(o.ID == s.Person).Err(op); err != nil {
		return nil, err
	}
	held, err := a.held(ctx, o)
	if err != nil {
		return nil, fault.At(op, err)
	}
	all := make([]Device, 0, len(held))
	for _, h := range held {
		all = append(all, Device{h.cert.ID, h.cert.Name, h.cert.Issued, h.cert.Expires, h.cert.Passkey, h.cert.ID == s.Certificate})
	}
	return all, nil
}

// holding is a certificate that is not over, and the row that it was read from.
type holding struct {
	row  identity.CertificateRow
	cert identity.Certificate
}

// held are the person's that are not over, the oldest first.
func (a *Act) held(ctx context.Context, o identity.Opened) (all []holding, err error) {
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		c, err := a.Vault.OpenCertificate(row)
		if err != nil {
			return nil, err
		}
		if c.ValidAt(a.Now()) {
			all = append(all, holding{row, c})
		}
	}
	slices.SortFunc(all, func(x, y holding) int {
		if by := x.cert.Issued.Compare(y.cert.Issued); by != 0 {
			return by
		}
		return slices.Compare(x.cert.ID[:], y.cert.ID[:])
	})
	return all, nil
}

// one is the person's certificate of this id. Another's is as unknown as none.
func (a *Act) one(ctx context.Context, o identity.Opened, id string) (holding, error) {
	all, err := a.held(ctx, o)
	if err != nil {
		return holding{}, err
	}
	i := slices.IndexFunc(all, func(h holding) bool { return h.cert.ID.String() == id })
	if i < 0 {
		return holding{}, fault.New("signin.one", fault.NotFound, "device_not_listed")
	}
	return all[i], nil
}

// Name changes what the citizen calls a device.
func (a *Act) Name(ctx context.Context, s identity.Session, id, name string) error {
	const op = "signin.Name"
	chosen, err := identity.ParseDeviceName(name)
	if err != nil {
		return fault.At(op, err)
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	ground := a.Law.Sees(o.ID == s.Person)
	if err := ground.Err(op); err != nil {
		return err
	}
	for again := 0; ; again++ {
		h, err := a.one(ctx, o, id)
		if err != nil {
			return fault.At(op, err)
		}
		if h.cert.Name == chosen {
			return nil
		}
		h.cert.Name = chosen
		row, err := a.Vault.SealCertificate(o, h.cert)
		if err != nil {
			return fault.At(op, err)
		}
		_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.DeviceNamed, Detail: id, Grounds: []identity.Ground{ground.Ground()}},
			standing(o), identity.GuardCertificate{ID: s.Certificate}, identity.KeepCertificate{Certificate: row, From: h.row.Body})
		if !moved(err) || again == 3 {
			return fault.At(op, err)
		}
	}
}

// moved: the service's keys changed on the way, or another browser named the device too.
func moved(err error) bool {
	return fault.Because(err, "keys_moved") || fault.Because(err, "certificate_changed")
}

func standing(o identity.Opened) identity.GuardPerson {
	return identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}
}

// Remove ends a device that is not the one in hand: nobody is left without one.
// With it end all sessions, here and at parties, and all standing consents:
// which of them began on that device, nothing says. It takes the passcode, or
// whoever finds an open telephone could put its owner's other devices out.
// It gives the session that goes on here.
func (a *Act) Remove(ctx context.Context, s identity.Session, id, passcode string) (identity.Session, error) {
	const op = "signin.Remove"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return s, fault.At(op, err)
	}
	ground := a.Law.Freezes(o.ID == s.Person)
	if err := ground.Err(op); err != nil {
		return s, err
	}
	h, err := a.one(ctx, o, id)
	if err != nil {
		return s, fault.At(op, err)
	}
	if h.cert.ID == s.Certificate {
		return s, fault.New(op, fault.Conflict, "device_in_hand")
	}
	if err := a.Vault.Passcode(ctx, o, s.Certificate, passcode); err != nil {
		return s, fault.At(op, err)
	}
	ends, err := a.ends(ctx, o, o.Standing, "removed")
	if err != nil {
		return s, fault.At(op, err)
	}
	quiet, err := a.Signals.Quiet(ctx, o, h.cert.ID)
	if err != nil {
		return s, fault.At(op, err)
	}
	_, err = a.Book.Record(ctx, o, identity.Event{Kind: identity.DeviceRemoved, Detail: id, Grounds: []identity.Ground{ground.Ground()}},
		append(append([]identity.Verb{identity.GuardCertificate{ID: s.Certificate}, identity.RevokeCertificate{ID: h.cert.ID}}, ends...), quiet...)...)
	if err != nil {
		return s, fault.At(op, err)
	}
	a.Parting.Nudge()
	s.Epoch = o.Epoch + 1
	return s, nil
}

// tell is the message to the person's telephone that something changed: it is
// written in the commit of what it tells, and hard to keep from its owner.
func (a *Act) tell(ctx context.Context, o identity.Opened, change string) (identity.Deliver, error) {
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return identity.Deliver{}, err
	}
	return a.Post.Leave(identity.Message{Kind: identity.ShortMessage, Address: p.Phone, Text: a.Notice(change)}, a.Now().Add(noticeLife))
}

// ends are the verbs by which everything ends that any device began, and the
// owner hears of it: sessions here and at parties, codes, tokens, standing consents.
// The first guard is that the person is as they were read.
func (a *Act) ends(ctx context.Context, o identity.Opened, now identity.Standing, change string) ([]identity.Verb, error) {
	letters, err := a.Parting.Close(ctx, o)
	if err != nil {
		return nil, err
	}
	message, err := a.tell(ctx, o, change)
	return append([]identity.Verb{identity.EndSessions{ID: o.ID, Standing: now, Epoch: o.Epoch},
		identity.EndConsents{Owner: a.Vault.LinkOwner(o)}, message}, letters...), err
}
