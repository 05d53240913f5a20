package quorum

import (
	"fmt"
	"io"
	"log/slog"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Opening is a period whose private half enough officers rebuilt: the path of
// lawful assistance, and the only one into the record of somebody who is erased.
// It lives as long as one look, and prints nothing.
type Opening struct {
	period  identity.Period
	private identity.Secret
}

func (o Opening) Format(f fmt.State, _ rune) { io.WriteString(f, "opening") }
func (o Opening) LogValue() slog.Value       { return slog.StringValue("opening") }

// Rebuild opens a period by the private keys of officers to whom its shares were
// sealed. It takes the private keys into this process: it has no place in one
// that serves. Fails with Forbidden "quorum_short" when they are too few, Invalid
// "officer_unknown" when one has no share or is given twice, Gone
// "quorum_destroyed" when the term is over, NotFound "quorum_missing", and
// Internal when the shares were altered.
func (q *Quorum) Rebuild(p identity.Period, officers ...Officer) (Opening, error) {
	const op = "quorum.Rebuild"
	e, found := q.held().find(p)
	if !found {
		return Opening{}, fault.Newf(op, fault.NotFound, "quorum_missing", "no key of the quorum for %s", p)
	}
	if !e.Ended.IsZero() {
		return Opening{}, fault.Newf(op, fault.Gone, "quorum_destroyed", "the key of %s was destroyed on its date, %s", p, e.Until.Format("2006-01-02"))
	}
	file, err := q.shares(e)
	if err != nil {
		return Opening{}, fault.At(op, err)
	}
	f, err := parseShares(file.Text)
	if err != nil {
		return Opening{}, fault.At(op, err)
	}
	private, err := f.join(e, officers)
	if err != nil {
		return Opening{}, fault.At(op, err)
	}
	return Opening{p, private}, nil
}

func (f shareFile) join(e Entry, officers []Officer) (identity.Secret, error) {
	const op = "quorum.join"
	var none identity.Secret
	public, err := suite.ParseRecipient(e.Public)
	if err != nil {
		return none, fault.Wrap(op, fault.Internal, "internal", err)
	}
	if len(officers) < f.Needed {
		return none, fault.Newf(op, fault.Forbidden, "quorum_short", "%d officers, and %d are needed", len(officers), f.Needed)
	}
	var points []suite.Share
	var came []string
	for _, o := range officers {
		id := o.public.ID()
		i := slices.IndexFunc(f.Shares, func(s sealedShare) bool { return s.Officer == id })
		if i < 0 || slices.Contains(came, id) {
			return none, fault.Newf(op, fault.Invalid, "officer_unknown", "officer %s has no share of it, or is here twice", id)
		}
		came = append(came, id)
		b, err := suite.OpenFrom(o.private, f.Shares[i].Sealed, sharePlace(public.Suite(), e.ID, id))
		if err != nil || len(b) != 33 {
			return none, fault.Newf(op, fault.Internal, "internal", "the share of officer %s does not open", id)
		}
		points = append(points, suite.Share{X: b[0], Y: identity.NewSecret(public.Suite(), [32]byte(b[1:]))})
	}
	private, err := suite.Join(public.Suite(), points)
	if err != nil {
		return none, fault.At(op, err)
	}
	if again, err := suite.RecipientOf(private); err != nil || again.Text() != e.Public {
		return none, fault.Newf(op, fault.Internal, "internal", "the shares do not rebuild the key")
	}
	return private, nil
}

// Person opens one row: the person's key of the period, which package ledger
// opens their entries with, and the owner index that finds these.
func (o Opening) Person(index, body []byte) (key identity.Secret, owner []byte, err error) {
	key, owner, _, err = o.Whole(index, body)
	return key, owner, err
}

// Whole is Person, and the copy that leads to who it is; nil in a row that holds none.
func (o Opening) Whole(index, body []byte) (key identity.Secret, owner, copied []byte, err error) {
	const op = "quorum.Person"
	b, err := suite.OpenFrom(o.private, body, escrowPlace(o.private.Suite(), index, o.period))
	if err != nil {
		return key, nil, nil, fault.At(op, err)
	}
	const least = 32 + suite.TagSize
	if len(b) != least && len(b) != least+copySize {
		return key, nil, nil, fault.Newf(op, fault.Internal, "internal", "a row of %d bytes", len(b))
	}
	if len(b) > least {
		copied = b[least:]
	}
	return identity.NewSecret(o.private.Suite(), [32]byte(b[:32])), b[32:least], copied, nil
}
