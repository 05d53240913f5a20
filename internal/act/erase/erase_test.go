package erase_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/vault"
	"netid/test/kit"
)

func enrolled(t *testing.T, k *kit.Kit, n int) *kit.Citizen {
	t.Helper()
	ctx := context.Background()
	c := k.Adult(n)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

func used(t *testing.T, c *kit.Citizen) identity.Verification {
	t.Helper()
	ctx := context.Background()
	a, err := c.Approve(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Redeem(ctx, "shop", a.Code)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func shop(t *testing.T, k *kit.Kit) {
	t.Helper()
	if _, _, err := k.Admit.Register(context.Background(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
}

// After the receipt nothing opens: not here, and not in a copy of the store
// taken before, with today's keys; everybody else's opens in both, and the
// ledger holds.
func TestErased(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	k := kit.Open(t, dir, law.New())
	shop(t, k)
	leaving, staying := enrolled(t, k, 1), enrolled(t, k, 2)
	used(t, leaving)
	other := used(t, staying)

	before := copyStore(t, k, dir)
	control := reopen(t, dir, before)
	for _, c := range []*kit.Citizen{leaving, staying} {
		if recs, err := control.Look.Records(ctx, c.Session); err != nil || len(recs) != 4 {
			t.Fatalf("control: the copy does not open before the erasure: %d records, %v", len(recs), err)
		}
	}

	if _, err := k.Erase.Erase(ctx, leaving.Session, "00000001"); !fault.Because(err, "passcode_wrong") {
		t.Fatalf("wrong passcode: %v", err)
	}
	receipt, err := k.Erase.Erase(ctx, leaving.Session, leaving.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	if len(receipt.Gone) == 0 || len(receipt.Stays) == 0 || receipt.Head == "" {
		t.Fatalf("receipt %+v", receipt)
	}
	if _, err := client.CheckHead([]byte(receipt.Head), k.Keeper.VerifierKey()); err != nil {
		t.Fatalf("the receipt's head: %v", err)
	}
	report, err := ledger.Verify(ctx, k.Store, k.Keeper)
	if err != nil || !report.OK() {
		t.Fatalf("ledger after erasure: %v %+v", err, report.Problems)
	}
	for name, err := range map[string]error{
		"records": second(k.Look.Records(ctx, leaving.Session)), "data": second(k.Look.Data(ctx, leaving.Session)),
		"sign in": leaving.SignIn(ctx), "erase again": second(k.Erase.Erase(ctx, leaving.Session, leaving.Passcode)),
	} {
		if !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s after erasure: %v", name, err)
		}
	}

	old := reopen(t, dir, before)
	if _, err := old.Look.Records(ctx, leaving.Session); err == nil {
		t.Error("an old copy with today's keys opens the erased person's records")
	}
	if err := (&kit.Citizen{Kit: old, Certificate: leaving.Certificate, Device: leaving.Device}).SignIn(ctx); err == nil {
		t.Error("an old copy with today's keys signs the erased person in")
	}
	if recs, err := old.Look.Records(ctx, staying.Session); err != nil || len(recs) != 4 {
		t.Errorf("an old copy no longer opens the others: %d, %v", len(recs), err)
	}
	if _, err := k.Look.Record(ctx, staying.Session, other.Receipt); err != nil {
		t.Errorf("the others' records: %v", err)
	}

	again := enrolled(t, k, 1)
	if again.Grant.Number == leaving.Grant.Number || again.Grant.Again {
		t.Error("whoever comes back is a new person with a new number")
	}
}

func second[T any](_ T, err error) error { return err }

// No byte of the erased person is in the database, its log or free pages but
// what law keeps, sealed; and when its term is over, none at all.
func TestNoByteStays(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	ctx := context.Background()
	dir := t.TempDir()
	k := kit.Open(t, dir, law.New())
	shop(t, k)
	for n := 10; n < 30; n++ {
		used(t, enrolled(t, k, n))
	}
	c := enrolled(t, k, 1)
	used(t, c)
	row, err := k.Store.Person(ctx, c.Session.Person)
	if err != nil {
		t.Fatal(err)
	}
	events, err := k.Store.EntriesOf(ctx, owner(t, k, c))
	if err != nil || len(events) == 0 {
		t.Fatal(err)
	}
	needles := map[string][]byte{"wrapped identity key": row.Keys.Identity, "wrapped subject key": row.Keys.Subject, "wrapped record key": row.Keys.Record,
		"locator": row.Keys.Locator, "profile": row.Profile, "person id": row.ID[:], "owner index": events[0].Owner, "event body": events[0].Body[:64],
		"certificate id": c.Certificate.ID[:], "document index": k.Vault.DocumentIndex(c.Document.Kind, c.Document.Number)[0],
		"handle index": k.Vault.HandleIndex(c.Handle)[0], "name": []byte(c.Document.Name), "document number": []byte(c.Document.Number), "phone": []byte(c.Phone())}
	if found := search(t, dir, needles); len(found) < 8 {
		t.Fatalf("control: the search finds too little before the erasure: %v", found)
	}
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	if found := search(t, dir, needles); len(found) != 2 || found[0][:5] != "event" && found[0][:5] != "owner" || found[1][:5] != "event" && found[1][:5] != "owner" {
		t.Fatalf("after the erasure the files hold more or less than law keeps: %v", found)
	}
	k.Advance(4 * 366 * 24 * time.Hour)
	if err := k.Erase.Expire(ctx); err != nil {
		t.Fatal(err)
	}
	if found := search(t, dir, needles); len(found) > 0 {
		t.Fatalf("after the last term the files still hold: %v", found)
	}
}

func owner(t *testing.T, k *kit.Kit, c *kit.Citizen) []byte {
	t.Helper()
	o, err := k.Vault.Visit(context.Background(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Owner(o.Keys)
}

func search(t *testing.T, dir string, needles map[string][]byte) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "netid.db*"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range needles {
			for _, form := range [][]byte{n, []byte(hex.EncodeToString(n)), []byte(base64.StdEncoding.EncodeToString(n)), []byte(base64.RawURLEncoding.EncodeToString(n))} {
				if bytes.Contains(b, form) {
					found = append(found, name+" in "+filepath.Base(f))
					break
				}
			}
		}
	}
	return found
}

// A crash between the commit and the shelf is finished at the next start.
func TestResume(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	k := kit.Open(t, dir, law.New())
	c := enrolled(t, k, 1)
	o, err := k.Vault.Visit(ctx, c.Session)
	if err != nil {
		t.Fatal(err)
	}
	k.Erase.Vault = broken{k.Vault}
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err == nil {
		t.Fatal("a receipt was given although the shelf failed")
	}
	if pending, err := k.Store.PendingShreds(ctx); err != nil || len(pending) != 1 || pending[0] != o.Slot {
		t.Fatalf("pending %v %v", pending, err)
	}
	k.Close()
	k = kit.Open(t, dir, law.New())
	if pending, err := k.Store.PendingShreds(ctx); err != nil || len(pending) != 0 {
		t.Fatalf("after the restart: %v %v", pending, err)
	}
	if _, err := k.Vault.Open(ctx, c.Session.Person); err == nil {
		t.Fatal("still opens")
	}
}

type broken struct{ *vault.Guarded }

func (broken) Shred(uint64) error { return fault.New("test", fault.Unavailable, "shelf_broken") }

// copyStore takes a consistent copy of the store's file while it runs.
func copyStore(t *testing.T, k *kit.Kit, dir string) string {
	t.Helper()
	if err := k.Store.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "netid.db"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reopen furnishes a kit on the copy with today's keyring.
func reopen(t *testing.T, dir, store string) *kit.Kit {
	t.Helper()
	at := t.TempDir()
	if err := os.CopyFS(filepath.Join(at, "keyring"), os.DirFS(filepath.Join(dir, "keyring"))); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "netid.db"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return kit.Open(t, at, law.New())
}

// leaves is a vault at whose destruction of a slot the browser goes away.
type leaves struct {
	*vault.Guarded
	away context.CancelFunc
}

func (l leaves) Shred(slot uint64) error {
	l.away()
	return l.Guarded.Shred(slot)
}

// A browser that goes away in the middle does not keep the rest from being done.
func TestErasureOutlivesItsBrowser(t *testing.T) {
	k := kit.New(t, law.New())
	c := enrolled(t, k, 1)
	ctx, away := context.WithCancel(context.Background())
	k.Erase.Vault = leaves{k.Vault, away}
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Error(err)
	}
	if slots, err := k.Store.PendingShreds(context.Background()); err != nil || len(slots) != 0 {
		t.Errorf("unfinished: %v %v", slots, err)
	}
	if log, err := os.Stat(filepath.Join(k.Dir, "netid.db-wal")); err != nil || log.Size() > 4<<12 {
		t.Errorf("the log was not emptied: %v", err)
	}
}

// While somebody reads an older state the log cannot be emptied. The erasure
// stands, and is finished when the reader has gone.
func TestErasureBesideALongReader(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := enrolled(t, k, 1)
	err := k.Store.Snapshot(ctx, func(rows ledger.Rows) error {
		if _, err := rows.Entries(ctx, 0, 1); err != nil {
			return err
		}
		_, err := k.Erase.Erase(ctx, c.Session, c.Passcode)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if slots, err := k.Store.PendingShreds(ctx); err != nil || len(slots) != 1 {
		t.Errorf("it counts as finished: %v %v", slots, err)
	}
	if err := k.Erase.Resume(ctx); err != nil {
		t.Error(err)
	}
	if slots, err := k.Store.PendingShreds(ctx); err != nil || len(slots) != 0 {
		t.Errorf("unfinished: %v %v", slots, err)
	}
	if log, err := os.Stat(filepath.Join(k.Dir, "netid.db-wal")); err != nil || log.Size() > 4<<12 {
		t.Errorf("the log was not emptied: %v", err)
	}
}

// After the commit an erasure has three steps: the secret on the shelf, the
// store's files, the note that it is done. Cut before or after each, it is
// finished by the next start.
func TestErasureIsCutAfterEachStep(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	ctx := context.Background()
	for name, cut := range map[string]func(k *kit.Kit){
		"before the shelf":         func(k *kit.Kit) { k.Erase.Vault = broken{k.Vault} },
		"after the shelf":          func(k *kit.Kit) { k.Erase.Vault = unheard{k.Vault} },
		"before the files":         func(k *kit.Kit) { k.Erase.Store = cutStore{Store: k.Store, settle: true} },
		"before the note":          func(k *kit.Kit) { k.Erase.Store = cutStore{Store: k.Store, jot: true} },
		"after the note, unheard":  func(k *kit.Kit) { k.Erase.Store = cutStore{Store: k.Store, jot: true, heard: true} },
		"after the files, unheard": func(k *kit.Kit) { k.Erase.Store = cutStore{Store: k.Store, settle: true, heard: true} },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			k := kit.Open(t, dir, law.New())
			gone, stays := enrolled(t, k, 1), enrolled(t, k, 2)
			cut(k)
			if _, err := k.Erase.Erase(ctx, gone.Session, gone.Passcode); err == nil {
				t.Fatal("it was not cut")
			}
			k.Close()
			k = kit.Open(t, dir, law.New())
			if pending, err := k.Store.PendingShreds(ctx); err != nil || len(pending) != 0 {
				t.Errorf("pending %v, %v", pending, err)
			}
			if _, err := k.Vault.Open(ctx, gone.Session.Person); err == nil {
				t.Error("the erased person opens")
			}
			if _, err := k.Vault.Open(ctx, stays.Session.Person); err != nil {
				t.Error("another person does not open:", err)
			}
		})
	}
}

// unheard does it and fails all the same.
type unheard struct{ *vault.Guarded }

func (u unheard) Shred(slot uint64) error {
	if err := u.Guarded.Shred(slot); err != nil {
		return err
	}
	return fault.New("test", fault.Unavailable, "cut")
}

// cutStore fails one step, before it is done or after.
type cutStore struct {
	*store.Store
	settle, jot, heard bool
}

func (s cutStore) Settle(ctx context.Context) error {
	return s.cut(s.settle, func() error { return s.Store.Settle(ctx) })
}

func (s cutStore) Jot(ctx context.Context, notes ...identity.Note) error {
	return s.cut(s.jot, func() error { return s.Store.Jot(ctx, notes...) })
}

func (s cutStore) cut(here bool, do func() error) error {
	if here && !s.heard {
		return fault.New("test", fault.Unavailable, "cut")
	}
	if err := do(); err != nil || !here {
		return err
	}
	return fault.New("test", fault.Unavailable, "cut")
}
