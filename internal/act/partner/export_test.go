package partner

// What outsiders write is fuzzed from beside the package.
var (
	Hostname = hostname
	Names    = names
	Plain    = plain
	Keyset   = parseKeys
	Report   = parseReport
)
