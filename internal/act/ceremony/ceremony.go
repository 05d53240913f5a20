// Package ceremony is the act by which two of the console look after the service's keys:
// what each key's state is, what is due, a rotation, the end of a former key, and the
// record that a ceremony with offline keys was held (Art. 13; ADR 0071).
//
// It owns what is due and when, and what an order of two says. It refuses to know any key,
// and who may: the keyring holds the keys, act/staff the two.
//
// Invariant: an order names the key that it replaces, so that carried out again, or after
// somebody else rotated, it does nothing.
package ceremony

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Action is what the proposals of this act are called in the matrix of roles.
const Action = law.KeyCeremony

// Key is one of the service's keys, and gives nothing of it away.
type Key struct {
	ID        string    `json:"id"`
	Use       string    `json:"use"`
	Algorithm string    `json:"algorithm"`
	State     string    `json:"state"` // current, former, retired, destroyed
	Life      string    `json:"life"`  // rotates, accrues, rewraps, fixed
	Created   time.Time `json:"created"`
	Free      time.Time `json:"free,omitzero"` // from when a former key may end; zero where time does not say
}

// Ring is the keyring, as far as two of the console reach into it.
type Ring interface {
	Keys() []Key
	Rotate(use, from string) error // Conflict "key_moved" where another key is current by now
	Retire(ctx context.Context, id string) error
}

// Officers say whether they have keys for a month.
type Officers interface {
	Ready(identity.Month) bool
}

// Act looks after the keys.
type Act struct {
	Ring     Ring
	Officers Officers
	Now      func() time.Time
}

// What an order does.
const (
	Rotate = "rotate"
	Retire = "retire"
	Held   = "held"
)

// Ceremonies are those that need keys or people that no serving process has. Each is held
// by commands that docs/operations.md gives, and recorded here by two.
func Ceremonies() []string {
	return []string{"officers-months", "officers-found", "master-split", "master-rotate", "master-rebuild", "anchor-publish"}
}

// Order is the body of a proposal about keys.
type Order struct {
	Do      string        `json:"do"`
	Use     string        `json:"use,omitempty"` // of a rotation
	Key     string        `json:"key,omitempty"` // which is current now, or which ends
	Name    string        `json:"ceremony,omitempty"`
	Day     identity.Date `json:"day,omitzero"`
	Present string        `json:"present,omitempty"` // by the references of staff; nobody else's name
	Outcome string        `json:"outcome,omitempty"` // such as the fingerprint that was compared
}

// Subject is what a proposal of the order is about, in one word.
func (o Order) Subject() string {
	switch o.Do {
	case Rotate:
		return o.Use
	case Retire:
		return o.Key
	}
	return o.Name
}

// Body is the order as a proposal carries it.
func (o Order) Body() ([]byte, error) {
	b, err := json.Marshal(o)
	return b, fault.Wrap("ceremony.Body", fault.Internal, "internal", err)
}

// Read reads an order strictly: what two sign has no member that nobody reads.
func Read(body []byte) (o Order, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err = d.Decode(&o); err == nil && d.More() {
		err = errors.New("more than one value")
	}
	return o, fault.Wrap("ceremony.Read", fault.Invalid, "ceremony_invalid", err)
}

// Judge says in both languages what an order will do, or why it is not to be done. It is
// asked before the order is signed and again before it is approved.
func (a *Act) Judge(subject string, body []byte) (identity.Text, error) {
	const op = "ceremony.Judge"
	o, err := Read(body)
	if err != nil {
		return identity.Text{}, err
	}
	if o.Subject() != subject {
		return identity.Text{}, fault.New(op, fault.Invalid, "ceremony_invalid")
	}
	switch o.Do {
	case Rotate:
		return a.judgeRotation(o)
	case Retire:
		return a.judgeEnd(o)
	case Held:
		return a.judgeRecord(o)
	}
	return identity.Text{}, fault.New(op, fault.Invalid, "ceremony_invalid")
}

