package suite

import (
	"bytes"
	"encoding/json"

	"netid/internal/fault"
	"netid/internal/identity"
)

// ShortestPassphrase of a key that a person holds, in bytes.
const ShortestPassphrase = 12

const maxKeyFile = 64 << 10 // bytes

// KeyFile is a private key that a person holds, as a file. Its cost is the
// version's, never the file's.
type KeyFile struct {
	Version int    `json:"version"` // 1: argon2id as FromPassphrase, sealed in the key's own suite
	Note    string `json:"note"`    // for people
	Public  string `json:"public"`
	Salt    []byte `json:"salt,omitempty"`
	Sealed  []byte `json:"sealed,omitempty"`
	Private []byte `json:"private,omitempty"` // in the clear: a simulator's, or one whose holder keeps it otherwise
}

// WriteKeyFile is the key as a file, sealed under the passphrase if there is
// one. The label says what the key is for: under another it does not open.
// Fails with Invalid "passphrase_short".
func WriteKeyFile(label, public string, private identity.Secret, passphrase []byte, note string) ([]byte, error) {
	const op = "suite.WriteKeyFile"
	f := KeyFile{Version: 1, Note: note, Public: public}
	switch {
	case len(passphrase) == 0:
		f.Private = private.Bytes()
	case len(passphrase) < ShortestPassphrase:
		return nil, fault.Newf(op, fault.Invalid, "passphrase_short", "a new passphrase has at least %d characters", ShortestPassphrase)
	default:
		f.Salt = Random(PassphraseSalt)
		f.Sealed = Wrap(FromPassphrase(private.Suite(), passphrase, f.Salt), private, []byte(label))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), fault.Wrap(op, fault.Internal, "internal", err)
}

// ReadKeyFile reads such a file. of says which suite its public half belongs to,
// or that it is none; ask is called for the passphrase when it is sealed under
// one. Whether the two halves are one key, the caller checks. Fails with Invalid
// "key_file_invalid", alike for a wrong passphrase and an altered file.
func ReadKeyFile(label string, b []byte, of func(public string) (identity.Suite, error), ask func() ([]byte, error)) (public string, private identity.Secret, err error) {
	const op = "suite.ReadKeyFile"
	bad := func(what string) (string, identity.Secret, error) {
		return "", identity.Secret{}, fault.Newf(op, fault.Invalid, "key_file_invalid", "%s", what)
	}
	var f KeyFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if len(b) > maxKeyFile || d.Decode(&f) != nil || len(bytes.TrimSpace(b[d.InputOffset():])) > 0 || f.Version != 1 {
		return bad("not a key of a version that is known")
	}
	s, err := of(f.Public)
	if err != nil {
		return bad("its public half is none")
	}
	switch {
	case len(f.Private) == 32 && len(f.Sealed)+len(f.Salt) == 0:
		return f.Public, identity.NewSecret(s, [32]byte(f.Private)), nil
	case len(f.Private) == 0 && len(f.Salt) == PassphraseSalt:
		word, err := ask()
		if err != nil {
			return "", identity.Secret{}, fault.Wrap(op, fault.Invalid, "key_file_invalid", err)
		}
		if private, err = Unwrap(FromPassphrase(s, word, f.Salt), f.Sealed, []byte(label)); err != nil {
			return bad("it does not open: wrong passphrase, or an altered file")
		}
		return f.Public, private, nil
	}
	return bad("neither sealed nor in the clear")
}
