package recall

// Small has one commit look at so many certificates.
func (a *Act) Small(n int) *Act {
	a.size = n
	return a
}
