package admit_test

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/test/kit"
)

// table is a console at which two may read parties.
func table(t *testing.T) (k *kit.Kit, system, security kit.Colleague) {
	t.Helper()
	k = kit.New(t, law.New())
	kit.ReadsParties(k.Staff, k.Admit)
	system, security = kit.Colleagues(t, k.Staff)
	if _, _, err := k.Admit.Register(t.Context(), good()); err != nil {
		t.Fatal(err)
	}
	return k, system, security
}

func reads(t *testing.T, k *kit.Kit, id identity.PartyID) admit.Reading {
	t.Helper()
	r, err := k.Admit.Read(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func refused(t *testing.T, what string, err error, reason string) {
	t.Helper()
	if !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

// Two passkeys at the console let a party take part, as two keys do: over exactly the
// record that both read, and what the ledger has is checked without the service.
func TestM09TwoPasskeysApproveAParty(t *testing.T) {
	k, system, security := table(t)
	ctx := t.Context()
	r := reads(t, k, "shop")
	if len(r.Lines) < 10 || r.Lines[0].Mark != "+" {
		t.Error("what is read:", r.Lines)
	}
	_, err := system.Propose(ctx, k.Staff, law.ApproveParty, "shop", []byte(`{"record":"00"}`))
	refused(t, "another record", err, "proposal_changed")
	n, err := system.Propose(ctx, k.Staff, law.ApproveParty, "shop", kit.RecordBody(r))
	if err != nil {
		t.Fatal(err)
	}
	if p := standing(t, k, "shop"); len(p.Endorsed) != 0 {
		t.Error("one person's word stands behind it")
	}
	refused(t, "one twice", system.Decide(ctx, k.Staff, n, "approve"), "approver_same")
	if err := security.Decide(ctx, k.Staff, n, "approve"); err != nil {
		t.Fatal(err)
	}
	p := standing(t, k, "shop")
	if p.Standing != identity.PartyActive || len(p.Endorsed) != 2 || !p.Countersigned() {
		t.Fatalf("%+v", p)
	}
	of, err := k.Staff.Proposal(ctx, n)
	if err != nil || of.State != staff.Done {
		t.Error(of.State, err)
	}
	if again, err := k.Admit.Countersign(ctx, "shop", k.Staff.Endorsements(of), false); err != nil || again.Version != p.Version {
		t.Error("carried a second time:", err)
	}
	if r := reads(t, k, "shop"); len(r.Behind) != 2 || !r.Behind[0].Good || !r.Behind[1].Good {
		t.Errorf("%+v", r.Behind)
	}
	if ids, err := k.Admit.Unbacked(ctx); err != nil || len(ids) != 0 {
		t.Error(ids, err)
	}
	// Who wrote a row of their own, with names that are known, is found.
	forged := p
	forged.ID, forged.Version, forged.Sector, forged.RedirectURIs, forged.Domain = "forged", 0, "https://forged.example", []string{"https://forged.example/cb"}, "forged.example"
	if _, err := k.Admit.Book.RecordPublic(ctx, identity.Event{Kind: identity.PartyAdmitted, Party: forged.ID, Grounds: []identity.Ground{}}, identity.AdmitParty{Party: forged}); err != nil {
		t.Fatal(err)
	}
	if ids, err := k.Admit.Unbacked(ctx); err != nil || len(ids) != 1 || ids[0] != "forged" {
		t.Error(ids, err)
	}
	if r := reads(t, k, "forged"); r.Behind[0].Good || r.Behind[1].Good {
		t.Errorf("%+v", r.Behind)
	}
	// A reader of the ledger has the texts, the signatures and the keys, and from the
	// events of the two who joined whose keys they are.
	rows, err := k.Store.Entries(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	named, approved := map[string]bool{}, identity.Event{}
	for _, row := range rows {
		e, _, err := ledger.OpenEntry(identity.Keys{}, row)
		if err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case identity.StaffJoined:
			named[e.Detail] = true
		case identity.PartyApproved:
			approved = e
		}
	}
	if len(named) != 2 || len(approved.Endorsed) != 2 || approved.Detail != r.Digest {
		t.Fatal(named, approved)
	}
	for i, e := range approved.Endorsed {
		text, err := identity.ParseProposalText(e.Said)
		if err != nil || text.Signer != e.Operator || client.CheckDevice([]byte(e.Said), e.Signature, e.Key) != nil {
			t.Error(i, text, err)
		}
		role := []law.Role{law.SystemRole, law.SecurityRole}[i]
		if !named[e.Operator+" "+string(role)+" "+keyName(k, e.Key)] {
			t.Error(i, "is nobody who joined", named)
		}
	}
}

// Names are believed for nothing: each of these two signatures is refused where one
// thing about it is not as it was signed, by whom it was signed.
func TestM09WhatIsNoPasskeysApproval(t *testing.T) {
	k, system, security := table(t)
	ctx := t.Context()
	n, err := system.Propose(ctx, k.Staff, law.ApproveParty, "shop", kit.RecordBody(reads(t, k, "shop")))
	if err != nil {
		t.Fatal(err)
	}
	of, err := k.Staff.Proposal(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	yes := k.Staff.DecideText(of, "approve", security.Member)
	of.Decided = &staff.Signed{By: security.ID, Signature: security.Key.Sign([]byte(yes)), Key: accountKey(t, k, security), Time: k.Now()}
	two := k.Staff.Endorsements(of)
	other := good()
	other.ID, other.RedirectURIs = "other", []string{"https://other.example/cb"}
	if _, _, err := k.Admit.Register(ctx, other); err != nil {
		t.Fatal(err)
	}
	twist := func(at int, change func(*identity.Endorsement)) []identity.Endorsement {
		out := append([]identity.Endorsement{}, two...)
		change(&out[at])
		return out
	}
	says := func(change func(*identity.ProposalText)) func(*identity.Endorsement) {
		return func(e *identity.Endorsement) {
			text, err := identity.ParseProposalText(e.Said)
			if err != nil {
				t.Fatal(err)
			}
			change(&text)
			e.Said = text.String()
			e.Signature = security.Key.Sign([]byte(e.Said)) // signed indeed
		}
	}
	for what, bad := range map[string][]identity.Endorsement{
		"one": two[:1], "the second alone": two[1:], "the proposer twice": {two[0], two[0]}, "the second first": {two[1], two[0]},
		"another's name":               twist(1, func(e *identity.Endorsement) { e.Operator = string(system.ID) }),
		"nobody's name":                twist(1, says(func(x *identity.ProposalText) { x.Signer = "0123456789abcdef" })),
		"another key":                  twist(1, func(e *identity.Endorsement) { e.Key = two[0].Key }),
		"another text":                 twist(1, func(e *identity.Endorsement) { e.Said += " " }),
		"no text":                      twist(1, func(e *identity.Endorsement) { e.Said = "x" }),
		"another signature":            twist(1, func(e *identity.Endorsement) { e.Signature = two[0].Signature }),
		"another record":               twist(1, says(func(x *identity.ProposalText) { x.Says.ZH += "0" })),
		"another in English":           twist(1, says(func(x *identity.ProposalText) { x.Says.EN += "0" })),
		"another party":                twist(1, says(func(x *identity.ProposalText) { x.Subject = "other" })),
		"another action":               twist(1, says(func(x *identity.ProposalText) { x.Action = string(law.ResumeParty) })),
		"another service":              twist(1, says(func(x *identity.ProposalText) { x.Issuer = "https://else.example" })),
		"a no":                         twist(1, says(func(x *identity.ProposalText) { x.Word = "refuse" })),
		"another proposal":             twist(1, says(func(x *identity.ProposalText) { x.Number = "0000" })),
		"a role that proposes nothing": twist(1, says(func(x *identity.ProposalText) { x.Word, x.By = "propose", string(security.ID) })),
	} {
		_, err := k.Admit.Countersign(ctx, "shop", bad, false)
		if !fault.Because(err, "endorsement_invalid") {
			t.Errorf("%s: %v", what, err)
		}
		if p := standing(t, k, "shop"); p.Standing == identity.PartyActive {
			t.Fatalf("%s: it takes part", what)
		}
	}
	if _, err := k.Admit.Countersign(ctx, "other", two, false); !fault.Because(err, "endorsement_invalid") {
		t.Errorf("another party: %v", err)
	}
	// With one operator's key it is not the second.
	if _, err := k.Admit.Approve(ctx, "shop", k.Endorse(ctx, 0, "shop"), false); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Countersign(ctx, "shop", two[1:], false); !fault.Because(err, "endorsement_invalid") {
		t.Errorf("a key and a passkey: %v", err)
	}
	if p, err := k.Admit.Countersign(ctx, "shop", two, false); err != nil || p.Standing != identity.PartyActive {
		t.Errorf("the two: %v", err)
	}
	console := k.Admit.Console
	k.Admit.Console = nil
	if _, err := k.Admit.Countersign(ctx, "other", two, false); !fault.Because(err, "endorsement_invalid") {
		t.Errorf("without a console: %v", err)
	}
	k.Admit.Console = console
}

// keyName is what an auditor computes of a key that the ledger holds.
func keyName(k *kit.Kit, key []byte) string {
	d := suite.Cover{Suite: k.Profile.Suite()}.Digest([]byte("netid/staff-key/v1"), key)
	return hex.EncodeToString(d[:])
}

func accountKey(t *testing.T, k *kit.Kit, c kit.Colleague) []byte {
	t.Helper()
	all, err := k.Staff.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.ID == c.ID {
			return one.Key
		}
	}
	t.Fatal("no account")
	return nil
}

// What waits goes back with the reasons, is changed, and waits anew; what was signed over
// it before is for nothing, and the two read what changed.
func TestAPartyGoesBackAndComesAgain(t *testing.T) {
	k, system, security := table(t)
	ctx := t.Context()
	k.Published = map[string]string{}
	p, told, err := k.Admit.Enter(ctx, invited(t, k), good())
	if err != nil {
		t.Fatal(err)
	}
	k.Published["https://shop.example/.well-known/netid-party.txt"] = string(p.ID)
	n, err := system.Propose(ctx, k.Staff, law.ApproveParty, string(p.ID), kit.RecordBody(reads(t, k, p.ID)))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := k.Admit.Returning(ctx, p.ID, "Say which law"); err != nil || text.EN == "" || text.ZH == "" {
		t.Error(text, err)
	}
	if _, err := k.Admit.Return(ctx, p.ID, ""); !fault.Because(err, "reason_invalid") {
		t.Error(err)
	}
	if p, err = k.Admit.Return(ctx, p.ID, "Say which law"); err != nil || p.Returned != "Say which law" || p.Reason != identity.PartyReview || p.Waits() {
		t.Fatal(p, err)
	}
	refused(t, "approved after it went back", security.Decide(ctx, k.Staff, n, "approve"), "review_over")
	_, err = k.Admit.Returning(ctx, p.ID, "again")
	refused(t, "returned twice", err, "review_over")
	changed := good()
	changed.Purpose = "Sign you in to the shop"
	if p, _, err = k.Admit.Change(ctx, p.ID, told.Access, changed); err != nil || !p.Waits() || p.Returned != "" {
		t.Fatal(p, err)
	}
	refused(t, "what was signed before", security.Decide(ctx, k.Staff, n, "approve"), "proposal_changed")
	agree := func() {
		t.Helper()
		n, err := system.Propose(ctx, k.Staff, law.ApproveParty, string(p.ID), kit.RecordBody(reads(t, k, p.ID)))
		if err == nil {
			err = security.Decide(ctx, k.Staff, n, "approve")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	agree()
	_, err = k.Admit.Return(ctx, p.ID, "late")
	refused(t, "one that takes part", err, "review_over")
	_, err = k.Admit.Approving(ctx, p.ID, reads(t, k, p.ID).Digest, false)
	refused(t, "once more", err, "review_over")
	changed.Name = "Ministry"
	if p, _, err = k.Admit.Change(ctx, p.ID, told.Access, changed); err != nil || !p.Waits() {
		t.Fatal(p, err)
	}
	marks := map[string]string{}
	for _, l := range reads(t, k, p.ID).Lines {
		marks[l.Mark+l.Name] = l.Value
	}
	if marks["-name.en"] != "Shop" || marks["+name.en"] != "Ministry" || marks[" domain"] == "" || len(marks) < 10 {
		t.Error(marks)
	}
	agree()
	if p = standing(t, k, p.ID); p.Standing != identity.PartyActive || p.Before != nil || p.Name.EN != "Ministry" {
		t.Errorf("%+v", p)
	}
	if text, err := k.Admit.Removing(ctx, p.ID, "it left"); err != nil || text.ZH == "" {
		t.Error(err)
	}
	if _, err := k.Admit.Remove(ctx, p.ID, "it left"); err != nil {
		t.Fatal(err)
	}
	_, err = k.Admit.Removing(ctx, p.ID, "it left")
	refused(t, "gone", err, "party_removed")
	_, err = k.Admit.Returning(ctx, p.ID, "it left")
	refused(t, "gone", err, "party_removed")
	trial := good()
	trial.ID, trial.Sandbox = "trial", true
	if _, _, err := k.Admit.Register(ctx, trial); err != nil {
		t.Fatal(err)
	}
	_, err = k.Admit.Read(ctx, "trial")
	refused(t, "in a sandbox", err, "approval_unneeded")
}

// What two approved and the world overtook is kept as failed, with the reason, and not
// tried for ever; who is only not answered tries again.
func TestAnApprovalThatCannotBeCarried(t *testing.T) {
	k, system, security := table(t)
	ctx := t.Context()
	kind, down := k.Staff.Kinds[law.ApproveParty], errors.New("down")
	after, failing := kind.After, down
	kind.After = func(ctx context.Context, p staff.Proposal) error {
		if failing != nil {
			return failing
		}
		return after(ctx, p)
	}
	k.Staff.Kinds[law.ApproveParty] = kind
	n, err := system.Propose(ctx, k.Staff, law.ApproveParty, "shop", kit.RecordBody(reads(t, k, "shop")))
	if err != nil {
		t.Fatal(err)
	}
	if err := security.Decide(ctx, k.Staff, n, "approve"); !errors.Is(err, down) {
		t.Error(err)
	}
	state := func() staff.Proposal {
		p, err := k.Staff.Proposal(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := state(); p.State != staff.Approved {
		t.Error(p.State)
	}
	failing = nil
	if _, err := k.Admit.Return(ctx, "shop", "another two said no"); err != nil {
		t.Fatal(err)
	}
	refused(t, "carried", k.Staff.Carry(ctx, n), "review_over")
	if p := standing(t, k, "shop"); p.Standing == identity.PartyActive || p.Returned == "" {
		t.Errorf("what went back takes part: %+v", p)
	}
	if p := state(); p.State != staff.Failed || p.Why != "review_over" {
		t.Error(p.State, p.Why)
	}
	if err := k.Staff.Resume(ctx); err != nil {
		t.Error("it is tried again:", err)
	}
}
