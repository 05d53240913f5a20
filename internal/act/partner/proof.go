package partner

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Proof is when a domain was proven last, and whether the ledger says that it is over.
type Proof struct {
	At     time.Time `json:"at"`
	Lapsed bool      `json:"lapsed,omitempty"`
}

// Proven is how a domain of an organisation stands.
type Proven struct {
	Ends time.Time // when it has to be proven anew
	Due  bool      // within 30 days, or it is over
	Over bool
}

// ProvenAt is how one of the organisation's domains stands at a moment. One that was proven
// before moments were kept counts from the founding: it cannot be older.
func (o Organisation) ProvenAt(host string, now time.Time) Proven {
	at := o.Proofs[host].At
	if at.IsZero() {
		at = o.Founded
	}
	ends := law.DomainProofEnds(at)
	return Proven{ends, ends.Sub(now) <= ahead, !now.Before(ends)}
}

// holds refuses a host that the organisation did not prove, by unproven, and one that it
// proved more than a year ago, by "domain_lapsed".
func (o Organisation) holds(host, unproven string, now time.Time) error {
	const op = "partner.holds"
	switch {
	case !slices.Contains(o.Domains, host):
		return fault.Newf(op, fault.Forbidden, unproven, "%s", host)
	case o.ProvenAt(host, now).Over:
		return fault.Newf(op, fault.Forbidden, "domain_lapsed", "%s", host)
	}
	return nil
}

// shown notes that a domain was proven now.
func (o *Organisation) shown(host string, now time.Time) {
	o.Proofs = maps.Clone(o.Proofs)
	if o.Proofs == nil {
		o.Proofs = map[string]Proof{}
	}
	o.Proofs[host] = Proof{At: now}
}

// anew proves a domain again that is the organisation's, from 30 days before its proof ends.
func (a *Act) anew(ctx context.Context, by Who, host string) error {
	return a.amend(ctx, by, Build, identity.PartnerProven, func(o *Organisation) ([]identity.Verb, string, error) {
		if !slices.Contains(o.Domains, host) || !o.ProvenAt(host, a.Now()).Due {
			return nil, "", fault.New("partner.anew", fault.Conflict, "partner_has_it")
		}
		o.shown(host, a.today())
		return nil, host, nil
	})
}

// hosts are those at which a declaration takes answers, notices and requests to erase.
func (d *Declaration) hosts() (all []string) {
	if d == nil {
		return nil
	}
	for _, s := range append(slices.Clone(d.RedirectURIs), d.BackChannel, d.Erasures) {
		if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
			all = append(all, strings.ToLower(u.Hostname()))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lapse says in the ledger, once, which proofs of domains are over. What takes part goes on:
// a clock ends nobody's sign-in, two operators may.
func (a *Act) lapse(ctx context.Context) error {
	var ids []string
	over := func(o Organisation) (hosts []string) {
		for _, host := range o.Domains {
			if o.ProvenAt(host, a.Now()).Over && !o.Proofs[host].Lapsed {
				hosts = append(hosts, host)
			}
		}
		return hosts
	}
	all := []error{a.Dossiers.List(ctx, organisations, func(name string, _ uint64, open func(any) error) error {
		var o Organisation
		err := open(&o)
		if err == nil && len(over(o)) > 0 {
			ids = append(ids, name)
		}
		return err
	})}
	for _, id := range ids {
		all = append(all, a.again(func() error {
			var o Organisation
			version, err := a.Dossiers.Read(ctx, organisations, id, &o)
			hosts := over(o)
			if err != nil || len(hosts) == 0 {
				return gone(err)
			}
			return a.commit(ctx, o, version, identity.PartnerLapsed, func(o *Organisation) ([]identity.Verb, string, error) {
				o.Proofs = maps.Clone(o.Proofs)
				if o.Proofs == nil {
					o.Proofs = map[string]Proof{}
				}
				for _, host := range hosts {
					p := o.Proofs[host]
					p.Lapsed = true
					o.Proofs[host] = p
				}
				return nil, strings.Join(hosts, " "), nil
			})
		}))
	}
	return errors.Join(all...)
}

// Lapse is a domain of a party that takes part, whose proof is over.
type Lapse struct {
	Organisation ID
	Party        identity.PartyID
	Host         string
	Ended        time.Time
}

// Lapses are all of them: what operators speak about with the party, or stop it for.
func (a *Act) Lapses(ctx context.Context) (all []Lapse, err error) {
	const op = "partner.Lapses"
	known := map[ID]Organisation{}
	err = a.Dossiers.List(ctx, applications, func(name string, _ uint64, open func(any) error) error {
		var app Application
		if err := open(&app); err != nil || app.Filed == nil {
			return err
		}
		o, read := known[app.Organisation]
		if !read {
			if _, err := a.Dossiers.Read(ctx, organisations, string(app.Organisation), &o); err != nil {
				return gone(err)
			}
			known[app.Organisation] = o
		}
		var over []Lapse
		for _, host := range app.Filed.hosts() {
			if p := o.ProvenAt(host, a.Now()); slices.Contains(o.Domains, host) && p.Over {
				over = append(over, Lapse{o.ID, identity.PartyID(name), host, p.Ends})
			}
		}
		if len(over) == 0 {
			return nil
		}
		p, err := a.Register.Party(ctx, identity.PartyID(name))
		if err == nil && p.Standing == identity.PartyActive {
			all = append(all, over...)
		}
		return gone(err)
	})
	slices.SortFunc(all, func(x, y Lapse) int { return cmp.Or(cmp.Compare(x.Party, y.Party), cmp.Compare(x.Host, y.Host)) })
	return all, fault.At(op, err)
}
