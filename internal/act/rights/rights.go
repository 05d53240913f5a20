// Package rights is the act by which somebody uses the rights that law gives
// over what is kept of them (PIPL Arts 24, 44 to 50), each with its printed day.
//
// It owns what waits for a person at the operator's, the answer, the list of
// everything that was asked, and what relatives may do with what is kept of the dead. What a
// machine does at once (a copy, a freeze, a withdrawal, an erasure) other acts do; their
// records are in the list, answered when they were asked.
//
// It refuses to know who asks, where it lists and answers: a claim names nobody and
// has no free text of the asker's. Its reference stands in the asker's own sealed records.
//
// Invariant: a claim is answered once; whether that was in time is said in
// public, and so is each printed day that passes without an answer. Decision: docs/adr/0058-rights.md.
package rights

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

const (
	day       = 24 * time.Hour
	keptDays  = 60  // from the day on which it was asked; then the sweep takes it
	daily     = 5   // claims of one person
	strangers = 200 // claims a day of people who are not signed in: a flood of theirs keeps out nobody who is
	mostADay  = 1 << 20
)

// Store keeps claims where drafts lie, and reads a person's records.
type Store interface {
	Draft(ctx context.Context, id []byte) (identity.DraftRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
}

// Vault opens who asks, and their relatives.
type Vault interface {
	Open(context.Context, identity.PersonID) (identity.Opened, error)
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error
	Find(context.Context, [][]byte) (identity.PersonID, error)
	HandleIndex(identity.PersonHandle) [][]byte
	WardIndex(identity.Opened, identity.PersonHandle) []byte
	Identity(context.Context, identity.Opened) (identity.Person, error)
	AmendIdentity(context.Context, identity.Opened, func(*identity.Person)) (identity.KeepIdentity, error)
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Register says whose close relative somebody is, as of now.
type Register interface {
	Relatives(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error)
}

// Copier lays out what is kept of somebody, after its record.
type Copier interface {
	CopyFor(ctx context.Context, o identity.Opened, e identity.Event, guards ...identity.Verb) ([]byte, error)
}

// Box seals claims.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

// Act keeps rights.
type Act struct {
	Store    Store
	Vault    Vault
	Register Register
	Copier   Copier
	Claims   Box
	Digest   func(parts ...[]byte) [32]byte
	Equal    func(x, y []byte) bool // in the same time whatever they are
	Alarm    func(identity.Claim)   // hears once that one waits, and once that its day passed; may be nil
	Book     *ledger.Book
	Law      *law.Book
	Now      func() time.Time
}

// place is where one claim lies: the n-th of its day.
type place struct {
	day uint32
	n   uint32
}

func (a *Act) today() uint32 { return uint32(a.Now().Unix() / int64(day/time.Second)) }

func (p place) bytes() []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, p.day), p.n)
}

func (a *Act) row(p place) []byte { return a.Vault.CounterIndex("claim", p.bytes()) }

// ref is how people name the claim. Its end cannot be guessed, so that who counts reads nobody's:
// six bytes of the keyed name, without the first, which is the key's version and known.
func (a *Act) ref(p place) string {
	return strconv.FormatUint(uint64(p.day), 10) + "-" + strconv.FormatUint(uint64(p.n), 10) + "-" + hex.EncodeToString(a.Vault.CounterIndex("claim-reference", p.bytes())[1:7])
}

func (a *Act) parse(ref string) (p place, ok bool) {
	parts := strings.Split(ref, "-")
	if len(parts) != 3 {
		return p, false
	}
	d, err1 := strconv.ParseUint(parts[0], 10, 32)
	n, err2 := strconv.ParseUint(parts[1], 10, 32)
	p = place{uint32(d), uint32(n)}
	return p, err1 == nil && err2 == nil && a.Equal([]byte(a.ref(p)), []byte(ref))
}

// lying is a claim in its place.
type lying struct {
	identity.Claim
	row identity.DraftRow
}

func (a *Act) read(ctx context.Context, p place) (l lying, err error) {
	if l.row, err = a.Store.Draft(ctx, a.row(p)); err != nil {
		return l, err
	}
	if err := a.Claims.Open(string(l.row.Body), &l.Claim); err != nil || l.Ref != a.ref(p) { // sealed in another place, or altered
		return l, fault.New("rights.read", fault.Internal, "row_altered")
	}
	return l, nil
}

// there reports whether the place is taken.
func (a *Act) there(ctx context.Context, p place) (bool, error) {
	_, err := a.Store.Draft(ctx, a.row(p))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// free is the first free place of today: those of a day are taken in their order, and all go at once.
func (a *Act) free(ctx context.Context) (place, error) {
	p := place{day: a.today()}
	low, high := uint32(0), uint32(0) // all before low are taken
	for step := uint32(1); ; step *= 2 {
		taken, err := a.there(ctx, place{p.day, high})
		if err != nil {
			return p, err
		}
		if !taken {
			break
		}
		if high >= mostADay {
			return p, fault.New("rights.free", fault.TooMany, "too_many_tries")
		}
		low, high = high+1, high+step
	}
	for low < high {
		middle := low + (high-low)/2
		taken, err := a.there(ctx, place{p.day, middle})
		if err != nil {
			return p, err
		}
		if taken {
			low = middle + 1
		} else {
			high = middle
		}
	}
	p.n = low
	return p, nil
}

func (a *Act) sealed(p place, version uint64, c identity.Claim) (identity.DraftRow, error) {
	s, err := a.Claims.Seal(c)
	return identity.DraftRow{ID: a.row(p), Version: version, Expires: time.Unix(int64(p.day+keptDays)*int64(day/time.Second), 0).UTC(), Body: []byte(s)}, err
}

// lay writes the claim into the first free place, by what commit does with it.
func (a *Act) lay(ctx context.Context, c identity.Claim, commit func(identity.Claim, identity.PutDraft) error) (identity.Claim, error) {
	c.Asked = a.Now().UTC().Truncate(time.Second)
	c.Due = law.Due(c.Asked)
	for range 32 {
		p, err := a.free(ctx)
		if err != nil {
			return c, err
		}
		c.Ref = a.ref(p)
		row, err := a.sealed(p, 1, c)
		if err != nil {
			return c, err
		}
		err = commit(c, identity.PutDraft{Draft: row})
		if fault.Because(err, "draft_exists") { // somebody else has it
			continue
		}
		if err == nil && a.Alarm != nil {
			a.Alarm(c)
		}
		return c, err
	}
	return c, fault.New("rights.lay", fault.Unavailable, "try_again")
}