func (a *Act) judgeRotation(o Order) (identity.Text, error) {
	const op = "ceremony.judgeRotation"
	k, known := a.find(func(k Key) bool { return k.Use == o.Use && k.State == "current" })
	switch {
	case !known:
		return identity.Text{}, fault.New(op, fault.NotFound, "key_unknown")
	case k.Life == "fixed":
		return identity.Text{}, fault.New(op, fault.Forbidden, "key_fixed")
	case k.ID != o.Key:
		return identity.Text{}, fault.New(op, fault.Conflict, "key_moved")
	}
	return identity.Text{ZH: "更换密钥 " + o.Use + "：现用 " + o.Key + " 之后由新密钥接替", EN: "Rotate the key of " + o.Use + ": a new one follows " + o.Key}, nil
}

func (a *Act) judgeEnd(o Order) (identity.Text, error) {
	const op = "ceremony.judgeEnd"
	k, known := a.find(func(k Key) bool { return k.ID == o.Key })
	switch {
	case !known:
		return identity.Text{}, fault.New(op, fault.NotFound, "key_unknown")
	case k.State == "current":
		return identity.Text{}, fault.New(op, fault.Conflict, "key_current")
	case k.State != "former":
		return identity.Text{}, fault.New(op, fault.Gone, "key_retired")
	case k.Free.IsZero(): // what it made is counted, or has no end: a person at the server's machine decides
		return identity.Text{}, fault.New(op, fault.Conflict, "key_accrues")
	case a.Now().Before(k.Free):
		return identity.Text{}, fault.New(op, fault.Conflict, "key_overlap")
	}
	return identity.Text{ZH: "销毁旧密钥 " + k.Use + "：" + k.ID, EN: "Destroy the former key of " + k.Use + ": " + k.ID}, nil
}

func (a *Act) judgeRecord(o Order) (identity.Text, error) {
	const op = "ceremony.judgeRecord"
	if !slices.Contains(Ceremonies(), o.Name) {
		return identity.Text{}, fault.New(op, fault.NotFound, "ceremony_unknown")
	}
	if !line(o.Present) || !line(o.Outcome) || o.Day == (identity.Date{}) || identity.Today(a.Now()).Before(o.Day) {
		return identity.Text{}, fault.New(op, fault.Invalid, "ceremony_invalid")
	}
	day := o.Day.String()
	return identity.Text{ZH: "记录：" + day + " 已举行 " + o.Name + "；在场：" + o.Present + "；结果：" + o.Outcome, EN: "Record that " + o.Name + " was held on " + day + "; present: " + o.Present + "; outcome: " + o.Outcome}, nil
}

// line reports whether people read it as one line of at most 200 characters.
func line(s string) bool {
	n := 0
	for _, r := range s {
		if n++; !unicode.IsPrint(r) {
			return false
		}
	}
	return n > 0 && n <= 200 && strings.TrimSpace(s) == s
}

// Carry does what two approved. After a cut it is done again, and does nothing twice. A
// record is kept by its proposal.
func (a *Act) Carry(ctx context.Context, body []byte) error {
	const op = "ceremony.Carry"
	o, err := Read(body)
	if err != nil {
		return err
	}
	switch o.Do {
	case Rotate:
		err = a.Ring.Rotate(o.Use, o.Key)
		if fault.Because(err, "key_moved") { // it was done, or somebody was quicker
			return nil
		}
	case Retire:
		err = a.Ring.Retire(ctx, o.Key)
		if fault.Because(err, "key_retired") {
			return nil
		}
	}
	return fault.At(op, err)
}

func (a *Act) find(is func(Key) bool) (Key, bool) {
	all := a.Ring.Keys()
	at := slices.IndexFunc(all, is)
	if at < 0 {
		return Key{}, false
	}
	return all[at], true
}
