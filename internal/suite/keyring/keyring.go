// Package keyring keeps the service's own keys in one directory, each in a
// file of its own, sealed under one master secret.
//
// It owns the closed list of uses, the files and the order in which they come
// to be. It refuses to know what a key is used for, and any person's key
// (those live on the vault's shelf).
//
// Invariant: one key, one use. A directory that was complete once is opened
// whole or not at all: a missing, swapped or older file is an error, never a
// reason to draw a new key, because everything sealed under the old one would
// be lost in silence.
//
// The files are this package's own format, version 1 (file.go). Rotation, and
// a hardware module behind the same Signer, come behind the same names.
package keyring

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Kind is what sort of key a use needs.
type Kind string

const (
	ES256  Kind = "ES256"  // signs tokens and certificates
	EdDSA  Kind = "EdDSA"  // signs the ledger's heads
	Secret Kind = "secret" // 32 random bytes
)

// uses is the closed list. A word is never given a second meaning.
func uses() map[string]Kind {
	m := map[string]Kind{"token": ES256, "certificate": ES256, "ledger": EdDSA}
	for _, use := range []string{
		"request", "code", "answer", "access", "session", "challenge", // what travels with the caller
		"number", "vault-identity", "vault-subject", "vault-record", "vault-index", "vault-service", "shelf", "pepper",
		"ledger-row", "ledger-erase", "demo",
	} {
		m[use] = Secret
	}
	return m
}

// Entry describes one key and gives nothing of it away.
type Entry struct {
	ID      string    `json:"id"` // of a signer the RFC 7638 thumbprint, of a secret a keyed hash of nothing else
	Use     string    `json:"use"`
	Kind    Kind      `json:"kind"`
	Created time.Time `json:"created"`
}

// Ring is an open keyring. Its keys do not change after Open, so goroutines share it.
type Ring struct {
	dir     string
	entries []Entry // sorted by use
	secrets map[string]identity.Secret
	signers map[string]suite.Signer

	asking  sync.Mutex // guards unknown
	unknown []string
}

// Secret gives the secret of a use. A use outside the list is a defect of the
// program: it gets the zero secret, under which nothing opens, and Err says so.
func (r *Ring) Secret(use string) identity.Secret {
	s, ok := r.secrets[use]
	r.note(use, ok)
	return s
}

// Signer gives the signer of a use; outside the list nil, and Err says so.
func (r *Ring) Signer(use string) suite.Signer {
	s, ok := r.signers[use]
	r.note(use, ok)
	return s
}

// Err names the unknown uses that were asked for. A start checks it once
// everything is wired, before it serves anybody.
func (r *Ring) Err() error {
	r.asking.Lock()
	defer r.asking.Unlock()
	if len(r.unknown) == 0 {
		return nil
	}
	return fault.Newf("keyring.Ring", fault.Internal, "internal", "no such use: %q", r.unknown)
}

func (r *Ring) note(use string, ok bool) {
	if ok {
		return
	}
	r.asking.Lock()
	defer r.asking.Unlock()
	r.unknown = append(r.unknown, use)
}

// Dir is the directory the ring was opened from.
func (r *Ring) Dir() string { return r.dir }

// List describes the keys, sorted by use.
func (r *Ring) List() []Entry { return append([]Entry(nil), r.entries...) }

func (r *Ring) Format(f fmt.State, _ rune) { io.WriteString(f, "keyring") }
func (r *Ring) LogValue() slog.Value       { return slog.StringValue("keyring") }

// hold takes one unsealed key into the ring and gives its id.
func (r *Ring) hold(use string, kind Kind, key identity.Secret) (id string, err error) {
	switch kind {
	case Secret:
		m := suite.MAC(key, "netid/keyring/id/v1")
		r.secrets[use] = key
		return fmt.Sprintf("%x", m[:8]), nil
	case EdDSA:
		r.signers[use] = suite.NewEdDSA(key)
	case ES256:
		if r.signers[use], err = suite.NewES256(key); err != nil {
			return "", fault.At("keyring.hold", err)
		}
	}
	return r.signers[use].KeyID(), nil
}

// draw makes the key of a use.
func draw(kind Kind) (identity.Secret, error) {
	if kind == ES256 {
		return suite.NewES256Secret()
	}
	return suite.NewSecret(), nil
}
