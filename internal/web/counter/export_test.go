package counter

import "io"

// ReadSlip is readSlip.
func ReadSlip(r io.Reader) (string, error) { return readSlip(r) }
