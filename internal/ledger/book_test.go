package ledger_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

func TestRecordNumbersAndLinks(t *testing.T) {
	m := newMemory()
	who := person(10)
	var prev []byte
	for n := uint64(1); n <= 5; n++ {
		e := record(t, m, who, identity.SignedIn)
		row := m.rows[n-1]
		if e.Seq != n || !bytes.Equal(e.Prev, prev) || e.ID == "" || !e.Time.Equal(noon()) {
			t.Fatalf("event %d: %+v", n, e)
		}
		if row.Bucket != uint16(row.Owner[0])<<2|uint16(row.Owner[1])>>6 || row.Bucket == who.ID.Bucket() || row.Day != 20513 || len(row.Body) != 320+28 || !bytes.Equal(row.Owner, ledger.Owner(who.Keys)) {
			t.Fatalf("row %d: day %d, bucket %d, body %d", n, row.Day, row.Bucket, len(row.Body))
		}
		got, salt, err := ledger.OpenEntry(who.Keys, row)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("opened %+v, wrote %+v, %v", got, e, err)
		}
		canonical, _ := ledger.Canonical(got)
		if len(salt) != 32 || ledger.Leaf(salt, canonical) != row.Leaf {
			t.Fatal("salt and canonical form do not give the leaf")
		}
		prev = row.Leaf[:]
	}
}

func TestRecordKeepsWhatTheActSet(t *testing.T) {
	m := newMemory()
	at := time.Date(2026, 5, 6, 7, 8, 9, 999, time.FixedZone("", 3600))
	id := identity.NewEventID(at)
	e, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), person(10), identity.Event{ID: id.String(), Kind: identity.Verified, Time: at})
	if err != nil || e.ID != id.String() || e.Time.Format(time.RFC3339Nano) != "2026-05-06T06:08:09Z" {
		t.Fatalf("%+v, %v", e, err)
	}
	if !bytes.Equal(m.rows[0].ID, m.keeper.EntryKey(id).ID) || len(m.rows[0].ID) != 16 {
		t.Error("the row has another id")
	}
	// The day is the id's: what comes again after midnight meets the first.
	later := identity.Event{ID: id.String(), Kind: identity.Verified, Time: at.Add(24 * time.Hour)}
	if _, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), person(10), later); !fault.Because(err, "already_recorded") || m.rows[0].Day != id.Day() {
		t.Errorf("the same id twice: %v", err)
	}
	later.Time = at.Add(48 * time.Hour)
	if _, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), person(10), later); !fault.Because(err, "record_unknown") {
		t.Errorf("an id of days ago: %v", err)
	}
}

func TestRecordRefuses(t *testing.T) {
	book := ledger.NewBook(newMemory(), kept{}, noon)
	if _, err := book.Record(t.Context(), identity.Opened{}, identity.Event{}); !fault.Is(err, fault.Internal) {
		t.Errorf("no key: %v", err)
	}
	if _, err := book.Record(t.Context(), person(10), identity.Event{ID: "x"}); !fault.Is(err, fault.Internal) {
		t.Errorf("bad id: %v", err)
	}
	big := identity.Event{Detail: strings.Repeat("x", 300<<10)}
	if _, err := book.Record(t.Context(), person(10), big); !fault.Is(err, fault.Internal) {
		t.Errorf("too big: %v", err)
	}
	m := newMemory()
	m.fails = fault.New("memory", fault.Conflict, "standing_changed")
	if _, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), person(10), identity.Event{}); !fault.Because(err, "standing_changed") || m.commits != 1 {
		t.Errorf("a guard is handed on at once: %v after %d commits", err, m.commits)
	}
}

