package partner

// Waiting is how many applications the minute that runs has counted.
func Waiting(a *Act) int { return len(a.minute.all) }

// What outsiders write is fuzzed from beside the package.
var (
	Hostname = hostname
	Names    = names
	Plain    = plain
	Keyset   = parseKeys
	Report   = parseReport
)
