package kit

import (
	"context"
	"path/filepath"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite/keyring"
)

// Keys are the kit's own keyring, for the acts of two about keys.
type Keys struct{ *Kit }

func (k Keys) place() (dir string, m keyring.Master) {
	dir = filepath.Join(k.Dir, "keyring")
	return dir, keyring.MasterFile(filepath.Join(dir, "master"))
}

// Keys lists them.
func (k Keys) Keys() (all []ceremony.Key) {
	for _, e := range k.Ring.List() {
		all = append(all, ceremony.Key{ID: e.ID, Use: e.Use, Algorithm: e.Kind.Algorithm(), State: string(e.State), Life: string(keyring.ClassOf(e.Use)), Created: e.Created, Free: k.Ring.Until(e.ID)})
	}
	return all
}

// Rotate draws a key, and the kit takes it over.
func (k Keys) Rotate(use, from string) error {
	var record keyring.Record
	if keyring.Pinned(use) {
		record = ledger.Successor("netid.example/ledger")
	}
	dir, m := k.place()
	_, err := keyring.RotateFrom(dir, m, use, from, record)
	if err == nil {
		_, err = k.Ring.Refresh()
	}
	return err
}

// Retire ends one.
func (k Keys) Retire(_ context.Context, id string) error {
	dir, m := k.place()
	_, err := keyring.Retire(dir, m, id, false)
	if err == nil {
		_, err = k.Ring.Refresh()
	}
	return err
}

// Ceremonies are the acts of two about the kit's keys.
func (k *Kit) Ceremonies() *ceremony.Act {
	return &ceremony.Act{Ring: Keys{k}, Officers: k.Officers.Quorum, Now: k.Now}
}

// Two registers with the console what two of it do in a served one about keys.
func (k *Kit) Two() {
	keys := k.Ceremonies()
	k.Staff.Kinds = map[law.Action]staff.Kind{law.KeyCeremony: {
		Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return keys.Judge(p.Subject, p.Body)
		},
		After: func(ctx context.Context, p staff.Proposal) error { return keys.Carry(ctx, p.Body) },
	}}
}
