package admit

import (
	"bytes"
	"context"
	"reflect"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Managed is a party that shows its registration access token (RFC 7592 §2). Who
// is not there, who is gone and whose token it is not are told the same.
func (a *Act) Managed(ctx context.Context, id identity.PartyID, access string) (identity.Party, error) {
	const op = "admit.Managed"
	p, err := a.Store.PartyNow(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return identity.Party{}, fault.At(op, err)
	}
	if !a.Keys.Equal(a.access(id, access), p.Access) { // nobody, a party of the operator's own and one that is gone have none
		return identity.Party{}, fault.New(op, fault.Unauthenticated, "registration_token_invalid")
	}
	return p, nil
}

// Change replaces what the party registered (RFC 7592 §2.2). Its sector stays:
// its people would get other names. Outside of a sandbox a change of what
// citizens read or the law judges makes it wait for the operator again. The
// secret is told when a new one was made.
func (a *Act) Change(ctx context.Context, id identity.PartyID, access string, in Application) (identity.Party, string, error) {
	const op = "admit.Change"
	known, err := a.Managed(ctx, id, access)
	if err != nil {
		return identity.Party{}, "", fault.At(op, err)
	}
	if known.Standing == identity.PartySuspended && known.Reason != identity.PartyReview {
		return identity.Party{}, "", fault.New(op, fault.Forbidden, "party_suspended")
	}
	in.ID = string(id)
	p, secret, grounds, err := a.judge(in)
	if err == nil {
		err = a.stays(ctx, &p, known, in)
	}
	if err != nil {
		return identity.Party{}, "", fault.At(op, err)
	}
	if p.Auth == identity.AuthSecret && known.Auth == identity.AuthSecret {
		p.SecretDigest, secret = known.SecretDigest, ""
	}
	same := bytes.Equal(p.Record(), known.Record())
	if known.Returned != "" && same { // the same again has its answer
		return identity.Party{}, "", fault.New(op, fault.Forbidden, "party_suspended")
	}
	if !in.Sandbox && !same {
		reviewed(&p, known)
	}
	if reflect.DeepEqual(p, known) {
		return p, secret, nil
	}
	return p, secret, fault.At(op, a.amend(ctx, &p, known, grounds, in.While...))
}

// Leave is a party that removes itself (RFC 7592 §2.3).
func (a *Act) Leave(ctx context.Context, id identity.PartyID, access string) error {
	const op = "admit.Leave"
	if _, err := a.Managed(ctx, id, access); err != nil {
		return fault.At(op, err)
	}
	_, err := a.Remove(ctx, id, "its own request")
	return fault.At(op, err)
}

// stays carries over what an amendment does not touch. Addresses and sector are
// looked at again only where they changed.
func (a *Act) stays(ctx context.Context, p *identity.Party, known identity.Party, in Application) error {
	p.Since, p.Standing, p.Stood, p.Reason, p.Access, p.Version = known.Since, known.Standing, known.Stood, known.Reason, known.Access, known.Version
	p.Proven, p.ProvenAt, p.Endorsed, p.Before, p.Returned = known.Proven, known.ProvenAt, known.Endorsed, known.Before, known.Returned
	p.Sector, p.SectorURI, p.Joins = known.Sector, known.SectorURI, known.Joins
	if p.Domain == known.Domain { // it is what they certify
		p.Requests = known.Requests
	}
	if in.SectorURI == known.SectorURI && slices.Equal(p.RedirectURIs, known.RedirectURIs) {
		return nil
	}
	if _, err := a.sector(ctx, p, in); err != nil {
		return err
	}
	if p.Sector != known.Sector {
		return fault.New("admit.stays", fault.Invalid, "sector_fixed")
	}
	p.Joins = known.Joins
	return nil
}

// reviewed makes a party wait with what it now says, beside what was in force.
func reviewed(p *identity.Party, known identity.Party) {
	p.Endorsed, p.Standing, p.Reason, p.Returned = nil, identity.PartySuspended, identity.PartyReview, ""
	if known.Countersigned() {
		p.Before = known.Record()
	}
}
