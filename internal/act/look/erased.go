package look

import (
	"context"
	"encoding/json"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

// Erased is the record of an erasure with its proof, as client reads a record. It is
// public and about nobody: whoever left checks it, and there is nobody left to sign in as. Of
// any other record "record_unknown".
func (a *Act) Erased(ctx context.Context, id identity.EventID) ([]byte, error) {
	const op = "look.Erased"
	row, err := a.Store.Entry(ctx, a.Book.EntryKey(id))
	if err != nil {
		return nil, fault.At(op, err)
	}
	if row.State != identity.EntryPublic {
		return nil, fault.New(op, fault.NotFound, "record_unknown")
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if size, _, err := a.Heads.CheckHead(head); err != nil {
		return nil, fault.At(op, err)
	} else if row.Index >= size { // the tree follows the rows
		return nil, fault.New(op, fault.Unavailable, "try_again")
	}
	p, err := a.prove(ctx, identity.Opened{}, row, head)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if p.Record.Event.Kind != identity.Erased {
		return nil, fault.New(op, fault.NotFound, "record_unknown")
	}
	out, err := json.MarshalIndent(struct {
		client.ExportEvent
		Head string `json:"head"`
	}{client.NewExportEvent(p.Canonical, p.Salt, p.Record.Index, p.Proof), p.Head}, "", "  ")
	return out, fault.At(op, err)
}
