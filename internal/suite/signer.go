package suite

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Signer signs with one key for one use. It may be used by many goroutines. It
// is the seam for a hardware module: whatever holds the key, callers see this.
type Signer interface {
	KeyID() string                       // base64url of the RFC 7638 thumbprint
	Alg() string                         // "ES256" (RFC 7518 §3.4), "EdDSA" (Ed25519, RFC 8037) or AlgSM2
	Sign(message []byte) ([]byte, error) // 64 bytes: r||s, or RFC 8032's R||S
	PublicJWK() []byte                   // public members alone, in RFC 7638's order, without kid
}

// NewES256Secret draws the private key of an ES256 signer: a scalar in 1..n-1,
// big-endian.
func NewES256Secret() (identity.Secret, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity.Secret{}, fault.Wrap("suite.NewES256Secret", fault.Internal, "internal", err)
	}
	scalar, err := key.Bytes()
	if err != nil || len(scalar) != coordinate {
		return identity.Secret{}, fault.Wrap("suite.NewES256Secret", fault.Internal, "internal", fmt.Errorf("scalar of %d bytes: %w", len(scalar), err))
	}
	return identity.NewSecret(identity.ES256, [32]byte(scalar)), nil
}

// NewES256 makes the signer of a private scalar. Fails when the secret is no
// scalar in 1..n-1, or a key of another suite: a key never moves between suites.
func NewES256(secret identity.Secret) (Signer, error) {
	const op = "suite.NewES256"
	if secret.Suite() != identity.ES256 {
		return nil, fault.Newf(op, fault.Internal, "internal", "a key of another suite")
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret.Bytes())
	if err != nil {
		return nil, fault.Newf(op, fault.Internal, "internal", "not a P-256 scalar")
	}
	point, err := key.PublicKey.Bytes()
	public, ok := ecOf(curveP256, point)
	if err != nil || !ok {
		return nil, fault.Newf(op, fault.Internal, "internal", "public point of %d bytes", len(point))
	}
	return es256{key, named{"ES256", public.canonical()}}, nil
}

// NewEdDSA makes the Ed25519 signer of a seed; any 32 random bytes are one. Of
// a key of another suite it makes one that signs nothing.
func NewEdDSA(secret identity.Secret) Signer {
	if secret.Suite() != identity.ES256 {
		return eddsa{nil, named{"EdDSA", nil}}
	}
	key := ed25519.NewKeyFromSeed(secret.Bytes())
	x := base64.RawURLEncoding.EncodeToString(key[ed25519.SeedSize:])
	return eddsa{key, named{"EdDSA", []byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`)}}
}

// named is the public half of a signer.
type named struct {
	alg string
	jwk []byte
}

func (n named) Alg() string       { return n.alg }
func (n named) PublicJWK() []byte { return append([]byte(nil), n.jwk...) }

func (n named) KeyID() string {
	t := sha256.Sum256(n.jwk)
	return base64.RawURLEncoding.EncodeToString(t[:])
}

func (n named) Format(f fmt.State, _ rune) { io.WriteString(f, n.alg+" signer "+n.KeyID()) }
func (n named) LogValue() slog.Value       { return slog.StringValue(n.alg + " signer " + n.KeyID()) }

type es256 struct {
	key *ecdsa.PrivateKey
	named
}

func (e es256) Sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, e.key, digest[:])
	if err != nil {
		return nil, fault.Wrap("suite.Sign", fault.Internal, "internal", err)
	}
	sig := make([]byte, es256Size)
	r.FillBytes(sig[:coordinate])
	s.FillBytes(sig[coordinate:])
	return sig, nil
}

type eddsa struct {
	key ed25519.PrivateKey
	named
}

func (e eddsa) Sign(message []byte) ([]byte, error) {
	if e.key == nil { // ed25519 would panic
		return nil, fault.Newf("suite.Sign", fault.Internal, "internal", "a key of another suite")
	}
	return ed25519.Sign(e.key, message), nil
}
