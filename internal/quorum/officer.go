package quorum

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Officer is one officer's key. Its private half is a file that the officer
// holds; it prints nothing.
type Officer struct {
	private identity.Secret
	public  suite.Recipient
}

// NewOfficer draws a key of the suite that the service's keys at rest belong to.
func NewOfficer(s identity.Suite) (Officer, error) {
	private, err := suite.NewEnvelopeSecret(s)
	if err != nil {
		return Officer{}, fault.At("quorum.NewOfficer", err)
	}
	public, err := suite.RecipientOf(private)
	return Officer{private, public}, fault.At("quorum.NewOfficer", err)
}

// Public is the half that the service is told.
func (o Officer) Public() suite.Recipient { return o.public }

func (o Officer) Format(f fmt.State, _ rune)   { io.WriteString(f, "officer") }
func (o Officer) LogValue() slog.Value         { return slog.StringValue("officer") }
func (o Officer) MarshalText() ([]byte, error) { return []byte("officer"), nil }

// ShortestPassphrase of an officer's key, in bytes.
const ShortestPassphrase = 12

// officerFile is what the officer holds. Its cost is the version's, never the file's.
type officerFile struct {
	Version int    `json:"version"` // 1: argon2id as suite.FromPassphrase, sealed in the key's own suite
	Note    string `json:"note"`    // for people
	Public  string `json:"public"`
	Salt    []byte `json:"salt,omitempty"`
	Sealed  []byte `json:"sealed,omitempty"`
	Private []byte `json:"private,omitempty"` // in the clear: a simulator's, or one whose holder keeps it otherwise
}

const officerLabel = "netid/quorum/officer/v1"

// File is the key as a file, sealed under the passphrase if there is one.
func (o Officer) File(passphrase []byte, note string) ([]byte, error) {
	const op = "quorum.File"
	f := officerFile{Version: version, Note: note, Public: o.public.Text()}
	switch {
	case len(passphrase) == 0:
		f.Private = o.private.Bytes()
	case len(passphrase) < ShortestPassphrase:
		return nil, fault.Newf(op, fault.Invalid, "passphrase_short", "a new passphrase has at least %d characters", ShortestPassphrase)
	default:
		f.Salt = suite.Random(suite.PassphraseSalt)
		f.Sealed = suite.Wrap(suite.FromPassphrase(o.public.Suite(), passphrase, f.Salt), o.private, []byte(officerLabel))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), fault.Wrap(op, fault.Internal, "internal", err)
}

// ReadOfficer reads such a file. ask is called for the passphrase when it is
// sealed under one. Fails with Invalid "officer_invalid", alike for a wrong
// passphrase and an altered file.
func ReadOfficer(b []byte, ask func() ([]byte, error)) (Officer, error) {
	const op = "quorum.ReadOfficer"
	bad := func(what string) (Officer, error) {
		return Officer{}, fault.Newf(op, fault.Invalid, "officer_invalid", "%s", what)
	}
	var f officerFile
	if len(b) > 64<<10 || strictly(b, &f) != nil || f.Version != version {
		return bad("not an officer's key of a version that is known")
	}
	public, err := suite.ParseRecipient(f.Public)
	if err != nil {
		return bad("its public half is none")
	}
	private := identity.Secret{}
	switch {
	case len(f.Private) == 32 && len(f.Sealed)+len(f.Salt) == 0:
		private = identity.NewSecret(public.Suite(), [32]byte(f.Private))
	case len(f.Private) == 0 && len(f.Salt) == suite.PassphraseSalt:
		word, err := ask()
		if err != nil {
			return Officer{}, fault.Wrap(op, fault.Invalid, "officer_invalid", err)
		}
		if private, err = suite.Unwrap(suite.FromPassphrase(public.Suite(), word, f.Salt), f.Sealed, []byte(officerLabel)); err != nil {
			return bad("it does not open: wrong passphrase, or an altered file")
		}
	default:
		return bad("neither sealed nor in the clear")
	}
	if again, err := suite.RecipientOf(private); err != nil || again.Text() != public.Text() {
		return bad("its two halves are not one key")
	}
	return Officer{private, public}, nil
}
