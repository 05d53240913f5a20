package admit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/roster"
	"netid/test/kit"
)

// standing is what the store says of a party.
func standing(t *testing.T, k *kit.Kit, id identity.PartyID) identity.Party {
	t.Helper()
	p, err := k.Store.PartyNow(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// M09: outside of a sandbox a party takes part when two operators endorsed exactly
// what it registered: not one, not one twice, not a stranger, not over other words.
func TestM09TwoOperatorsApproveAParty(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	if p, _, err := k.Admit.Register(ctx, good()); err != nil || p.Standing != identity.PartySuspended || p.Reason != identity.PartyReview {
		t.Fatalf("takes part with nobody behind it: %+v %v", p, err)
	}
	stranger, err := roster.NewKey(identity.ES256)
	if err != nil {
		t.Fatal(err)
	}
	p := standing(t, k, "shop")
	other := p
	other.Name.EN = "Ministry"
	another, err := stranger.Endorse(kit.Issuer, "party", "shop", p.Record())
	if err != nil {
		t.Fatal(err)
	}
	mine := k.EndorseAs(0, p)
	named := mine
	named.Operator = k.EndorseAs(1, p).Operator
	refused := func(when string) {
		t.Helper()
		for what, e := range map[string]identity.Endorsement{
			"a stranger's": another, "over another name": k.EndorseAs(1, other), "in another's name": named, "nobody's": {}, "nothing signed": {Operator: named.Operator},
		} {
			if _, err := k.Admit.Approve(ctx, "shop", e, false); !fault.Because(err, "endorsement_invalid") {
				t.Errorf("%s, %s: %v", when, what, err)
			}
		}
		if _, err := k.Admit.Resume(ctx, "shop", false); !fault.Because(err, "party_unapproved") {
			t.Errorf("%s: resumed: %v", when, err)
		}
		if now := standing(t, k, "shop"); now.Standing != identity.PartySuspended {
			t.Errorf("%s: takes part", when)
		}
	}
	refused("before")
	if p, err := k.Admit.Approve(ctx, "shop", mine, false); err != nil || p.Standing != identity.PartySuspended || len(p.Endorsed) != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, 0, "shop"), false); !fault.Because(err, "endorsed_already") { // another signature, the same operator
		t.Errorf("one operator twice: %v", err)
	}
	refused("proposed")
	if p, err := k.Admit.Approve(ctx, "shop", k.EndorseAs(1, p), false); err != nil || p.Standing != identity.PartyActive || p.Reason != "" || p.Endorsed[0].Operator != mine.Operator || p.Endorsed[1].Time != k.Now() {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := k.Admit.Approve(ctx, "shop", k.EndorseAs(2, p), false); !fault.Because(err, "party_approved") {
		t.Errorf("a third: %v", err)
	}
	// Stopping it is one operator's matter, and so is letting what two approved go on.
	if _, err := k.Admit.Suspend(ctx, "shop", "complaints"); err != nil {
		t.Fatal(err)
	}
	if p, err := k.Admit.Resume(ctx, "shop", false); err != nil || p.Standing != identity.PartyActive {
		t.Errorf("%+v %v", p, err)
	}
}

// M09: both signatures stand in the public ledger, over a digest that anybody who
// has the record can compute.
func TestM09TheLedgerHasBothSignatures(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	for range 2 { // said once
		if err := k.Admit.Seat(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := k.Admit.Register(ctx, good()); err != nil {
		t.Fatal(err)
	}
	p, err := k.Approve(ctx, "shop", false)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := k.Store.Entries(ctx, 0, 100)
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d %v", len(rows), err)
	}
	var events []identity.Event
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(identity.Keys{}, r)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	approved := events[3]
	if events[0].Kind != identity.OperatorsNamed || events[2].Kind != identity.PartyProposed || len(events[2].Endorsed) != 1 || approved.Kind != identity.PartyApproved || len(approved.Endorsed) != 2 ||
		approved.Detail != roster.Digest(p.Record()) || events[1].Detail != approved.Detail {
		t.Fatalf("%+v", events)
	}
	var named = map[string]string{}
	for i, key := range k.Admit.Operators.Keys() {
		named[fmt.Sprint(i)] = key
	}
	outside, err := roster.New(kit.Issuer, named) // what an auditor makes of the first event
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range approved.Endorsed {
		if err := outside.Check(e, "party", "shop", p.Record()); err != nil {
			t.Error(err)
		}
	}
}

// M09: whatever is changed afterwards, by the party or in the operator's file,
// takes two operators again, and they see what was in force before.
func TestM09AnAmendmentIsApprovedAnew(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	keyed := good()
	keyed.JWKS = keys(t)
	if _, _, err := k.Admit.Keep(ctx, keyed); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Approve(ctx, "shop", false); err != nil {
		t.Fatal(err)
	}
	before := standing(t, k, "shop")
	for what, change := range map[string]func(*admit.Application){
		"name":     func(a *admit.Application) { a.Name = "Ministry" },
		"redirect": func(a *admit.Application) { a.RedirectURIs = append(a.RedirectURIs, "https://shop.example/other") },
		"purpose":  func(a *admit.Application) { a.Purpose = "Something else" },
		"basis":    func(a *admit.Application) { a.Bases, a.KeepDays = map[string]string{"name": "a law"}, 30 },
		"mark":     func(a *admit.Application) { a.AgeMarks = map[string]string{"over18": "another law"} },
		"otherwise": func(a *admit.Application) {
			a.Otherwise = []identity.Way{{Text: identity.Text{EN: "Post", ZH: "邮寄"}}}
		},
		"keys":    func(a *admit.Application) { a.JWKS = keys(t) },
		"offline": func(a *admit.Application) { a.Offline = 30 },
		"log-out": func(a *admit.Application) { a.PostLogout = []string{"https://shop.example/bye"} },
	} {
		in := keyed
		change(&in)
		if _, _, err := k.Admit.Keep(ctx, in); !fault.Because(err, "party_unapproved") {
			t.Errorf("%s: %v", what, err)
		}
		draft, err := k.Admit.Judge(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Endorsed = []identity.Endorsement{k.EndorseAs(0, draft), k.EndorseAs(0, draft), k.EndorseAs(1, before)}
		if _, _, err := k.Admit.Keep(ctx, in); !fault.Because(err, "party_unapproved") {
			t.Errorf("%s, with one operator twice and one of before: %v", what, err)
		}
		if now := standing(t, k, "shop"); now.Version != before.Version {
			t.Fatalf("%s: in force unapproved", what)
		}
	}
	if _, err := k.Admit.Suspend(ctx, "shop", "complaints"); err != nil {
		t.Fatal(err)
	}
	in := keyed
	in.Name = "Shop, renamed"
	if _, _, err := k.Admit.Keep(ctx, in); !fault.Because(err, "party_unapproved") || standing(t, k, "shop").Name.EN != "Shop" {
		t.Errorf("while it is suspended: %v", err)
	}
	if _, err := k.Admit.Resume(ctx, "shop", false); err != nil {
		t.Fatal(err)
	}
	draft, err := k.Admit.Judge(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Endorsed = []identity.Endorsement{k.EndorseAs(0, draft), k.EndorseAs(2, draft)}
	for range 2 { // at each start
		if p, _, err := k.Admit.Keep(ctx, in); err != nil || p.Name.EN != in.Name || p.Standing != identity.PartyActive {
			t.Fatalf("%+v %v", p, err)
		}
	}
	fresh := in
	fresh.ID, fresh.JWKS = "fresh", keys(t)
	if draft, err = k.Admit.Judge(fresh); err != nil {
		t.Fatal(err)
	}
	fresh.Endorsed = []identity.Endorsement{k.EndorseAs(1, draft), k.EndorseAs(2, draft)}
	if p, _, err := k.Admit.Keep(ctx, fresh); err != nil || p.Standing != identity.PartyActive {
		t.Errorf("a new one that two signed: %+v %v", p, err)
	}

	// One that registered itself waits with what it says now, beside what was.
	k.Published = map[string]string{}
	own, told, err := k.Admit.Enter(ctx, invited(t, k), good())
	if err != nil {
		t.Fatal(err)
	}
	k.Published["https://shop.example/.well-known/netid-party.txt"] = string(own.ID)
	if own, err = k.Approve(ctx, own.ID, false); err != nil {
		t.Fatal(err)
	}
	changed := good()
	changed.Name = "Ministry"
	p, _, err := k.Admit.Change(ctx, own.ID, told.Access, changed)
	if err != nil || p.Standing != identity.PartySuspended || len(p.Endorsed) != 0 {
		t.Fatalf("%+v %v", p, err)
	}
	var was struct{ Name identity.Text }
	if json.Unmarshal(p.Before, &was) != nil || was.Name != own.Name {
		t.Errorf("before: %s", p.Before)
	}
	if _, err := k.Admit.Approve(ctx, own.ID, k.EndorseAs(2, own), false); !fault.Because(err, "endorsement_invalid") {
		t.Errorf("approved as it was before: %v", err)
	}
	if p, err = k.Approve(ctx, own.ID, false); err != nil || p.Standing != identity.PartyActive || p.Before != nil {
		t.Errorf("%+v %v", p, err)
	}
}

// A no ends what was begun: a later second signature finds no first.
func TestM09ARejectedPartyHasNobodyBehindIt(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	if _, _, err := k.Admit.Register(ctx, good()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same no twice, an endorsement between them
		if _, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, 0, "shop"), false); err != nil {
			t.Fatal(err)
		}
		if p, err := k.Admit.Reject(ctx, "shop", "no licence"); err != nil || len(p.Endorsed) != 0 || p.Reason != "no licence" {
			t.Fatalf("%+v %v", p, err)
		}
	}
	if p, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, 1, "shop"), false); err != nil || p.Countersigned() {
		t.Fatalf("%+v %v", p, err)
	}
	// Approved after all it still stands as it was stopped, until somebody resumes it.
	if p, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, 2, "shop"), false); err != nil || p.Standing != identity.PartySuspended {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := k.Admit.Resume(ctx, "shop", false); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Reject(ctx, "shop", "no licence"); !fault.Because(err, "party_approved") {
		t.Error(err)
	}
	trial := good()
	trial.ID, trial.Sandbox = "trial", true
	if _, _, err := k.Admit.Register(ctx, trial); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Approve(ctx, "trial", k.Endorse(ctx, 0, "trial"), false); !fault.Because(err, "approval_unneeded") {
		t.Error(err)
	}
	if _, err := k.Admit.Remove(ctx, "shop", "over"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, 0, "shop"), false); !fault.Because(err, "party_removed") {
		t.Error(err)
	}
}

