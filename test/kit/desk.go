package kit

import (
	"context"
	"encoding/json"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Desk hands over the documents that evidence names: the evidence is the
// document's JSON with the handle beside it.
type Desk struct {
	Refuse error
	Kin    map[identity.PersonHandle][]identity.PersonHandle // whose guardians the register knows
	Over   map[string]bool                                   // numbers of documents that the register says are lost by now
	Silent error                                             // what it answers instead
}

// Guardians are those that the test gave.
func (d *Desk) Guardians(_ context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error) {
	return d.Kin[p], d.Silent
}

// Wards are whose guardian the person is.
func (d *Desk) Wards(_ context.Context, p identity.PersonHandle) (all []identity.PersonHandle, err error) {
	for w, guardians := range d.Kin {
		if slices.Contains(guardians, p) {
			all = append(all, w)
		}
	}
	return all, d.Silent
}

// Relatives are the person's guardians and wards, which is all of a family that it knows.
func (d *Desk) Relatives(ctx context.Context, p identity.PersonHandle) ([]identity.PersonHandle, error) {
	wards, err := d.Wards(ctx, p)
	return append(slices.Clone(d.Kin[p]), wards...), err
}

// Evidence is what the desk reads.
type Evidence struct {
	Document identity.Document
	Handle   identity.PersonHandle
}

// Still knows which documents are over.
func (d *Desk) Still(_ context.Context, doc identity.Document, _ identity.PersonHandle) error {
	if d.Over[doc.Number] {
		return fault.New("kit.Desk", fault.Invalid, "document_not_valid")
	}
	return nil
}

// Kinds leave one of the seven out, so that it is refused.
func (*Desk) Kinds() []identity.DocumentKind {
	return slices.DeleteFunc(slices.Clone(identity.DocumentKinds), func(k identity.DocumentKind) bool { return k == identity.PermitTaiwan })
}

func (d *Desk) Read(_ context.Context, kind identity.DocumentKind, evidence, challenge []byte) (identity.Document, identity.PersonHandle, error) {
	var e Evidence
	if d.Refuse != nil {
		return e.Document, "", d.Refuse
	}
	if err := json.Unmarshal(evidence, &e); err != nil || len(challenge) != 8 || e.Document.Kind != kind {
		return e.Document, "", fault.New("kit.Desk", fault.Invalid, "document_malformed")
	}
	return e.Document, e.Handle, nil
}

// Origin is the same for all.
func (*Desk) Origin(identity.DocumentKind) identity.Origin { return identity.DecodedElsewhere }

// Begin gives the seed itself, which no real desk does, and Finish wants nothing
// but a seed: what a chip answers is tested where chips are.
func (d *Desk) Begin(_ context.Context, _ identity.DocumentKind, _, seed []byte) ([]byte, error) {
	return seed, d.Refuse
}

func (d *Desk) Finish(ctx context.Context, kind identity.DocumentKind, evidence, seed []byte) (identity.Document, identity.PersonHandle, error) {
	if len(seed) != 72 {
		return identity.Document{}, "", fault.New("kit.Desk", fault.Invalid, "document_malformed")
	}
	return d.Read(ctx, kind, evidence, seed[:8])
}

// PhoneOnFile knows one telephone a person: 100 and the last eight digits of the document.
func (*Desk) PhoneOnFile(_ context.Context, handle identity.PersonHandle, phone string) (bool, error) {
	return phone == Phone(handle), nil
}

// Phone is the telephone of a synthetic person.
func Phone(h identity.PersonHandle) string {
	sum := suite.Digest([]byte(h))
	n := uint64(sum[0])<<24 | uint64(sum[1])<<16 | uint64(sum[2])<<8 | uint64(sum[3])
	s := []byte("10000000000")
	for i := len(s) - 1; n > 0 && i > 2; i-- {
		s[i], n = byte('0'+n%10), n/10
	}
	return string(s)
}

// Photo: its documents have one, which nobody looks at.
func (*Desk) Photo(identity.DocumentKind, []byte) string { return "sha-256 00" }
