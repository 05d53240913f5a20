package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
	"netid/internal/suite"
)

// TestNothingRemains erases 120 persons among three hundred others, with rows
// of many sizes that come, grow, move and go, and looks for every blob of the
// erased in the raw files, in every 16 bytes of it.
func TestNothingRemains(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	const rounds = 60 // -count for more: every run is another life
	ctx := context.Background()
	path := filepath.Join(memory(t), "netid.db")
	s := open(t, path)
	crowd := crowded(t, s, 300)
	gone := traces{}
	for round := range rounds {
		crowd = append(crowd, crowded(t, s, 2)...)
		stir(t, s, crowd)
		for range 2 {
			i := rand.IntN(len(crowd))
			p := crowd[i]
			crowd = append(crowd[:i], crowd[i+1:]...)
			storetest.Tombstone(t, s, p)
			gone.add(p)
		}
		must(t, s.Settle(ctx))
		if round%30 == 29 || round == rounds-1 {
			if found := gone.search(t, path); len(found) > 0 {
				t.Fatalf("round %d: %d pieces of erased persons: %v", round, len(found), found[:min(9, len(found))])
			}
		}
	}
	here := traces{}
	for _, p := range crowd[:20] {
		here.add(p)
	}
	if found := here.search(t, path); len(found) < 20*100 {
		t.Fatalf("the search finds only %d pieces of 20 persons who are there", len(found))
	}
	storetest.Check(t, s)
	s.Close()
	if found := gone.search(t, path); len(found) > 0 {
		t.Fatal("after closing:", found)
	}
	if dirty, pages := gaps(t, path); dirty > 0 {
		t.Fatalf("%d of %d pages keep bytes that no row uses", dirty, pages)
	}
	if verdict := integrity(t, path); verdict != "ok" {
		t.Fatal(verdict)
	}
}

// TestSecureDeleteIsNotEnough is the control: the same life under SQLite's own
// secure_delete alone leaves bytes of rows between the rows. If this fails,
// SQLite has learnt to do it, and the wiping could go.
func TestSecureDeleteIsNotEnough(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	path := filepath.Join(memory(t), "netid.db")
	s := open(t, path)
	crowd := crowded(t, s, 200)
	gone := traces{}
	for range 100 {
		stir(t, s, crowd)
		crowd = append(crowd, crowded(t, s, 1)...)
		p := crowd[0]
		crowd = crowd[1:]
		storetest.Tombstone(t, s, p)
		gone.add(p)
	}
	copied := filepath.Join(memory(t), "copy.db")
	duplicate(t, path, copied)
	db := plain(t, copied)
	var busy, frames, done int
	must(t, db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done))
	must(t, db.Close())
	dirty, pages := gaps(t, copied)
	t.Logf("secure_delete alone: %d of %d pages keep bytes that no row uses; %d pieces of erased persons are found", dirty, pages, len(gone.search(t, copied)))
	if dirty == 0 {
		t.Fatal("no page keeps bytes: the test of the wiping proves nothing")
	}
	must(t, s.Settle(context.Background()))
	if dirty, _ := gaps(t, path); dirty > 0 {
		t.Fatal("pages keep bytes after Settle:", dirty)
	}
	if found := gone.search(t, path); len(found) > 0 {
		t.Fatal("after Settle:", found)
	}
}

// TestTidyWipes makes the writer copy its log by itself, and finds the database
// file as clean as after Settle.
func TestTidyWipes(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	ctx := context.Background()
	path := filepath.Join(memory(t), "netid.db")
	s := open(t, path)
	empty, err := os.Stat(path)
	must(t, err)
	for n := range 12 {
		var notes []identity.Note
		for i := range 2000 {
			d := identity.DraftRow{ID: suite.Random(32), Version: 1, Body: suite.Random(20 + (n*i)%400)}
			notes = append(notes, identity.PutDraft{Draft: d})
			if i%3 > 0 {
				notes = append(notes, identity.DropDraft{ID: d.ID, Version: 1})
			}
		}
		must(t, s.Jot(ctx, notes...))
	}
	full, err := os.Stat(path)
	must(t, err)
	if full.Size() <= empty.Size() {
		t.Fatal("the log was never copied")
	}
	if dirty, pages := gaps(t, path); dirty > 0 {
		t.Fatalf("%d of %d pages keep bytes that no row uses", dirty, pages)
	}
}

// TestCloseWipes stops without Settle: closing copies the log too.
func TestCloseWipes(t *testing.T) {
	path := filepath.Join(memory(t), "netid.db")
	s := open(t, path)
	stir(t, s, crowded(t, s, 100))
	s.Close()
	if dirty, pages := gaps(t, path); dirty > 0 {
		t.Fatalf("%d of %d pages keep bytes that no row uses", dirty, pages)
	}
}

// memory is a directory that costs no disk, where there is one: these tests are
// about bytes, not about durability.
func memory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "netid")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func crowded(t testing.TB, s *store.Store, n int) (all []*storetest.Person) {
	t.Helper()
	for range n {
		p := storetest.NewPerson(rand.Uint64N(1 << 40))
		must(t, s.Commit(context.Background(), identity.Change{Entry: p.Entry(), Verbs: p.Open()}))
		all = append(all, p)
	}
	return all
}

