package assist

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// way is the one way by which the person is named; "" where there is none, or more.
func (in Ask) way() law.Way {
	switch {
	case in.Number != "" && in.Kind+in.Document+in.Pseudonym+in.At == "":
		return law.ByNumber
	case in.Kind != "" && in.Document != "" && in.Number+in.Pseudonym+in.At == "":
		return law.ByDocument
	case in.Pseudonym != "" && in.At != "" && in.Number+in.Kind+in.Document == "":
		return law.ByPseudonym
	}
	return ""
}

// account reads what names somebody by an account of theirs at a party. Nobody is looked
// for: writing a request down tells nobody whether there is such a person (N04), and takes
// as long for everybody. The sector is a party's for good, so it is that of the pseudonym
// however old the account is, and a party that was removed keeps its row.
func (a *Act) account(ctx context.Context, in Ask, r *Request) (err error) {
	if r.Pseudonym, err = identity.ParseSubject(in.Pseudonym); err != nil {
		return err
	}
	if r.Party, err = identity.ParsePartyID(in.At); err != nil {
		return err
	}
	p, err := a.Store.Party(ctx, r.Party)
	r.Sector = p.Sector
	return err
}

// opening is one who opens: what is the same in all of their tries at the record.
type opening struct {
	began  time.Time // when it was found to be in time
	walked bool
	number identity.Number
	took   time.Duration
}

// at is the moment that counts for the quarter of an hour: the beginning, however long it
// takes to find the person.
func (o *opening) at(now time.Time) time.Time {
	if o.began.IsZero() {
		o.began = now
	}
	return o.began
}

// find finds the person of a request that may be opened, where it names one by an account:
// only now, once for each who opens, and one at a time here, since it opens the profile of
// everybody. That there is nobody is no error of this; who goes away ends it.
func (a *Act) find(ctx context.Context, r *Request, o *opening) (err error) {
	const op = "assist.find"
	if r.Way != law.ByPseudonym {
		return nil
	}
	if !o.walked {
		if !a.Walks.TryLock() {
			return fault.New(op, fault.TooMany, "assistance_busy")
		}
		defer a.Walks.Unlock()
		o.number, err = a.Persons.NumberOfSubject(ctx, r.Sector, r.Pseudonym)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		o.walked, o.took = true, a.now().Sub(o.began)
	}
	r.Number, r.Walk = o.number, int64(o.took/time.Second)
	return nil
}
