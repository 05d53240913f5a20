package kit_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/test/kit"
)

// history is a real store at several moments, each a copy of its file, with
// the heads that a witness would have kept.
type history struct {
	profile suite.Profile
	keys    string // directory of the keyring
	keeper  *ledger.Keeper
	moments []string // files of the store, oldest first
	heads   [][]byte // at each moment
	sizes   []int64
}

func (h *history) last() int { return len(h.moments) - 1 }

// recorded lives through five moments, months apart, the last one years: people
// enrol, sign in, verify, export and erase themselves, what law keeps of them is held, and
// expires in part; parties fill more than one tile; and in the end the records of
// the first moments are gone, those of the living too. Between them the keys that
// sign heads change.
func recorded(t *testing.T, profile suite.Profile) *history {
	t.Helper()
	dir := t.TempDir()
	h := &history{profile: profile, keys: dir}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for moment := range 5 {
		k := kit.OpenAs(t, dir, law.New(), profile)
		h.keeper = k.Keeper
		k.Advance(time.Duration(moment) * 230 * 24 * time.Hour) // the logs of the moment before are over
		if moment == 4 {
			k.Advance(670 * 24 * time.Hour) // all of the first three is, and the fourth's is not
		}
		if moment > 0 {
			k.RotateHeads(t)
			k.Advance(time.Hour)
		}
		must(k.Erase.Expire(t.Context()))
		must(k.Erase.Forget(t.Context()))
		for i := range 140 {
			register(t, k, fmt.Sprintf("shop-%d-%d", moment, i))
		}
		for i := range 2 {
			c := k.Adult(10*moment + i)
			must(c.Enrol(t.Context()))
			must(c.SignIn(t.Context()))
			party := identity.PartyID(fmt.Sprintf("shop-%d-0", moment))
			answer, err := c.Approve(t.Context(), k.Request(party, identity.ModeCert))
			must(err)
			_, err = k.Redeem(t.Context(), party, string(answer.Code))
			must(err)
			_, err = k.Look.Export(t.Context(), c.Session)
			must(err)
			if i == 1 {
				_, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode)
				must(err)
			}
		}
		head, err := k.Store.Head(t.Context())
		must(err)
		size, _, err := k.Keeper.CheckHead(head)
		must(err)
		k.Close()
		file := filepath.Join(t.TempDir(), "netid.db")
		must(copyFile(filepath.Join(dir, "netid.db"), file))
		h.moments, h.heads, h.sizes = append(h.moments, file), append(h.heads, head), append(h.sizes, int64(size))
	}
	return h
}

