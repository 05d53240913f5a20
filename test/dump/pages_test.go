package dump_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// file is a SQLite database as its bytes: whoever stole it is not bound to what
// SQL shows. Format: https://www.sqlite.org/fileformat2.html.
type file struct {
	raw  []byte
	page int
}

// cell is one row where it lies.
type cell struct {
	page     int   // of the b-tree
	at       int   // offset in the page: SQLite puts a new row before the older ones
	overflow int   // first page of what did not fit, or 0
	rowid    int64 // of a table with rowids
	values   []any // int64, string or []byte, in the order of the declaration
}

// table is what the file holds under one name, in the order of its b-tree.
type table struct {
	columns []string
	cells   []cell
}

func openFile(t testing.TB, path string) (*file, map[string]table) {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	f := &file{raw: raw, page: int(binary.BigEndian.Uint16(raw[16:]))}
	all := map[string]table{}
	var schema []cell
	f.walk(1, false, &schema)
	for _, c := range schema {
		kind, name, root, text := c.values[0].(string), c.values[1].(string), c.values[3], c.values[4]
		if kind != "table" || name == "goose_db_version" || name == "sqlite_sequence" {
			continue
		}
		sql := text.(string)
		x := table{columns: columns(sql)}
		f.walk(int(root.(int64)), strings.Contains(sql, "WITHOUT ROWID"), &x.cells)
		all[name] = x
	}
	if len(all) < 10 {
		t.Fatalf("only %d tables: the file is not read", len(all))
	}
	return f, all
}

// columns are the names in a CREATE TABLE of ours: one a line, constraints in capitals.
func columns(sql string) (names []string) {
	body := sql[strings.Index(sql, "(")+1 : strings.LastIndex(sql, ")")]
	var plain strings.Builder
	for line := range strings.Lines(body) {
		line, _, _ = strings.Cut(line, "--")
		plain.WriteString(line + " ")
	}
	for part := range strings.SplitSeq(plain.String(), ",") {
		if f := strings.Fields(part); len(f) > 1 && f[0] == strings.ToLower(f[0]) {
			names = append(names, f[0])
		}
	}
	return names
}

// walk appends the rows of a b-tree in its order. A table WITHOUT ROWID has
// rows in its interior pages too.
func (f *file) walk(number int, index bool, into *[]cell) {
	page := f.raw[(number-1)*f.page : number*f.page]
	head := 0
	if number == 1 {
		head = 100
	}
	kind, cells, size := page[head], int(binary.BigEndian.Uint16(page[head+3:])), 8
	leaf := kind == 0x0a || kind == 0x0d
	if !leaf {
		size = 12
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(page[head+size+2*i:]))
		b := page[at:]
		if !leaf {
			f.walk(int(binary.BigEndian.Uint32(b)), index, into)
			b = b[4:]
		}
		if !leaf && !index {
			continue
		}
		*into = append(*into, f.cell(number, at, b, index))
	}
	if !leaf {
		f.walk(int(binary.BigEndian.Uint32(page[head+8:])), index, into)
	}
}

func (f *file) cell(number, at int, b []byte, index bool) cell {
	c := cell{page: number, at: at}
	length, n := varint(b)
	b = b[n:]
	most := f.page - 35
	if index {
		most = (f.page-12)*64/255 - 23
	} else {
		c.rowid, n = varint(b)
		b = b[n:]
	}
	here := int(length)
	if here > most {
		least := (f.page-12)*32/255 - 23
		if here = least + (int(length)-least)%(f.page-4); here > most {
			here = least
		}
	}
	payload := append([]byte(nil), b[:here]...)
	if here < int(length) {
		c.overflow = int(binary.BigEndian.Uint32(b[here:]))
		for next := c.overflow; next != 0; {
			more := f.raw[(next-1)*f.page : next*f.page]
			payload = append(payload, more[4:]...)
			next = int(binary.BigEndian.Uint32(more))
		}
		payload = payload[:length]
	}
	c.values = record(payload, c.rowid, index)
	return c
}

// record splits a row into its columns.
func record(b []byte, rowid int64, index bool) (values []any) {
	head, n := varint(b)
	types, body := b[n:head], b[head:]
	for len(types) > 0 {
		kind, n := varint(types)
		types = types[n:]
		var v any
		size := 0
		switch {
		case kind == 0:
			if len(values) == 0 && !index {
				v = rowid // an INTEGER PRIMARY KEY stands for it
			}
		case kind <= 6:
			size = []int{0, 1, 2, 3, 4, 6, 8}[kind]
			var x int64
			for i := range size {
				if i == 0 {
					x = int64(int8(body[0]))
					continue
				}
				x = x<<8 | int64(body[i])
			}
			v = x
		case kind == 7:
			size = 8
			v = math.Float64frombits(binary.BigEndian.Uint64(body))
		case kind <= 9:
			v = kind - 8
		case kind%2 == 0:
			size = int(kind-12) / 2
			v = append([]byte(nil), body[:size]...)
		default:
			size = int(kind-13) / 2
			v = string(body[:size])
		}
		values, body = append(values, v), body[size:]
	}
	return values
}

func varint(b []byte) (int64, int) {
	var x uint64
	for i := range 8 {
		x = x<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return int64(x), i + 1
		}
	}
	return int64(x<<8 | uint64(b[8])), 9
}

func (c cell) named(t table, column string) any {
	for i, n := range t.columns {
		if n == column {
			return c.values[i]
		}
	}
	panic(fmt.Sprintf("no column %s in %v", column, t.columns))
}
