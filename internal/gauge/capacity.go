package gauge

// Amount is how much there is of something that the service bears, and how much there may be.
type Amount struct {
	Name  string `json:"name"`
	Now   int64  `json:"now"`
	Most  int64  `json:"most,omitempty"` // 0: no limit of its own
	Bytes bool   `json:"bytes,omitempty"`
}

// Check is one thing that must hold of the service, and whether it does.
type Check struct {
	Name  string `json:"name"`
	Bad   bool   `json:"bad"`
	Count int    `json:"count,omitempty"` // of what is wrong, where it is counted
}
