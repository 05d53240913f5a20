package admit

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// proofPath is where a host says whose answers may go to it.
const proofPath = "/.well-known/netid-party.txt"

// owns has each host at which the party takes answers say that they are the
// party's: who can publish there controls it. Asked once for each host, before
// the party takes part with it. An http address is this machine's own (an
// app's), and nobody else's. Reason "domain_unproven".
func (a *Act) owns(ctx context.Context, p *identity.Party) error {
	const op = "admit.owns"
	for _, s := range p.RedirectURIs {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" {
			continue
		}
		host := strings.ToLower(u.Hostname())
		if slices.Contains(p.Proven, host) {
			continue
		}
		if a.Fetch == nil {
			return fault.New(op, fault.Forbidden, "domain_unproven")
		}
		body, err := a.Fetch(ctx, "https://"+host+proofPath)
		if err != nil {
			return fault.Wrap(op, fault.Forbidden, "domain_unproven", err)
		}
		if !Names(body, p.ID) {
			return fault.Newf(op, fault.Forbidden, "domain_unproven", "%s does not name %s", host, p.ID)
		}
		p.Proven = append(p.Proven, host)
	}
	return nil
}

// Names reports whether a line of a host's document is the party's identifier,
// and nothing else: a page that somebody can write a word into proves nothing.
func Names(body []byte, id identity.PartyID) bool {
	for line := range strings.Lines(string(body)) {
		if strings.TrimRight(line, "\r\n") == string(id) && id != "" {
			return true
		}
	}
	return false
}
