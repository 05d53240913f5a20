package statuslist

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
)

// Issuer makes netid's lists and signs them in either form, with the keys of one use.
type Issuer struct {
	coder   Coder // for TypeJWT
	signers func() []suite.Signer
}

// NewIssuer takes the coder of the JWTs, and the same keys for the CWTs, newest first.
func NewIssuer(c Coder, signers func() []suite.Signer) Issuer { return Issuer{c, signers} }

// New is a list of Size places, all valid.
func (i Issuer) New() (*List, error) { return New(Bits, Size) }

// Sign writes a list as "jwt" or "cwt".
func (i Issuer) Sign(form, uri string, issued, expires time.Time, ttl time.Duration, aggregation string, l *List) ([]byte, error) {
	const op = "statuslist.Sign"
	c := Claims{URI: uri, Issued: issued, Expires: expires, TTL: ttl, Aggregation: aggregation}
	switch live := i.signers(); {
	case form == "jwt":
		token, err := EncodeJWT(i.coder, c, l)
		return []byte(token), fault.At(op, err)
	case form != "cwt":
		return nil, fault.Newf(op, fault.Internal, "", "the form %q", form)
	case len(live) == 0:
		return nil, fault.Newf(op, fault.Internal, "", "no signer")
	default:
		b, err := EncodeCWT(live[0], c, l)
		return b, fault.At(op, err)
	}
}

// Tag is a digest of what the list says, and for when; not of a signature, which
// every signing makes anew.
func (i Issuer) Tag(uri string, turn time.Time, l *List) string {
	d := suite.Digest([]byte("netid/status/v1"), []byte(uri), binary.BigEndian.AppendUint64(nil, uint64(turn.Unix())), l.packed)
	return base64.RawURLEncoding.EncodeToString(d[:16])
}
