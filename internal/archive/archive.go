// Package archive keeps files in one sealed file: written to somebody's public
// key, read back whole or not at all.
//
// It owns that form and refuses to know what the files mean and where they go.
//
// Invariant: Read gives nothing of an archive that was cut, altered or sealed
// to somebody else; and Check tells an archive of this service from one that
// was made by whoever knows the public key.
//
// The form: age v1 (https://age-encryption.org/v1) over a tar of plain files,
// the last of which, manifest.json, lists the others with their digests under
// a MAC of the service's own key. Decision: docs/adr/0014-backup-and-restore.md.
package archive

import (
	"encoding/binary"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"netid/internal/identity"
	"netid/internal/suite"
)

// Kind is what an archive holds.
type Kind string

const (
	Store Kind = "store" // the store and the keyring, without the shelf
	Keys  Kind = "keys"  // the shelf alone
)

const (
	version      = 1
	manifestName = "manifest.json"
	maxManifest  = 1 << 20
	maxFiles     = 1 << 10
)

// Manifest says what is in an archive.
type Manifest struct {
	Version int       `json:"version"`
	Kind    Kind      `json:"kind"`
	Made    time.Time `json:"made"` // UTC, whole seconds
	Head    string    `json:"head"` // the ledger's signed head: of the store inside, or as it was before the shelf was read
	Files   []File    `json:"files"`
	MAC     []byte    `json:"mac"`
}

// File is one file of an archive.
type File struct {
	Name   string `json:"name"` // relative, with slashes
	Size   int64  `json:"size"`
	Digest []byte `json:"digest"` // SHA-256
}

var errForeign = errors.New("the archive was not made by this service, or its list was altered")

// Check refuses a manifest that was not written under one of these keys.
func (m Manifest) Check(keys ...identity.Secret) error {
	for _, key := range keys {
		if !key.Zero() && suite.Equal(m.MAC, m.seal(key)) {
			return nil
		}
	}
	return errForeign
}

func (m Manifest) seal(key identity.Secret) []byte {
	parts := [][]byte{[]byte(m.Kind), []byte(m.Made.UTC().Format(time.RFC3339)), []byte(m.Head)}
	for _, f := range m.Files {
		parts = append(parts, []byte(f.Name), binary.BigEndian.AppendUint64(nil, uint64(f.Size)), f.Digest)
	}
	mac := suite.MAC(key, "netid/archive/v1", parts...)
	return mac[:]
}

// word is one element of a name: nothing that leads anywhere else.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func plainName(name string) bool {
	elements := strings.Split(name, "/")
	return len(elements) <= 3 && !slices.ContainsFunc(elements, func(e string) bool { return !word.MatchString(e) })
}

// Recipient is whom an archive is sealed to.
type Recipient = age.Recipient

// Identity opens what was sealed to it.
type Identity = age.Identity

// ParseRecipients reads age public keys ("age1…").
func ParseRecipients(keys []string) ([]Recipient, error) {
	return age.ParseRecipients(strings.NewReader(strings.Join(keys, "\n")))
}

// ParseIdentities reads the private keys of an age identity file.
func ParseIdentities(r io.Reader) ([]Identity, error) { return age.ParseIdentities(r) }
