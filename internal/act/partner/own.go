package partner

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// proofPath is where a host says whose it is: the file in which it also names its
// parties (act/admit), a line each.
const proofPath = "/.well-known/netid-party.txt"

// Prove has a host say that it is the organisation's: who can publish there controls
// it. A host is one organisation's. A proof is good for a year (law.DomainProofEnds), and is
// given anew from 30 days before its end. Reasons "domain_invalid", "domain_unproven",
// "domain_claimed", "partner_has_it".
func (a *Act) Prove(ctx context.Context, by Who, host string) error {
	const op = "partner.Prove"
	if !hostname(host) {
		return fault.New(op, fault.Invalid, "domain_invalid")
	}
	o, _, err := a.read(ctx, by, Build)
	if err != nil { // before we knock anywhere for them
		return fault.At(op, err)
	}
	// Of hosts at which we knock in vain nothing is written, and each may be somebody else's.
	i := a.Cover.Digest([]byte("partner-proofs"), []byte(by.Organisation))
	if err := a.Store.Jot(ctx, identity.Count{Index: i[:], Limit: knocks, Window: time.Hour, Now: a.Now()}); err != nil {
		return many(op, err)
	}
	body, err := a.Fetch(ctx, "https://"+host+proofPath)
	if err != nil {
		return fault.Wrap(op, fault.Forbidden, "domain_unproven", err)
	}
	if !names(body, by.Organisation) {
		return fault.New(op, fault.Forbidden, "domain_unproven")
	}
	if slices.Contains(o.Domains, host) {
		return fault.At(op, a.anew(ctx, by, host))
	}
	return fault.At(op, a.own(ctx, by, domains, host, "domain_claimed", identity.PartnerProven, func(o *Organisation) bool {
		o.shown(host, a.today())
		return add(&o.Domains, host)
	}))
}

// names: a line of its own, since a page into which somebody can write a word proves nothing.
func names(body []byte, id ID) bool {
	for line := range strings.Lines(string(body)) {
		if strings.TrimRight(line, "\r\n") == string(id) && id != "" {
			return true
		}
	}
	return false
}

// hostname is a name in lower-case letters with at least one dot, no address and no port.
func hostname(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil || len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// Audience is for whom a party's key signs that this organisation may have it: no
// assertion that the party makes elsewhere serves here, and none for another organisation.
func (a *Act) Audience(org ID) string { return a.Issuer + "/partner/claim/" + string(org) }

// Claim makes a party that is already registered the organisation's, by its key alone:
// never by its name, its domain or its credit code (M09). A party is one organisation's.
func (a *Act) Claim(ctx context.Context, by Who, id identity.PartyID, assertion string) error {
	const op = "partner.Claim"
	if _, _, err := a.read(ctx, by, Build); err != nil {
		return fault.At(op, err)
	}
	if err := a.Parties.Proves(ctx, id, a.Audience(by.Organisation), assertion); err != nil {
		return fault.Wrap(op, fault.Forbidden, "party_key_unproven", err)
	}
	return fault.At(op, a.own(ctx, by, applications, string(id), "party_claimed", identity.PartnerClaimed, func(o *Organisation) bool {
		return add(&o.Applications, id)
	}))
}

// owner is whose a domain or a party is.
type owner struct {
	Organisation ID `json:"o"`
}

// own writes, in one commit, that a thing is the organisation's and nobody else's.
func (a *Act) own(ctx context.Context, by Who, kind, name, taken string, said identity.EventKind, note func(*Organisation) bool) error {
	const op = "partner.own"
	err := a.amend(ctx, by, Build, said, func(o *Organisation) ([]identity.Verb, string, error) {
		switch {
		case !note(o):
			return nil, "", fault.New(op, fault.Conflict, "partner_has_it")
		case len(o.Domains) > maxOwned || len(o.Applications) > maxOwned:
			return nil, "", fault.New(op, fault.TooMany, "partner_full")
		}
		kept, err := a.Dossiers.Keep(kind, name, 0, owner{o.ID})
		return append(a.pace(o), kept), name, err
	})
	if fault.Because(err, "dossier_exists") {
		return fault.Wrap(op, fault.Conflict, taken, err)
	}
	return err
}

// Owner is the organisation that proved that a party is its own; NotFound where none did.
func (a *Act) Owner(ctx context.Context, id identity.PartyID) (ID, error) {
	var o owner
	_, err := a.Dossiers.Read(ctx, applications, string(id), &o)
	return o.Organisation, fault.At("partner.Owner", err)
}

func add[T comparable](all *[]T, one T) bool {
	if slices.Contains(*all, one) {
		return false
	}
	*all = append(slices.Clone(*all), one)
	return true
}

// Leave ends the organisation: its members, keys, tokens and what it proved go in one
// commit, and nobody is signed in any more. Parties that still take part are
// removed before ("partner_applications"): records of citizens name them.
func (a *Act) Leave(ctx context.Context, by Who) error {
	const op = "partner.Leave"
	return fault.At(op, a.again(func() error {
		o, version, err := a.read(ctx, by, Govern)
		if err != nil {
			return err
		}
		if len(o.Applications) > 0 {
			return fault.New(op, fault.Conflict, "partner_applications")
		}
		verbs := []identity.Verb{a.Dossiers.Drop(organisations, string(o.ID), version)}
		for _, host := range o.Domains {
			at, err := a.Dossiers.Read(ctx, domains, host, &owner{})
			if err != nil {
				return err
			}
			verbs = append(verbs, a.Dossiers.Drop(domains, host, at))
		}
		_, err = a.Book.RecordPublic(ctx, event(identity.PartnerLeft, o.ID, ""), verbs...)
		return err
	}))
}

// Release gives a party back that the service removed: it is no longer the organisation's.
// gone is what the caller read of it, since this act knows no party's standing.
func (a *Act) Release(ctx context.Context, by Who, id identity.PartyID, gone bool) error {
	const op = "partner.Release"
	if !gone {
		return fault.New(op, fault.Conflict, "partner_applications")
	}
	var w Application
	at, err := a.Dossiers.Read(ctx, applications, string(id), &w)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fault.At(op, err)
	}
	if err != nil || w.Organisation != by.Organisation { // which of both, is nobody's to learn
		return fault.New(op, fault.NotFound, "partner_application_unknown")
	}
	if w.Due != "" { // the register may be taking it at this moment
		return fault.New(op, fault.Conflict, "partner_application_busy")
	}
	return fault.At(op, a.amend(ctx, by, Govern, identity.PartnerReleased, func(o *Organisation) ([]identity.Verb, string, error) {
		o.Applications = slices.DeleteFunc(slices.Clone(o.Applications), func(p identity.PartyID) bool { return p == id })
		return []identity.Verb{a.Dossiers.Drop(applications, string(id), at)}, string(id), nil
	}))
}
