// Package document reads the seven legal identity documents: chips of passports
// and travel permits, whose signatures netid verifies itself, and cards that only
// the state's decoder can read.
//
// It owns the kinds with their numbers (GB 11643-1999 and others) and terms, the
// evidence of each, and what each proves. It refuses to know the chips' formats
// (internal/emrtd), the person's face, who may apply, and what is kept: the
// chip's files are read and forgotten.
//
// Invariant: a Document that leaves here as chip-verified passed emrtd's Check
// with a challenge, or Finish with a seed, that the caller made.
//
// Decisions and their limits: docs/adr/0005-documents.md, 0036-seven-documents.md.
package document

import (
	"context"
	"time"

	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/identity"
)

// Reasons that a citizen can meet here, beside those of emrtd.
const (
	reasonExpired   = "document_expired"
	reasonNumber    = "id_number_invalid"
	reasonSandbox   = "sandbox_document_refused"
	reasonNotValid  = "document_not_valid"
	reasonNotListed = "document_not_listed" // none of article 15
)

// ChallengeSize is RND.IFD of active authentication (9303-11 §6.1), in bytes;
// the state's decoder takes the same.
const ChallengeSize = emrtd.ChallengeSize

// Authority is the state's decoder and population register.
type Authority interface {
	// Decode reads a resident card from what it and the reader said to each
	// other. Refusals: as in Resolve; "chip_authentication_failed" when the
	// transcript belongs to another challenge; "document_malformed".
	Decode(ctx context.Context, transcript, challenge []byte) (identity.Document, identity.PersonHandle, error)
	// Resolve finds the person behind a document. "document_not_valid" is the
	// one refusal for a document that is unknown, lost, cancelled or a dead
	// person's: whoever asks can't tell which. "document_not_listed" is for the
	// passport of somebody who is not settled abroad (Art. 15).
	Resolve(ctx context.Context, d identity.Document) (identity.PersonHandle, error)
	// PhoneOnFile reports whether the register holds this telephone for the person.
	PhoneOnFile(ctx context.Context, p identity.PersonHandle, phone string) (bool, error)
}

// Desk is where a document is shown.
type Desk struct {
	trust      emrtd.Trust
	authority  Authority
	production bool
	now        func() time.Time
}

// NewDesk makes a desk that trusts these passport authorities and this register. A production desk refuses synthetic documents; any
// other refuses real ones, so that no real person's data gets into a sandbox.
func NewDesk(trust emrtd.Trust, a Authority, production bool, now func() time.Time) *Desk {
	return &Desk{trust, a, production, now}
}

// Kinds are the documents that can be read here.
func (d *Desk) Kinds() []identity.DocumentKind {
	var kinds []identity.DocumentKind
	for _, e := range entries() {
		kinds = append(kinds, e.kind)
	}
	return kinds
}

// Read checks a document from the reader's evidence, in which the chip has
// answered this challenge, and finds the person it belongs to. The challenge
// is the caller's own: 8 random bytes, used once.
//
// A refusal is fault.Invalid with one of the reasons above, or the
// authority's "document_not_valid"; fault.Unavailable when the authority does
// not answer.
func (d *Desk) Read(ctx context.Context, kind identity.DocumentKind, evidence, challenge []byte) (identity.Document, identity.PersonHandle, error) {
	const op = "document.Read"
	none := identity.Document{}
	if len(challenge) != ChallengeSize {
		return none, "", fault.Newf(op, fault.Internal, "", "a challenge of %d bytes", len(challenge))
	}
	e, err := entryOf(kind)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	read := d.chipped
	if e.code == "" {
		read = d.decoded
	}
	doc, handle, err := read(ctx, e, evidence, challenge)
	if err != nil {
		return none, "", fault.At(op, err)
	}
	return doc, handle, nil
}

// decoded lets the authority decode the card and then checks what can be
// checked without it.
func (d *Desk) decoded(ctx context.Context, e entry, evidence, challenge []byte) (identity.Document, identity.PersonHandle, error) {
	const op = "document.decoded"
	none := identity.Document{}
	m, err := members(evidence, "transcript")
	if err != nil {
		return none, "", err
	}
	if len(m["transcript"]) == 0 {
		return none, "", fault.Newf(op, fault.Invalid, emrtd.Malformed, "no transcript")
	}
	doc, handle, err := d.authority.Decode(ctx, m["transcript"], challenge)
	if err != nil {
		return none, "", err
	}
	if doc.Kind != e.kind {
		return none, "", fault.New(op, fault.Invalid, emrtd.Mismatch)
	}
	if err := d.good(e, doc); err != nil {
		return none, "", err
	}
	doc.Origin, doc.Active = d.origin(e), false // the chip's answer was the authority's to check
	return named(doc, handle, nil)
}

// chipped verifies the chip here, by its signature over the challenge, and asks
// the register for the person alone.
func (d *Desk) chipped(ctx context.Context, e entry, evidence, challenge []byte) (identity.Document, identity.PersonHandle, error) {
	read, err := parseEvidence(evidence)
	if err != nil {
		return identity.Document{}, "", err
	}
	return d.resolved(ctx, e, read, func(a *emrtd.Anchors, f emrtd.Files) (emrtd.Zone, error) {
		return a.Check(f, issuerInCertificate, challenge, read.Signature, d.now())
	})
}

func (d *Desk) resolved(ctx context.Context, e entry, read Evidence, by proof) (identity.Document, identity.PersonHandle, error) {
	doc, err := d.verify(e, read, by)
	if err != nil {
		return identity.Document{}, "", err
	}
	handle, err := d.authority.Resolve(ctx, doc)
	return named(doc, handle, err)
}

// named refuses an answer in which the authority names nobody.
func named(doc identity.Document, handle identity.PersonHandle, err error) (identity.Document, identity.PersonHandle, error) {
	if err == nil && handle == "" {
		err = fault.Newf("document.named", fault.Unavailable, "authority_unavailable", "no person handle")
	}
	if err != nil {
		return identity.Document{}, "", err
	}
	return doc, handle, nil
}
