package rights

import (
	"context"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Ask puts what no machine can do alone before a person, in one commit with the
// record in the asker's own list. The same thing is not asked twice before its day.
func (a *Act) Ask(ctx context.Context, s identity.Session, right identity.Right, about string) (identity.Claim, error) {
	const op = "rights.Ask"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return identity.Claim{}, fault.At(op, err)
	}
	verdict := a.Law.Claims(right, about)
	if err := verdict.Err(op); err != nil {
		return identity.Claim{}, err
	}
	same := a.Digest([]byte("netid/right/v1"), o.ID[:], []byte(right), []byte{0}, []byte(about))
	c, err := a.lay(ctx, identity.Claim{Right: right, About: about}, func(c identity.Claim, put identity.PutDraft) error {
		_, err := a.Book.Record(ctx, o, identity.Event{Kind: identity.RightAsked, Detail: detail(c), Until: &c.Due, Grounds: []identity.Ground{verdict.Ground()}},
			identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}, put, identity.TakeOnce{ID: same[:16], Until: c.Due},
			identity.Count{Index: a.Vault.CounterIndex("claims", o.ID[:]), Limit: daily, Window: day, Now: a.Now()})
		return err
	})
	if fault.Because(err, "already_used") {
		return c, fault.Wrap(op, fault.Conflict, "right_open", err)
	}
	return c, fault.At(op, err)
}

// AskUnknown is the same for somebody who is not signed in, and who may have no number: an
// explanation only. The reference is all that leads back to it.
func (a *Act) AskUnknown(ctx context.Context, about string) (identity.Claim, error) {
	const op = "rights.AskUnknown"
	if err := a.Law.Claims(identity.RightExplain, about).Err(op); err != nil {
		return identity.Claim{}, err
	}
	c, err := a.lay(ctx, identity.Claim{Right: identity.RightExplain, About: about}, func(_ identity.Claim, put identity.PutDraft) error {
		return a.Store.Jot(ctx, put, identity.Count{Index: a.Vault.CounterIndex("claims-unknown"), Limit: strangers, Window: day, Now: a.Now()})
	})
	return c, fault.At(op, err)
}

// Read is the claim of a reference, for whoever has it: "claim_unknown" for any other word.
func (a *Act) Read(ctx context.Context, ref string) (identity.Claim, error) {
	const op = "rights.Read"
	p, ok := a.parse(ref)
	if !ok {
		return identity.Claim{}, fault.New(op, fault.NotFound, "claim_unknown")
	}
	l, err := a.read(ctx, p)
	if fault.Is(err, fault.NotFound) || err == nil && p.day+keptDays <= a.today() {
		return identity.Claim{}, fault.New(op, fault.NotFound, "claim_unknown")
	}
	return l.Claim, fault.At(op, err)
}

// Used is one use of a right, as its owner's list has it. Claim is nil for what a machine did at once.
type Used struct {
	Record identity.EventID
	Kind   identity.EventKind
	Detail string
	Time   time.Time
	Claim  *identity.Claim
	Gone   bool // it was answered, or its day passed, long ago: what is left is the record
}

// atOnce are the records of what a machine does when it is asked.
func atOnce() []identity.EventKind {
	return []identity.EventKind{identity.Exported, identity.Frozen, identity.Thawed, identity.Withdrawn, identity.StandingEnded, identity.DocumentAdded, identity.PhoneAsked, identity.PhoneRefused, identity.WishSaid}
}

// List is every use of a right, the latest first.
func (a *Act) List(ctx context.Context, s identity.Session) ([]Used, error) {
	const op = "rights.List"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return nil, fault.At(op, err)
	}
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return nil, fault.At(op, err)
	}
	var all []Used
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			return nil, fault.At(op, err)
		}
		if e.Kind != identity.RightAsked && !slices.Contains(atOnce(), e.Kind) {
			continue
		}
		u, err := a.used(ctx, e)
		if err != nil {
			return nil, fault.At(op, err)
		}
		all = append(all, u)
	}
	slices.Reverse(all)
	return all, nil
}

func (a *Act) used(ctx context.Context, e identity.Event) (Used, error) {
	id, err := identity.ParseEventID(e.ID)
	u := Used{Record: id, Kind: e.Kind, Detail: e.Detail, Time: e.Time}
	if err != nil || e.Kind != identity.RightAsked {
		return u, err
	}
	c, ok := claimed(e)
	if !ok {
		return u, fault.New("rights.used", fault.Internal, "row_altered")
	}
	now, err := a.Read(ctx, c.Ref)
	switch {
	case fault.Because(err, "claim_unknown"):
		u.Gone = true
	case err != nil:
		return u, err
	default:
		c = now
	}
	u.Claim = &c
	return u, nil
}

func detail(c identity.Claim) string { return string(c.Right) + "/" + c.About + "/" + c.Ref }

// claimed is what the record of asking says of its claim.
func claimed(e identity.Event) (c identity.Claim, ok bool) {
	parts := strings.Split(e.Detail, "/")
	if len(parts) != 3 || e.Until == nil {
		return c, false
	}
	return identity.Claim{Right: identity.Right(parts[0]), About: parts[1], Ref: parts[2], Asked: e.Time, Due: *e.Until}, true
}
