package witness

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Key is a witness's Ed25519 key. It prints nothing of itself.
type Key struct {
	name    string
	private ed25519.PrivateKey
}

const (
	algEd25519     = 1 // of the file, which has the form of every note key
	algCosignature = 4 // of what it signs
)

func (Key) String() string   { return "[witness key]" }
func (Key) GoString() string { return "[witness key]" }

// NewKey draws a key for a name: a schema-less URL such as
// "witness.example/w1", without spaces and plus signs.
func NewKey(name string) (Key, error) {
	if name == "" || strings.ContainsAny(name, "+ \t\r\n") {
		return Key{}, errors.New("a witness is named like witness.example/w1: no spaces, no plus signs")
	}
	_, private, err := ed25519.GenerateKey(nil)
	return Key{name, private}, err
}

// Bytes is the key as its file has it: PRIVATE+KEY+name+hash+base64, as the
// note tools of the Go module database write it.
func (k Key) Bytes() []byte {
	public := append([]byte{algEd25519}, k.private.Public().(ed25519.PublicKey)...)
	seed := append([]byte{algEd25519}, k.private.Seed()...)
	return fmt.Appendf(nil, "PRIVATE+KEY+%s+%08x+%s\n", k.name, keyHash(k.name, public), base64.StdEncoding.EncodeToString(seed))
}

// ParseKey reads what Bytes wrote. Its errors say nothing of the key.
func ParseKey(b []byte) (Key, error) {
	text := strings.TrimSpace(string(b))
	if _, err := note.NewSigner(text); err != nil {
		return Key{}, errors.New("not a signing key of a note (PRIVATE+KEY+…)")
	}
	parts := strings.SplitN(text, "+", 5)
	seed, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return Key{}, errors.New("not an Ed25519 key")
	}
	return Key{parts[2], ed25519.NewKeyFromSeed(seed[1:])}, nil
}

// ReadKey reads a key file.
func ReadKey(path string) (Key, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	k, err := ParseKey(b)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// Verifier is the public key in the form "name+hash+base64" of the type
// cosignature/v1.
func (k Key) Verifier() string {
	public := append([]byte{algCosignature}, k.private.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%08x+%s", k.name, keyHash(k.name, public), base64.StdEncoding.EncodeToString(public))
}

// cosign gives the signature line over a signed note's text and the time.
func (k Key) cosign(signed []byte, at time.Time) ([]byte, error) {
	text, _, ok := bytes.Cut(signed, []byte("\n\n"))
	if !ok || at.Unix() < 0 {
		return nil, errors.New("nothing to sign, or a time before 1970")
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	sig := ed25519.Sign(k.private, []byte("cosignature/v1\ntime "+stamp+"\n"+string(text)+"\n"))
	public := append([]byte{algCosignature}, k.private.Public().(ed25519.PublicKey)...)
	b := binary.BigEndian.AppendUint32(nil, keyHash(k.name, public))
	b = append(binary.BigEndian.AppendUint64(b, uint64(at.Unix())), sig...)
	return []byte("— " + k.name + " " + base64.StdEncoding.EncodeToString(b) + "\n"), nil
}

// keyHash is the key id of a note's signature line (C2SP signed-note).
func keyHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// empty is the root of the tree of no entries (RFC 6962 §2.1).
func empty() [32]byte { return sha256.Sum256(nil) }
