package kit

import (
	"path/filepath"
	"testing"
	"time"

	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// Origin of every kit's ledger.
const Origin = "netid.ledger"

// KeeperOf wires a ring's keys as the program does.
func KeeperOf(ring *keyring.Ring) *ledger.Keeper {
	lines := []ledger.Line{line(ring, "ledger", "EdDSA")}
	if ring.Profile().SM() {
		lines = append(lines, line(ring, "ledger-sm", suite.AlgSM2))
	}
	return ledger.NewRotatingKeeper(ring.Secret("ledger-row"), ring.Secret("ledger-erase"), Origin, lines...)
}

func line(ring *keyring.Ring, use, alg string) ledger.Line {
	return ledger.Line{Alg: alg, Signers: ring.Signers(use), Handovers: ring.Handovers(use)}
}

// RotateHeads gives the ledger new signing keys, as the command and a running
// server do, by the kit's clock.
func (k *Kit) RotateHeads(t testing.TB) {
	t.Helper()
	record := func(former, next suite.Signer, _ time.Time) (string, error) {
		return ledger.Successor(Origin)(former, next, k.Now())
	}
	dir := filepath.Join(k.Dir, "keyring")
	uses := []string{"ledger"}
	if k.Profile.SM() {
		uses = append(uses, "ledger-sm")
	}
	for _, use := range uses {
		_, err := keyring.Succeed(dir, keyring.MasterFile(filepath.Join(dir, "master")), use, record)
		must(t, err)
	}
	_, err := k.Ring.Refresh()
	must(t, err)
	must(t, k.Store.Reseal(t.Context()))
}
