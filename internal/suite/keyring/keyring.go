// Package keyring keeps the service's own keys in one directory, each in a
// file of its own, sealed under one master secret.
//
// It owns the closed list of uses, the files, the order in which they come to
// be, and their rotation and end. It refuses to know what a key is used for, and any person's key
// (those live on the vault's shelf).
//
// Invariant: one key, one use. A directory that was complete once is opened
// whole or not at all: a missing, swapped or older file is an error, never a
// reason to draw a new key, because everything sealed under the old one would
// be lost in silence.
//
// The files are this package's own format (file.go). How keys live and end:
// docs/adr/0015-key-life-cycle.md.
package keyring

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Kind is what sort of key a use needs.
type Kind string

const (
	ES256  Kind = "ES256"     // signs tokens and certificates
	EdDSA  Kind = "EdDSA"     // signs the ledger's heads
	SM2    Kind = "SM2"       // signs what the suite sm signs
	Secret Kind = "secret"    // 32 random bytes of the suite es256
	Hidden Kind = "sm-secret" // 32 random bytes of the suite sm
)

// Algorithm names what a key of the kind is used with.
func (k Kind) Algorithm() string {
	switch k {
	case Secret:
		return "HMAC-SHA-256, HKDF, AES-256-GCM"
	case Hidden:
		return "HMAC-SM3, HKDF, SM4-GCM"
	}
	return string(k)
}

// suite is the one that a key of the kind belongs to.
func (k Kind) suite() identity.Suite {
	if k == SM2 || k == Hidden {
		return identity.SM
	}
	return identity.ES256
}

// uses is the closed list of a profile. A word is never given a second meaning.
func uses(p suite.Profile) map[string]Kind {
	m := map[string]Kind{"token": ES256, "push": ES256, "certificate": ES256, "ledger": EdDSA,
		"anchor": ES256, "attestation": ES256, "status": ES256, "verifier": ES256, "slip": ES256, "bundle": ES256}
	secret := Secret
	if p.SM() {
		m["token-sm"], m["certificate"], m["ledger-sm"] = SM2, SM2, SM2
		m["attestation-sm"], m["status-sm"], m["slip-sm"] = SM2, SM2, SM2
		secret = Hidden
	}
	for _, use := range []string{
		"request", "code", "answer", "access", "session", "challenge", // what travels with the caller
		"number", "vault-identity", "vault-subject", "vault-record", "vault-index", "vault-service", "shelf", "pepper",
		"ledger-row", "ledger-erase", "quorum", "escrow", "backup", "demo",
		"sid",                     // of sessions at parties
		"outbox",                  // what waits to be delivered
		"nonce",                   // of DPoP proofs
		"refresh",                 // what parties keep
		"dossier", "dossier-body", // of the service's own work
		"places",     // of certificates in lists of statuses
		"invitation", // initial access tokens of parties
	} {
		m[use] = secret
	}
	return m
}

// Entry describes one key and gives nothing of it away.
type Entry struct {
	ID        string    `json:"id"` // of a signer the RFC 7638 thumbprint, of a secret a keyed hash of nothing else
	Use       string    `json:"use"`
	Kind      Kind      `json:"kind"`
	Created   time.Time `json:"created"`
	Turn      int       `json:"turn,omitempty"` // how many rotations of its use came before
	Retired   time.Time `json:"retired,omitzero"`
	Destroyed time.Time `json:"destroyed,omitzero"`
	// Compromised: it was retired before its time, as somebody else may have it.
	Compromised bool `json:"compromised,omitempty"`
	// Succession is the record that this key and the one before both signed when
	// it came (succession.go).
	Succession string `json:"succession,omitempty"`
	State      State  `json:"-"` // follows from the others
}

// State is where a key is in its life.
type State string

const (
	Current   State = "current"   // the newest of its use: signs, seals, and all that a former one does
	Former    State = "former"    // verifies and opens what it made, and makes nothing more
	Retired   State = "retired"   // not used any more, its file not yet destroyed
	Destroyed State = "destroyed" // a record in the manifest
)

// asMade is the entry as its key file has it: without what happened since.
func (e Entry) asMade() Entry {
	e.Retired, e.Destroyed, e.State = time.Time{}, time.Time{}, ""
	e.Compromised, e.Succession = false, ""
	return e
}

// Ring is an open keyring. Goroutines share it. Its keys change only in
// Refresh, all at once.
type Ring struct {
	opening
	now        atomic.Pointer[held]
	clock      func() time.Time
	refreshing sync.Mutex  // guards seen
	seen       os.FileInfo // the manifest that was read last

	asking  sync.Mutex // guards unknown
	unknown []string
}

// held is one state of the ring; it never changes.
type held struct {
	entries    []Entry // by use, then by turn
	generation uint64
	secrets    map[string][]identity.Secret // live ones, newest first
	versions   map[string][]suite.Version   // the same
	signers    map[string][]suite.Signer
	since      map[string][]time.Time // when each was made
}

