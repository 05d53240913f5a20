package vci_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
)

type waiting struct {
	ID       string `json:"transaction_id"`
	Interval int
}

func later(t testing.TB, w *httptest.ResponseRecorder) (a waiting) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 202 || a.ID == "" || a.Interval < 1 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(w.Code, w.Body, err)
	}
	return a
}

func (d *desk) again(t testing.TB, token, id string) *httptest.ResponseRecorder {
	t.Helper()
	b, err := json.Marshal(map[string]any{"transaction_id": id, "unknown": 1})
	if err != nil {
		t.Fatal(err)
	}
	return d.send("POST", "/deferred-credential", "application/json", string(b), "Authorization", "Bearer "+token)
}

// What cannot be made now is asked for again, under the same id until it comes: the
// largest batch too, each proof over a nonce of its own.
func TestDeferred(t *testing.T) {
	d := newDesk(t)
	var proofs []string
	for range attest.BatchMost {
		proofs = append(proofs, d.proof(t, signer(t)))
	}
	d.fails = fault.New("desk", fault.Unavailable, "store_unavailable")
	first := later(t, d.ask(t, "access", of(proofs...)))
	asked := d.now
	d.now = d.now.Add(10 * time.Minute) // the proofs are old by now; they were good when they came
	if next := later(t, d.again(t, "access", first.ID)); next.ID != first.ID {
		t.Error("another id")
	}
	d.fails = nil
	w := d.again(t, "access", first.ID)
	var a struct {
		Credentials []any
		ID          string `json:"notification_id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || len(a.Credentials) != len(proofs) || a.ID == "" {
		t.Fatal(w.Code, w.Body)
	}
	o := d.orders[0]
	if len(d.orders) != 1 || len(o.Keys) != len(proofs) || len(o.Nonces) != len(proofs) || !o.Since.Equal(asked.Truncate(time.Second)) || o.Nonces[0].Until.Before(asked.Add(time.Hour)) {
		t.Errorf("%+v", o)
	}
	for _, reason := range []string{"nonce_used", "key_used"} { // it was obtained
		d.fails = fault.New("desk", fault.Conflict, reason)
		told(t, d.again(t, "access", first.ID), 400, "invalid_transaction_id")
	}
	d.fails = fault.New("desk", fault.Conflict, "standing_changed") // whoever may not have it any more is told that
	told(t, d.again(t, "access", first.ID), 400, "credential_request_denied")
}

func TestH10TransactionsOfOthers(t *testing.T) {
	d := newDesk(t)
	d.fails = fault.New("desk", fault.Unavailable, "store_unavailable")
	mine := later(t, d.ask(t, "access", of(d.proof(t, signer(t)))))
	d.fails = nil
	told(t, d.again(t, "access-2", mine.ID), 400, "invalid_transaction_id")
	told(t, d.again(t, "another", mine.ID), 401, "invalid_token")
	told(t, d.again(t, "access", ""), 400, "invalid_transaction_id")
	told(t, d.again(t, "access", mine.ID[1:]), 400, "invalid_transaction_id")
	told(t, newDesk(t).again(t, "access", mine.ID), 400, "invalid_transaction_id")
	d.now = d.now.Add(time.Hour)
	told(t, d.again(t, "access", mine.ID), 400, "invalid_transaction_id")
	if len(d.orders) > 0 {
		t.Errorf("%+v", d.orders)
	}
}

// An answer that there is nothing yet is sealed as any (§8.3), and each request says anew to whom.
func TestDeferredIsSealed(t *testing.T) {
	d := newDesk(t)
	s := newSealing(t, d)
	d.fails = fault.New("desk", fault.Unavailable, "store_unavailable")
	w := s.post("/credential", s.seal(t, "A128GCM", s.request(t, "credential_response_encryption", s.answered("A256GCM"))))
	id, _ := s.open(t, w, "A256GCM")["transaction_id"].(string)
	if w.Code != 202 || id == "" {
		t.Fatal(w.Code)
	}
	if a := later(t, s.post("/deferred-credential", s.seal(t, "A128GCM", map[string]any{"transaction_id": id}))); a.ID != id {
		t.Error(a)
	}
	d.fails = nil
	w = s.post("/deferred-credential", s.seal(t, "A128GCM", map[string]any{"transaction_id": id, "credential_response_encryption": s.answered("A128GCM")}))
	if o := s.open(t, w, "A128GCM"); w.Code != 200 || o["credentials"] == nil {
		t.Error(w.Code, o)
	}
	told(t, d.send("POST", "/deferred-credential", "application/json", `{"transaction_id":"x","credential_response_encryption":{}}`, "Authorization", "Bearer access"), 400, "invalid_encryption_parameters")
}

// FuzzTransaction: what was not sealed here is no transaction.
func FuzzTransaction(f *testing.F) {
	d := newDesk(f)
	f.Add("x")
	f.Fuzz(func(t *testing.T, id string) {
		if w := d.again(t, "access", id); w.Code != 400 && w.Code != 413 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