func register(t *testing.T, k *kit.Kit, id string) {
	t.Helper()
	if _, _, err := k.Admit.Register(t.Context(), admit.Application{ID: id, Name: "Shop", RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// verify is what `netid ledger verify` does with a store's file.
func verify(t *testing.T, file string, k *ledger.Keeper, heads ...[]byte) ledger.Report {
	t.Helper()
	db, err := sqlite.OpenReadOnly(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), db, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var r ledger.Report
	err = s.Snapshot(t.Context(), func(rows ledger.Rows) (err error) {
		r, err = ledger.Verify(t.Context(), rows, k, heads...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// trial is one tampering of a copy of the newest store.
type trial struct {
	*history
	t    *testing.T
	dice *rand.Rand
	file string
	db   *sql.DB
	size int64
}

func (x *trial) do(query string, args ...any) {
	x.t.Helper()
	if _, err := x.db.ExecContext(x.t.Context(), query, args...); err != nil {
		x.t.Fatalf("%s: %v", query, err)
	}
}

// any is an entry whose row is there.
func (x *trial) any() int64 { return x.there(x.dice.Int64N(x.size)) }

// there is the first row from i on, or from the beginning.
func (x *trial) there(i int64) (seq int64) {
	x.t.Helper()
	if err := x.db.QueryRowContext(x.t.Context(), "SELECT seq FROM ledger_event ORDER BY seq < ?, seq LIMIT 1", i).Scan(&seq); err != nil {
		x.t.Fatal(err)
	}
	return seq
}

// gone is an entry whose row went with its day.
func (x *trial) gone() int64 {
	for {
		if i := x.dice.Int64N(x.size); x.there(i) != i {
			return i
		}
	}
}

// span is where the first problem must be named: from, to inclusive.
type span struct{ from, to int64 }

func at(i int64) span { return span{i, i} }

// tamperings: each does one thing and says where it must be named.
func tamperings() map[string]func(*trial) span {
	return map[string]func(*trial) span{
		"edit":                       edit,
		"edit, row key in hand":      editWithTheRowKey,
		"delete":                     remove,
		"insert":                     insert,
		"reorder":                    reorder,
		"truncate":                   truncate,
		"truncate, older head":       truncateToAHead,
		"roll back":                  rollBack,
		"fork":                       fork,
		"tile":                       tile,
		"tiles exchanged":            tilesExchanged,
		"tile of another level":      tileOfAnotherLevel,
		"bodies exchanged":           bodiesExchanged,
		"head":                       head,
		"body gone, row key in hand": blank,
		"held body gone, no expiry":  blankHeld,
		"leaf of a row that went":    pastLeaf,
		"day of a row that stays":    pastDay,
		"what stays is gone":         pastGone,
		"floor":                      floor,
		"days dropped, not said":     dropDays,
	}
}

func edit(x *trial) span {
	i := x.any()
	switch x.dice.IntN(8) {
	case 0:
		x.flip("id", i)
	case 1:
		x.do("UPDATE ledger_event SET day = day + ? WHERE seq = ?", 1+x.dice.IntN(900), i)
	case 2:
		x.do("UPDATE ledger_event SET bucket = bucket + ? WHERE seq = ?", 1+x.dice.IntN(900), i)
	case 3:
		x.do("UPDATE ledger_event SET owner = ? WHERE seq = ?", []byte(strconv.Itoa(x.dice.Int())), i)
	case 4:
		x.flip("leaf", i)
	case 5:
		x.do("UPDATE ledger_event SET body = ? WHERE seq = ?", []byte(strconv.Itoa(x.dice.Int())), i)
	case 6:
		x.do("UPDATE ledger_event SET state = state + ? WHERE seq = ?", 1+x.dice.IntN(5), i)
	case 7:
		x.flip("mac", i)
	}
	return at(i)
}

// flip turns one bit of a blob.
func (x *trial) flip(column string, seq int64) {
	var b []byte
	if err := x.db.QueryRowContext(x.t.Context(), "SELECT "+column+" FROM ledger_event WHERE seq = ?", seq).Scan(&b); err != nil {
		x.t.Fatal(err)
	}
	bit := x.dice.IntN(8 * len(b))
	b[bit/8] ^= 1 << (bit % 8)
	x.do("UPDATE ledger_event SET "+column+" = ? WHERE seq = ?", b, seq)
}

// row reads a row as the keeper takes it.
func (x *trial) row(seq int64) (r identity.EntryRow) {
	var day, bucket, state int64
	var leaf []byte
	if err := x.db.QueryRowContext(x.t.Context(), "SELECT id, day, bucket, owner, leaf, body, state FROM ledger_event WHERE seq = ?", seq).
		Scan(&r.ID, &day, &bucket, &r.Owner, &leaf, &r.Body, &state); err != nil {
		x.t.Fatal(err)
	}
	r.Index, r.Day, r.Bucket, r.State, r.Leaf = uint64(seq), int32(day), uint16(bucket), identity.EntryState(state), [32]byte(leaf)
	return r
}

// editWithTheRowKey replaces a leaf and makes the row's own hash fit: the tree
// finds it in its 256 entries, or since the last head that holds.
func editWithTheRowKey(x *trial) span {
	i := x.any()
	r := x.row(i)
	r.Leaf[x.dice.IntN(32)] ^= 1 << x.dice.IntN(8)
	x.do("UPDATE ledger_event SET leaf = ?, mac = ? WHERE seq = ?", r.Leaf[:], x.keeper.MAC(r), i)
	var head int64
	for _, n := range x.sizes {
		if n <= i {
			head = n
		}
	}
	return span{x.first(r.State, min(head, i/256*256)), i}
}

// first is where an entry may be named: an erased one also by the first of
// the erased, as their sum accuses them together.
func (x *trial) first(state identity.EntryState, from int64) int64 {
	if state != identity.EntryErased {
		return from
	}
	for i := range from { // the first of those that went with their days is one of them too
		if x.there(i) != i || x.row(i).State == state {
			return i
		}
	}
	return from
}

// group reads what stays of the entries that an entry is among.
func (x *trial) group(i int64) (leaves, days []byte) {
	x.t.Helper()
	if err := x.db.QueryRowContext(x.t.Context(), "SELECT leaves, days FROM ledger_past WHERE idx = ?", i/256).Scan(&leaves, &days); err != nil {
		x.t.Fatal(err)
	}
	return leaves, days
}

func groupOf(i int64) span { return span{i / 256 * 256, i/256*256 + 255} }

// pastLeaf replaces a leaf where it is all that stays, in a store of which the
// hand has the row key or not.
func pastLeaf(x *trial) span {
	i := x.gone()
	leaves, days := x.group(i)
	leaves[i%256*32+x.dice.Int64N(32)] ^= 1 << x.dice.IntN(8)
	x.past(i, leaves, days)
	return span{0, groupOf(i).to} // with the key in hand the sum of the first moments is what does not fit
}

func (x *trial) past(i int64, leaves, days []byte) {
	x.do("UPDATE ledger_past SET leaves = ?, days = ? WHERE idx = ?", leaves, days, i/256)
	if x.dice.IntN(2) == 0 {
		p := ledger.Past{Group: uint64(i / 256)}
		for n := range len(days) / 4 {
			p.Leaves, p.Days = append(p.Leaves, [32]byte(leaves[32*n:])), append(p.Days, int32(binary.BigEndian.Uint32(days[4*n:])))
		}
		x.do("UPDATE ledger_past SET mac = ? WHERE idx = ?", x.keeper.PastCode(p), i/256)
	}
}

// pastDay calls an event about nobody one of a person, so that it could go, and
// takes it.
func pastDay(x *trial) span {
	for {
		i := x.gone()/256*256 + x.dice.Int64N(256)
		if i >= x.size || x.there(i) != i || x.row(i).State != identity.EntryPublic {
			continue
		}
		leaves, days := x.group(i)
		if len(days) < int(i%256+1)*4 {
			continue
		}
		binary.BigEndian.PutUint32(days[i%256*4:], 1)
		x.past(i, leaves, days)
		x.do("DELETE FROM ledger_event WHERE seq = ?", i)
		return span{0, groupOf(i).to}
	}
}

func pastGone(x *trial) span {
	i := x.gone()
	if x.dice.IntN(2) == 0 {
		x.do("DELETE FROM ledger_past WHERE idx = ?", i/256)
	} else {
		x.do("UPDATE ledger_past SET leaves = substr(leaves, 1, 64), days = substr(days, 1, 8) WHERE idx = ?", i/256)
	}
	return groupOf(i)
}

// floor says of other days that they are gone, or of none.
func floor(x *trial) span {
	switch x.dice.IntN(3) {
	case 0:
		x.do("UPDATE ledger_floor SET day = day + ?", 1+x.dice.IntN(900))
	case 1:
		x.do("UPDATE ledger_floor SET said = 0")
	case 2:
		x.do("DELETE FROM ledger_floor")
	}
	return span{-1, x.size}
}

// dropDays takes whole days of persons' rows that nothing in the ledger speaks
// of, perhaps with the row key in hand and a floor to match.
func dropDays(x *trial) span {
	var day, first int64
	if err := x.db.QueryRowContext(x.t.Context(), "SELECT day, min(seq) FROM ledger_event WHERE public = 0 GROUP BY day ORDER BY random() LIMIT 1").Scan(&day, &first); err != nil {
		x.t.Fatal(err)
	}
	if err := x.db.QueryRowContext(x.t.Context(), "SELECT min(seq) FROM ledger_event WHERE public = 0 AND day <= ?", day).Scan(&first); err != nil {
		x.t.Fatal(err)
	}
	x.do("DELETE FROM ledger_event WHERE public = 0 AND day <= ?", day)
	if x.dice.IntN(2) == 0 { // then all that is absent is accused together, or the first of which no leaf was kept
		f := identity.Floor{Day: int32(day) + 1, Said: true}
		x.do("UPDATE ledger_floor SET day = ?, mac = ?", int64(f.Day), x.keeper.FloorCode(f))
		return span{0, x.size}
	}
	return at(first)
}

func remove(x *trial) span {
	i := x.any()
	x.do("DELETE FROM ledger_event WHERE seq >= ? AND seq <= ?", i, i+x.dice.Int64N(3))
	return at(i)
}

// insert puts a copy of a row in somewhere, and moves on what follows.
func insert(x *trial) span {
	where, from := x.dice.Int64N(x.size+1), x.any()
	x.do("UPDATE ledger_event SET seq = -seq - 2 WHERE seq >= ?", where)
	x.do("UPDATE ledger_event SET seq = -seq - 1 WHERE seq < 0")
	if from >= where {
		from++
	}
	x.do("INSERT INTO ledger_event (seq, public, id, day, bucket, owner, leaf, body, state, mac) SELECT ?, public, randomblob(16), day, bucket, owner, leaf, body, state, mac FROM ledger_event WHERE seq = ?", where, from)
	return at(where)
}

func reorder(x *trial) span {
	i, j := x.any(), x.any()
	if i == j {
		j = x.there(i + 1)
	}
	x.do("UPDATE ledger_event SET seq = -1 WHERE seq = ?", i)
	x.do("UPDATE ledger_event SET seq = ? WHERE seq = ?", i, j)
	x.do("UPDATE ledger_event SET seq = ? WHERE seq = -1", j)
	return at(min(i, j))
}

// cut takes the tail, with the tiles over it if the hand was careful.
func (x *trial) cut(n int64) {
	x.do("DELETE FROM ledger_event WHERE seq >= ?", n)
	if x.dice.IntN(2) == 0 {
		x.do("DELETE FROM ledger_tile WHERE level = 1 AND idx >= ?", n/256)
		x.do("DELETE FROM ledger_tile WHERE level > 1")
	}
}

func truncate(x *trial) span {
	i := x.any()
	x.cut(i)
	return at(i)
}

// truncateToAHead cuts to a moment whose head was kept: rows erased since are
// erased in it already, and a later head is remembered by somebody.
func truncateToAHead(x *trial) span {
	m := x.dice.IntN(x.last())
	x.cut(x.sizes[m])
	x.do("UPDATE ledger_head SET note = ?, size = ?", x.heads[m], x.sizes[m])
	return at(x.sizes[m])
}

// rollBack puts the whole store of an older moment in place.
func rollBack(x *trial) span {
	m := x.dice.IntN(x.last())
	x.db.Close()
	if err := copyFile(x.moments[m], x.file); err != nil {
		x.t.Fatal(err)
	}
	return at(x.sizes[m])
}

// fork goes on from an older moment with all keys in hand: every signature and
// every hash of the other history holds.
func fork(x *trial) span {
	m := x.dice.IntN(x.last())
	x.db.Close()
	dir := x.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(x.keys)); err != nil {
		x.t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "netid.db-wal")), copyFile(x.moments[m], filepath.Join(dir, "netid.db"))); err != nil {
		x.t.Fatal(err)
	}
	k := kit.OpenAs(x.t, dir, law.New(), x.profile)
	for n := range x.sizes[x.last()] - x.sizes[m] + x.dice.Int64N(20) - 5 {
		register(x.t, k, fmt.Sprintf("other-%d", n))
	}
	k.Close()
	if err := copyFile(filepath.Join(dir, "netid.db"), x.file); err != nil {
		x.t.Fatal(err)
	}
	return span{x.sizes[m], x.sizes[x.last()]}
}

func tile(x *trial) span {
	n := x.dice.Int64N(x.size / 256)
	where := span{n * 256, n*256 + 255}
	switch x.dice.IntN(3) {
	case 0:
		x.do("UPDATE ledger_tile SET hash = randomblob(32) WHERE level = 1 AND idx = ?", n)
	case 1:
		x.do("DELETE FROM ledger_tile WHERE level = 1 AND idx = ?", n)
	case 2:
		x.do("INSERT INTO ledger_tile (level, idx, hash) VALUES (1, ?, randomblob(32))", x.size/256+x.dice.Int64N(3))
		where = at(x.size)
	}
	return where
}

// tilesExchanged puts true hashes in each other's place.
func tilesExchanged(x *trial) span {
	x.do("UPDATE ledger_tile SET idx = 1 - idx - 2 WHERE level = 1 AND idx < 2")
	x.do("UPDATE ledger_tile SET idx = idx + 2 WHERE level = 1 AND idx < 0")
	return span{0, 255}
}

// tileOfAnotherLevel claims a subtree that is not full yet.
func tileOfAnotherLevel(x *trial) span {
	x.do("INSERT INTO ledger_tile (level, idx, hash) SELECT ?, 0, hash FROM ledger_tile WHERE level = 1 AND idx = ?", 2+x.dice.IntN(6), x.dice.Int64N(x.size/256))
	return at(x.size)
}

// bodiesExchanged gives two persons each other's sealed body, or one of a person's records the body of another.
func bodiesExchanged(x *trial) span {
	sealed := func() int64 {
		i := x.any()
		for x.row(i).State != identity.EntrySealed {
			i = x.there(i + 1)
		}
		return i
	}
	i, j := sealed(), sealed()
	for i == j {
		j = sealed()
	}
	a, b := x.row(i), x.row(j)
	x.do("UPDATE ledger_event SET body = ? WHERE seq = ?", b.Body, i)
	x.do("UPDATE ledger_event SET body = ? WHERE seq = ?", a.Body, j)
	return at(min(i, j))
}

func head(x *trial) span {
	switch x.dice.IntN(3) {
	case 0:
		x.do("DELETE FROM ledger_head")
		return at(-1)
	case 1:
		b := slices.Clone(x.heads[x.last()])
		b[x.dice.IntN(len(b)-2)] ^= 1 << x.dice.IntN(6)
		x.do("UPDATE ledger_head SET note = ?", b)
		return at(-1)
	default:
		m := x.dice.IntN(x.last())
		x.do("UPDATE ledger_head SET note = ?, size = ?", x.heads[m], x.sizes[m])
		return at(x.sizes[m])
	}
}

// blank takes a body away as an erasure would, and no tombstone speaks of it.
func blank(x *trial) span {
	return x.blank(func(s identity.EntryState) bool { return s == identity.EntrySealed })
}

// blankHeld takes a body that is held for the officers away before its date, as
// an expiry would, and none speaks of it.
func blankHeld(x *trial) span { return x.blank(identity.EntryState.Holds) }

func (x *trial) blank(which func(identity.EntryState) bool) span {
	i := x.any()
	for !which(x.row(i).State) {
		i = x.there(i + 1)
	}
	r := x.row(i)
	r.Body, r.Owner, r.Bucket, r.State = []byte{}, []byte{}, 0, identity.EntryErased
	x.do("UPDATE ledger_event SET body = x'', owner = x'', bucket = 0, state = ?, mac = ? WHERE seq = ?", int64(r.State), x.keeper.MAC(r), i)
	return at(i)
}

// TestTampering does 100 random things to a real store, or as many as
// NETID_TAMPERINGS says, half of them under the profile dual, whose heads have
// signatures of two algorithms, and wants each detected and named in its
// place. What is honest, erasures and changed keys included, is no alarm.
func TestTampering(t *testing.T) {
	trials, seed := 100, uint64(20261123)
	if n, err := strconv.Atoi(os.Getenv("NETID_TAMPERINGS")); err == nil {
		trials, seed = n, rand.Uint64()
	}
	t.Logf("seed %d", seed)
	histories := []*history{recorded(t, suite.International), recorded(t, suite.Dual)}
	for _, h := range histories {
		for m, file := range h.moments {
			if r := verify(t, file, h.keeper, h.heads[:m+1]...); !r.OK() || int64(r.Size) != h.sizes[m] {
				t.Fatalf("%s, honest moment %d: %+v", h.profile, m, r)
			}
		}
	}
	var erased, rows int64
	all := tamperings()
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	counts := map[string]int{}
	for n := range trials {
		name, h := names[n%len(names)], histories[n/len(names)%len(histories)]
		dice := rand.New(rand.NewPCG(seed, uint64(n)))
		ok := t.Run(fmt.Sprintf("%d %s", n, name), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "netid.db")
			if err := copyFile(h.moments[h.last()], file); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open("sqlite", file)
			if err != nil {
				t.Fatal(err)
			}
			db.SetMaxOpenConns(1)
			x := &trial{h, t, dice, file, db, h.sizes[h.last()]}
			if err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM ledger_event WHERE state = ?", int64(identity.EntryErased)).Scan(&erased); err != nil || erased < 3 {
				t.Fatalf("%d erased rows, %v", erased, err)
			}
			if err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM ledger_event").Scan(&rows); err != nil || x.size-rows < 30 {
				t.Fatalf("%d rows are gone, %v", x.size-rows, err)
			}
			want := all[name](x)
			db.Close()
			r := verify(t, file, h.keeper, h.heads...)
			first, bad := r.First()
			if !bad || first.What == "" {
				t.Fatalf("not detected, at %v", want)
			}
			if first.Index < want.from || first.Index > want.to {
				t.Errorf("named at %d (%s), done at %v; all: %+v", first.Index, first.What, want, r.Problems)
			}
		})
		if ok {
			counts[name]++
		}
	}
	t.Logf("%d tamperings, detected: %v", trials, counts)
}
