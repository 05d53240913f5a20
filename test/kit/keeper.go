package kit

import (
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// Origin of every kit's ledger.
const Origin = "netid.ledger"

// keeperOf wires a ring's keys as the program does.
func keeperOf(ring *keyring.Ring) *ledger.Keeper {
	lines := []ledger.Line{line(ring, "ledger", "EdDSA")}
	if ring.Profile().SM() {
		lines = append(lines, line(ring, "ledger-sm", suite.AlgSM2))
	}
	return ledger.NewRotatingKeeper(ring.Secret("ledger-row"), ring.Secret("ledger-erase"), Origin, lines...)
}

func line(ring *keyring.Ring, use, alg string) ledger.Line {
	handovers := ring.Handovers(use)
	return ledger.Line{Alg: alg, Signers: ring.Signers(use), Handovers: func() (all []ledger.Handover) {
		for _, h := range handovers() {
			all = append(all, ledger.Handover{Note: h.Record, Retired: h.Retired, Compromised: h.Compromised})
		}
		return all
	}}
}