func TestRecordTriesAgainWhenAnotherNodeWasFirst(t *testing.T) {
	m := newMemory()
	m.moves = 3
	if e := record(t, m, person(10), identity.SignedIn); e.Seq != 1 || m.commits != 4 {
		t.Errorf("number %d after %d commits", e.Seq, m.commits)
	}
	m.moves = 1 << 30
	if _, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), person(10), identity.Event{}); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "try_again") {
		t.Errorf("it never ends: %v", err)
	}
	if len(m.rows) != 1 {
		t.Error("a failed record left a row")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := ledger.NewBook(m, kept{}, noon).Record(ctx, person(10), identity.Event{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// One person in 64 places at once loses nothing, whatever the order.
func TestRecordTogether(t *testing.T) {
	m := newMemory()
	book := ledger.NewBook(m, kept{}, noon)
	var all sync.WaitGroup
	for range 64 {
		for _, who := range []identity.Opened{person(10), person(20)} {
			all.Go(func() {
				if _, err := book.Record(t.Context(), who, identity.Event{Kind: identity.SignedIn}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if m.commits != 128 {
		t.Errorf("%d commits for 128 events: they did not take turns", m.commits)
	}
	last := map[string]identity.Event{}
	for _, r := range m.rows {
		who := person(10)
		if bytes.Equal(r.Owner, ledger.Owner(person(20).Keys)) {
			who = person(20)
		}
		e, _, err := ledger.OpenEntry(who.Keys, r)
		if err != nil || e.Seq != last[string(r.Owner)].Seq+1 {
			t.Fatalf("row %d has number %d, %v", r.Index, e.Seq, err)
		}
		last[string(r.Owner)] = e
	}
}

func TestRecordPublic(t *testing.T) {
	m := newMemory()
	e, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.PartyAdmitted, Party: "shop", Seq: 9, Prev: []byte{1}})
	if err != nil || e.Seq != 0 || e.Prev != nil {
		t.Fatalf("%+v, %v", e, err)
	}
	row := m.rows[0]
	got, _, err := ledger.OpenEntry(identity.Keys{}, row)
	if err != nil || !reflect.DeepEqual(got, e) || row.Owner != nil || row.Bucket != 0 || row.State != identity.EntryPublic {
		t.Errorf("%+v, %v, row %+v", got, err, row)
	}
	var plain map[string]string
	if err := json.Unmarshal(row.Body, &plain); err != nil || len(plain) != 2 || !strings.Contains(plain["event"], `"party":"shop"`) {
		t.Errorf("a public body is not plain: %s", row.Body)
	}
}

func TestIndexesAreTheirOwn(t *testing.T) {
	a, b := person(10).Keys, person(20).Keys
	all := [][]byte{ledger.Owner(a), ledger.Owner(b), ledger.ChainIndex(a), ledger.ChainIndex(b)}
	for i := range all {
		for j := range i {
			if len(all[i]) != suite.TagSize || bytes.Equal(all[i], all[j]) {
				t.Errorf("index %d is index %d", i, j)
			}
		}
	}
	same := a
	same.Identity, same.Subject = secret(90), secret(91)
	if !bytes.Equal(ledger.Owner(same), ledger.Owner(a)) {
		t.Error("the index needs more than the record key")
	}
}

func TestOpenEntryRefuses(t *testing.T) {
	m := newMemory()
	who := person(10)
	record(t, m, who, identity.SignedIn)
	record(t, m, who, identity.Frozen)
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(t.Context(), identity.Event{Kind: identity.PartyAdmitted}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		row   int
		keys  identity.Keys
		spoil func(*identity.EntryRow)
		kind  fault.Kind
	}{
		"other keys":         {0, person(20).Keys, func(*identity.EntryRow) {}, fault.Internal},
		"no keys":            {0, identity.Keys{}, func(*identity.EntryRow) {}, fault.Internal},
		"other row's body":   {0, who.Keys, func(r *identity.EntryRow) { r.Body = m.rows[1].Body }, fault.Internal},
		"other row's id":     {0, who.Keys, func(r *identity.EntryRow) { r.ID = m.rows[1].ID }, fault.Internal},
		"other row's leaf":   {0, who.Keys, func(r *identity.EntryRow) { r.Leaf = m.rows[1].Leaf }, fault.Internal},
		"one bit of body":    {0, who.Keys, func(r *identity.EntryRow) { r.Body[300] ^= 1 }, fault.Internal},
		"empty body":         {0, who.Keys, func(r *identity.EntryRow) { r.Body = nil }, fault.Internal},
		"huge body":          {0, who.Keys, func(r *identity.EntryRow) { r.Body = make([]byte, 1<<20) }, fault.Internal},
		"unknown state":      {0, who.Keys, func(r *identity.EntryRow) { r.State = 9 }, fault.Internal},
		"sealed as public":   {0, who.Keys, func(r *identity.EntryRow) { r.State = identity.EntryPublic }, fault.Internal},
		"erased":             {0, who.Keys, func(r *identity.EntryRow) { r.State = identity.EntryErased }, fault.Gone},
		"public, one letter": {2, who.Keys, func(r *identity.EntryRow) { r.Body = bytes.Replace(r.Body, []byte("party"), []byte("Party"), 1) }, fault.Internal},
		"public, more":       {2, who.Keys, func(r *identity.EntryRow) { r.Body = append(r.Body, ' ', '{', '}') }, fault.Internal},
		"public, more names": {2, who.Keys, func(r *identity.EntryRow) { r.Body = append([]byte(`{"x":1,`), r.Body[1:]...) }, fault.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			r := m.copy().rows[c.row]
			if _, _, err := ledger.OpenEntry(c.keys, r); name != "other keys" && name != "no keys" && err != nil {
				t.Fatalf("control: %v", err)
			}
			c.spoil(&r)
			if _, _, err := ledger.OpenEntry(c.keys, r); !fault.Is(err, c.kind) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What a body hides behind its length must be nothing: padding is no place
// for a second message, nor a length for reading beyond.
func TestOpenEntryRefusesPadding(t *testing.T) {
	m := newMemory()
	who := person(10)
	record(t, m, who, identity.SignedIn)
	good, key := m.rows[0], suite.Derive(ledger.MonthKey(who.Keys, march(identity.Logs)), "event")
	padded, err := suite.Open(key, good.Body, good.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"something at the end": func(b []byte) []byte { b[len(b)-1] = 1; return b },
		"a length too short":   func(b []byte) []byte { b[3]--; return b },
		"a length beyond":      func(b []byte) []byte { b[0] = 0xff; return b },
		"a length one beyond":  func(b []byte) []byte { return b[:4+int(b[2])<<8+int(b[3])-1] },
		"no length":            func(b []byte) []byte { return b[:3] },
		"nothing":              func([]byte) []byte { return nil },
	} {
		r := good
		r.Body = suite.Seal(key, change(bytes.Clone(padded)), r.ID)
		if _, _, err := ledger.OpenEntry(who.Keys, r); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An event that another encoder wrote hashes to its leaf and is still refused:
// what is shown must be what was hashed.
func TestOpenEntryRefusesOtherEncodings(t *testing.T) {
	id := identity.NewEventID(noon())
	event := `{"id":"` + id.String() + `","kind":"party-admitted","time":"2026-03-01T04:00:00Z","grounds":null}`
	for name, c := range map[string]struct {
		event string
		ok    bool
	}{
		"canonical":    {event, true},
		"spaces":       {strings.Replace(event, ",", ", ", 1), false},
		"more":         {strings.Replace(event, "{", `{"note":"x",`, 1), false},
		"other case":   {strings.Replace(event, "kind", "Kind", 1), false},
		"name twice":   {strings.Replace(event, "{", `{"kind":"erased",`, 1), false},
		"other digits": {strings.Replace(event, "04:00:00Z", "04:00:00.000Z", 1), false},
		"not an event": {"7", false},
	} {
		salt := bytes.Repeat([]byte{4}, 32)
		body, _ := json.Marshal(map[string]string{"salt": base64.RawURLEncoding.EncodeToString(salt), "event": c.event})
		r := identity.EntryRow{EntryKey: identity.EntryKey{ID: suite.Random(16)}, Leaf: ledger.Leaf(salt, []byte(c.event)), Body: body, State: identity.EntryPublic}
		if _, _, err := ledger.OpenEntry(identity.Keys{}, r); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenEntry(f *testing.F) {
	m := newMemory()
	if _, err := ledger.NewBook(m, kept{}, noon).RecordPublic(context.Background(), identity.Event{Kind: identity.PartyAdmitted}); err != nil {
		f.Fatal(err)
	}
	good := m.rows[0]
	f.Add(good.Body, byte(identity.EntryPublic))
	f.Add(make([]byte, 1052), byte(identity.EntrySealed))
	f.Add([]byte{1, 0}, byte(identity.EntrySealed))
	f.Fuzz(func(t *testing.T, body []byte, state byte) {
		r := good
		r.Body, r.State = body, identity.EntryState(state)
		e, salt, err := ledger.OpenEntry(person(10).Keys, r)
		if err != nil {
			return
		}
		canonical, _ := ledger.Canonical(e)
		if ledger.Leaf(salt, canonical) != r.Leaf {
			t.Fatalf("%q opened", body)
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	book, who := ledger.NewBook(discard{}, kept{}, noon), person(10)
	for b.Loop() {
		if _, err := book.Record(b.Context(), who, identity.Event{Kind: identity.Verified, Party: "shop"}); err != nil {
			b.Fatal(err)
		}
	}
}

// discard is a store that keeps nothing.
type discard struct{}

func (discard) Commit(context.Context, identity.Change) error { return nil }
func (discard) EntryKey(identity.EventID) identity.EntryKey {
	return identity.EntryKey{ID: make([]byte, 16)}
}
func (discard) Chain(context.Context, []byte) (uint64, []byte, error) { return 0, nil, nil }
