// Package barred is the act that tells gates without a network which slips of
// today are good no more (Arts 4, 14: who freezes is believed by everybody).
//
// It owns whose slips those are and how fresh the list is. It refuses to know how a
// slip is named or a bundle signed, and why a status changed.
//
// Invariant: no list is kept of what was given. The ids follow from the marks of
// certificates, the count of the day, and the secret of a person whose device is out.
//
// Decisions: docs/adr/0050-venues.md.
package barred

import (
	"context"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	fresh = 10 * time.Second // a bundle serves all gates that ask within this
	page  = 1000
)

// ID names a slip.
type ID = [16]byte

// Store has the marks, and finds the certificate of one.
type Store interface {
	MarksAfter(ctx context.Context, turn uint64, limit int) ([]identity.StatusMark, error)
	CertificateAt(ctx context.Context, at identity.Place) (identity.CertificateRow, error)
}

// Vault opens whose it is.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
}

// Slips counts and names those that a device was given on a day.
type Slips interface {
	Given(ctx context.Context, c identity.CertificateID, on identity.Date) (int, error)
	Names(o identity.Opened, c identity.CertificateID, on identity.Date) []ID
}

// Act makes bundles.
type Act struct {
	Store Store
	Vault Vault
	Slips Slips
	Sign  func(issued time.Time, stopped []ID) (string, error)
	Now   func() time.Time

	mu      sync.Mutex // guards all below; whoever asks meanwhile waits for the same bundle
	day     identity.Date
	turn    uint64 // of the last change that was followed
	stopped map[identity.Place][]ID
	bundle  string
	made    time.Time
}

// Bundle is what a gate checks by, at most ten seconds old.
func (a *Act) Bundle(ctx context.Context) (string, error) {
	const op = "barred.Bundle"
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Now()
	today := identity.Today(now)
	if age := now.Sub(a.made); a.bundle != "" && today == a.day && age >= 0 && age < fresh {
		return a.bundle, nil
	}
	if a.stopped == nil || today != a.day { // a new day has slips of its own: everybody who is out is looked up again
		a.day, a.turn, a.stopped = today, 0, map[identity.Place][]ID{}
	}
	if err := a.follow(ctx); err != nil {
		return "", fault.At(op, err)
	}
	var all []ID
	for _, ids := range a.stopped {
		all = append(all, ids...)
	}
	text, err := a.Sign(now, all)
	if err != nil {
		return "", fault.At(op, err)
	}
	a.bundle, a.made = text, now
	return text, nil
}

// follow reads the changes since the last time, all of them on a day's first.
func (a *Act) follow(ctx context.Context) error {
	for {
		marks, err := a.Store.MarksAfter(ctx, a.turn, page)
		if err != nil {
			return err
		}
		for _, m := range marks {
			if err := a.mark(ctx, m); err != nil {
				return err
			}
			a.turn = m.Turn
		}
		if len(marks) < page {
			return nil
		}
	}
}

// mark looks up the slips behind a place. Their count grows no more once the mark is
// there: to give needs, in its commit, a device and a person that are in order.
func (a *Act) mark(ctx context.Context, m identity.StatusMark) error {
	delete(a.stopped, m.Place)
	if m.Status == identity.StatusValid {
		return nil
	}
	row, err := a.Store.CertificateAt(ctx, m.Place)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	n, err := a.Slips.Given(ctx, row.ID, a.day)
	if err != nil || n == 0 { // nearly all who are out: nothing is opened for them
		return err
	}
	c, err := a.Vault.OpenCertificate(row)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	o, err := a.Vault.Open(ctx, c.Person)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	names := a.Slips.Names(o, row.ID, a.day)
	a.stopped[m.Place] = names[:min(n, len(names))]
	return nil
}

// gone: a person who was erased took the secret along, and nobody can name their slips.
func gone(err error) bool { return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) }
