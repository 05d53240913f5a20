package erase_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"netid/internal/act/erase"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

const halfYear, threeYears = 190 * 24 * time.Hour, 1130 * 24 * time.Hour // from November: past the end of the month's terms

func left(t *testing.T, k *kit.Kit) (c *kit.Citizen, r erase.Receipt) {
	t.Helper()
	ctx := context.Background()
	c = enrolled(t, k, 1)
	used(t, c)
	sealed, err := k.Authorize.Begin(ctx, k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Authorize.Decline(ctx, &c.Session, sealed, kit.Browser); err != nil {
		t.Fatal(err)
	}
	if r, err = k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	return c, r
}

func november(c identity.Class) identity.Period {
	return identity.Period{Month: identity.MonthAt(kit.Start), Class: c}
}

// states counts the ledger's rows by state.
func states(t *testing.T, k *kit.Kit) map[identity.EntryState]int {
	t.Helper()
	rows, err := k.Store.Entries(context.Background(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	n := map[identity.EntryState]int{}
	for _, r := range rows {
		n[r.State]++
	}
	return n
}

func holds(t *testing.T, k *kit.Kit) {
	t.Helper()
	if r, err := ledger.Verify(context.Background(), k.Store, k.Keeper); err != nil || !r.OK() {
		t.Errorf("the ledger: %+v, %v", r.Problems, err)
	}
}

// The receipt says what law keeps, and until when: what the person declined goes at once.
func TestReceiptSaysWhatIsHeld(t *testing.T) {
	k := kit.New(t, law.New())
	shop(t, k)
	_, r := left(t, k)
	want := []erase.Held{{Class: identity.Logs, Records: 2, Until: time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)},
		{Class: identity.Proofs, Records: 2, Until: time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC)}}
	if fmt.Sprint(r.Held) != fmt.Sprint(want) {
		t.Errorf("%+v", r.Held)
	}
	if n := states(t, k); n[identity.EntryHeldLog] != 2 || n[identity.EntryHeldProof] != 2 || n[identity.EntryErased] != 1 || n[identity.EntrySealed] != 0 {
		t.Errorf("%v", n)
	}
	holds(t, k)
}

// Each class ends on its own date: key, bodies, what was left, and the ledger
// says so; the living keep reading.
func TestATermEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	ctx := context.Background()
	k := kit.New(t, law.New())
	shop(t, k)
	staying := enrolled(t, k, 2)
	left(t, k)
	step := func(name string, want map[identity.EntryState]int, periods map[identity.Period]bool) {
		t.Helper()
		for range 2 { // again changes nothing
			before, err := k.Store.Head(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := k.Erase.Expire(ctx); err != nil {
				t.Fatal(name, err)
			}
			if after, _ := k.Store.Head(ctx); name == "before" && string(before) != string(after) {
				t.Error("something expired before its date")
			}
		}
		n := states(t, k)
		for s, count := range want {
			if n[s] != count {
				t.Errorf("%s: %d in state %d, not %d", name, n[s], s, count)
			}
		}
		for p, there := range periods {
			if any, err := k.Store.Remains(ctx, p); err != nil || any != there {
				t.Errorf("%s: %s remains: %v, %v", name, p, any, err)
			}
			if _, err := k.Officers.Rebuild(p, k.Officers.Keys...); (err == nil) != there {
				t.Errorf("%s: %s opens: %v", name, p, err)
			}
		}
		holds(t, k)
		if recs, err := k.Look.Records(ctx, staying.Session); err != nil || len(recs) != 3 {
			t.Errorf("%s: the living read %d, %v", name, len(recs), err)
		}
	}
	logs, proofs := november(identity.Logs), november(identity.Proofs)
	step("before", map[identity.EntryState]int{4: 2, 5: 2, 3: 1, 1: 3, 2: 2}, map[identity.Period]bool{logs: true, proofs: true})
	k.Advance(halfYear)
	step("logs", map[identity.EntryState]int{4: 0, 5: 2, 3: 3, 1: 3, 2: 3}, map[identity.Period]bool{logs: false, proofs: true})
	k.Advance(threeYears - halfYear)
	step("proofs", map[identity.EntryState]int{4: 0, 5: 0, 3: 5, 1: 3}, map[identity.Period]bool{logs: false, proofs: false})
	e := last(t, k)
	if e.Kind != identity.Expired || e.Set == nil || len(e.Grounds) != 1 || e.Detail == "" {
		t.Errorf("%+v", e)
	}
}

func last(t *testing.T, k *kit.Kit) identity.Event {
	t.Helper()
	rows, err := k.Store.Entries(context.Background(), 0, 1000)
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	e, _, err := ledger.OpenEntry(identity.Keys{}, rows[len(rows)-1])
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What is over when its person leaves is not held for a day.
func TestNothingIsHeldBeyondItsTerm(t *testing.T) {
	k := kit.New(t, law.New())
	c := enrolled(t, k, 1)
	k.Advance(5 * 30 * 24 * time.Hour)
	if err := c.SignIn(context.Background()); err != nil {
		t.Fatal(err)
	}
	k.Advance(40 * 24 * time.Hour)
	if err := k.Erase.Expire(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.Certificate.Expires = k.Now().Add(time.Hour)
	r, err := k.Erase.Erase(context.Background(), c.Session, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Held) != 2 || r.Held[0].Class != identity.Logs || r.Held[0].Records != 1 {
		t.Errorf("held %+v", r.Held)
	}
	if n := states(t, k); n[identity.EntryErased] != 2 {
		t.Errorf("%v", n)
	}
	holds(t, k)
}

var errCut = errors.New("power cut")

// cutting fails at the n-th step of an expiry, and at all after it.
type cutting struct {
	erase.Store
	erase.Quorum
	left int
}

func (c *cutting) cut() error {
	c.left--
	if c.left < 0 {
		return errCut
	}
	return nil
}

func (c *cutting) Destroy(key string) error {
	return errors.Join(c.cut(), c.after(func() error { return c.Quorum.Destroy(key) }))
}

// after lets the step at which the power goes happen, though its caller hears
// of the cut; nothing happens after it.
func (c *cutting) after(do func() error) error {
	if c.left < -1 {
		return errCut
	}
	return do()
}

type cutRows struct {
	*cutting
}

func (c cutRows) Settle(ctx context.Context) error {
	return errors.Join(c.cut(), c.after(func() error { return c.Store.Settle(ctx) }))
}

func (c cutRows) DropEscrow(ctx context.Context, p identity.Period) error {
	return errors.Join(c.cut(), c.after(func() error { return c.Store.DropEscrow(ctx, p) }))
}

func (c cutRows) Held(ctx context.Context, p identity.Period, n int) ([]identity.EntryRow, error) {
	if err := c.cut(); err != nil {
		return nil, err
	}
	return c.Store.Held(ctx, p, n)
}

type cutQuorum struct{ *cutting }

func (c cutQuorum) Settle(key string) error {
	return errors.Join(c.cut(), c.after(func() error { return c.Quorum.Settle(key) }))
}

// An expiry that is cut between any two steps leaves a ledger that holds, and
// the next call finishes it.
func TestAnExpiryCutAnywhereIsFinished(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	ctx := context.Background()
	for n := 0; ; n++ {
		k := kit.New(t, law.New())
		shop(t, k)
		left(t, k)
		k.Advance(halfYear)
		whole := *k.Erase
		c := &cutting{whole.Store, whole.Quorum, n}
		k.Erase.Store, k.Erase.Quorum = cutRows{c}, cutQuorum{c}
		err := k.Erase.Expire(ctx)
		if err == nil {
			if n < 5 {
				t.Errorf("only %d steps", n)
			}
			return
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		holds(t, k)
		*k.Erase = whole
		if err := k.Erase.Expire(ctx); err != nil {
			t.Fatalf("cut %d: %v", n, err)
		}
		if s := states(t, k); s[identity.EntryHeldLog] != 0 || s[identity.EntryHeldProof] != 2 || s[identity.EntryErased] != 3 {
			t.Errorf("cut %d: %v", n, s)
		}
		if any, err := k.Store.Remains(ctx, november(identity.Logs)); err != nil || any {
			t.Errorf("cut %d: something remains, %v", n, err)
		}
		if due := k.Officers.Due(k.Now()); len(due) != 1 || !due[0].Settled {
			t.Errorf("cut %d: %+v", n, due)
		}
		holds(t, k)
	}
}

// More than one batch goes under more than one event, and all are accounted for.
func TestALargeTermEndsInBatches(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := enrolled(t, k, 1)
	o, err := k.Vault.Visit(ctx, c.Session)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if _, err := k.Erase.Book.Record(ctx, o, identity.Event{Kind: identity.SignedIn}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	before := states(t, k)[identity.EntryPublic]
	k.Advance(halfYear)
	if err := k.Erase.Expire(ctx); err != nil {
		t.Fatal(err)
	}
	if n := states(t, k); n[identity.EntryPublic] != before+2 || n[identity.EntryHeldLog] != 0 || n[identity.EntryErased] != 302 {
		t.Errorf("%v, %d before", n, before)
	}
	holds(t, k)
}

// An entry that does not open to its own person goes with the rest: damage
// keeps nobody from leaving.
func TestADamagedRecordKeepsNobody(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := enrolled(t, k, 1)
	k.Erase.Store = damaged{k.Store}
	r, err := k.Erase.Erase(ctx, c.Session, c.Passcode)
	if err != nil || len(r.Held) != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	holds(t, k)
}

type damaged struct{ erase.Store }

func (d damaged) EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error) {
	rows, err := d.Store.EntriesOf(ctx, owner)
	for i := range rows {
		rows[i].Body = append([]byte{}, rows[i].Body...)
		rows[i].Body[40] ^= 1
	}
	return rows, err
}

// A key that cannot be destroyed drops nothing: nothing that opens is said to be gone.
func TestNothingExpiresBeforeItsKeyIsDestroyed(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	shop(t, k)
	left(t, k)
	k.Advance(halfYear)
	k.Erase.Quorum = stubborn{k.Officers}
	if err := k.Erase.Expire(ctx); !fault.Because(err, "stubborn") {
		t.Fatal(err)
	}
	if n := states(t, k); n[identity.EntryHeldLog] != 2 {
		t.Errorf("%v", n)
	}
}

type stubborn struct{ erase.Quorum }

func (stubborn) Destroy(string) error { return fault.New("test", fault.Unavailable, "stubborn") }
