package restore_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/act/restore"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/suite"
	"netid/test/kit"
)

// story enrols three, copies the store, erases the second, and puts the copy
// back beside the newest shelf.
func story(t *testing.T, then func(dir string)) (*kit.Kit, []*kit.Citizen) {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	k := kit.Open(t, dir, law.New())
	var all []*kit.Citizen
	for n := range 3 {
		c := k.Adult(n + 1)
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	k.Close()
	db := filepath.Join(dir, "netid.db")
	older, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	k = kit.Open(t, dir, law.New())
	o, err := k.Vault.Visit(ctx, all[1].Session)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Vault.Shred(o.Slot); err != nil { // what an erasure does last, and all of it that an older store lacks
		t.Fatal(err)
	}
	k.Close()
	if err := os.WriteFile(db, older, 0o600); err != nil {
		t.Fatal(err)
	}
	if then != nil {
		then(dir)
	}
	return kit.Open(t, dir, law.New()), all
}

func act(k *kit.Kit) *restore.Act {
	return &restore.Act{Store: k.Store, Vault: k.Vault, Sets: k.Keeper, Book: ledger.NewBook(k.Store, k.Escrow, k.Now), Law: law.New(), Now: k.Now,
		Nonce: func() []byte { return suite.Random(16) }}
}

func verify(t *testing.T, k *kit.Kit) ledger.Report {
	t.Helper()
	var report ledger.Report
	err := k.Store.Snapshot(context.Background(), func(rows ledger.Rows) (err error) {
		report, err = ledger.Verify(context.Background(), rows, k.Keeper)
		return err
	})
	if err != nil || !report.OK() {
		t.Errorf("%+v, %v", report, err)
	}
	return report
}

func people(t *testing.T, k *kit.Kit) (n int) {
	t.Helper()
	if err := k.Store.EachPerson(context.Background(), func(identity.PersonID) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRaiseRemovesTheErased(t *testing.T) {
	ctx := context.Background()
	k, all := story(t, nil)
	k.Advance(4 * 366 * 24 * time.Hour) // past every term: nothing of theirs is kept
	before := verify(t, k)
	r, err := act(k).Raise(ctx, before.Size, before.Size+2)
	if err != nil || r.Epoch != 2 || r.Living != 2 || r.Persons != 1 || r.Records == 0 || r.Held != 0 || r.Sealed != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if after := verify(t, k); after.Size != before.Size+1 || people(t, k) != 2 {
		t.Errorf("%d entries, %d persons", after.Size, people(t, k))
	}
	for n, c := range all {
		rows, err := k.Vault.Visit(ctx, c.Session)
		if n == 1 {
			if !fault.Because(err, "session_over") {
				t.Errorf("the erased: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		entries, err := k.Store.EntriesOf(ctx, ledger.Owner(rows.Keys))
		if err != nil || len(entries) < 2 {
			t.Errorf("%d records are left of somebody who stays: %v", len(entries), err)
		}
	}
	last, err := k.Store.Entries(ctx, before.Size, 1)
	if err != nil || len(last) != 1 {
		t.Fatal(last, err)
	}
	e, _, err := ledger.OpenEntry(identity.Keys{}, last[0])
	if err != nil || e.Kind != identity.Restored || e.Set.Count != r.Records || len(e.Grounds) != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	if again, err := act(k).Raise(ctx, before.Size+1, 0); err != nil || again.Epoch != 3 || again.Persons != 0 || again.Records != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	verify(t, k)
	if err := k.Adult(2).Enrol(ctx); err != nil { // nothing of the erased stands in the way of a new beginning
		t.Error(err)
	}
}

// What law still keeps of the erased stays in the copy, sealed to the officers
// alone, since nobody can open it to see how long; and goes when its term is over.
func TestRaiseHoldsWhatLawKeeps(t *testing.T) {
	ctx := context.Background()
	k, all := story(t, nil)
	before := verify(t, k)
	r, err := act(k).Raise(ctx, before.Size, 0)
	if err != nil || r.Persons != 1 || r.Records != 0 || r.Held != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	verify(t, k)
	proofs := identity.Period{Month: identity.MonthAt(k.Now()), Class: identity.Proofs}
	held, err := k.Store.Held(ctx, proofs, 10)
	if err != nil || len(held) != 3 {
		t.Fatal(len(held), err)
	}
	opened := 0
	for _, p := range []identity.Period{proofs, {Month: proofs.Month, Class: identity.Logs}} {
		o, err := k.Officers.Rebuild(p, k.Officers.Keys...)
		if err != nil {
			t.Fatal(err)
		}
		index := quorum.EscrowIndex(k.Officers.Index, all[1].Grant.Number, p)
		body, err := k.Store.Escrow(ctx, index)
		if err != nil {
			t.Fatal(err)
		}
		key, _, err := o.Person(index, body)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range held {
			if _, _, err := ledger.OpenByMonth(key, r); err == nil {
				opened++
			}
		}
	}
	if opened != 3 {
		t.Errorf("the officers open %d of 3", opened)
	}
	if again, err := act(k).Raise(ctx, before.Size+1, 0); err != nil || again.Persons != 0 || again.Records != 0 || again.Held != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	k.Advance(4 * 366 * 24 * time.Hour)
	if err := k.Erase.Expire(ctx); err != nil {
		t.Fatal(err)
	}
	if held, err := k.Store.Held(ctx, proofs, 10); err != nil || len(held) != 0 {
		t.Error("held beyond its term", len(held), err)
	}
	verify(t, k)
}

// A slot that is damaged is not a slot that was destroyed: nobody is removed
// for it, and nothing that might be theirs.
func TestRaiseLeavesWhoIsOnlyDamaged(t *testing.T) {
	ctx := context.Background()
	k, _ := story(t, func(dir string) {
		f, err := os.OpenFile(filepath.Join(dir, "keyring", "people.shelf"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte("damage"), 3*64+30); err != nil {
			t.Fatal(err)
		}
	})
	before := verify(t, k)
	r, err := act(k).Raise(ctx, before.Size, 0)
	if err != nil || r.Living != 1 || r.Persons != 1 || r.Sealed != 1 || r.Records != 0 || people(t, k) != 2 {
		t.Fatalf("%+v, %d persons, %v", r, people(t, k), err)
	}
	var owned int
	if err := k.Store.EachOwned(ctx, func(_, _ []byte, _ int32) error { owned++; return nil }); err != nil || uint64(owned) > before.Size || owned < 6 {
		t.Errorf("%d records with an owner, %v", owned, err)
	}
	verify(t, k)
}

// What cannot be read is not taken for gone, and a raise that fails changes nothing.
func TestRaiseFailsWhole(t *testing.T) {
	k, _ := story(t, nil)
	before := verify(t, k)
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	cancel()
	if _, err := act(k).Raise(ctx, before.Size, 0); err == nil {
		t.Fatal("raised without reading")
	}
	if e, err := k.Store.Epoch(context.Background()); err != nil || e.Number != 1 || people(t, k) != 3 || verify(t, k).Size != before.Size {
		t.Errorf("%+v, %v", e, err)
	}
}
