package guard

import (
	"bytes"
	"context"
	"encoding/hex"

	"netid/internal/fault"
	"netid/internal/identity"
)

// held is a matter in its place.
type held struct {
	identity.Matter
	row identity.DraftRow
}

// places reads all that lies in a guardian's places, over or not.
func (a *Act) places(ctx context.Context, o identity.Opened) (all []held, free [][]byte, err error) {
	for n := range identity.Places {
		id := a.Vault.Place(o, n)
		row, err := a.Store.Draft(ctx, id)
		if fault.Is(err, fault.NotFound) {
			free = append(free, id)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		m, err := a.Vault.OpenMatter(o, id, row.Body)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, held{m, row})
	}
	return all, free, nil
}

func (a *Act) over(h held) bool { return !a.Now().Before(h.Until) }

// Ask puts a matter before every guardian of the minor who is enrolled here.
// Whether there is any, nobody is told. The same matter lies before each once.
func (a *Act) Ask(ctx context.Context, m identity.Matter) error {
	const op = "guard.Ask"
	guardians, strangers, err := a.guardians(ctx, m.Ward)
	if err != nil {
		return fault.At(op, err)
	}
	if err := a.strange(ctx, strangers); err != nil {
		return fault.At(op, err)
	}
	m.Asked = a.Now().UTC().Truncate(1e9)
	for range 8 { // a lost race means that another matter took the place: look again
		notes := []identity.Note{identity.Count{Index: a.Vault.CounterIndex("guardian-asked", []byte(m.Ward)), Limit: asksMost, Window: asksIn, Now: a.Now()}}
		for _, o := range guardians {
			put, err := a.put(ctx, o, m)
			if err != nil {
				return fault.At(op, err)
			}
			if put == nil {
				continue
			}
			if notes = append(notes, put); a.Signals == nil {
				continue
			}
			signal, err := a.Signals.Leave(o)
			if err != nil {
				return fault.At(op, err)
			}
			notes = append(notes, signal)
		}
		err := a.Store.Jot(ctx, notes...)
		if err == nil && a.Signals != nil {
			a.Signals.Nudge()
		}
		if !fault.Because(err, "draft_exists") && !fault.Because(err, "draft_moved") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

// put is how a matter comes to lie before one guardian; nil: it does already.
func (a *Act) put(ctx context.Context, o identity.Opened, m identity.Matter) (identity.Note, error) {
	all, free, err := a.places(ctx, o)
	if err != nil {
		return nil, err
	}
	row := identity.DraftRow{Version: 1, Expires: m.Until}
	var from uint64
	for _, h := range all {
		switch {
		case bytes.Equal(h.Key, m.Key) && !a.over(h):
			return nil, nil
		case (a.over(h) || !h.GivenUp.IsZero()) && row.ID == nil: // not swept yet
			row.ID, from, row.Version = h.row.ID, h.row.Version, h.row.Version+1
		}
	}
	if row.ID == nil && len(free) > 0 {
		row.ID = free[0]
	}
	if row.ID == nil {
		return nil, fault.New("guard.put", fault.TooMany, "too_many_tries")
	}
	if row.Body, err = a.Vault.SealMatter(o, row.ID, m); err != nil {
		return nil, err
	}
	if from > 0 {
		return identity.SwapDraft{Draft: row, From: from}, nil
	}
	return identity.PutDraft{Draft: row}, nil
}

// Answered is what the guardians said to a matter. One yes is enough and one no
// ends it. Conflict "guardian_waits" while nobody said yes; Forbidden
// "guardian_refused" once somebody said no.
func (a *Act) Answered(ctx context.Context, ward identity.PersonHandle, key []byte) (identity.Agreed, error) {
	const op = "guard.Answered"
	var yes identity.Agreed
	var take []identity.Verb
	guardians, strangers, err := a.guardians(ctx, ward)
	if err != nil {
		return yes, fault.At(op, err)
	}
	if err := a.strange(ctx, strangers); err != nil {
		return yes, fault.At(op, err)
	}
	for _, o := range guardians {
		all, _, err := a.places(ctx, o)
		if err != nil {
			return yes, fault.At(op, err)
		}
		for _, h := range all {
			if !bytes.Equal(h.Key, key) || a.over(h) || !h.GivenUp.IsZero() {
				continue
			}
			take = append(take, identity.DropDraft{ID: h.row.ID, Version: h.row.Version})
			switch {
			case h.Answer == identity.GuardianNo:
				return identity.Agreed{}, fault.New(op, fault.Forbidden, "guardian_refused")
			case h.Answer != "" && o.Standing == identity.Active:
				yes.By = o.ID
				take = append(take, identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: o.Epoch})
			}
		}
	}
	if yes.By == (identity.PersonID{}) {
		return yes, fault.New(op, fault.Conflict, "guardian_waits")
	}
	yes.Verbs = take
	return yes, nil
}

// Stands says whether the guardian who agreed for longer is the minor's guardian
// still, and guards that they are in good standing. Conflict "guardian_waits" if not.
func (a *Act) Stands(ctx context.Context, ward identity.PersonHandle, by identity.PersonID) (identity.Agreed, error) {
	const op = "guard.Stands"
	guardians, _, err := a.guardians(ctx, ward)
	if err != nil {
		return identity.Agreed{}, fault.At(op, err)
	}
	for _, o := range guardians {
		if o.ID == by && o.Standing == identity.Active {
			return identity.Agreed{By: by, Verbs: []identity.Verb{identity.GuardPerson{ID: o.ID, Standing: identity.Active, Epoch: o.Epoch}}}, nil
		}
	}
	return identity.Agreed{}, fault.New(op, fault.Conflict, "guardian_waits")
}

// GivenUp are the notes by which every guardian reads that who applied stopped, for the
// commit that forgets the application: answered or not, it is nobody's to answer any more.
// It stays before them until its time would have been over.
func (a *Act) GivenUp(ctx context.Context, ward identity.PersonHandle, key []byte) (notes []identity.Note, err error) {
	const op = "guard.GivenUp"
	guardians, strangers, err := a.guardians(ctx, ward)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if err := a.strange(ctx, strangers); err != nil {
		return nil, fault.At(op, err)
	}
	for _, o := range guardians {
		all, _, err := a.places(ctx, o)
		if err != nil {
			return nil, fault.At(op, err)
		}
		for _, h := range all {
			if !bytes.Equal(h.Key, key) || a.over(h) || !h.GivenUp.IsZero() {
				continue
			}
			h.GivenUp = a.Now().UTC().Truncate(1e9)
			from := h.row.Version
			h.row.Version++
			if h.row.Body, err = a.Vault.SealMatter(o, h.row.ID, h.Matter); err != nil {
				return nil, fault.At(op, err)
			}
			notes = append(notes, identity.SwapDraft{Draft: h.row, From: from})
		}
	}
	return notes, nil
}

// Text is what the guardian's device signs: of a use, the very statement that
// the child signed; of an application, this service, the kind and the matter.
func (a *Act) Text(m identity.Matter) []byte {
	if m.Kind == identity.MatterUse {
		return m.Text
	}
	return []byte("netid-guardian/1\n" + a.Issuer + "\n" + string(m.Kind) + "\n" + hex.EncodeToString(m.Key))
}
