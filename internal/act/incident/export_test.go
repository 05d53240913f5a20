package incident

// What people write is fuzzed from beside the package.
var Words = words

// Said is what the public ledger is told of an incident, and of a use of break-glass.
func Said(i Incident, g Glass) []string {
	return []string{i.event("").Detail, g.event("").Detail}
}
