package document

import (
	"context"
	"encoding/json"
	"slices"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// SeedSize is what an exchange is drawn from, in bytes.
const SeedSize = emrtd.SeedSize

// Exchange is what a reader carries to a chip that authenticates itself by
// agreeing on keys (emrtd.Exchange): our ephemeral key, and one command that
// only whoever holds the chip's key can answer.
type Exchange struct {
	Cipher  string `json:"cipher"`
	KeyID   []byte `json:"key_id,omitempty"`
	Public  []byte `json:"public"`
	Command []byte `json:"command"`
}

// Begin checks a chip's files and gives the exchange for it. The seed is the
// caller's secret, SeedSize random bytes for one exchange; nothing else is kept.
// Refusals are those of Read.
func (d *Desk) Begin(_ context.Context, kind identity.DocumentKind, evidence, seed []byte) ([]byte, error) {
	const op = "document.Begin"
	c, e, err := d.exchanged(kind, evidence, seed)
	if err != nil {
		return nil, fault.At(op, err)
	}
	anchors, err := d.anchors(c, e)
	if err != nil {
		return nil, fault.At(op, err)
	}
	x, err := anchors.Begin(e.files(), issuerInCertificate, [SeedSize]byte(seed), d.now())
	if err != nil {
		return nil, fault.At(op, err)
	}
	carried := Exchange{Cipher: x.Cipher, Public: x.Public, Command: x.Command}
	if x.KeyID != nil {
		carried.KeyID = x.KeyID.FillBytes(make([]byte, max(1, (x.KeyID.BitLen()+7)/8))) // a key may have the number 0
	}
	b, err := json.Marshal(carried)
	return b, fault.Wrap(op, fault.Internal, "", err)
}

// Finish reads a document as Read does, from the evidence of a chip that was
// given the exchange of this seed.
func (d *Desk) Finish(ctx context.Context, kind identity.DocumentKind, evidence, seed []byte) (identity.Document, identity.PersonHandle, error) {
	const op = "document.Finish"
	c, e, err := d.exchanged(kind, evidence, seed)
	if err != nil {
		return identity.Document{}, "", fault.At(op, err)
	}
	doc, handle, err := d.resolved(ctx, c, e, func(a *emrtd.Anchors, f emrtd.Files) (emrtd.Zone, error) {
		return a.Finish(f, issuerInCertificate, [SeedSize]byte(seed), e.Response, d.now())
	})
	return doc, handle, fault.At(op, err)
}

// exchanged reads the evidence of a kind whose chip is checked here.
func (d *Desk) exchanged(kind identity.DocumentKind, evidence, seed []byte) (entry, Evidence, error) {
	const op = "document.exchanged"
	c, err := entryOf(kind)
	if err != nil {
		return c, Evidence{}, err
	}
	if len(seed) != SeedSize {
		return c, Evidence{}, fault.Newf(op, fault.Internal, "", "a seed of %d bytes", len(seed))
	}
	if c.code == "" { // the state's decoder begins and ends its own
		return c, Evidence{}, malformed("no exchange of this kind")
	}
	e, err := parseEvidence(evidence)
	return c, e, err
}

// Origin is what a document of a kind would be labelled: who checks its chip.
func (d *Desk) Origin(kind identity.DocumentKind) identity.Origin {
	all := entries()
	if i := slices.IndexFunc(all, func(e entry) bool { return e.kind == kind }); i >= 0 {
		return d.origin(all[i])
	}
	return ""
}
