package verify

import (
	"slices"
	"time"

	"netid/internal/identity"
)

// walletLife is how long a wallet may fetch what the citizen agreed to: what it
// fetches ends with the day, and a wallet that comes later asks again.
const walletLife = 10 * time.Minute

// held is the answer to a wallet: which credentials it may fetch, and nothing
// about the citizen, no pseudonym either.
func (a *Act) held(c identity.Code, p identity.Party, holds []string) identity.Verification {
	v := identity.Verification{Receipt: c.Receipt, Party: p.ID, Mode: c.Mode, Time: a.Now().UTC().Truncate(time.Second), TTL: walletLife, Kinds: []string{}}
	for _, k := range c.Ask.Kinds {
		if item := identity.Attestation(k); item == holds[0] || has(c.Give, item) {
			v.Kinds = append(v.Kinds, k)
		}
	}
	return v
}

// carried parts the items that were asked into those that the wallet is given and the others.
func carried(holds, kinds []string) (given, withheld []string) {
	for _, item := range holds {
		if slices.ContainsFunc(kinds, func(k string) bool { return identity.Attestation(k) == item }) {
			given = append(given, item)
		} else {
			withheld = append(withheld, item)
		}
	}
	return given, withheld
}
