package vault

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// No row leads from a pseudonym to a person: it would cost a write with most
// verifications, and would be the one table that joins the accounts of a platform to
// people. A pseudonym is computed from the person's root, so whoever must find its person
// computes it for everybody (ADR 0074).

// Profiles are everybody's sealed profiles, in pages by the order of ids.
type Profiles interface {
	ProfilesAfter(ctx context.Context, after []byte, limit int) ([]identity.PersonRow, error)
}

// walkBatch is how many persons are read at a time, and so all that a walk holds.
const walkBatch = 1024

// NumberOfSubject is the net number of the one person who has this pseudonym at a sector.
// It opens the profile of everybody, by the subject key alone, and remembers nobody. It
// goes to the end whether somebody was found or not, so that how long it took says nothing
// of where a person's row lies; a second who has the same pseudonym shows, too.
//
// Fails with NotFound "person_unknown", of who was never there as of who was erased: the
// root is destroyed. Where it finds nobody and a row did not open it is Internal: the
// person may be that row's, and "nobody" would be untrue.
func (v *Vault) NumberOfSubject(ctx context.Context, from Profiles, sector string, sub identity.Subject) (identity.Number, error) {
	const op = "vault.NumberOfSubject"
	var all walked
	for after := []byte(nil); ; {
		rows, err := from.ProfilesAfter(ctx, after, walkBatch)
		if err == nil && ctx.Err() != nil {
			err = fault.Wrap(op, fault.Unavailable, "try_again", ctx.Err())
		}
		if err != nil {
			return "", fault.At(op, err)
		}
		all.add(v.among(rows, sector, sub))
		if len(rows) < walkBatch {
			break
		}
		after = slices.Clone(rows[len(rows)-1].ID[:])
	}
	switch {
	case all.hits > 1:
		return "", broken(op, "two persons have one pseudonym", nil)
	case all.hits == 1:
		return all.number, nil
	case all.broken != nil:
		return "", fault.At(op, all.broken)
	}
	return "", fault.New(op, fault.NotFound, "person_unknown")
}

// walked is what was found among some rows.
type walked struct {
	number identity.Number
	hits   int
	broken error // of the first row that did not open
}

func (w *walked) add(more walked) {
	if w.hits += more.hits; more.hits > 0 {
		w.number = more.number
	}
	if w.broken == nil {
		w.broken = more.broken
	}
}

// among looks at a page with half of the processors: citizens are served meanwhile.
func (v *Vault) among(rows []identity.PersonRow, sector string, sub identity.Subject) (all walked) {
	hands := max(1, runtime.GOMAXPROCS(0)/2)
	parts := slices.Collect(slices.Chunk(rows, max(1, (len(rows)+hands-1)/hands)))
	found := make([]walked, len(parts))
	var done sync.WaitGroup
	for n, part := range parts {
		done.Go(func() {
			for _, row := range part {
				found[n].add(v.has(row, sector, sub))
			}
		})
	}
	done.Wait()
	for _, one := range found {
		all.add(one)
	}
	return all
}

// has opens one profile, compares and forgets it. Neither the identity key nor the record
// key of anybody is unwrapped.
func (v *Vault) has(row identity.PersonRow, sector string, sub identity.Subject) walked {
	o := identity.Opened{ID: row.ID}
	slot, err := v.located(row.Keys.Locator, personKeys, row.ID[:])
	var secret identity.Secret
	if err == nil {
		secret, err = v.shelf.Get(slot)
	}
	if err == nil {
		o.Keys.Subject, _, err = unwrapOne(v.secrets.Subject, row.ID, secret, row.Keys.Subject, "subject")
	}
	if err == nil {
		o.Profile, err = openProfile(o, row.Profile)
	}
	switch {
	case fault.Is(err, fault.Gone):
		return walked{} // erased, as far as the walk is concerned in this very moment
	case err != nil:
		return walked{broken: err}
	case suite.Equal([]byte(v.Subject(o, sector)), []byte(sub)):
		return walked{number: o.Profile.Number, hits: 1}
	}
	return walked{}
}
