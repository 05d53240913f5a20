package kit_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// Somebody who can write to the store and has no key makes the service's own
// erasures and expiries take another person's record away: the altered row must
// stay named afterwards, and nobody is kept from leaving by it.
func TestNoErasureOrExpiryHidesAnAlteredRow(t *testing.T) {
	stage := func(t *testing.T) (k *kit.Kit, accomplice, victim *kit.Citizen, do func(query string, args ...any)) {
		k = kit.New(t, law.New())
		for n, c := range []**kit.Citizen{&accomplice, &victim} {
			*c = k.Adult(n + 1)
			if err := (*c).Enrol(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := (*c).SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		db, err := sql.Open("sqlite", filepath.Join(k.Dir, "netid.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return k, accomplice, victim, func(query string, args ...any) {
			t.Helper()
			r, err := db.ExecContext(t.Context(), query, args...)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := r.RowsAffected(); n != 1 {
				t.Fatalf("%d rows: %s", n, query)
			}
		}
	}
	owner := func(t *testing.T, k *kit.Kit, c *kit.Citizen) []byte {
		o, err := k.Vault.Visit(t.Context(), c.Session)
		if err != nil {
			t.Fatal(err)
		}
		return ledger.Owner(o.Keys)
	}
	last := func(t *testing.T, k *kit.Kit, owner []byte) identity.EntryRow {
		rows, err := k.Store.EntriesOf(t.Context(), owner)
		if err != nil || len(rows) == 0 {
			t.Fatal(rows, err)
		}
		return rows[len(rows)-1]
	}
	named := func(t *testing.T, k *kit.Kit, index uint64) {
		t.Helper()
		r, err := ledger.Verify(context.Background(), k.Store, k.Keeper)
		if err != nil {
			t.Fatal(err)
		}
		if p, bad := r.First(); !bad || p.Index != int64(index) {
			t.Errorf("entry %d was altered, and this is found: %+v", index, r.Problems)
		}
	}
	for name, alter := range map[string]string{
		"given to who leaves":         "UPDATE ledger_event SET owner = ?1 WHERE seq = ?2",
		"given, and without a code":   "UPDATE ledger_event SET owner = ?1, mac = x'' WHERE seq = ?2",
		"given, and of another month": "UPDATE ledger_event SET owner = ?1, day = day + 40 WHERE seq = ?2",
	} {
		t.Run(name, func(t *testing.T) {
			k, accomplice, victim, do := stage(t)
			row := last(t, k, owner(t, k, victim))
			do(alter, owner(t, k, accomplice), int64(row.Index))
			if _, err := k.Erase.Erase(t.Context(), accomplice.Session, accomplice.Passcode); err != nil {
				t.Fatal(err)
			}
			named(t, k, row.Index)
		})
	}
	t.Run("called held, and over", func(t *testing.T) {
		k, _, victim, do := stage(t)
		row := last(t, k, owner(t, k, victim))
		k.Advance(190 * 24 * time.Hour)
		do("UPDATE ledger_event SET state = 4 WHERE seq = ?", int64(row.Index))
		if err := k.Erase.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		named(t, k, row.Index)
	})
	t.Run("held for another class", func(t *testing.T) {
		k, accomplice, _, do := stage(t)
		own := owner(t, k, accomplice)
		if _, err := k.Erase.Erase(t.Context(), accomplice.Session, accomplice.Passcode); err != nil {
			t.Fatal(err)
		}
		rows, err := k.Store.EntriesOf(t.Context(), own)
		if err != nil || len(rows) == 0 || rows[0].State != identity.EntryHeldProof {
			t.Fatal(rows, err)
		}
		row := rows[0]
		do("UPDATE ledger_event SET state = 4 WHERE seq = ?", int64(row.Index))
		k.Advance(190 * 24 * time.Hour)
		if err := k.Erase.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		named(t, k, row.Index)
	})
}
