package recall

import "netid/internal/identity"

// Small has one commit look at so many certificates.
func (a *Act) Small(n int) *Act {
	a.size = n
	return a
}

// Percent is how far a pass is that came to here.
func Percent(reached []byte, ended bool) int {
	return percent(identity.Rewrap{Reached: reached, Ended: ended})
}

// Sample is how many pages a count looks at.
const Sample = sample

// Whole is how many there are in all where so many were found up to an id.
func Whole(found uint64, last []byte) uint64 { return whole(found, last) }
