package quorum

import (
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

// officerLabel is under which an officer's key is sealed in its file.
const officerLabel = "netid/quorum/officer/v1"

// File is the key as a file, sealed under the passphrase if there is one.
func (o Officer) File(passphrase []byte, note string) ([]byte, error) {
	b, err := suite.WriteKeyFile(officerLabel, o.public.Text(), o.private, passphrase, note)
	return b, fault.At("quorum.File", err)
}

// ReadOfficer reads such a file. ask is called for the passphrase when it is
// sealed under one. Fails with Invalid "officer_invalid", alike for a wrong
// passphrase and an altered file.
func ReadOfficer(b []byte, ask func() ([]byte, error)) (Officer, error) {
	const op = "quorum.ReadOfficer"
	var public suite.Recipient
	_, private, err := suite.ReadKeyFile(officerLabel, b, func(text string) (s identity.Suite, err error) {
		public, err = suite.ParseRecipient(text)
		return public.Suite(), err
	}, ask)
	if err != nil {
		return Officer{}, fault.Wrap(op, fault.Invalid, "officer_invalid", err)
	}
	if again, err := suite.RecipientOf(private); err != nil || again.Text() != public.Text() {
		return Officer{}, fault.Newf(op, fault.Invalid, "officer_invalid", "its two halves are not one key")
	}
	return Officer{private, public}, nil
}
