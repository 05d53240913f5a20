package main

import (
	"context"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite/keyring"
)

// keysOf is the keyring as two of the console reach into it. What they change lies on the
// disk; this server and others of the directory take it over as they do netid keys.
type keysOf struct{ h *house }

func (k keysOf) Keys() (all []ceremony.Key) {
	for _, e := range k.h.ring.List() {
		all = append(all, ceremony.Key{ID: e.ID, Use: e.Use, Algorithm: e.Kind.Algorithm(), State: string(e.State), Life: string(keyring.ClassOf(e.Use)), Created: e.Created, Free: k.h.ring.Until(e.ID)})
	}
	return all
}

func (k keysOf) Rotate(use, from string) error {
	var record keyring.Record
	if keyring.Pinned(use) {
		record = ledger.Successor(origin)
	}
	_, err := keyring.RotateFrom(keyringDir(k.h.Data), k.h.Master, use, from, record)
	return err
}

func (k keysOf) Retire(ctx context.Context, id string) error {
	if err := settled(ctx, k.h.Site, id); err != nil {
		return err
	}
	_, err := keyring.Retire(keyringDir(k.h.Data), k.h.Master, id, false)
	return err
}

// ceremonies are the acts of two about keys.
func (h *house) ceremonies() *ceremony.Act {
	return &ceremony.Act{Ring: keysOf{h}, Officers: h.quorum, Now: h.Now}
}

// aboutKeys is the kind of proposal by which two rotate or end a key, or record that a
// ceremony was held.
func aboutKeys(keys *ceremony.Act) map[law.Action]staff.Kind {
	return map[law.Action]staff.Kind{law.KeyCeremony: {
		Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return keys.Judge(p.Subject, p.Body)
		},
		After: func(ctx context.Context, p staff.Proposal) error { return keys.Carry(ctx, p.Body) },
	}}
}
