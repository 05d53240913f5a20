package officer

import (
	"fmt"
	"io"
	"log/slog"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Authority is the key of an authority, to which answers are sealed. Its private half is
// a file that the authority holds; it prints nothing.
type Authority struct {
	private identity.Secret
	public  suite.Recipient
}

const authorityLabel = "netid/assistance/authority/v1"

// NewAuthority draws a key.
func NewAuthority(s identity.Suite) (Authority, error) {
	private, err := suite.NewEnvelopeSecret(s)
	if err != nil {
		return Authority{}, fault.At("officer.NewAuthority", err)
	}
	public, err := suite.RecipientOf(private)
	return Authority{private, public}, fault.At("officer.NewAuthority", err)
}

// Public is the half that goes with a request.
func (a Authority) Public() suite.Recipient { return a.public }

// File is the key as a file, sealed under the passphrase if there is one.
func (a Authority) File(passphrase []byte, note string) ([]byte, error) {
	b, err := suite.WriteKeyFile(authorityLabel, a.public.Text(), a.private, passphrase, note)
	return b, fault.At("officer.File", err)
}

// ReadAuthority reads such a file. Fails with Invalid "authority_key_invalid".
func ReadAuthority(b []byte, ask func() ([]byte, error)) (Authority, error) {
	const op = "officer.ReadAuthority"
	var public suite.Recipient
	_, private, err := suite.ReadKeyFile(authorityLabel, b, func(text string) (s identity.Suite, err error) {
		public, err = suite.ParseRecipient(text)
		return public.Suite(), err
	}, ask)
	if err != nil {
		return Authority{}, fault.Wrap(op, fault.Invalid, "authority_key_invalid", err)
	}
	if again, err := suite.RecipientOf(private); err != nil || again.Text() != public.Text() {
		return Authority{}, fault.Newf(op, fault.Invalid, "authority_key_invalid", "its two halves are not one key")
	}
	return Authority{private, public}, nil
}

// Read opens an answer. Whatever is wrong with it, it is Invalid "sealed_invalid".
func (a Authority) Read(b []byte) (Answer, error) {
	const op = "officer.Read"
	s, err := Parse[sealed](b)
	if err != nil || s.Form != form {
		return Answer{}, fault.New(op, fault.Invalid, "sealed_invalid")
	}
	plain, err := suite.OpenFrom(a.private, s.Sealed, place(a.public.Suite(), s.Reference))
	if err != nil {
		return Answer{}, fault.Wrap(op, fault.Invalid, "sealed_invalid", err)
	}
	out, err := Parse[Answer](plain)
	if err != nil || out.Reference != s.Reference {
		return Answer{}, fault.New(op, fault.Invalid, "sealed_invalid")
	}
	return out, nil
}

func (a Authority) Format(f fmt.State, _ rune)   { io.WriteString(f, "authority") }
func (a Authority) LogValue() slog.Value         { return slog.StringValue("authority") }
func (a Authority) MarshalText() ([]byte, error) { return []byte("authority"), nil }