// Secret gives the newest secret of a use, for those that do not rotate. A use
// outside the list is a defect of the program: it gets the zero secret, under
// which nothing opens, and Err says so.
func (r *Ring) Secret(use string) identity.Secret {
	keys := r.now.Load().secrets[use]
	if r.note(use, len(keys) > 0); len(keys) == 0 {
		return identity.Secret{}
	}
	return keys[0]
}

// Secrets gives the live secrets of a use, at each call as they are then: first
// the one that makes, then the others, newest first. As with Versions a new one
// is live for a few seconds before it makes: another server of the same ring
// opens what this one seals.
func (r *Ring) Secrets(use string) func() []identity.Secret {
	r.note(use, len(r.now.Load().secrets[use]) > 0)
	return func() []identity.Secret {
		h := r.now.Load()
		return announced(h.secrets[use], h.since[use], r.clock())
	}
}

// Versions gives the live secrets of a use with their turns, at each call as
// they are then: first the one that makes, then the others, newest first. As a
// signer, a new one is live for a few seconds before it makes anything, so that
// all who open know it by then, in this process and in others.
func (r *Ring) Versions(use string) suite.Versions {
	r.note(use, len(r.now.Load().versions[use]) > 0)
	return func() []suite.Version {
		h := r.now.Load()
		return announced(h.versions[use], h.since[use], r.clock())
	}
}

// Signer gives the newest signer of a use; outside the list nil, and Err says so.
func (r *Ring) Signer(use string) suite.Signer {
	keys := r.now.Load().signers[use]
	if r.note(use, len(keys) > 0); len(keys) == 0 {
		return nil
	}
	return keys[0]
}

// Signers gives the live signers of a use, at each call as they are then: first
// the one that signs, then the others, newest first. A new key is published for
// a few seconds before it signs: whoever was fetching the key set when it came
// has it by then.
func (r *Ring) Signers(use string) func() []suite.Signer {
	r.note(use, len(r.now.Load().signers[use]) > 0)
	return func() []suite.Signer {
		h := r.now.Load()
		return announced(h.signers[use], h.since[use], r.clock())
	}
}

// announcement is how long a new key is live before it signs or makes.
const announcement = 3 * time.Second

// announced puts the newest of the keys that were live long enough first.
func announced[K any](keys []K, since []time.Time, now time.Time) []K {
	for i, at := range since {
		if i == len(keys)-1 || !now.Before(at.Add(announcement)) {
			if i == 0 {
				return keys
			}
			return slices.Concat(keys[i:i+1], keys[:i], keys[i+1:])
		}
	}
	return keys
}

// Made is when the key of an id was drawn; of none the zero time.
func (r *Ring) Made(id string) time.Time {
	for _, e := range r.now.Load().entries {
		if e.ID == id {
			return e.Created
		}
	}
	return time.Time{}
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

// Profile is the profile that the ring was made for.
func (r *Ring) Profile() suite.Profile { return r.profile }

// Dir is the directory the ring was opened from.
func (r *Ring) Dir() string { return r.dir }

// List describes the keys, destroyed ones too, by use and then by age.
func (r *Ring) List() []Entry { return slices.Clone(r.now.Load().entries) }

func (r *Ring) Format(f fmt.State, _ rune) { io.WriteString(f, "keyring") }
func (r *Ring) LogValue() slog.Value       { return slog.StringValue("keyring") }

// hold takes one unsealed key, not newer than those before, and gives its id.
func (h *held) hold(e Entry, key identity.Secret) (id string, err error) {
	if e.Kind == Secret || e.Kind == Hidden {
		m := suite.MAC(key, "netid/keyring/id/v1")
		h.secrets[e.Use] = append(h.secrets[e.Use], key)
		h.versions[e.Use] = append(h.versions[e.Use], suite.Version{Turn: e.Turn, Key: key})
		h.since[e.Use] = append(h.since[e.Use], e.Created)
		return fmt.Sprintf("%x", m[:8]), nil
	}
	var s suite.Signer
	switch e.Kind {
	case ES256:
		s, err = suite.NewES256(key)
	case SM2:
		s, err = suite.NewSM2(key)
	default:
		s = suite.NewEdDSA(key)
	}
	if err != nil {
		return "", fault.At("keyring.hold", err)
	}
	h.signers[e.Use], h.since[e.Use] = append(h.signers[e.Use], s), append(h.since[e.Use], e.Created)
	return s.KeyID(), nil
}

func newHeld() *held {
	return &held{secrets: map[string][]identity.Secret{}, versions: map[string][]suite.Version{}, signers: map[string][]suite.Signer{}, since: map[string][]time.Time{}}
}

// draw makes the key of a use.
func draw(kind Kind) (identity.Secret, error) {
	switch kind {
	case ES256:
		return suite.NewES256Secret()
	case SM2:
		return suite.NewSM2Secret()
	}
	return suite.NewSecret(kind.suite()), nil
}
