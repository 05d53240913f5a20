package dump_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// unit is what the thief holds of one person under one name, without knowing
// of whom: a row, or all rows of one owner.
type unit struct {
	whose    int // the truth, for the score alone
	blobs    [][]byte
	numbers  []float64 // see kind.features
	page, at int
}

// kind is one list of units. Kinds of one side may be joined: they are about
// the same thing under the same keys.
type kind struct {
	name     string
	side     string
	features []string
	units    []unit
}

// loot is a dump, sorted: every kind that there is.
type loot struct {
	raw    []byte
	file   *file
	tables map[string]table
	kinds  []kind
}

// sides of the house. A pair of kinds of two sides must not be joined.
var sides = map[string]string{
	"vault_identity": "who", "vault_index (register)": "who", "vault_index (document)": "who", "vault_index (number)": "who",
	"person": "person", "person_key": "person", "certificate": "device", "party_link": "withdrawals",
	"ledger": "records", "person_chain": "records", "shelf": "shelf",
}

// sort reads the database file at path and the shelf of the town.
func (w *town) sort(t testing.TB, path string) *loot {
	t.Helper()
	l := &loot{}
	l.file, l.tables = openFile(t, path)
	l.raw = l.file.raw
	index := []string{"vault_index (register)", "vault_index (document)", "vault_index (number)"}
	for n, name := range index {
		l.add(l.plain(w, "vault_index", "idx", name, func(x truth) string { return x.rows["vault_index"][n] }))
	}
	for _, name := range []string{"vault_identity", "person", "person_key", "person_chain"} {
		key := l.tables[name].columns[0]
		l.add(l.plain(w, name, key, name, func(x truth) string { return x.rows[name][0] }))
	}
	l.add(l.plain(w, "certificate", "owner", "certificate", func(x truth) string { return x.rows["certificate"][0] }))
	l.add(l.grouped(w, "party_link", "party_link", "generation", ""))
	l.add(l.grouped(w, "ledger_event", "ledger", "day", "body"))
	l.add(shelf(t, w))
	for i := range l.kinds {
		l.kinds[i].side = sides[l.kinds[i].name]
	}
	return l
}

func (l *loot) add(k kind) { l.kinds = append(l.kinds, k) }

// plain takes each row as a unit: where it lies, its numbers, the lengths and
// the first bits of its blobs.
func (l *loot) plain(w *town, name, key, as string, of func(truth) string) kind {
	whose := map[string]int{}
	for n, x := range w.truths {
		whose[of(x)] = n
	}
	t := l.tables[name]
	k := kind{name: as, features: []string{"place in the b-tree", "page", "offset", "overflow page"}}
	for _, c := range t.columns {
		k.features = append(k.features, c, "first bits of "+c)
	}
	for place, c := range t.cells {
		person, ok := whose[text(c.named(t, key))]
		if !ok {
			continue
		}
		u := unit{whose: person, page: c.page, at: c.at, numbers: []float64{float64(place), float64(c.page), float64(c.at), float64(c.overflow)}}
		for n := range t.columns {
			var v any
			if n < len(c.values) {
				v = c.values[n]
			}
			switch v := v.(type) {
			case []byte:
				u.blobs = append(u.blobs, v)
				u.numbers = append(u.numbers, float64(len(v)), float64(binary.BigEndian.Uint16(append(v[:len(v):len(v)], 0, 0))>>6))
			case int64:
				u.numbers = append(u.numbers, float64(v), float64(v))
			default:
				u.numbers = append(u.numbers, 0, 0)
			}
		}
		k.units = append(k.units, u)
	}
	return k
}

// grouped takes all rows of an owner as one unit.
func (l *loot) grouped(w *town, name, as, number, blob string) kind {
	whose := map[string]int{}
	for n, x := range w.truths {
		whose[x.rows[as][0]] = n
	}
	t := l.tables[name]
	k := kind{name: as, features: []string{"first row", "last row", "rows", "first " + number, "last " + number, "sum of " + number, "bytes", "most bytes", "bucket", "first bits of owner"}}
	at := map[int]int{}
	for place, c := range t.cells {
		owner := text(c.named(t, "owner"))
		person, ok := whose[owner]
		if !ok {
			continue
		}
		v, size, bucket := float64(c.named(t, number).(int64)), 0.0, 0.0
		if blob != "" {
			size, bucket = float64(len(text(c.named(t, blob)))), float64(c.named(t, "bucket").(int64))
		}
		i, there := at[person]
		if !there {
			i, at[person] = len(k.units), len(k.units)
			bits := binary.BigEndian.Uint16([]byte(owner)) >> 6
			k.units = append(k.units, unit{whose: person, page: c.page, at: c.at, numbers: []float64{float64(place), 0, 0, v, 0, 0, 0, 0, bucket, float64(bits)}})
		}
		u := &k.units[i]
		u.numbers[1], u.numbers[4] = float64(place), v
		u.numbers[2]++
		u.numbers[5] += v
		u.numbers[6] += size
		u.numbers[7] = max(u.numbers[7], size)
		for _, v := range c.values {
			if b, ok := v.([]byte); ok {
				u.blobs = append(u.blobs, b)
			}
		}
	}
	return k
}

// shelf is the file of the persons' own secrets: sealed slots of 64 bytes.
func shelf(t testing.TB, w *town) kind {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "keyring", "people.shelf"))
	must(t, err)
	k := kind{name: "shelf", features: []string{"slot"}}
	for n, x := range w.truths {
		k.units = append(k.units, unit{whose: n, numbers: []float64{float64(x.slot)}, blobs: [][]byte{raw[64*x.slot : 64*x.slot+64]}})
	}
	return k
}

func text(v any) string {
	switch v := v.(type) {
	case []byte:
		return string(v)
	case string:
		return v
	}
	return ""
}
