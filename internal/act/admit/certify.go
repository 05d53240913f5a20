package admit

import (
	"context"
	"reflect"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Certifier vouches for a party's key, by its request for a certificate.
type Certifier interface {
	Party(id identity.PartyID, domain string, request []byte) (identity.RequestCertificate, error)
}

// Certify gives a party a certificate for the key with which it signs its
// requests to wallets. A party that takes no part now gets none
// ("party_suspended"). The newest two count; what is in no record any more
// counts for nothing, so a stolen key ends with two new ones, or with its party.
func (a *Act) Certify(ctx context.Context, id identity.PartyID, request []byte) (identity.Party, error) {
	const op = "admit.Certify"
	for try := 1; ; try++ {
		p, err := a.Store.PartyNow(ctx, id)
		if err != nil {
			return p, fault.At(op, err)
		}
		if p.Standing != identity.PartyActive {
			return p, fault.New(op, fault.Forbidden, "party_suspended")
		}
		c, err := a.Certifier.Party(p.ID, p.Domain, request)
		if err != nil {
			return p, fault.At(op, err)
		}
		was := p
		if p = p.Certified(c); reflect.DeepEqual(p, was) {
			return p, nil
		}
		p.Version++
		_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: identity.PartyCertified, Party: p.ID, Name: &p.Name, Detail: c.Thumbprint, Grounds: []identity.Ground{}},
			identity.AmendParty{Party: p, From: was.Version})
		if try < tries && fault.Because(err, "party_moved") {
			continue
		}
		return p, fault.At(op, err)
	}
}
