package vault

import (
	"context"
	"encoding/binary"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Everybody is what wrapping everybody anew reads and writes.
type Everybody interface {
	Rewraps(ctx context.Context) ([]identity.Rewrap, error)
	CountKeys(ctx context.Context) (uint64, error)
	CountCertificates(ctx context.Context) (uint64, error)
	KeysAfter(ctx context.Context, after []byte, limit int) ([]identity.PersonRow, error)
	CertificatesAfter(ctx context.Context, after []byte, limit int) ([]identity.CertificateRow, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Settle(ctx context.Context) error
}

// Resealer is a shelf whose slots can be sealed anew (FileShelf says how).
type Resealer interface {
	Turn() int // of the newest version of its key
	Reseal(from uint64, most int) (next uint64, err error)
	Resealed() (whole bool, slots uint64, err error)
}

// Anew wraps everybody under the newest keys after a rotation, beside the acts
// that use them: persons' keys, certificates, and the slots of the shelf. It
// goes in batches, each all or nothing together with how far it came, so a
// crash resumes at the batch that was cut. One process does it at a time.
type Anew struct {
	Vault *Vault
	Shelf Resealer
	Store Everybody
	Batch int                         // rows
	Rest  func(context.Context) error // between batches: its pace, and where it may be ended
	Said  func(identity.Rewrap)       // after each
}

// pass is one sort of what is wrapped.
type pass struct {
	what   string
	target func() uint64
	count  func(context.Context) (uint64, error)
	whole  func() bool // false: what the store says of an ended pass is not so
	batch  func(context.Context, identity.Rewrap) (identity.StepRewrap, error)
}

func (a *Anew) passes() []pass {
	yes := func() bool { return true }
	generation := func() uint64 { return a.Vault.wrapping().generation() }
	return []pass{
		{identity.RewrapShelf, func() uint64 { return uint64(a.Shelf.Turn()) },
			func(context.Context) (uint64, error) { return a.slotCount(), nil },
			func() bool { whole, _, err := a.Shelf.Resealed(); return whole || err != nil }, a.slots},
		{identity.RewrapPersons, generation, a.Store.CountKeys, yes, a.persons},
		{identity.RewrapCertificates, generation, a.Store.CountCertificates, yes, a.certificates},
	}
}

// Run does what is due, and says whether anything was. Before the first
// rotation nothing ever is.
func (a *Anew) Run(ctx context.Context) (did bool, err error) {
	const op = "vault.Anew"
	for _, p := range a.passes() {
		some, err := a.run(ctx, p)
		did = did || some
		if err != nil {
			return did, fault.At(op, err)
		}
	}
	if did { // nothing of what was wrapped under the former keys stays in any file
		err = a.Store.Settle(ctx)
		if fault.Because(err, "store_busy") { // a long reader; the store forgets it in time
			err = nil
		}
	}
	return did, fault.At(op, err)
}

func (a *Anew) run(ctx context.Context, p pass) (did bool, err error) {
	for missed := 0; ; {
		state, err := a.state(ctx, p.what)
		if err != nil {
			return did, err
		}
		target := p.target()
		if state.Target == target && (state.Ended || target == 0) && p.whole() || state.Target > target {
			return did, nil
		}
		did = true
		if state.Ended || state.Target < target {
			err = a.begin(ctx, p, target)
		} else {
			err = a.step(ctx, p, state)
		}
		switch {
		case fault.Because(err, "rewrap_moved") && missed < 16: // somebody changed a row of the batch: read it again
			missed++
		case err != nil:
			return did, err
		default:
			missed = 0
		}
	}
}

func (a *Anew) begin(ctx context.Context, p pass, target uint64) error {
	total, err := p.count(ctx)
	if err != nil {
		return err
	}
	return a.Store.Jot(ctx, identity.BeginRewrap{What: p.what, Target: target, Total: total})
}

func (a *Anew) step(ctx context.Context, p pass, state identity.Rewrap) error {
	if err := a.Rest(ctx); err != nil {
		return err
	}
	s, err := p.batch(ctx, state)
	if err != nil {
		return err
	}
	s.What, s.Target, s.From = p.what, state.Target, state.Reached
	if err := a.Store.Jot(ctx, s); err != nil {
		return err
	}
	state.Done, state.Odd, state.Ended = state.Done+s.Done, state.Odd+s.Odd, s.Ended
	a.Said(state)
	return nil
}

func (a *Anew) state(ctx context.Context, what string) (identity.Rewrap, error) {
	all, err := a.Store.Rewraps(ctx)
	if at := slices.IndexFunc(all, func(p identity.Rewrap) bool { return p.What == what }); at >= 0 {
		return all[at], err
	}
	return identity.Rewrap{What: what}, err
}

// persons wraps the keys of a batch of persons.
func (a *Anew) persons(ctx context.Context, state identity.Rewrap) (identity.StepRewrap, error) {
	rows, err := a.Store.KeysAfter(ctx, state.Reached, a.Batch)
	if err != nil {
		return identity.StepRewrap{}, err
	}
	return each(a, state, rows, func(s *identity.StepRewrap, now wrapping, row identity.PersonRow) error {
		s.To = row.ID[:]
		keys, under, secret, err := a.Vault.wrapped(row)
		if err == nil && under != now {
			s.Persons = append(s.Persons, identity.SwapKeys{ID: row.ID, From: row.Keys, To: now.wrap(row.ID, secret, keys)})
		}
		return err
	})
}

// certificates seals the bodies of a batch of certificates.
func (a *Anew) certificates(ctx context.Context, state identity.Rewrap) (identity.StepRewrap, error) {
	rows, err := a.Store.CertificatesAfter(ctx, state.Reached, a.Batch)
	if err != nil {
		return identity.StepRewrap{}, err
	}
	return each(a, state, rows, func(s *identity.StepRewrap, now wrapping, row identity.CertificateRow) error {
		s.To = row.ID[:]
		padded, under, lookup, err := a.Vault.certified(row)
		if err == nil && under != now.subject {
			body := sealAt(certificateKey(lookup, now.subject, row.ID), padded, certificates, row.ID[:], "body")
			s.Certificates = append(s.Certificates, identity.SwapCertificate{ID: row.ID, From: row.Body, To: body})
		}
		return err
	})
}

// each goes through a batch. Who is erased is passed over; so is what does not
// open, and is counted.
func each[R any](a *Anew, state identity.Rewrap, rows []R, one func(*identity.StepRewrap, wrapping, R) error) (s identity.StepRewrap, err error) {
	now := a.Vault.wrapping()
	if now.generation() < state.Target {
		return s, broken("vault.Anew", "the keys are older than the pass: did the clock go back?", nil)
	}
	s = identity.StepRewrap{To: state.Reached, Done: uint64(len(rows)), Ended: len(rows) < a.Batch}
	for _, row := range rows {
		if err := one(&s, now, row); err != nil && !fault.Is(err, fault.Gone) {
			s.Odd++
		}
	}
	return s, nil
}

// slotCount is for the figures of a pass alone.
func (a *Anew) slotCount() uint64 {
	_, n, err := a.Shelf.Resealed()
	if err != nil {
		return 0
	}
	return n
}

// slots seals a batch of the shelf's slots. They are durable before the store
// hears of it; a cut between does them again, which changes nothing.
func (a *Anew) slots(_ context.Context, state identity.Rewrap) (s identity.StepRewrap, err error) {
	from := uint64(1)
	if len(state.Reached) == 8 {
		from = binary.BigEndian.Uint64(state.Reached)
	}
	next, err := a.Shelf.Reseal(from, a.Batch)
	if err != nil {
		return s, err
	}
	if next == 0 {
		return identity.StepRewrap{To: binary.BigEndian.AppendUint64(nil, from), Done: a.slotCount() + 1 - min(from, a.slotCount()+1), Ended: true}, nil
	}
	return identity.StepRewrap{To: binary.BigEndian.AppendUint64(nil, next), Done: next - from}, nil
}
