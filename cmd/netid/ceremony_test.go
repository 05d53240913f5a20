package main

import (
	"encoding/json"
	"testing"
	"time"

	"netid/internal/act/ceremony"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/law"
)

// A rotation that two agreed to reaches the running server's own keyring, also of a key that
// witnesses pinned, and is not done twice.
func TestTwoRotateTheServersKeys(t *testing.T) {
	h := built(t, true)
	kind := h.staff.Kinds[law.KeyCeremony]
	for _, use := range []string{"token", "ledger"} {
		id := h.ring.Signer(use).KeyID()
		body, err := json.Marshal(ceremony.Order{Do: ceremony.Rotate, Use: use, Key: id})
		if err != nil {
			t.Fatal(err)
		}
		p := staff.Proposal{Subject: use, Body: body}
		if _, err := kind.Check(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := kind.After(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		live := 0
		for until := time.Now().Add(10 * time.Second); live < 2 && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			live = len(h.ring.Signers(use)()) // watchKeys takes it over
		}
		if live != 2 || h.ring.Signer(use).KeyID() == id {
			t.Errorf("%d keys of %s", live, use)
		}
		if _, err := kind.Check(t.Context(), p); !fault.Because(err, "key_moved") {
			t.Error(err)
		}
		if err := (keysOf{h}).Retire(t.Context(), id); !fault.Because(err, "key_overlap") {
			t.Error(err)
		}
	}
}
