package quorum

import (
	"netid/internal/disk"
	"netid/internal/identity"
)

// On gives the quorum another disk.
func On(q *Quorum, d disk.Disk) { q.disk = d }

// ParseManifest and ParseShares are the parsers of the files.
func ParseManifest(b []byte, key identity.Secret) error { _, err := parseManifest(b, key); return err }
func ParseShares(b []byte) error                        { _, err := parseShares(b); return err }
