package authority

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

const (
	// MostNews is how many come in one answer.
	MostNews = 256
	maxNews  = 512 << 10 // bytes of it
	maxKeys  = 16
)

type (
	// Signed is one piece of news as it travels: a JWS in the general serialization
	// (RFC 7515 §7.2.1), whose payload is an identity.News. GET /v1/news?after=N
	// gives those after the N-th, in order.
	Signed struct {
		Payload    string      `json:"payload"`
		Signatures []Signature `json:"signatures"`
	}
	// Signature is by one key. Its header is decided by the key: see header.
	Signature struct {
		Protected string `json:"protected"`
		Signature string `json:"signature"`
	}
	// Newest answers GET /v1/news.
	Newest struct {
		Simulator bool     `json:"simulator,omitempty"`
		News      []Signed `json:"news"`
	}
)

// ParseKeys reads the JWK Set (RFC 7517 §5) of the keys with which an authority
// signs its news. There are two at least, since what takes news back has two
// signatures; how they are kept apart is the authority's. Reason "jwks_invalid".
func ParseKeys(jwks []byte) ([]suite.PublicKey, error) {
	const op = "authority.ParseKeys"
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil || len(set.Keys) < 2 || len(set.Keys) > maxKeys {
		return nil, fault.Newf(op, fault.Invalid, "jwks_invalid", "not a set of 2 to %d keys", maxKeys)
	}
	var keys []suite.PublicKey
	seen := map[string]bool{}
	for _, raw := range set.Keys {
		k, err := suite.ParsePublicKey(raw)
		if err != nil || seen[k.Thumbprint()] {
			return nil, fault.Newf(op, fault.Invalid, "jwks_invalid", "a key that is none, or stands twice")
		}
		seen[k.Thumbprint()] = true
		keys = append(keys, k)
	}
	return keys, nil
}

// Feed is what an authority tells by itself.
type Feed struct {
	client *Client
	keys   []suite.PublicKey
}

// Feed reads the authority's news and believes these keys alone.
func (c *Client) Feed(keys []suite.PublicKey) *Feed { return &Feed{c, keys} }

// News asks for what came after the n-th. What it gives was signed as it must
// be; in which order it comes is for the caller to look at. One that is not, and all after it,
// is left out with Unavailable "authority_unavailable".
func (f *Feed) News(ctx context.Context, after uint64) ([]identity.News, error) {
	const op = "authority.News"
	var page Newest
	if err := f.client.within(ctx, maxNews, op, http.MethodGet, fmt.Sprintf("/v1/news?after=%d", after), nil, &page); err != nil {
		return nil, err
	}
	var all []identity.News
	for _, s := range page.News[:min(len(page.News), MostNews)] {
		n, err := f.open(s)
		if err != nil {
			return all, fault.Wrap(op, fault.Unavailable, unavailable, err)
		}
		all = append(all, n)
	}
	return all, nil
}

// open checks one piece of news. The header of a signature is not read: it must
// be the one that this key has, so nothing in it can choose.
func (f *Feed) open(s Signed) (identity.News, error) {
	const op = "authority.open"
	none := identity.News{}
	signed := map[string]bool{}
	for _, sig := range s.Signatures[:min(len(s.Signatures), maxKeys)] {
		for _, k := range f.keys {
			if header(k.Alg(), k.Thumbprint()) != sig.Protected {
				continue
			}
			b, err := base64.RawURLEncoding.Strict().DecodeString(sig.Signature)
			if err != nil || k.Verify([]byte(sig.Protected+"."+s.Payload), b) != nil {
				return none, fault.Newf(op, fault.Invalid, "signature_invalid", "news with a false signature")
			}
			signed[sig.Protected] = true
		}
	}
	if len(signed) == 0 {
		return none, fault.Newf(op, fault.Invalid, "signature_invalid", "news that no known key signed")
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(s.Payload)
	if err != nil {
		return none, fault.Newf(op, fault.Invalid, "signature_invalid", "news that can't be read")
	}
	var n identity.News
	if json.Unmarshal(payload, &n) != nil || !formed(n) { // the error would quote it, which is personal
		return none, fault.Newf(op, fault.Invalid, "signature_invalid", "signed news that can't be read")
	}
	if n.Kind.TakesBack() && len(signed) < 2 {
		return none, fault.Newf(op, fault.Invalid, "signature_invalid", "number %d takes news back and has one signature", n.Seq)
	}
	return n, nil
}

// formed reports whether the news says what its kind must. Of a kind that is
// not known here, only whose it is and when.
func formed(n identity.News) bool {
	if n.Seq == 0 || n.Time.IsZero() || checkHandle("authority.formed", n.Person) != nil {
		return false
	}
	if n.Kind == identity.GuardianshipChanged {
		return checkHandle("authority.formed", n.Guardian) == nil && n.Guardian != n.Person
	}
	if !n.Kind.AboutDocument() {
		return true
	}
	_, err := identity.ParseDocumentKind(string(n.Document.Kind))
	dated := n.Kind == identity.DocumentLost || n.Long != n.Until.Valid()
	return err == nil && n.Document.Number != "" && len(n.Document.Number) <= 64 && dated
}

// Sign is the authority's part, for whoever plays it.
func Sign(n identity.News, signers ...suite.Signer) (Signed, error) {
	b, err := json.Marshal(n)
	if err != nil {
		return Signed{}, err
	}
	s := Signed{Payload: base64.RawURLEncoding.EncodeToString(b)}
	for _, k := range signers {
		h := header(k.Alg(), k.KeyID())
		sig, err := k.Sign([]byte(h + "." + s.Payload))
		if err != nil {
			return Signed{}, err
		}
		s.Signatures = append(s.Signatures, Signature{h, base64.RawURLEncoding.EncodeToString(sig)})
	}
	return s, nil
}

// header is the protected header (RFC 7515 §4) of a key's signatures, and no other is taken.
func header(alg, thumbprint string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + alg + `","kid":"` + thumbprint + `","typ":"netid-news+jws"}`))
}
