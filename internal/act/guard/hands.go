package guard

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Mover and Withdrawer do for a child what a guardian decided: the same acts by which
// everybody decides for themselves. The verbs go into the same commit.
type Mover interface {
	MoveFor(ctx context.Context, child identity.Opened, kind identity.EventKind, to identity.Standing, by string, with ...identity.Verb) error
}

type Withdrawer interface {
	WithdrawFor(ctx context.Context, child identity.Opened, party identity.PartyID, by string, with ...identity.Verb) error
}

// Freeze stops every use of a child's number. Any guardian may, at once, and it
// holds until each who did has ended it.
func (a *Act) Freeze(ctx context.Context, s identity.Session, ref string) error {
	return a.move(ctx, "guard.Freeze", s, ref, identity.Frozen)
}

// Thaw ends the guardian's own freeze. The child's number is good again when no
// other guardian's stands.
func (a *Act) Thaw(ctx context.Context, s identity.Session, ref string) error {
	return a.move(ctx, "guard.Thaw", s, ref, identity.Thawed)
}

// move reads who froze and commits what follows, once for each state of the
// child's records: of two guardians at once the second looks again.
func (a *Act) move(ctx context.Context, op string, s identity.Session, ref string, kind identity.EventKind) error {
	for range 8 {
		child, guards, err := a.mine(ctx, op, s, ref)
		if err != nil {
			return err
		}
		mine := a.mark(child, s.Person)
		froze, seq, err := a.froze(ctx, child)
		if err != nil {
			return fault.At(op, err)
		}
		to := child.Standing.With(identity.FrozenByGuardian)
		switch {
		case kind == identity.Frozen && froze[mine] && child.Standing == to:
			return nil // once is enough
		case kind == identity.Frozen:
		case !froze[mine]:
			return fault.New(op, fault.Conflict, "guardian_froze")
		case len(froze) == 1:
			to = child.Standing.Without(identity.FrozenByGuardian)
		}
		turn := a.Digest([]byte("netid/guardian/move/v1"), child.ID[:], binary.BigEndian.AppendUint64(nil, seq))
		err = a.Mover.MoveFor(ctx, child, kind, to, mine, append(guards, identity.TakeOnce{ID: turn[:16], Until: a.Now().Add(time.Minute)})...)
		if !fault.Because(err, "already_used") && !fault.Because(err, "standing_changed") {
			return fault.At(op, err)
		}
	}
	return fault.New(op, fault.Unavailable, "try_again")
}

const byGuardian = "guardian/"

// mark is by what a child's records name one guardian.
func (a *Act) mark(child identity.Opened, guardian identity.PersonID) string {
	return byGuardian + hex.EncodeToString(a.Vault.GuardianMark(child, guardian)[:8])
}

// froze are the guardians whose freeze stands, of those who are guardians still,
// and the number of the child's last record.
func (a *Act) froze(ctx context.Context, child identity.Opened) (froze map[string]bool, seq uint64, err error) {
	h, err := a.handle(ctx, child)
	if err != nil {
		return nil, 0, err
	}
	guardians, _, err := a.guardians(ctx, h)
	if err != nil {
		return nil, 0, err
	}
	still := map[string]bool{}
	for _, g := range guardians {
		still[a.mark(child, g.ID)] = true
	}
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(child.Keys))
	if err != nil {
		return nil, 0, err
	}
	froze = map[string]bool{}
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(child.Keys, r)
		if err != nil {
			return nil, 0, err
		}
		seq = max(seq, e.Seq)
		switch {
		case e.Kind == identity.Thawed && !strings.HasPrefix(e.Detail, byGuardian):
			clear(froze)
		case !still[e.Detail]:
		case e.Kind == identity.Frozen:
			froze[e.Detail] = true
		case e.Kind == identity.Thawed:
			delete(froze, e.Detail)
		}
	}
	return froze, seq, nil
}

// Withdraw ends what was allowed one party, the guardian's lasting consent with it.
func (a *Act) Withdraw(ctx context.Context, s identity.Session, ref string, party identity.PartyID) error {
	const op = "guard.Withdraw"
	child, guards, err := a.mine(ctx, op, s, ref)
	if err != nil {
		return err
	}
	return fault.At(op, a.Withdrawer.WithdrawFor(ctx, child, party, a.mark(child, s.Person), guards...))
}
