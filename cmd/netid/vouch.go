package main

import (
	"errors"
	"fmt"
	"os"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/attestation"
)

// walletEntry is a provider of wallets, or of what they keep keys in, that the
// operator believes (HAIP 1.0 §4.4.1, §4.5.1).
type walletEntry struct {
	Name    string   `yaml:"name"`    // for people
	Roots   string   `yaml:"roots"`   // PEM file: whose certificates its attestations come with
	Clients []string `yaml:"clients"` // the wallets whose instances and keys it vouches for; empty: it makes key stores, and vouches for keys alone
}

// openWallets reads the list. One wallet has one provider: where two could speak for it, the weaker would count.
func openWallets(list []walletEntry) (all attestation.Trust, err error) {
	seen := map[string]bool{}
	for _, e := range list {
		if e.Name == "" || e.Roots == "" {
			return nil, errors.New("wallets: each entry needs a name and roots")
		}
		p := attestation.Provider{Name: e.Name}
		for _, c := range e.Clients {
			id, err := identity.ParsePartyID(c)
			if err != nil || seen[c] {
				return nil, fmt.Errorf("wallets: %q is no identifier of a party, or is there twice", c)
			}
			seen[c] = true
			p.Wallets = append(p.Wallets, id)
		}
		b, err := os.ReadFile(e.Roots)
		if err != nil {
			return nil, err
		}
		if p.Roots, err = suite.ParseRoots(b); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Roots, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// triedWallets are those of a sandbox's command line: CLIENT=FILE.
func triedWallets(files map[string]string) (attestation.Trust, error) {
	var list []walletEntry
	for client, file := range files {
		list = append(list, walletEntry{Name: "sandbox: " + client, Roots: file, Clients: []string{client}})
	}
	return openWallets(list)
}

// ways are those in which parties may prove themselves that not every service has.
type ways struct {
	mtls
	wallets attestation.Trust
}

// offers refuses a way of authentication that the service does not have, and a
// wallet for which nobody vouches: it could never come in.
func (w ways) offers(p identity.PartyID, m identity.PartyAuth) error {
	if m != identity.AuthWallet {
		return w.mtls.offers(m)
	}
	if !w.wallets.Makes(p) {
		return fault.New("ways.offers", fault.Invalid, "wallet_unvouched")
	}
	return nil
}
