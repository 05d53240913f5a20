package enrol

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Shown is whose document this draft has read, for whoever enrols no further
// but reports a lost telephone with it. It says nothing of whether they are enrolled.
func (a *Act) Shown(ctx context.Context, h identity.Handle) (identity.PersonHandle, error) {
	const op = "enrol.Shown"
	d, _, err := a.load(ctx, h)
	if err != nil {
		return "", fault.At(op, err)
	}
	if d.Document == nil || d.adds() {
		return "", fault.New(op, fault.Conflict, "step_order")
	}
	return d.Handle, nil
}
