package look

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Happened gives one of the person's own records as soon as it is there, without
// its proof, which the tree has a little later. There is none, or it is somebody
// else's: fault.NotFound, "record_unknown".
func (a *Act) Happened(ctx context.Context, s identity.Session, id identity.EventID) (identity.Event, error) {
	const op = "look.Happened"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return identity.Event{}, err
	}
	row, err := a.own(ctx, o, id)
	if err != nil {
		return identity.Event{}, fault.At(op, err)
	}
	e, _, err := ledger.OpenEntry(o.Keys, row)
	return e, fault.At(op, err)
}

// own is the row of one of the person's records: somebody else's is none.
func (a *Act) own(ctx context.Context, o identity.Opened, id identity.EventID) (identity.EntryRow, error) {
	row, err := a.Store.Entry(ctx, a.Book.EntryKey(id))
	if err == nil && string(row.Owner) != string(ledger.Owner(o.Keys)) {
		err = fault.New("look.own", fault.NotFound, "record_unknown")
	}
	return row, err
}
