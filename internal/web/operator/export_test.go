package operator

import "netid/internal/law"

// Asks are the addresses below /operator, and what the matrix is asked for each.
func Asks(d *Door) map[string]law.Action {
	all := map[string]law.Action{}
	for pattern, p := range d.patterns() {
		all[pattern] = p.Action
	}
	return all
}
