package keyring

import (
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
)

// Record writes down that a signer succeeds another, signed by both. This
// package keeps what it gives and does not know the form: whoever checks
// signatures by a pinned key does.
type Record func(former, next suite.Signer, at time.Time) (string, error)

// Pinned uses sign what outsiders check by a key that they keep for years. A
// new key is worth nothing to them without a record that leads to it.
func Pinned(use string) bool { return use == "ledger" || use == "ledger-sm" }

// Succeed is Rotate for the keys that others pin. The record is made while
// both private keys are at hand, and is part of the manifest that names the
// new key: there is never one without the other. It stays when the former key
// is destroyed. Fails as Rotate does, and with Invalid "key_unknown" for a use
// of which no record is made.
func Succeed(dir string, master Master, use string, record Record) (Entry, error) {
	if !Pinned(use) {
		return Entry{}, fault.Newf("keyring.Succeed", fault.Invalid, "key_unknown", "no record is made of a changed key of %s", use)
	}
	return change(dir, master, func(o opening, m *manifest) (Entry, error) {
		o.record = record
		return o.rotate(m, use)
	})
}

// recorded refuses to change a pinned key without a record.
func (o opening) recorded(use string) error {
	if Pinned(use) != (o.record != nil) {
		return fault.Newf("keyring.recorded", fault.Forbidden, "key_fixed", "%s changes with a record of the change alone", use)
	}
	return nil
}

// succession makes the record of a new key whose file is written already.
func (o opening) succession(former, next Entry) (string, error) {
	const op = "keyring.succession"
	if o.record == nil {
		return "", nil
	}
	var two [2]suite.Signer
	for i, e := range []Entry{former, next} {
		_, key, err := o.readKey(e)
		if err != nil {
			return "", fault.At(op, err)
		}
		h := newHeld()
		if _, err := h.hold(e, key); err != nil {
			return "", fault.At(op, err)
		}
		two[i] = h.signers[e.Use][0]
	}
	record, err := o.record(two[0], two[1], next.Created)
	if err == nil && record == "" {
		err = fault.Newf(op, fault.Internal, "internal", "an empty record")
	}
	return record, fault.At(op, err)
}

// Handovers gives the changes of a use, oldest first, at each call as they are then.
func (r *Ring) Handovers(use string) func() []suite.Handover {
	return func() []suite.Handover { return r.now.Load().handovers(use) }
}

func (h *held) handovers(use string) (all []suite.Handover) {
	var former Entry
	for _, e := range h.entries { // by turn
		if e.Use != use {
			continue
		}
		if e.Succession != "" {
			all = append(all, suite.Handover{Record: e.Succession, Retired: former.Retired, Compromised: former.Compromised})
		}
		former = e
	}
	return all
}