// stir makes rows move: entries, profiles and identities of other sizes, and
// short-lived rows that come and go.
func stir(t testing.TB, s *store.Store, crowd []*storetest.Person) {
	t.Helper()
	ctx := context.Background()
	for range 4 {
		p := crowd[rand.IntN(len(crowd))]
		p.Past = append(p.Past, p.Profile, p.Identity)
		p.Profile, p.Identity = suite.Random(100+rand.IntN(1500)), suite.Random(1024*(1+rand.IntN(2))+28)
		must(t, s.Commit(ctx, identity.Change{Entry: p.Entry(), Verbs: []identity.Verb{
			identity.SetProfile{ID: p.ID, Profile: p.Profile},
			identity.KeepIdentity{Row: p.Row, Body: p.Identity},
		}}))
		d := identity.DraftRow{ID: suite.Random(32), Version: 1, Body: suite.Random(200 + rand.IntN(3000))}
		must(t, s.Jot(ctx, identity.PutDraft{Draft: d}))
		if rand.IntN(2) == 0 {
			must(t, s.Jot(ctx, identity.DropDraft{ID: d.ID, Version: 1}))
		}
	}
}

// traces finds pieces of 16 bytes by their first 8.
type traces map[uint64][]trace

type trace struct {
	of    string
	piece []byte
}

const piece = 16

func (m traces) add(p *storetest.Person) {
	exact := map[string][][]byte{
		"person id": {p.ID[:]}, "profile": {p.Profile}, "identity": {p.Identity}, "identity row": {p.Row},
		"wrapped key": {p.Keys.Locator, p.Keys.Identity, p.Keys.Subject, p.Keys.Record},
		"index":       p.Indexes, "index body": p.Bodies, "event body": p.Events, "replaced": p.Past,
		"owner": {p.Owner, p.Chain, p.CertOwn, p.LinkOwn, p.Link},
	}
	for _, c := range p.Certs {
		exact["certificate"] = append(exact["certificate"], c.ID[:], c.Locator, c.Body)
	}
	for of, blobs := range exact {
		for _, b := range blobs {
			for how, text := range storetest.Spellings(b) {
				for at := 0; at+piece <= len(text); at += piece {
					key := binary.LittleEndian.Uint64(text[at:])
					m[key] = append(m[key], trace{of + " " + how, text[at : at+piece]})
				}
			}
		}
	}
}

// search reads the database file and the log, whole.
func (m traces) search(t testing.TB, path string) (found []string) {
	t.Helper()
	seen := make([]bool, 1<<24) // by the first three bytes: most places need no look into the map
	for key := range m {
		seen[key&(1<<24-1)] = true
	}
	for _, file := range []string{path, path + "-wal", path + "-journal"} {
		raw, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		must(t, err)
		for at := 0; at+piece <= len(raw); at++ {
			key := binary.LittleEndian.Uint64(raw[at:])
			if !seen[key&(1<<24-1)] {
				continue
			}
			for _, c := range m[key] {
				if bytes.Equal(raw[at:at+piece], c.piece) {
					found = append(found, c.of)
				}
			}
		}
	}
	return found
}

// gaps counts the pages of a file that keep bytes in unallocated space, in the
// gap between pointers and rows or in a free block.
func gaps(t testing.TB, path string) (dirty, pages int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	size := int(binary.BigEndian.Uint16(raw[16:]))
	for n := 0; n*size < len(raw); n++ {
		page := raw[n*size : (n+1)*size]
		bad, err := sqlite.ClearGap(uint32(n+1), page)
		must(t, err)
		if bad || blocks(n, page) {
			dirty++
		}
		pages++
	}
	return dirty, pages
}

func blocks(n int, page []byte) bool {
	at := 0
	if n == 0 {
		at = 100
	}
	if !bytes.Contains([]byte{2, 5, 10, 13}, page[at:at+1]) {
		return false
	}
	for free := int(binary.BigEndian.Uint16(page[at+1:])); free != 0; free = int(binary.BigEndian.Uint16(page[free:])) {
		size := int(binary.BigEndian.Uint16(page[free+2:]))
		if len(bytes.Trim(page[free+4:free+size], "\x00")) > 0 {
			return true
		}
	}
	return false
}

// BenchmarkErase is one erasure, settled, in a store of 300 persons.
func BenchmarkErase(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "netid.db"))
	crowded(b, s, 300)
	for b.Loop() {
		b.StopTimer()
		p := crowded(b, s, 1)[0]
		b.StartTimer()
		storetest.Tombstone(b, s, p)
		must(b, s.Settle(context.Background()))
	}
}

func duplicate(t testing.TB, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(from + suffix)
		must(t, err)
		must(t, os.WriteFile(to+suffix, b, 0o600))
	}
}

func plain(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=secure_delete(ON)")
	must(t, err)
	return db
}

func integrity(t testing.TB, path string) (verdict string) {
	t.Helper()
	db := plain(t, path)
	defer db.Close()
	must(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
	return verdict
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
