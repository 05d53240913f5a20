package partner

import (
	"context"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Domain is a host of an application, and how the proof stands that it is its organisation's.
type Domain struct {
	Host string
	Proven
}

// Background is what the portal has of a party that operators read beside what it declares.
type Background struct {
	Organisation ID
	Domains      []Domain
	Result       *Result // the party's own word: nobody here saw the kit run; nil: it uploaded none
}

// Background gives it; nil of a party that no organisation registered here.
func (a *Act) Background(ctx context.Context, id identity.PartyID) (*Background, error) {
	const op = "partner.Background"
	var app Application
	_, err := a.Dossiers.Read(ctx, applications, string(id), &app)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	var o Organisation
	if err == nil {
		_, err = a.Dossiers.Read(ctx, organisations, string(app.Organisation), &o)
	}
	if err != nil {
		return nil, fault.At(op, err)
	}
	b := &Background{Organisation: o.ID, Result: app.Result}
	for _, host := range app.Filed.hosts() {
		if slices.Contains(o.Domains, host) {
			b.Domains = append(b.Domains, Domain{host, o.ProvenAt(host, a.Now())})
		}
	}
	return b, nil
}
