package admit

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
)

const maxListed = 1000 // addresses of a sector

// Fetch gets a document that a party publishes.
type Fetch func(ctx context.Context, address string) ([]byte, error)

// sector settles under which name the party's pseudonyms are made (OpenID
// Connect Core 1.0 §8.1). Without sector_identifier_uri it is the party's own, so
// that nobody shares it, whatever host they answer at; it begins with https:// in
// no other case, so neither kind passes for the other. With it the sector is the
// host at which a document lists the party's addresses: who can publish there
// controls it. Whoever comes second to a sector would know the first one's
// people by the same names, and so waits for an approval; in a sandbox the
// document must list the others too. first: nobody was there before.
func (a *Act) sector(ctx context.Context, p *identity.Party, in Application) (first bool, err error) {
	const op = "admit.sector"
	if in.SectorURI == "" {
		p.Sector = string(p.ID)
		if len(hosts(p.RedirectURIs)) > 1 {
			return false, fault.New(op, fault.Invalid, "sector_missing")
		}
		return false, nil
	}
	u, err := url.Parse(in.SectorURI)
	if err != nil || a.Fetch == nil || a.Keys.CheckAddress(in.SectorURI) != nil {
		return false, fault.New(op, fault.Invalid, "sector_uri_invalid")
	}
	p.SectorURI, p.Sector = in.SectorURI, "https://"+strings.ToLower(u.Hostname())
	body, err := a.Fetch(ctx, in.SectorURI)
	if err != nil {
		return false, fault.Wrap(op, fault.Invalid, "sector_unreachable", err)
	}
	listed, err := Listed(body)
	if err != nil {
		return false, err
	}
	if !all(listed, p.RedirectURIs) {
		return false, fault.New(op, fault.Invalid, "sector_mismatch")
	}
	others, err := a.others(ctx, *p)
	if err != nil {
		return false, err
	}
	if p.Joins = len(others) > 0; p.Joins && in.Sandbox {
		for _, o := range others {
			if !all(listed, o.RedirectURIs) {
				return false, fault.New(op, fault.Forbidden, "sector_shared")
			}
		}
		p.Joins = false
	}
	return len(others) == 0, nil
}

// others are the parties of the sector that came before, also those that are
// gone: their people have names still.
func (a *Act) others(ctx context.Context, p identity.Party) (others []identity.Party, err error) {
	ps, err := a.Store.Parties(ctx)
	for _, o := range ps {
		if o.Sector == p.Sector && o.ID != p.ID {
			others = append(others, o)
		}
	}
	return others, err
}

// Listed reads a sector's document: one JSON array of at most 1,000 addresses
// (OpenID Connect Registration 1.0 §5). Reason "sector_document_invalid".
func Listed(body []byte) ([]string, error) {
	var all []string
	if err := json.Unmarshal(body, &all); err != nil || !utf8.Valid(body) || len(all) == 0 || len(all) > maxListed || slices.Contains(all, "") {
		return nil, fault.New("admit.Listed", fault.Invalid, "sector_document_invalid")
	}
	return all, nil
}

// all reports whether each address is listed, as exact strings.
func all(listed, addresses []string) bool {
	return !slices.ContainsFunc(addresses, func(s string) bool { return !slices.Contains(listed, s) })
}

// hosts are the different hosts of addresses that were checked before.
func hosts(addresses []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range addresses {
		if u, err := url.Parse(s); err == nil {
			m[strings.ToLower(u.Hostname())] = true
		}
	}
	return m
}
