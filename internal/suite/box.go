package suite

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
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
	key   identity.Secret
	label string
}

// NewBox makes the box of one use. The label names what is inside.
func NewBox(key identity.Secret, label string) *Box { return &Box{key, label} }

// Seal gives base64url(salt || Seal(key of the salt, JSON of v, label)),
// without padding. Each text has a key of its own, because a service seals
// more than the 2^32 texts that random nonces allow one key. It fails with
// Invalid "sealed_too_long" when the text would pass 8 KB.
func (b *Box) Seal(v any) (string, error) {
	const op = "suite.Box.Seal"
	if b.key.Zero() {
		return "", fault.Newf(op, fault.Internal, "internal", "the key of %q was never set", b.label)
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "internal", err)
	}
	salt := Random(boxSalt)
	text := base64.RawURLEncoding.EncodeToString(append(salt, Seal(b.of(salt), plain, []byte(b.label))...))
	if len(text) > maxBox {
		return "", fault.Newf(op, fault.Invalid, "sealed_too_long", "%d characters", len(text))
	}
	return text, nil
}

// Open undoes Seal into v. A text has exactly one form: padding, line breaks
// and stray last bits are refused. Fails with Invalid "sealed_invalid".
func (b *Box) Open(s string, v any) error {
	const op = "suite.Box.Open"
	if b.key.Zero() {
		return fault.Newf(op, fault.Internal, "internal", "the key of %q was never set", b.label)
	}
	if len(s) > maxBox || strings.ContainsAny(s, "\r\n") { // the decoder would skip line breaks
		return fault.Newf(op, fault.Invalid, "sealed_invalid", "%d characters", len(s))
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) < boxSalt {
		return fault.New(op, fault.Invalid, "sealed_invalid")
	}
	plain, err := Open(b.of(raw[:boxSalt]), raw[boxSalt:], []byte(b.label))
	if err != nil {
		return fault.At(op, err)
	}
	return fault.Wrap(op, fault.Invalid, "sealed_invalid", json.Unmarshal(plain, v))
}

func (b *Box) of(salt []byte) identity.Secret {
	return Derive(b.key, "netid/box/v1", []byte(b.label), salt)
}

// fmt reads unexported fields without asking their types, so each struct that
// holds a key answers for it.

func (b Box) Format(f fmt.State, _ rune) { io.WriteString(f, "box") }
func (b Box) LogValue() slog.Value       { return slog.StringValue("box") }
