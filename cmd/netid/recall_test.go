package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/web/operator"
	"netid/test/kit"
)

// Two agree to end certificates, and the server stops before it began: the next start, and
// each hour of it, goes on, and it is said in public once. What nobody approved is not begun.
func TestWhatTwoEndIsGoneOnWith(t *testing.T) {
	h := built(t, true)
	ctx := t.Context()
	system, security := kit.Colleagues(t, h.staff)
	ref, err := h.incident.Open(ctx, incident.Opening{By: "Ann", Kind: "key", Severity: "large", Known: h.Now(), What: "a key was seen"})
	if err != nil {
		t.Fatal(err)
	}
	body := func(reason string) []byte {
		b, err := json.Marshal(operator.Recalled{Choice: recall.Choice{From: h.Now().Add(-2 * time.Hour).UTC(), Until: h.Now().Add(-time.Hour).UTC(), Reason: reason}, Counted: recall.Counted{Certificates: 3}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	goes := h.recall.Go
	h.recall.Go = func(func(context.Context)) {} // it dies here
	if _, err := security.Propose(ctx, h.staff, law.RecallMany, ref, body("nobody approved it")); err != nil {
		t.Fatal(err)
	}
	number, err := security.Propose(ctx, h.staff, law.RecallMany, ref, body("issued wrongly"))
	if err == nil {
		err = system.Decide(ctx, h.staff, number, "approve")
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.staff.Proposal(ctx, number)
	if err != nil || p.State != staff.Done {
		t.Fatal(p.State, err)
	}
	var of operator.Recalled
	if err := json.Unmarshal(p.Body, &of); err != nil {
		t.Fatal(err)
	}
	if far, err := h.recall.Ending(ctx, of.Choice); err != nil || far.Begun {
		t.Fatal("the test's server did not stop:", far, err)
	}
	h.recall = h.recalling(h.recall.Vault, h.recall.Places) // another process
	h.recall.Go = func(do func(context.Context)) { goes(func(context.Context) { do(ctx) }) }
	h.staff.Kinds[law.RecallMany] = operator.RecallKind(h.recall, h.incident)
	for range 2 {
		h.resumeRecalls(ctx)
		for n := 0; ; n++ {
			if far, err := h.recall.Ending(ctx, of.Choice); err != nil || n > 2000 {
				t.Fatal("it is not gone on with:", far, err)
			} else if far.Ended {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	rows, err := h.store.Entries(ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, r := range rows {
		if r.State != identity.EntryPublic {
			continue
		}
		if e, _, err := ledger.OpenEntry(identity.Keys{}, r); err == nil && e.Kind == identity.Recalled {
			said += e.Detail + "\n"
		}
	}
	if strings.Count(said, ": issued wrongly (proposal "+number+")") != 1 || strings.Contains(said, "nobody approved it") {
		t.Error(said)
	}
}
