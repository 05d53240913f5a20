package kit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
	"netid/test/kit"
)

// departed is somebody who lived through two months and erased themselves, among
// others who stay.
func departed(t *testing.T, k *kit.Kit) *kit.Citizen {
	t.Helper()
	ctx := context.Background()
	register(t, k, "shop")
	c := k.Adult(1)
	stays := k.Adult(2)
	for _, one := range []*kit.Citizen{c, stays} {
		if err := one.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := one.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
	}
	k.Advance(20 * 24 * time.Hour) // December
	for _, one := range []*kit.Citizen{c, stays} {
		if err := one.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		a, err := one.Approve(ctx, k.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Redeem(ctx, "shop", a.Code); err != nil {
			t.Fatal(err)
		}
	}
	if recs, err := k.Look.Records(ctx, c.Session); err != nil || len(recs) != 5 {
		t.Fatalf("the citizen reads %d records of two months: %v", len(recs), err)
	}
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	return c
}

func periods() (all []identity.Period) {
	for _, m := range []identity.Month{identity.MonthAt(kit.Start), identity.MonthAt(kit.Start) + 1} {
		for _, c := range identity.Classes() {
			all = append(all, identity.Period{Month: m, Class: c})
		}
	}
	return all
}

// assisted is what officers read of a number: lawful assistance's path, from the
// officers' private keys and the newest copies of everything.
func assisted(k *kit.Kit, n identity.Number, p identity.Period, officers ...quorum.Officer) (kinds []identity.EventKind, err error) {
	ctx := context.Background()
	o, err := k.Officers.Rebuild(p, officers...)
	if err != nil {
		return nil, err
	}
	index := quorum.EscrowIndex(k.Officers.Index, n, p)
	body, err := k.Store.Escrow(ctx, index)
	if err != nil {
		return nil, err
	}
	key, owner, err := o.Person(index, body)
	if err != nil {
		return nil, err
	}
	rows, err := k.Store.EntriesOf(ctx, owner)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if e, _, err := ledger.OpenByMonth(key, r); err == nil {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds, nil
}

// Enough officers, any of them, read what is kept of one number in one month
// and class, and nothing of another; fewer read nothing; after its date nobody does.
func TestOfficersReadWhatIsKept(t *testing.T) {
	for _, profile := range []suite.Profile{suite.International, suite.Dual} {
		t.Run(string(profile), func(t *testing.T) { officersRead(t, kit.OpenAs(t, t.TempDir(), law.New(), profile)) })
	}
}

func officersRead(t *testing.T, k *kit.Kit) {
	c := departed(t, k)
	want := map[identity.Period][]identity.EventKind{
		periods()[0]: {identity.Issued, identity.SignedIn}, periods()[1]: {identity.Enrolled},
		periods()[2]: {identity.SignedIn}, periods()[3]: {identity.Verified},
	}
	keys := k.Officers.Keys
	for p, kinds := range want {
		for _, two := range [][]quorum.Officer{{keys[0], keys[1]}, {keys[2], keys[0]}, keys} {
			if got, err := assisted(k, c.Grant.Number, p, two...); err != nil || !slices.Equal(got, kinds) {
				t.Errorf("%s: %v, %v", p, got, err)
			}
		}
		if got, err := assisted(k, c.Grant.Number, p, keys[1]); !fault.Because(err, "quorum_short") {
			t.Errorf("%s: one officer: %v, %v", p, got, err)
		}
		if got, err := assisted(k, "another number", p, keys...); !fault.Because(err, "escrow_unknown") {
			t.Errorf("%s: another number: %v, %v", p, got, err)
		}
	}
	k.Advance(200 * 24 * time.Hour) // past both months' logs
	if err := k.Erase.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	for p := range want {
		got, err := assisted(k, c.Grant.Number, p, keys...)
		if over := p.Class == identity.Logs; over && !fault.Because(err, "quorum_destroyed") || !over && (err != nil || len(got) != 1) {
			t.Errorf("%s, months later: %v, %v", p, got, err)
		}
	}
}

// thief is root on the machine that serves: the store of today and one of before the
// erasure, the whole keyring with its master, the shelf, the quorum's files. What
// the officers hold is not there.
type thief struct {
	*kit.Kit
	keys []identity.Secret
}

func rob(t *testing.T, k *kit.Kit) thief {
	t.Helper()
	dir := filepath.Join(k.Dir, "keyring")
	ring, err := keyring.OpenExisting(dir, keyring.MasterFile(filepath.Join(dir, "master")))
	if err != nil {
		t.Fatal(err)
	}
	x := thief{Kit: k}
	for _, e := range ring.List() {
		if e.Kind == keyring.Secret {
			x.keys = append(x.keys, ring.Secret(e.Use))
		}
	}
	master, err := os.ReadFile(filepath.Join(dir, "master"))
	if err != nil || len(master) < 64 {
		t.Fatal(err)
	}
	x.keys = append(x.keys, identity.NewSecret(identity.ES256, suite.Digest(master)))
	shelf, err := vault.OpenShelfReadOnly(filepath.Join(dir, "people.shelf"), ring.Versions("shelf"))
	if err != nil {
		t.Fatal(err)
	}
	defer shelf.Close()
	slots, gone := 0, 0
	for slot := uint64(1); ; slot++ {
		s, err := shelf.Get(slot)
		if fault.Is(err, fault.Gone) {
			gone++
			continue
		}
		if err != nil {
			break
		}
		slots++
		x.keys = append(x.keys, s)
	}
	if slots != 1 || gone != 1 {
		t.Fatalf("%d slots open, %d are destroyed", slots, gone)
	}
	err = k.Store.EachPerson(t.Context(), func(id identity.PersonID) error {
		o, err := k.Vault.Open(t.Context(), id)
		if err == nil {
			x.keys = append(x.keys, o.Keys.Identity, o.Keys.Subject, o.Keys.Record, o.Lookup)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// derived are all keys that those in hand lead to in the ways that the house
// derives keys of records, two steps deep.
func (x thief) derived() []identity.Secret {
	all := slices.Clone(x.keys)
	for _, k := range x.keys {
		for _, p := range append(periods(), identity.Period{Month: periods()[0].Month}, identity.Period{Month: periods()[2].Month}) {
			all = append(all, ledger.MonthKey(identity.Keys{Record: k}, p))
		}
		all = append(all, suite.Derive(k, "event"), suite.Derive(k, "netid/vault/lookup/v1"))
	}
	return all
}

// With root, the store, the keyring with its master and the shelf, and without
// the officers' keys, nothing of the erased opens. With them it does: the control.
func TestRootWithoutTheOfficersOpensNothing(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := departed(t, k)
	x := rob(t, k)
	var held, living []identity.EntryRow
	rows, err := k.Store.Entries(ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		switch {
		case r.State.Holds():
			held = append(held, r)
		case r.State == identity.EntrySealed:
			living = append(living, r)
		}
	}
	if len(held) != 5 || len(living) != 5 {
		t.Fatalf("%d held, %d of the living", len(held), len(living))
	}
	keys := x.derived()
	count := func(rows []identity.EntryRow) (n int) {
		for _, r := range rows {
			for _, key := range keys {
				_, _, one := ledger.OpenByMonth(key, r)
				_, _, two := ledger.OpenEntry(identity.Keys{Record: key}, r)
				if one == nil || two == nil {
					n++
					break
				}
			}
		}
		return n
	}
	if n := count(held); n != 0 {
		t.Errorf("%d held records open", n)
	}
	if n := count(living); n != len(living) { // the control: the keys are tried rightly
		t.Errorf("%d of %d records of the living open by their own keys", n, len(living))
	}
	for _, p := range periods() {
		index := quorum.EscrowIndex(k.Officers.Index, c.Grant.Number, p) // the index key is in the keyring: root finds the row
		body, err := k.Store.Escrow(ctx, index)
		if err != nil {
			t.Fatal(err)
		}
		place := suite.Digest([]byte("netid/quorum/v1"), []byte("escrow"), index, []byte("body"), []byte(p.String()))
		for _, key := range keys {
			if _, err := suite.OpenFrom(key, body, place[:]); err == nil {
				t.Errorf("%s: a key of the service opens what is left to the officers", p)
			}
		}
		if b, err := suite.OpenFrom(stolen(t, k, p, 2), body, place[:]); err != nil || len(b) < 32+suite.TagSize {
			t.Errorf("control, %s: by two officers' own files: %v", p, err)
		}
		if _, err := suite.OpenFrom(stolen(t, k, p, 1), body, place[:]); err == nil {
			t.Errorf("%s: one officer's file is enough", p)
		}
		if _, err := k.Officers.Rebuild(p); !fault.Because(err, "quorum_short") {
			t.Errorf("%s: rebuilt by nobody: %v", p, err)
		}
		if kinds, err := assisted(k, c.Grant.Number, p, k.Officers.Keys[:2]...); err != nil || len(kinds) == 0 {
			t.Errorf("control, %s: the officers read %v, %v", p, kinds, err)
		}
	}
	if _, err := k.Vault.Open(ctx, c.Grant.Person); err == nil {
		t.Error("the erased person opens")
	}
}

// stolen is a period's private half as a thief joins it who also has some
// officers' files, without the house's help.
func stolen(t *testing.T, k *kit.Kit, p identity.Period, officers int) identity.Secret {
	t.Helper()
	read := func(into any, elements ...string) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(elements...))
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var f struct {
		ID     string
		Shares []struct {
			Officer string
			Sealed  []byte
		}
	}
	read(&f, k.Dir, "keyring", "quorum", p.String()+".shares")
	var points []suite.Share
	for n := range officers {
		var own struct{ Private []byte }
		read(&own, k.Dir, "officers", fmt.Sprintf("officer-%d.key", n+1))
		place := suite.Digest([]byte("netid/quorum/v1"), []byte("shares"), []byte(f.ID), []byte(f.Shares[n].Officer))
		b, err := suite.OpenFrom(identity.NewSecret(identity.ES256, [32]byte(own.Private)), f.Shares[n].Sealed, place[:])
		if err != nil {
			t.Fatal(err)
		}
		points = append(points, suite.Share{X: b[0], Y: identity.NewSecret(identity.ES256, [32]byte(b[1:]))})
	}
	private, err := suite.Join(identity.ES256, points)
	if err != nil {
		t.Fatal(err)
	}
	return private
}
