package kit_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// An approval is used once across midnight too: the same code before and after,
// and two codes of one request, one on each side.
func TestACodeIsUsedOnceAcrossMidnight(t *testing.T) {
	k := kit.New(t, law.New())
	register(t, k, "shop")
	c := k.Adult(1)
	if err := c.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	midnight := k.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	k.Advance(midnight.Sub(k.Now()) - 20*time.Second)
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	sealed, err := k.Authorize.Begin(t.Context(), k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	approve := func() string {
		t.Helper()
		a, err := c.ApproveSealed(t.Context(), sealed)
		if err != nil {
			t.Fatal(err)
		}
		return a.Code
	}
	before := approve()
	v, err := k.Redeem(t.Context(), "shop", before)
	if err != nil {
		t.Fatal(err)
	}
	k.Advance(40 * time.Second)
	if identity.DayOf(k.Now()) == identity.DayOf(v.Time) {
		t.Fatal("the day is the same: nothing is shown")
	}
	for name, code := range map[string]string{"the same code": before, "another of the same request": approve()} {
		if _, err := k.Redeem(t.Context(), "shop", code); !fault.Because(err, "code_used") {
			t.Errorf("%s, after midnight: %v", name, err)
		}
	}
	if r, err := k.Look.Record(t.Context(), c.Session, v.Receipt); err != nil || r.Record.Event.ID != v.Receipt.String() {
		t.Errorf("the record is not found by its receipt: %v", err)
	}

	// And one that is redeemed only after midnight is of the day of its request.
	k.Advance(midnight.Add(24*time.Hour - 20*time.Second).Sub(k.Now()))
	c.Certificate.Expires = k.Now().Add(time.Hour)
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := c.Approve(t.Context(), k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	k.Advance(40 * time.Second)
	if v, err = k.Redeem(t.Context(), "shop", a.Code); err != nil {
		t.Fatal(err)
	}
	row, err := k.Store.Entry(t.Context(), k.Keeper.EntryKey(v.Receipt))
	if err != nil || row.Day != identity.DayOf(v.Time)-1 {
		t.Errorf("of day %d, redeemed on %d: %v", row.Day, identity.DayOf(v.Time), err)
	}
	if recs, err := k.Look.Records(t.Context(), c.Session); err != nil || len(recs) != 6 {
		t.Errorf("%d records: %v", len(recs), err)
	}
}

// The records of the living end with their term and no day earlier; what the
// person has afterwards is still proven, and no byte of what went is left.
func TestRecordsOfTheLivingEnd(t *testing.T) {
	k := kit.New(t, law.New())
	register(t, k, "shop")
	c := k.Adult(1)
	if err := c.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, err := k.Vault.Visit(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	old, err := k.Store.EntriesOf(t.Context(), ledger.Owner(o.Keys))
	if err != nil || len(old) != 3 {
		t.Fatal(len(old), err)
	}
	head := func() string {
		t.Helper()
		if err := k.Erase.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		h, err := k.Store.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return string(h)
	}
	end := law.Ends(identity.Period{Month: identity.MonthAt(k.Now()), Class: identity.Proofs})
	k.Advance(end.Sub(k.Now()) - time.Second)
	whole, err := k.Store.Head(t.Context())
	if err != nil || head() != string(whole) {
		t.Error("something ends before its term")
	}
	if rows, err := k.Store.EntriesOf(t.Context(), ledger.Owner(o.Keys)); err != nil || len(rows) != 3 {
		t.Fatal("before the term", len(rows), err)
	}
	c.Certificate.Expires = k.Now().Add(time.Hour)
	if err := c.SignIn(t.Context()); err != nil { // in the last second of the month before
		t.Fatal(err)
	}
	k.Advance(time.Second)
	if h := head(); h != head() {
		t.Error("it is said twice")
	}
	for _, r := range old {
		if _, err := k.Store.Entry(t.Context(), r.EntryKey); !fault.Because(err, "record_unknown") {
			t.Errorf("entry %d is there after its term: %v", r.Index, err)
		}
	}
	report, err := ledger.Verify(t.Context(), k.Store, k.Keeper)
	if err != nil || !report.OK() {
		t.Fatalf("%+v %v", report.Problems, err)
	}
	recs, err := k.Look.Records(t.Context(), c.Session)
	if err != nil || len(recs) != 1 || recs[0].Event.Seq != 4 {
		t.Fatalf("%+v %v", recs, err)
	}
	file, err := k.Look.Export(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	x, err := client.CheckExport(bytes.NewReader(file), k.Keeper.VerifierKey())
	if err != nil || len(x.Events) != 2 || x.Events[0].Seq != 4 || x.Number() != 5 || x.Since.IsZero() {
		t.Fatalf("%+v %v", x, err)
	}
	for name, forged := range map[string][]byte{
		"without the day":         bytes.Replace(file, []byte(`"since"`), []byte(`"sinze"`), 1),
		"of a younger day":        bytes.Replace(file, []byte(`"since": "2026-12-01`), []byte(`"since": "2026-12-02`), 1),
		"of a day after a record": bytes.Replace(bytes.Replace(file, []byte(`"since": "2026-12-01`), []byte(`"since": "2029-12-03`), 1), []byte(`"taken": "2029`), []byte(`"taken": "2036`), 1),
	} {
		if bytes.Equal(forged, file) {
			t.Fatal("nothing was forged:", name)
		}
		if _, err := client.CheckExport(bytes.NewReader(forged), k.Keeper.VerifierKey()); err == nil {
			t.Errorf("an export that begins later passes %s", name)
		}
	}
	if err := k.Store.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"netid.db", "netid.db-wal"} {
		b, err := os.ReadFile(filepath.Join(k.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range old {
			if bytes.Contains(b, r.Body[:64]) || bytes.Contains(b, r.ID) {
				t.Errorf("entry %d is in %s", r.Index, name)
			}
			if name == "netid.db" && !bytes.Contains(b, r.Leaf[:]) {
				t.Errorf("the leaf of entry %d is not", r.Index)
			}
		}
	}
	if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil { // who leaves now leaves as ever
		t.Fatal(err)
	}
	if report, err = ledger.Verify(t.Context(), k.Store, k.Keeper); err != nil || !report.OK() {
		t.Fatalf("%+v %v", report.Problems, err)
	}
}

// Somebody who can write to the store and has no key makes the end of days take
// more than it should, or hides by it what they altered: it stays named.
func TestNoEndOfDaysHidesAnAlteredRow(t *testing.T) {
	for name, alter := range map[string]string{
		"a leaf":                       "UPDATE ledger_event SET leaf = randomblob(32) WHERE seq = 1",
		"a body":                       "UPDATE ledger_event SET body = randomblob(3868) WHERE seq = 1",
		"a younger record called old":  "UPDATE ledger_event SET day = 1 WHERE seq = 4",
		"an event about nobody called": "UPDATE ledger_event SET public = 0, owner = x'00' WHERE seq = 0",
	} {
		t.Run(name, func(t *testing.T) {
			k := kit.New(t, law.New())
			register(t, k, "shop")
			c := k.Adult(1)
			if err := c.Enrol(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := c.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			k.Advance(1200 * 24 * time.Hour)
			c.Certificate.Expires = k.Now().Add(time.Hour)
			if err := c.SignIn(t.Context()); err != nil { // entry 4
				t.Fatal(err)
			}
			altered(t, k, alter)
			if err := k.Erase.Forget(t.Context()); err != nil {
				t.Fatal(err)
			}
			if any, err := k.Store.Outdated(t.Context(), law.OldestHeld(k.Now()).FirstDay()); err != nil || any {
				t.Errorf("something is kept because it was altered: %v", err)
			}
			want := int64(1)
			if alter[len(alter)-1] != '1' {
				want = int64(alter[len(alter)-1] - '0')
			}
			r, err := ledger.Verify(t.Context(), k.Store, k.Keeper)
			if err != nil {
				t.Fatal(err)
			}
			if p, bad := r.First(); !bad || p.Index != want {
				t.Errorf("entry %d was altered, and this is found: %+v", want, r.Problems)
			}
		})
	}
}

// The day below which rows are gone is nobody's to move.
func TestAnAlteredFloorIsSeen(t *testing.T) {
	for name, alter := range map[string]string{
		"its code": "UPDATE ledger_floor SET mac = randomblob(32)",
		"its day":  "UPDATE ledger_floor SET day = day + 1",
		"its word": "UPDATE ledger_floor SET said = 0",
	} {
		t.Run(name, func(t *testing.T) {
			k := kit.New(t, law.New())
			c := k.Adult(1)
			if err := c.Enrol(t.Context()); err != nil {
				t.Fatal(err)
			}
			k.Advance(1200 * 24 * time.Hour)
			if err := k.Erase.Forget(t.Context()); err != nil {
				t.Fatal(err)
			}
			altered(t, k, alter)
			r, err := ledger.Verify(t.Context(), k.Store, k.Keeper)
			if err != nil || r.OK() || r.Problems[len(r.Problems)-1].What != "the day below which entries are gone was altered" {
				t.Errorf("%+v %v", r.Problems, err)
			}
			c.Certificate.Expires = k.Now().Add(time.Hour)
			if err := c.SignIn(t.Context()); !fault.Is(err, fault.Internal) {
				t.Errorf("and the service goes on: %v", err)
			}
		})
	}
}

func altered(t *testing.T, k *kit.Kit, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := db.ExecContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.RowsAffected(); n != 1 {
		t.Fatalf("%d rows: %s", n, query)
	}
}
