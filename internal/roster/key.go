package roster

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Key is an operator's own. Its private half is a file that the operator holds;
// it prints nothing.
type Key struct {
	private identity.Secret
	signer  suite.Signer
}

const keyLabel = "netid/roster/operator/v1"

// NewKey draws one of the suite of the service's profile.
func NewKey(s identity.Suite) (Key, error) {
	draw := suite.NewES256Secret
	if s == identity.SM {
		draw = suite.NewSM2Secret
	}
	private, err := draw()
	if err != nil {
		return Key{}, fault.At("roster.NewKey", err)
	}
	return keyOf(private)
}

func keyOf(private identity.Secret) (Key, error) {
	make := suite.NewES256
	if private.Suite() == identity.SM {
		make = suite.NewSM2
	}
	signer, err := make(private)
	return Key{private, signer}, fault.At("roster.keyOf", err)
}

func (k Key) Format(f fmt.State, _ rune)   { io.WriteString(f, "operator") }
func (k Key) LogValue() slog.Value         { return slog.StringValue("operator") }
func (k Key) MarshalText() ([]byte, error) { return []byte("operator"), nil }

// Public is the half that the configuration names.
func (k Key) Public() string {
	var jwk struct{ Crv, X, Y string }
	if json.Unmarshal(k.signer.PublicJWK(), &jwk) != nil {
		return ""
	}
	return jwk.Crv + "." + jwk.X + "." + jwk.Y
}

// Endorse signs a record that its operator has read.
func (k Key) Endorse(issuer, kind, name string, record []byte) (identity.Endorsement, error) {
	sig, err := k.signer.Sign(Text(issuer, kind, name, record))
	return identity.Endorsement{Operator: k.signer.KeyID(), Signature: sig}, fault.At("roster.Endorse", err)
}

// File is the key as a file, sealed under the passphrase if there is one.
func (k Key) File(passphrase []byte, note string) ([]byte, error) {
	b, err := suite.WriteKeyFile(keyLabel, k.Public(), k.private, passphrase, note)
	return b, fault.At("roster.File", err)
}

// ReadKey reads such a file. Fails with Invalid "operator_key_invalid", alike for
// a wrong passphrase and an altered file.
func ReadKey(b []byte, ask func() ([]byte, error)) (Key, error) {
	const op = "roster.ReadKey"
	public, private, err := suite.ReadKeyFile(keyLabel, b, suiteOf, ask)
	if err != nil {
		return Key{}, fault.Wrap(op, fault.Invalid, "operator_key_invalid", err)
	}
	k, err := keyOf(private)
	if err != nil || k.Public() != public {
		return Key{}, fault.Newf(op, fault.Invalid, "operator_key_invalid", "its two halves are not one key")
	}
	return k, nil
}

func suiteOf(public string) (identity.Suite, error) {
	key, err := Parse(public)
	if err == nil && key.Alg() == suite.AlgSM2 {
		return identity.SM, nil
	}
	return identity.ES256, err
}
