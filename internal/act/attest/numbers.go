package attest

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// numbers are those of a batch, and what takes them.
type numbers struct {
	index []byte
	from  int
	verbs []identity.Verb
}

// number gives the next numbers of a kind whose credentials of a day are numbered.
// The count moves in the commit alone, together with the one turn that leads on from
// where it stood: of two batches that read the same count one is refused, and no number
// is given twice.
func (a *Act) number(ctx context.Context, r Order, kind Kind, now time.Time) (n numbers, err error) {
	if !kind.Numbered {
		return n, nil
	}
	n.index = a.numberIndex(kind.Item, r.Grant.Certificate, identity.Today(now))
	if n.from, _, err = a.Store.Counted(ctx, n.index); err != nil {
		return n, fault.At("attest.number", err)
	}
	turn := a.Vault.CounterIndex("numbered-turn", n.index, []byte{byte(n.from)})
	n.verbs = []identity.Verb{
		identity.Count{Index: n.index, By: len(r.Keys), Limit: dailyMost, Window: 48 * time.Hour, Now: now},
		identity.TakeOnce{ID: turn, Until: now.Truncate(24 * time.Hour).Add(48 * time.Hour)},
	}
	return n, nil
}

// moved fails with "numbers_moved" if another batch took the numbers meanwhile.
func (a *Act) moved(ctx context.Context, n numbers) error {
	const op = "attest.moved"
	if n.verbs == nil {
		return nil
	}
	is, _, err := a.Store.Counted(ctx, n.index)
	if err == nil && is != n.from {
		return fault.New(op, fault.Conflict, "numbers_moved")
	}
	return fault.At(op, err)
}

func (a *Act) numberIndex(item string, c identity.CertificateID, on identity.Date) []byte {
	return a.Vault.CounterIndex("numbered", []byte(item), c[:], []byte(on.String()))
}

// Given is how many of a numbered kind's were given by the word of a device on a day:
// their numbers are those below. It grows no more once the device is out.
func (a *Act) Given(ctx context.Context, item string, c identity.CertificateID, on identity.Date) (int, error) {
	n, _, err := a.Store.Counted(ctx, a.numberIndex(item, c, on))
	return n, fault.At("attest.Given", err)
}
