package admit

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// proofPath is where a host says whose answers may go to it.
const proofPath = "/.well-known/netid-party.txt"

// owns has each host at which the party takes answers, notices of log-outs and requests
// to erase say that they are the party's: who can publish there controls it, and what is
// sent there is about people. Asked once a year of each host (law.DomainProofEnds), before
// the party takes part with it or with what it changed; who takes part goes on. An http address is this machine's own (an app's), and nobody else's. Reasons
// "domain_unproven" and "address_unproven".
func (a *Act) owns(ctx context.Context, p *identity.Party) error {
	if !a.Now().Before(law.DomainProofEnds(p.ProvenAt)) { // also of before the moment was kept
		p.Proven, p.ProvenAt = nil, time.Time{}
	}
	for _, s := range p.RedirectURIs {
		if err := a.owned(ctx, p, s, "domain_unproven"); err != nil {
			return err
		}
	}
	for _, s := range []string{p.BackChannel, p.Erasures} { // Back-Channel Logout 1.0 §2.2: a log-out token says who
		if err := a.owned(ctx, p, s, "address_unproven"); err != nil {
			return err
		}
	}
	return nil
}

// owned asks the host of one address, where it was not asked before.
func (a *Act) owned(ctx context.Context, p *identity.Party, address, reason string) error {
	const op = "admit.owned"
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return nil
	}
	host := strings.ToLower(u.Hostname())
	if slices.Contains(p.Proven, host) {
		return nil
	}
	if a.Fetch == nil {
		return fault.New(op, fault.Forbidden, reason)
	}
	body, err := a.Fetch(ctx, "https://"+host+proofPath)
	if err != nil {
		return fault.Wrap(op, fault.Forbidden, reason, err)
	}
	if !Names(body, p.ID) {
		return fault.Newf(op, fault.Forbidden, reason, "%s does not name %s", host, p.ID)
	}
	if p.ProvenAt.IsZero() {
		p.ProvenAt = a.Now().UTC().Truncate(time.Second)
	}
	p.Proven = append(p.Proven, host)
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
