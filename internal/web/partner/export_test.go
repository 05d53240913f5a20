package partner

// What tests read of a passkey's owner.
var (
	Handle      = handle
	ParseHandle = parseHandle
)
