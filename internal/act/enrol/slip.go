package enrol

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// SlipLife is how long a printed slip leads back to the enrolment.
const SlipLife = 72 * time.Hour

// Slip prints what leads back to an enrolment that began at a counter: the draft
// leaves this browser and lies under the slip's own words until they are typed.
// What the person said so far and what the document said stays; a telephone is asked anew.
func (a *Act) Slip(ctx context.Context, h identity.Handle) (identity.Slip, time.Time, error) {
	const op = "enrol.Slip"
	d, row, err := a.load(ctx, h)
	if err == nil && d.Counter == "" {
		err = fault.New(op, fault.Conflict, "step_order")
	}
	if err != nil {
		return identity.Slip{}, time.Time{}, fault.At(op, err)
	}
	slip, until := identity.NewSlip(), a.Now().UTC().Add(SlipLife).Truncate(time.Second)
	if d.SlipBy.IsZero() {
		d.SlipBy = until
	}
	until = d.SlipBy                                // 72 hours from the first, however often it is printed
	d.Case, d.Guarded, d.NoPhone = "", false, false // guardians answer under the handle; who has a device has a telephone
	if !d.Confirmed {
		d.Phone, d.Code, d.Tries = "", "", 0
	}
	return slip, until, fault.At(op, a.move(ctx, h, row, a.slipAt(slip), d, until))
}

// Resume takes a printed slip, once, and goes on in the browser in which it was typed.
func (a *Act) Resume(ctx context.Context, typed string) (identity.Handle, error) {
	const op = "enrol.Resume"
	none := identity.Handle{}
	slip, err := identity.ParseSlip(typed)
	if err != nil {
		return none, fault.At(op, err)
	}
	at := a.slipAt(slip)
	d, row, err := a.load(ctx, at)
	if err == nil {
		h := identity.NewHandle()
		if err = a.move(ctx, at, row, h, d, a.Now().Add(Lifetime)); err == nil {
			return h, nil
		}
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || fault.Because(err, "draft_moved") {
		return none, fault.Wrap(op, fault.Forbidden, "slip_over", err)
	}
	return none, fault.At(op, err)
}

func (a *Act) slipAt(s identity.Slip) identity.Handle {
	return a.Cover.Digest([]byte("netid/enrol/slip/v1"), []byte(s.Digits()))
}

// move puts a draft under another handle, in one step: of 64 who type the same
// slip one goes on.
func (a *Act) move(ctx context.Context, from identity.Handle, row identity.DraftRow, to identity.Handle, d draft, until time.Time) error {
	body, err := a.Cover.Seal(to, d)
	if err != nil {
		return err
	}
	return a.Store.Jot(ctx, identity.DropDraft{ID: row.ID, Version: row.Version}, identity.WithdrawDelivery{Slot: a.slot(from)},
		identity.PutDraft{Draft: identity.DraftRow{ID: a.Cover.ID(to), Version: 1, Expires: until, Body: body}})
}
