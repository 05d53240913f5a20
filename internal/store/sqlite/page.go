package sqlite

import (
	"encoding/binary"
	"fmt"
)

// fileHeader is what precedes the b-tree header on page 1.
const fileHeader = 100

// clearGap sets the unallocated space of a b-tree page to zero and reports
// whether anything was there. secure_delete zeroes a row where it lies, but
// when SQLite rebuilds a page to balance the tree, the old places of the rows
// that moved stay in that space: copies of rows that are still somewhere, until
// they are deleted there.
//
// Layout: https://www.sqlite.org/fileformat2.html#b_tree_pages. Other pages
// (overflow, free list) begin with a page number, whose first byte is 0 or 1
// (maxPages), and are zeroed whole by secure_delete when they are freed.
func clearGap(number uint32, page []byte) (dirty bool, err error) {
	at := 0
	if number == 1 {
		at = fileHeader
	}
	header := 8
	switch page[at] {
	case 0x0a, 0x0d: // leaf of an index, of a table
	case 0x02, 0x05: // interior
		header = 12
	default:
		return false, nil
	}
	cells := int(binary.BigEndian.Uint16(page[at+3:]))
	from := at + header + 2*cells
	to := int(binary.BigEndian.Uint16(page[at+5:]))
	if from > to || to > len(page) {
		return false, fmt.Errorf("page %d is damaged: free from %d to %d", number, from, to)
	}
	for i := from; i < to; i++ {
		dirty = dirty || page[i] != 0
		page[i] = 0
	}
	return dirty, nil
}
