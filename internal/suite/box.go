package suite

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	maxBox  = 8 << 10 // characters of a sealed text
	boxSalt = 16
)

// Box seals small values that the caller carries: a request, a code, a
// session. A text sealed by one box does not open in another, whatever the key.
type Box struct {
	keys  func() []identity.Secret // newest first
	label string
}

// NewBox makes the box of one use. The label names what is inside.
func NewBox(key identity.Secret, label string) *Box {
	keys := []identity.Secret{key}
	return &Box{func() []identity.Secret { return keys }, label}
}

// NewRotatingBox makes a box whose key changes while it is used. keys gives
// the live versions: the first seals, each opens. It is asked at every call. A text does not say which version sealed it: whoever holds
// many learns nothing of when keys changed, and trying all of a handful costs
// microseconds.
func NewRotatingBox(keys func() []identity.Secret, label string) *Box { return &Box{keys, label} }

// Seal gives base64url(salt || Seal(key of the salt, JSON of v, label)),
// without padding. Each text has a key of its own, because a service seals
// more than the 2^32 texts that random nonces allow one key. It fails with
// Invalid "sealed_too_long" when the text would pass 8 KB.
func (b *Box) Seal(v any) (string, error) {
	const op = "suite.Box.Seal"
	keys, err := b.live()
	if err != nil {
		return "", fault.At(op, err)
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "internal", err)
	}
	salt := Random(boxSalt)
	text := base64.RawURLEncoding.EncodeToString(append(salt, Seal(of(keys[0], b.label, salt), plain, []byte(b.label))...))
	if len(text) > maxBox {
		return "", fault.Newf(op, fault.Invalid, "sealed_too_long", "%d characters", len(text))
	}
	return text, nil
}

// Open undoes Seal into v. A text has exactly one form: padding, line breaks
// and stray last bits are refused. Fails with Invalid "sealed_invalid".
func (b *Box) Open(s string, v any) error {
	const op = "suite.Box.Open"
	keys, err := b.live()
	if err != nil {
		return fault.At(op, err)
	}
	if len(s) > maxBox || strings.ContainsAny(s, "\r\n") { // the decoder would skip line breaks
		return fault.Newf(op, fault.Invalid, "sealed_invalid", "%d characters", len(s))
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) < boxSalt {
		return fault.New(op, fault.Invalid, "sealed_invalid")
	}
	var plain []byte
	for _, key := range keys {
		if plain, err = Open(of(key, b.label, raw[:boxSalt]), raw[boxSalt:], []byte(b.label)); err == nil {
			break
		}
	}
	if err != nil {
		return fault.At(op, err)
	}
	return fault.Wrap(op, fault.Invalid, "sealed_invalid", json.Unmarshal(plain, v))
}

// live gives the versions; a zero key or none is a mistake in the wiring.
func (b *Box) live() ([]identity.Secret, error) {
	keys := b.keys()
	if len(keys) == 0 || slices.ContainsFunc(keys, identity.Secret.Zero) {
		return nil, fault.Newf("suite.Box", fault.Internal, "internal", "the key of %q was never set", b.label)
	}
	return keys, nil
}

func of(key identity.Secret, label string, salt []byte) identity.Secret {
	return Derive(key, "netid/box/v1", []byte(label), salt)
}

// fmt reads unexported fields without asking their types, so each struct that
// holds a key answers for it.

func (b Box) Format(f fmt.State, _ rune) { io.WriteString(f, "box") }
func (b Box) LogValue() slog.Value       { return slog.StringValue("box") }
