package store

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"strings"

	"netid/internal/fault"
)

// movePage is how many rows go over in one commit.
const movePage = 512

// row has a []byte, an int64 or a string for each column.
type row []any

// first is before every key.
func (t table) first() row {
	all := make(row, t.keys)
	for i := range all {
		switch t.sorts[i] {
		case 'n':
			all[i] = int64(math.MinInt64)
		case 't':
			all[i] = ""
		default:
			all[i] = []byte{}
		}
	}
	return all
}

// page reads the rows behind a key.
func (t table) page(ctx context.Context, from Reader, after row, most int64) (all []row, err error) {
	err = from.Query(ctx, t.read, func(r Row) error {
		one, err := t.scan(r)
		all = append(all, one)
		return err
	}, append(append([]any{}, after[:t.keys]...), most)...)
	return all, unavailable("store.Move", err)
}

func (t table) scan(r Row) (row, error) {
	blobs, numbers, texts := make([][]byte, len(t.sorts)), make([]int64, len(t.sorts)), make([]string, len(t.sorts))
	dest := make([]any, len(t.sorts))
	for i, sort := range t.sorts {
		switch sort {
		case 'n':
			dest[i] = &numbers[i]
		case 't':
			dest[i] = &texts[i]
		default:
			dest[i] = &blobs[i]
		}
	}
	if err := r.Scan(dest...); err != nil {
		return nil, err
	}
	one := make(row, len(t.sorts))
	for i, sort := range t.sorts {
		switch {
		case sort == 'n':
			one[i] = numbers[i]
		case sort == 't':
			one[i] = texts[i]
		case sort == 'b' && blobs[i] == nil: // a driver's way to say that it is empty
			one[i] = []byte{}
		default:
			one[i] = blobs[i]
		}
	}
	return one, nil
}

// compare is the order of the first so many columns: that of both databases.
func (r row) compare(other row, columns int) int {
	for i, v := range r[:columns] {
		order := 0
		switch v := v.(type) {
		case []byte:
			order = bytes.Compare(v, other[i].([]byte))
		case string:
			order = strings.Compare(v, other[i].(string))
		case int64:
			order = cmp.Compare(v, other[i].(int64))
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

func (r row) equal(other row) bool {
	for i, v := range r { // nothing is not the same as an empty blob
		if b, is := v.([]byte); is && (b == nil) != (other[i].([]byte) == nil) {
			return false
		}
	}
	return r.compare(other, len(r)) == 0
}

// differences walks a table of one side in the order of its keys, and hands
// over of each page the rows that the other side has not, or has otherwise, and
// how many rows were read so far.
func (t table) differences(ctx context.Context, from, other Reader, use func(odd []row, rows int64) error) error {
	there := &cursor{table: t, from: other, last: t.first()}
	last := t.first()
	for total := int64(0); ; {
		page, err := t.page(ctx, from, last, movePage)
		if err != nil {
			return fault.At("store.Move", err)
		}
		var odd []row
		for _, r := range page {
			o, err := there.find(ctx, r)
			if err != nil {
				return err
			}
			if o == nil || !r.equal(o) {
				odd = append(odd, r)
			}
			last = r
		}
		total += int64(len(page))
		if err := use(odd, total); err != nil {
			return err
		}
		if len(page) < movePage {
			return nil
		}
	}
}

// cursor goes through a table in the order of its keys, once.
type cursor struct {
	table table
	from  Reader
	last  row
	ahead []row
	ended bool
}

// find gives the row with the key of r, or nil; keys are asked for in their order.
func (c *cursor) find(ctx context.Context, r row) (row, error) {
	for {
		for len(c.ahead) > 0 {
			switch next := c.ahead[0]; next.compare(r, c.table.keys) {
			case -1:
				c.ahead = c.ahead[1:]
			case 0:
				return next, nil
			default:
				return nil, nil
			}
		}
		if c.ended {
			return nil, nil
		}
		page, err := c.table.page(ctx, c.from, c.last, movePage)
		if err != nil {
			return nil, fault.At("store.Move", err)
		}
		c.ahead, c.ended = page, len(page) < movePage
		if len(page) > 0 {
			c.last = page[len(page)-1]
		}
	}
}