// M09: one operator's many tries at once are one endorsement; two operators' are
// both kept; and whatever is changed meanwhile, what takes part is what both read.
func TestM09ApprovalsRaceEachOtherAndAmendments(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	k.Published = map[string]string{}
	p, told, err := k.Admit.Enter(ctx, invited(t, k), good())
	if err != nil {
		t.Fatal(err)
	}
	k.Published["https://shop.example/.well-known/netid-party.txt"] = string(p.ID)
	var one atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := k.Admit.Approve(ctx, p.ID, k.EndorseAs(0, p), false); err == nil {
				one.Add(1)
			}
		})
	}
	if all.Wait(); one.Load() != 1 {
		t.Errorf("%d endorsements of one operator", one.Load())
	}
	if now := standing(t, k, p.ID); now.Standing == identity.PartyActive || len(now.Endorsed) != 1 {
		t.Fatalf("%+v", now)
	}
	for round := range 8 {
		name := fmt.Sprint("Shop ", round)
		read := standing(t, k, p.ID)
		for n := range 2 {
			all.Go(func() {
				for { // until it is heard: taken, there already, or of what is no more
					if _, err := k.Admit.Approve(ctx, p.ID, k.EndorseAs(n, read), false); !fault.Because(err, "party_moved") {
						return
					}
				}
			})
		}
		all.Go(func() {
			in := good()
			in.Name = name
			_, _, _ = k.Admit.Change(ctx, p.ID, told.Access, in) // or moved
		})
		all.Wait()
		now := standing(t, k, p.ID)
		if now.Standing == identity.PartyActive && (string(now.Record()) != string(read.Record()) || !now.Countersigned()) {
			t.Fatalf("takes part as %s, and read was %s", now.Record(), read.Record())
		}
		if now.Name.EN != name && now.Standing != identity.PartyActive && !now.Countersigned() {
			t.Fatalf("two operators' approvals at once, one lost: %+v", now)
		}
	}
}
