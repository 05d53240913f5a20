package vci_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// A persona offers, a wallet takes the offer up, and the persona reads it in their records.
func TestAWalletTakesUpAnOffer(t *testing.T) {
	s := sandboxtest.Start(t)
	out, errs, code := s.Run("persona", "offer", "adult", "--tx-code", "--server", s.URL)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) < 2 {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	w := newWallet(t, s.URL)
	o := w.offer(lines[len(lines)-1])
	tx := lines[len(lines)-2]
	if len(o.Kinds) != 2 || o.Issuer != s.URL || o.tx() != len(tx) {
		t.Fatalf("%+v %q", o, tx)
	}
	w.refused(w.redeem(o, ""), 400, "invalid_request")
	w.refused(w.redeem(o, "x"), 400, "invalid_grant")
	granted := w.ok(w.redeem(o, tx))
	w.take(granted)
	for _, kind := range o.Kinds {
		texts := w.credentials(kind, 20)
		w.check(kind, texts, map[string]bool{"age": true}[kind])
	}
	out, errs, _ = s.Run("persona", "records", "adult", "--server", s.URL)
	if n := strings.Count(out, "attested "); n != 2 {
		t.Errorf("%d records:\n%s%s", n, out, errs)
	}

	t.Run("H08", func(t *testing.T) { // the same offer a second time ends what came of it
		w := w.with(t)
		w.refused(w.redeem(o, tx), 400, "invalid_grant")
		w.refused(w.ask(map[string]any{"credential_configuration_id": "age", "proofs": w.proofs(1, nil)}), 400, "credential_request_denied")
	})
	modules(t, s)
	t.Run("by reference", func(t *testing.T) {
		out, errs, code := s.Run("persona", "offer", "adult", "--reference", "--server", s.URL)
		address := strings.TrimSpace(out)
		if code != 0 || len(address) > 500 || !strings.Contains(address, "credential_offer_uri=") {
			t.Fatalf("%d characters: %s%s", len(address), out, errs)
		}
		w := newWallet(t, s.URL)
		w.offer(address) // it may be fetched again, and serves once
		w.take(w.ok(w.redeem(w.offer(address), "")))
		w.credentials("person", 1)
		resp, err := http.Get(s.URL + "/wallet/offers/x")
		if err != nil || resp.StatusCode != 404 {
			t.Error(resp, err)
		}
	})
	t.Run("deferred", func(t *testing.T) {
		w := newWallet(t, s.URL)
		w.take(w.ok(w.redeem(w.offered(s, "--deferred"), "")))
		a := w.ask(map[string]any{"credential_configuration_id": "age", "proofs": w.proofs(3, nil)})
		id := a.body["transaction_id"]
		if a.status != 202 || id == nil {
			t.Fatal(a.status, a.body)
		}
		for again := 0; a.status == 202; again++ {
			if a.body["transaction_id"] != id || a.body["interval"] == nil || again > 100 {
				t.Fatal(a.body)
			}
			time.Sleep(500 * time.Millisecond)
			a = w.again(id)
		}
		if all, _ := w.ok(a).body["credentials"].([]any); len(all) != 3 {
			t.Error(a.body)
		}
		w.refused(w.again(id), 400, "invalid_transaction_id")
	})
	t.Run("freeze", func(t *testing.T) { // H12
		w := newWallet(t, s.URL)
		w.take(w.ok(w.redeem(w.offered(s), "")))
		w.credentials("age", 1)
		s.Run("persona", "freeze", "adult", "--server", s.URL)
		w.refused(w.ask(map[string]any{"credential_configuration_id": "age", "proofs": w.proofs(1, nil)}), 400, "credential_request_denied")
		w.refused(w.renew(), 400, "invalid_grant")
		s.Run("persona", "thaw", "adult", "--server", s.URL)
	})
}
