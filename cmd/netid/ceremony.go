package main

import (
	"context"
	"maps"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite/keyring"
	"netid/internal/web/operator"
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

// two registers what two of the console do beside parties: about incidents, the stop of
// issuance, keys, counters and officers.
func (h *house) two() {
	maps.Copy(h.staff.Kinds, aboutIncidents(h.incident))
	maps.Copy(h.staff.Kinds, aboutStops(h.incident))
	keys := h.ceremonies()
	h.staff.Kinds[law.KeyCeremony] = staff.Kind{
		Check: func(_ context.Context, p staff.Proposal) (identity.Text, error) {
			return keys.Judge(p.Subject, p.Body)
		},
		After: func(ctx context.Context, p staff.Proposal) error { return keys.Carry(ctx, p.Body) },
	}
	h.staff.Kinds[law.GrantExcept] = operator.ExceptionKind(h.counters)
	h.staff.Kinds[law.RecallMany] = operator.RecallKind(h.recall, h.incident)
	h.staff.Kinds[law.NameOfficer] = operator.OfficerKind(h.assist, h.staff.PersonOf)
}
