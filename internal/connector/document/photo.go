package document

import (
	"encoding/hex"

	"netid/internal/emrtd"
	"netid/internal/identity"
)

// Photo is the digest of the photo in a chip whose evidence was read ("sha-256"
// and hex digits), by which the holder's own device tells that photo from any
// other. "" for a document whose photo no program of the holder's can read.
func (d *Desk) Photo(kind identity.DocumentKind, evidence []byte) string {
	e, err := entryOf(kind)
	if err != nil || e.code == "" {
		return ""
	}
	read, err := parseEvidence(evidence)
	if err != nil {
		return ""
	}
	name, hash, err := emrtd.Photo(read.SOD)
	if err != nil || name == "" {
		return ""
	}
	return name + " " + hex.EncodeToString(hash)
}
