package guard

import (
	"context"
	"encoding/hex"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// What a person at the operator's looks at before it goes on.
const (
	reviewMost  = 32 // guardians who wait for a look at once
	reviewWaits = 7 * 24 * time.Hour
)

// Review is a guardian's next application as the operator sees it. It names nobody:
// the guardian tells the operator the reference, and who they are.
type Review struct {
	Ref     string    `json:"reference"`
	Why     string    `json:"why"`     // "many" children, or too "fast" one after another
	Verdict string    `json:"verdict"` // "", "allowed" or "refused"
	Asked   time.Time `json:"asked"`
	Until   time.Time `json:"until"`
}

// review is how it lies in its place. Whose it is is sealed.
type review struct {
	Review
	Guardian identity.PersonID `json:"g"`
	Place    int               `json:"p"` // so that it opens nowhere else
	row      identity.DraftRow
}

// Box seals what this act leaves with others, or in rows that are nobody's.
type Box interface {
	Seal(v any) (string, error)
	Open(s string, v any) error
}

func (a *Act) reviewPlace(n int) []byte {
	return a.Vault.CounterIndex("guardian-review", []byte{byte(n)})
}

// reviews reads all that wait or were decided, and the first place that is free.
func (a *Act) reviews(ctx context.Context) (all []review, free int, err error) {
	free = -1
	for n := range reviewMost {
		row, err := a.Store.Draft(ctx, a.reviewPlace(n))
		if fault.Is(err, fault.NotFound) {
			if free < 0 {
				free = n
			}
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		var r review
		if err := a.Reviews.Open(string(row.Body), &r); err != nil || r.Place != n { // its key is gone: the guardian asks again
			continue
		}
		r.row = row
		if a.Now().Before(r.Until) {
			all = append(all, r)
		}
	}
	return all, free, nil
}

func (a *Act) sealed(r review) (identity.DraftRow, error) {
	s, err := a.Reviews.Seal(r)
	return identity.DraftRow{ID: a.reviewPlace(r.Place), Version: r.row.Version + 1, Expires: r.Until, Body: []byte(s)}, err
}

// gathers are the verbs by which a yes to an application counts. The sixth child of
// one guardian, and the third within a day, wait until a person allowed it, once:
// "guardian_review" until then, "guardian_review_refused" after a no (ADR 0037).
func (a *Act) gathers(ctx context.Context, o identity.Opened, wards map[identity.PersonHandle]bool, ward identity.PersonHandle) ([]identity.Verb, error) {
	index := a.Vault.CounterIndex("guardian-wards", o.ID[:])
	n, err := a.gathered(ctx, o, wards, ward)
	if err != nil {
		return nil, err
	}
	today, since, err := a.Store.Counted(ctx, index)
	if err != nil {
		return nil, err
	}
	why := ""
	switch {
	case n >= a.Pace.Alone:
		why = "many"
	case today >= a.Pace.Daily && a.Now().Before(since.Add(wardsIn)):
		why = "fast"
	}
	count := identity.Count{Index: index, Limit: a.Pace.Daily, Window: wardsIn, Now: a.Now()}
	// Of two answers at once that counted the same children, and the same answers of the day, the second counts again.
	turn := a.Digest([]byte("netid/guardian/gathers/v1"), o.ID[:], []byte{byte(n), byte(today)})
	verbs := []identity.Verb{identity.TakeOnce{ID: turn[:16], Until: a.Now().Add(time.Minute)}}
	if why == "" {
		return append(verbs, count), nil
	}
	allowed, err := a.reviewed(ctx, o, why)
	count.Limit = 1 << 20 // it counts, and a person said yes
	return append(verbs, count, allowed), err
}

// gathered are the guardian's children here, and those whom they just agreed to.
func (a *Act) gathered(ctx context.Context, o identity.Opened, wards map[identity.PersonHandle]bool, but identity.PersonHandle) (int, error) {
	theirs := map[identity.PersonHandle]bool{}
	var handles []identity.PersonHandle
	for h, yes := range wards {
		if yes {
			handles = append(handles, h)
		}
	}
	err := a.each(ctx, handles, func(h identity.PersonHandle, _ identity.Opened) error {
		theirs[h] = true
		return nil
	})
	if err != nil {
		return 0, err
	}
	all, _, err := a.places(ctx, o)
	for _, h := range all {
		if h.Kind == identity.MatterApply && h.Answer == identity.GuardianYes && !a.over(h) {
			theirs[h.Ward] = true
		}
	}
	delete(theirs, but)
	return len(theirs), err
}

// reviewed uses an operator's yes up, or asks for one.
func (a *Act) reviewed(ctx context.Context, o identity.Opened, why string) (identity.Verb, error) {
	const op = "guard.reviewed"
	all, free, err := a.reviews(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		switch {
		case r.Guardian != o.ID:
		case r.Verdict == "allowed":
			return identity.DropDraft{ID: r.row.ID, Version: r.row.Version}, nil
		case r.Verdict == "refused":
			return nil, fault.New(op, fault.Forbidden, "guardian_review_refused")
		default:
			return nil, fault.New(op, fault.Conflict, "guardian_review")
		}
	}
	if free < 0 {
		return nil, fault.New(op, fault.TooMany, "too_many_tries")
	}
	now := a.Now().UTC().Truncate(time.Second)
	ref := a.Vault.CounterIndex("guardian-review-reference", o.ID[:], []byte(now.String()))
	r := review{Review: Review{Ref: hex.EncodeToString(ref[:4]), Why: why, Asked: now, Until: now.Add(reviewWaits)}, Guardian: o.ID, Place: free}
	row, err := a.sealed(r)
	if err != nil {
		return nil, err
	}
	if err := a.Store.Jot(ctx, identity.PutDraft{Draft: row}); err != nil {
		return nil, err
	}
	if a.Alarm != nil {
		a.Alarm(r.Review)
	}
	return nil, fault.New(op, fault.Conflict, "guardian_review")
}

// Review is the guardian's own that waits or was decided; an empty one if none.
func (a *Act) Review(ctx context.Context, s identity.Session) (Review, error) {
	const op = "guard.Review"
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return Review{}, fault.At(op, err)
	}
	all, _, err := a.reviews(ctx)
	for _, r := range all {
		if r.Guardian == o.ID {
			return r.Review, nil
		}
	}
	return Review{}, fault.At(op, err)
}

// Queue is what a person at the operator's has to look at, and what they decided.
func (a *Act) Queue(ctx context.Context) ([]Review, error) {
	all, _, err := a.reviews(ctx)
	list := make([]Review, 0, len(all))
	for _, r := range all {
		list = append(list, r.Review)
	}
	return list, fault.At("guard.Queue", err)
}

// Tickets let one thing be done about one case of a minor's, once.
type Tickets interface {
	Spend(ctx context.Context, number, about, do string) (identity.Verb, error)
}

// Decide is the operator's word about one, once. A child is concerned: the person in
// charge approved it before, and the ticket for it is used up in this commit (Regulations on
// the protection of minors online, Art. 36). The ledger says in public that it was said, and
// about nobody.
func (a *Act) Decide(ctx context.Context, ref string, allow bool, ticket string) error {
	const op = "guard.Decide"
	all, _, err := a.reviews(ctx)
	if err != nil {
		return fault.At(op, err)
	}
	for _, r := range all {
		if r.Ref != ref {
			continue
		}
		if r.Verdict != "" {
			return fault.New(op, fault.Conflict, "review_decided")
		}
		do := "refuse"
		if r.Verdict = "refused"; allow {
			r.Verdict, do = "allowed", "allow"
		}
		spent, err := a.Tickets.Spend(ctx, ticket, ref, do)
		if err != nil {
			return fault.At(op, err)
		}
		row, err := a.sealed(r)
		if err != nil {
			return fault.At(op, err)
		}
		_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.GuardianReview, Detail: r.Verdict, Grounds: []identity.Ground{}}, identity.SwapDraft{Draft: row, From: r.row.Version}, spent)
		if fault.Because(err, "draft_moved") || fault.Because(err, "dossier_moved") { // somebody else decided
			return fault.Wrap(op, fault.Conflict, "review_decided", err)
		}
		return fault.At(op, err)
	}
	return fault.New(op, fault.NotFound, "review_unknown")
}
