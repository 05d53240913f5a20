package look

import (
	"context"
	"encoding/json"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

// Copied are the person's records, newest first, for a file that they take with
// them: taking a copy is itself an event, as with Export.
func (a *Act) Copied(ctx context.Context, s identity.Session) ([]Record, error) {
	const op = "look.Copied"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return nil, err
	}
	if err := a.taken(ctx, o); err != nil {
		return nil, fault.At(op, err)
	}
	return a.Records(ctx, s)
}

// taking is the record that the person took a copy, and what must hold for it.
func (a *Act) taking(o identity.Opened) (identity.Event, identity.Verb) {
	return identity.Event{Kind: identity.Exported, Grounds: []identity.Ground{a.Law.Sees(true).Ground()}}, identity.GuardPerson{ID: o.ID, Standing: o.Standing, Epoch: o.Epoch}
}

func (a *Act) taken(ctx context.Context, o identity.Opened) error {
	e, stands := a.taking(o)
	_, err := a.Book.Record(ctx, o, e, stands)
	return err
}

// Proofs is what a page needs to check all of the person's records at once: each
// with its path to one signed head, and nothing besides.
type Proofs struct {
	Head        string               `json:"head"`
	VerifierKey string               `json:"verifier_key"`
	Size        uint64               `json:"size"`
	Events      []client.ExportEvent `json:"events"` // oldest first
}

// Proofs gives them as JSON.
func (a *Act) Proofs(ctx context.Context, s identity.Session) ([]byte, error) {
	const op = "look.Proofs"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return nil, err
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return nil, fault.At(op, err)
	}
	p := Proofs{Head: string(head), VerifierKey: a.key(head), Events: []client.ExportEvent{}}
	if p.Size, _, err = a.Heads.CheckHead(head); err != nil {
		return nil, fault.At(op, err)
	}
	if p.Events, err = a.proven(ctx, o, p.Size); err != nil {
		return nil, fault.At(op, err)
	}
	b, err := json.Marshal(p)
	return b, fault.At(op, err)
}

// proven are the person's events with their paths to the head of this size.
func (a *Act) proven(ctx context.Context, o identity.Opened, size uint64) ([]client.ExportEvent, error) {
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return nil, err
	}
	all := []client.ExportEvent{}
	prover := ledger.NewProver(a.Store, size)
	for _, r := range rows {
		if r.Index >= size { // came after the head was read
			continue
		}
		e, salt, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			return nil, err
		}
		canonical, err := ledger.Canonical(e)
		if err != nil {
			return nil, err
		}
		path, err := prover.Inclusion(ctx, r.Index)
		if err != nil {
			return nil, err
		}
		hashes := make([][]byte, len(path))
		for i := range path {
			hashes[i] = path[i][:]
		}
		all = append(all, client.NewExportEvent(canonical, salt, r.Index, hashes))
	}
	return all, nil
}
