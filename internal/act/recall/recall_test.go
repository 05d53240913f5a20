package recall_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"netid/internal/act/publish"
	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// said are the public events of recalls.
func said(t *testing.T, k *kit.Kit) (all []identity.Event) {
	t.Helper()
	rows, err := k.Store.Entries(context.Background(), 0, 1000)
	must(t, err)
	for _, r := range rows {
		if r.State != identity.EntryPublic {
			continue
		}
		if e, _, err := ledger.OpenEntry(identity.Keys{}, r); err == nil && e.Kind == identity.Recalled {
			all = append(all, e)
		}
	}
	return all
}

// People whose certificates were issued within a time lose them, nobody else does;
// it is said once, before; the lists say it; and its owner gets another (J12).
func TestJ12Recall(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	early, one, two, late := k.Adult(1), k.Adult(2), k.Adult(3), k.Adult(4)
	must(t, early.Enrol(ctx))
	k.Advance(time.Hour)
	from := k.Now()
	must(t, one.Enrol(ctx))
	must(t, two.Enrol(ctx))
	must(t, one.SignIn(ctx))
	k.Advance(time.Hour)
	until := k.Now()
	must(t, late.Enrol(ctx))
	choice := recall.Choice{From: from, Until: until, Reason: "issued under a key that others had"}
	p, err := k.Recall.Recall(ctx, choice)
	if err != nil || p.Ended || p.Total != 0 {
		t.Fatal(p, err)
	}
	must(t, k.RecallFailed())
	for range 2 { // asked again it says how far it is, and is nothing new
		p, err = k.Recall.Recall(ctx, choice)
		if err != nil || p != (recall.Progress{Looked: 4, Total: 2, Ended: true}) {
			t.Fatal(p, err)
		}
	}
	if all := said(t, k); len(all) != 1 || all[0].Detail != "2 certificates, issued from "+from.Format(time.RFC3339)+" until "+until.Format(time.RFC3339)+": issued under a key that others had" {
		t.Errorf("%+v", all)
	}
	if all, err := k.Staff.Alerts(ctx, staff.Member{Role: law.AuditRole}); err != nil || len(all) != 1 || all[0].What != "recalled" {
		t.Errorf("the auditors read %+v %v", all, err)
	}
	must(t, k.Status.Follow(ctx))
	for who, want := range map[*kit.Citizen]bool{early: false, one: true, two: true, late: false} {
		row, err := k.Store.Certificate(ctx, who.Certificate.ID)
		must(t, err)
		marks, err := k.Store.MarksFrom(ctx, who.Certificate.Place, 1)
		must(t, err)
		marked := len(marks) > 0 && marks[0].Place == who.Certificate.Place && marks[0].Status == identity.StatusRevoked
		if row.Revoked != want || marked != want {
			t.Errorf("revoked %v, marked %v, want %v", row.Revoked, marked, want)
		}
		if err := who.SignIn(ctx); (err != nil) != want {
			t.Errorf("signs in: %v", err)
		}
	}
	if _, err := k.Status.List(one.Certificate.Place.Shard(), publish.JWT); err != nil {
		t.Error(err)
	}
	must(t, one.Enrol(ctx))
	must(t, one.SignIn(ctx))

	byID := recall.Choice{IDs: []identity.CertificateID{late.Certificate.ID, two.Certificate.ID, identity.NewCertificateID()}, Reason: "lost"}
	for range 2 {
		p, err = k.Recall.Recall(ctx, byID)
		must(t, err)
	}
	if p != (recall.Progress{Looked: 5, Total: 1, Ended: true}) || len(said(t, k)) != 2 {
		t.Errorf("%+v %+v", p, said(t, k))
	}
	if row, err := k.Store.Certificate(ctx, late.Certificate.ID); err != nil || !row.Revoked {
		t.Error(row.Revoked, err)
	}
}

func TestChoicesThatAreNone(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	now := k.Now()
	id := identity.NewCertificateID()
	for name, c := range map[string]recall.Choice{
		"nothing": {Reason: "r"}, "both": {From: now.Add(-2), Until: now.Add(-1), IDs: []identity.CertificateID{id}, Reason: "r"}, "no reason": {From: now.Add(-2), Until: now.Add(-1)},
		"two lines": {IDs: []identity.CertificateID{id}, Reason: "r\nr"}, "a space around": {IDs: []identity.CertificateID{id}, Reason: " r"}, "long": {IDs: []identity.CertificateID{id}, Reason: strings.Repeat("r", 201)},
		"backward": {From: now.Add(-1), Until: now.Add(-2), Reason: "r"}, "of the future": {From: now.Add(-1), Until: now.Add(1), Reason: "r"}, "too many": {IDs: make([]identity.CertificateID, 1001), Reason: "r"},
	} {
		if _, err := k.Recall.Recall(ctx, c); !fault.Because(err, "recall_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(said(t, k)) != 0 {
		t.Error("what is refused is said")
	}
}

// cutStore fails at its n-th write.
type cutStore struct {
	recall.Store
	left int
}

func (c *cutStore) Jot(ctx context.Context, notes ...identity.Note) error {
	if c.left--; c.left < 0 {
		return errors.New("cut")
	}
	return c.Store.Jot(ctx, notes...)
}

// A pass that was cut goes on where it was, on another node too, and is said once.
func TestARecallThatWasCutGoesOn(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	one := k.Adult(1)
	must(t, one.Enrol(ctx))
	k.Advance(time.Hour)
	choice := recall.Choice{From: kit.Start, Until: k.Now(), Reason: "r"}
	node := func(s recall.Store) *recall.Act {
		return &recall.Act{Store: s, Vault: k.Vault, Book: k.Recall.Book, Digest: k.Recall.Digest, Go: k.Recall.Go, Rest: k.Recall.Rest, Failed: k.Recall.Failed, Now: k.Now}
	}
	cut := node(&cutStore{k.Store, 0})
	_, err := cut.Recall(ctx, choice)
	must(t, err)
	if k.RecallFailed() == nil {
		t.Fatal("it was not cut")
	}
	if row, err := k.Store.Certificate(ctx, one.Certificate.ID); err != nil || row.Revoked || len(said(t, k)) != 1 {
		t.Fatal(row.Revoked, len(said(t, k)), err)
	}
	p, err := node(k.Store).Recall(ctx, choice)
	if err != nil || p.Total != 1 || p.Looked != 0 {
		t.Fatal(p, err)
	}
	if p, err = k.Recall.Recall(ctx, choice); err != nil || !p.Ended || p.Looked != 1 || len(said(t, k)) != 1 {
		t.Error(p, err, said(t, k))
	}
}
