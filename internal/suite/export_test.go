package suite

// Times is multiplication in the field of shares, for its known answers.
func Times(a, b byte) byte { return times(a, b) }
