package store

import (
	"bytes"
	"context"
	"strings"

	"netid/internal/fault"
	"netid/internal/ledger"
)

// movePage is how many rows go over in one commit.
const movePage = 512

// sort is of the values of a column.
type sort int

const (
	blob  sort = iota
	maybe      // a blob or NULL
	number
	text
)

type column struct {
	name string
	sort sort
}

// table is one that is moved; its first columns are the primary key.
type table struct {
	name    string
	keys    int
	columns []column
}

// tables are all but single_use, which the move itself keeps; tests compare
// them with the schema of each database. The head stands last.
func tables() []table {
	of := func(sort sort) func(string) column { return func(name string) column { return column{name, sort} } }
	b, null, n, s := of(blob), of(maybe), of(number), of(text)
	return []table{
		{"person", 1, []column{b("id"), n("standing"), n("epoch"), b("profile")}},
		{"person_key", 1, []column{b("person"), b("locator"), b("identity"), b("subject"), b("record")}},
		{"certificate", 1, []column{b("id"), b("owner"), b("locator"), b("body"), n("revoked")}},
		{"party_link", 1, []column{b("idx"), b("owner"), n("generation")}},
		{"person_chain", 1, []column{b("idx"), n("seq"), b("head")}},
		{"pending_shred", 1, []column{n("slot")}},
		{"vault_identity", 1, []column{b("id"), b("body")}},
		{"vault_index", 1, []column{b("idx"), b("body")}},
		{"party", 1, []column{s("id"), b("body"), s("standing")}},
		{"draft", 1, []column{b("id"), n("version"), n("expires"), b("body")}},
		{"once", 1, []column{b("id"), n("until")}},
		{"counter", 1, []column{b("idx"), n("count"), n("since"), n("until")}},
		{"revoked_verification", 1, []column{b("id"), n("until")}},
		{"escrow", 1, []column{b("idx"), n("month"), n("class"), b("body")}},
		{"rewrap", 1, []column{s("what"), n("target"), b("reached"), n("done"), n("total"), n("odd"), n("ended")}},
		{"outbox", 1, []column{b("id"), null("slot"), n("due"), n("attempts"), n("dead"), b("body")}},
		{"ledger_event", 1, []column{n("seq"), b("id"), n("day"), n("bucket"), null("owner"), b("leaf"), n("state"), b("mac"), null("body")}},
		{"ledger_tile", 2, []column{n("level"), n("idx"), b("hash")}},
		{"ledger_head", 1, []column{n("id"), b("note"), n("size")}},
	}
}

// Columns are those that Move carries, table.column each.
func Columns() (all []string) {
	for _, t := range tables() {
		for _, c := range t.columns {
			all = append(all, t.name+"."+c.name)
		}
	}
	return append(all, "single_use.id", "single_use.epoch", "single_use.nonce", "single_use.since", "single_use.copied")
}

// Ledger reads the ledger's tables of a database that is no store yet.
func Ledger(from Reader) ledger.Rows { return rows{from} }

func (t table) names(first, end int) string {
	var all []string
	for _, c := range t.columns[first:end] {
		all = append(all, c.name)
	}
	return strings.Join(all, ", ")
}

// key is the primary key as one value, to be compared with marks for one.
func (t table) key() (names, marks string) {
	names, marks = t.names(0, t.keys), strings.TrimSuffix(strings.Repeat("?, ", t.keys), ", ")
	if t.keys > 1 {
		return "(" + names + ")", "(" + marks + ")"
	}
	return names, marks
}

func (t table) deletion() string {
	names, marks := t.key()
	return "DELETE FROM " + t.name + " WHERE " + names + " = " + marks
}

func (t table) insertion() string {
	return "INSERT INTO " + t.name + " (" + t.names(0, len(t.columns)) + ") VALUES (" + strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ") + ")"
}

// row has a []byte, an int64 or a string for each column.
type row []any

// read reads the rows behind after and up to upto, in the order of their keys;
// nil is no bound, and so is a limit of 0.
func (t table) read(ctx context.Context, from Reader, after, upto row, limit int64) (all []row, err error) {
	names, marks := t.key()
	query, where := "SELECT "+t.names(0, len(t.columns))+" FROM "+t.name, " WHERE "
	var args []any
	if after != nil {
		query, where, args = query+where+names+" > "+marks, " AND ", append(args, after[:t.keys]...)
	}
	if upto != nil {
		query, args = query+where+names+" <= "+marks, append(args, upto[:t.keys]...)
	}
	query += " ORDER BY " + t.names(0, t.keys)
	if limit > 0 {
		query, args = query+" LIMIT ?", append(args, limit)
	}
	err = from.Query(ctx, query, func(r Row) error {
		one, err := t.scan(r)
		all = append(all, one)
		return err
	}, args...)
	return all, unavailable("store.Move", err)
}

func (t table) scan(r Row) (row, error) {
	blobs, numbers, texts := make([][]byte, len(t.columns)), make([]int64, len(t.columns)), make([]string, len(t.columns))
	dest := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.sort {
		case number:
			dest[i] = &numbers[i]
		case text:
			dest[i] = &texts[i]
		default:
			dest[i] = &blobs[i]
		}
	}
	if err := r.Scan(dest...); err != nil {
		return nil, err
	}
	one := make(row, len(t.columns))
	for i, c := range t.columns {
		switch {
		case c.sort == number:
			one[i] = numbers[i]
		case c.sort == text:
			one[i] = texts[i]
		case c.sort == blob && blobs[i] == nil: // a driver's way to say that it is empty
			one[i] = []byte{}
		default:
			one[i] = blobs[i]
		}
	}
	return one, nil
}

func (r row) equal(other row) bool {
	for i, v := range r {
		b, is := v.([]byte)
		if !is {
			if v != other[i] {
				return false
			}
			continue
		}
		if o, is := other[i].([]byte); !is || !bytes.Equal(b, o) || (b == nil) != (o == nil) {
			return false
		}
	}
	return true
}

// place is the primary key as the key of a map.
func (t table) place(r row) string {
	var out strings.Builder
	for _, v := range r[:t.keys] {
		switch v := v.(type) {
		case []byte:
			out.Write(v)
		case string:
			out.WriteString(v)
		case int64:
			for i := range 8 {
				out.WriteByte(byte(v >> (8 * i)))
			}
		}
	}
	return out.String()
}

// differences walks a table of one side in the order of its keys, and hands
// over of each page the rows that the other side has not, or has otherwise, and
// how many rows were read so far.
func (m *Move) differences(ctx context.Context, t table, from, other Reader, use func(odd []row, rows int64) error) error {
	var last row
	for total := int64(0); ; {
		page, err := t.read(ctx, from, last, nil, movePage)
		if err != nil {
			return fault.At("store.Move", err)
		}
		total += int64(len(page))
		var odd []row
		if len(page) > 0 {
			if odd, err = t.unlike(ctx, page, other, last); err != nil {
				return err
			}
			last = page[len(page)-1]
		}
		if err := use(odd, total); err != nil {
			return err
		}
		if len(page) < movePage {
			return nil
		}
	}
}

func (t table) unlike(ctx context.Context, page []row, other Reader, after row) (odd []row, err error) {
	there, err := t.read(ctx, other, after, page[len(page)-1], 0)
	if err != nil {
		return nil, err
	}
	known := make(map[string]row, len(there))
	for _, r := range there {
		known[t.place(r)] = r
	}
	for _, r := range page {
		if o, is := known[t.place(r)]; !is || !r.equal(o) {
			odd = append(odd, r)
		}
	}
	return odd, nil
}
