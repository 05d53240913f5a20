package look

import (
	"context"
	"encoding/json"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

// Export is everything about the person as one JSON file that client.CheckExport
// checks offline: the sealed identity in the clear, and every event with its
// proof. Taking a copy is itself an event, and it is in the copy.
func (a *Act) Export(ctx context.Context, s identity.Session) ([]byte, error) {
	const op = "look.Export"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return nil, err
	}
	e, stands := a.taking(o)
	b, err := a.CopyFor(ctx, o, e, stands)
	return b, fault.At(op, err)
}

// CopyFor lays the same out for somebody who was opened, after the record that says who took it and on what ground.
func (a *Act) CopyFor(ctx context.Context, o identity.Opened, e identity.Event, guards ...identity.Verb) ([]byte, error) {
	const op = "look.CopyFor"
	p, err := a.Vault.Identity(ctx, o)
	if err != nil {
		return nil, fault.At(op, err)
	}
	p.Handle, p.Recovery, p.Asked = "", nil, time.Time{}
	if _, err := a.Book.Record(ctx, o, e, guards...); err != nil {
		return nil, fault.At(op, err)
	}
	file, err := a.file(ctx, o, p)
	if err != nil {
		return nil, fault.At(op, err)
	}
	out, err := json.MarshalIndent(file, "", "  ")
	return out, fault.At(op, err)
}

// file lays out an opened person as the public export format.
func (a *Act) file(ctx context.Context, o identity.Opened, p identity.Person) (client.Export, error) {
	held, err := a.held(ctx, o, p)
	if err != nil {
		return client.Export{}, err
	}
	person, err := json.Marshal(held)
	if err != nil {
		return client.Export{}, err
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return client.Export{}, err
	}
	size, _, err := a.Heads.CheckHead(head)
	if err != nil {
		return client.Export{}, err
	}
	out := client.Export{Format: "netid-export/1", Service: a.Issuer, Taken: a.Now().UTC().Truncate(time.Second), Head: string(head),
		VerifierKey: a.key(head), Person: person}
	if keys := a.Heads.KeysOf(head); len(keys) > 1 {
		out.VerifierKeys = keys
	}
	if floor, _, err := a.Store.Floor(ctx); err != nil {
		return out, err
	} else if floor.Day != identity.NoFloor {
		since := time.Unix(int64(floor.Day)*24*60*60, 0).UTC()
		out.Since = &since
	}
	out.Events, err = a.proven(ctx, o, size)
	return out, err
}

// holding is everything that the service keeps about who somebody is.
type holding struct {
	identity.Person
	Number       identity.Number   `json:"net_number"`
	Enrolled     time.Time         `json:"enrolled"`
	Frozen       bool              `json:"frozen"`
	Certificates []heldCertificate `json:"certificates"`
	Assisted     []Assisted        `json:"given_to_authorities"`
}

// Assisted is one lawful assistance about the person. No record of theirs says it: the
// public ledger has it, where no body says whom it is about (ADR 0066).
type Assisted struct {
	Time      time.Time `json:"time"`
	Help      string    `json:"help"` // real-identity or authentication-log
	Authority string    `json:"authority"`
	Citation  string    `json:"citation"`
	Event     string    `json:"event"`                    // of the public ledger
	KeptBy    string    `json:"kept_back_by,omitempty"`   // the law that kept it from the person
	KeptUntil time.Time `json:"kept_back_until,omitzero"` // the day that it let go
}

type heldCertificate struct {
	ID      string          `json:"id"`
	Issued  time.Time       `json:"issued"`
	Expires time.Time       `json:"expires"`
	Device  json.RawMessage `json:"device_key"`
}

func (a *Act) held(ctx context.Context, o identity.Opened, p identity.Person) (holding, error) {
	h := holding{Person: p, Number: o.Profile.Number, Enrolled: o.Profile.Enrolled, Frozen: o.Standing != identity.Active, Certificates: []heldCertificate{}, Assisted: []Assisted{}}
	told, err := a.Assists.Assisted(ctx, o.Profile.Number)
	if err != nil {
		return h, err
	}
	h.Assisted = append(h.Assisted, told...)
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return h, err
	}
	for _, r := range rows {
		c, err := a.Vault.OpenCertificate(r)
		if err != nil {
			return h, err
		}
		h.Certificates = append(h.Certificates, heldCertificate{c.ID.String(), c.Issued, c.Expires, c.Device})
	}
	return h, nil
}
