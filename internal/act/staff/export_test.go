package staff

// The parsers of proposals' bodies, for fuzzing.
var (
	DecodeChange  = decoded[change]
	DecodeInvited = decoded[invited]
	DecodeWhom    = decoded[whom]
)
