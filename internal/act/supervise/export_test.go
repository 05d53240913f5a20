package supervise

// What people write, and the bodies that two sign, are fuzzed from beside the package.
var (
	Words         = words
	DecodeWish    = wish
	DecodePassage = decoded[Passage]
)
