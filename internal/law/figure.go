package law

import "strconv"

// Least is the smallest count about people that is said exactly. Fewer, unless
// none, might point at somebody (PIPL Art. 4: not even indirectly).
const Least = 10

// Figure is a count about people as it may be shown.
func Figure(n uint64) string {
	if n > 0 && n < Least {
		return "<" + strconv.Itoa(Least)
	}
	return strconv.FormatUint(n, 10)
}
