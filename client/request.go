package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	jose "github.com/go-jose/go-jose/v4"
)

// Reader asks wallets for credentials in its own name (OpenID4VP 1.0, HAIP 1.0
// §5): by the certificate of its request key, whose digest is its client id.
// It keeps nothing: what must be remembered until the answer is a Transaction.
type Reader struct {
	Chain [][]byte                             // DER: the certificate of the request key, then the ones above it, without the root (HAIP 1.0 §5.1)
	Sign  func(message []byte) ([]byte, error) // ES256 by that key: r||s, 64 bytes (NewSign)
	Roots []byte                               // PEM: whose credentials count
	// Issuers are those of kinds that are at nobody's address ("urn:eudi:pid:1"), by
	// kind. Of others it is whoever is at the kind's own: a root may vouch for more than one.
	Issuers map[string]string
	// Standing looks up the status of a credential that has one. nil: such a
	// credential is refused, since nobody knows whether it is revoked.
	Standing  func(p Presentation) error
	Statement string    // the registration statement (`verifier_info`), which wallets show; "" has none
	Random    io.Reader // nil: the system's
}

// NewSign signs with a key in memory.
func NewSign(key *ecdsa.PrivateKey) func(message []byte) ([]byte, error) {
	return func(message []byte) ([]byte, error) {
		digest := sha256.Sum256(message)
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return nil, err
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), nil
	}
}

// Asking is one question and how its answer comes.
type Asking struct {
	Query       Query
	ResponseURI string            // https: where the wallet posts its answer; of this transaction alone
	Plain       bool              // the answer comes unencrypted (`direct_post`); HAIP wants it encrypted
	Data        []json.RawMessage // transaction data (§8.4): objects with `type` and `credential_ids`
	Life        time.Duration     // for how long an answer is taken; 0 is five minutes
}

// Transaction is what a reader remembers of an Asking until the answer came. It
// is written and read as JSON, and holds the key that opens the answer: it is kept secret.
type Transaction struct {
	Reader      string          `json:"reader"` // its client id: a holder's proof is for it, also after the reader's certificate was renewed
	Query       json.RawMessage `json:"query"`
	ResponseURI string          `json:"response_uri"`
	Nonce       string          `json:"nonce"`
	State       string          `json:"state"`
	Key         json.RawMessage `json:"key,omitempty"` // private JWK, of this transaction alone; none: the answer comes plain
	Data        []string        `json:"data,omitempty"`
	Began       time.Time       `json:"began"`
	Expires     time.Time       `json:"expires"`
}

const (
	transactionLife = 5 * time.Minute
	maxData         = 8
	maxWalletNonce  = 256
	prefixHash      = "x509_hash:"

	// audienceOfWallets is `aud` of a request whose wallet was not discovered (§5.8).
	audienceOfWallets = "https://self-issued.me/v2"
)

// ID is the reader's client id (§5.9.3), "" without a certificate. A holder's proof is for it, prefix and all.
func (r Reader) ID() string {
	if len(r.Chain) == 0 {
		return ""
	}
	d := sha256.Sum256(r.Chain[0])
	return prefixHash + encode64(d[:])
}

// Begin draws what is this transaction's alone: nonce, state, and the key to
// which the wallet encrypts. Fails with ErrRequest or ErrQuery.
func (r Reader) Begin(a Asking, now time.Time) (Transaction, error) {
	if u, err := url.Parse(a.ResponseURI); err != nil || u.Host == "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return Transaction{}, refuseRequest("no address for the answer")
	}
	if a.Life == 0 {
		a.Life = transactionLife
	}
	t := Transaction{Reader: r.ID(), ResponseURI: a.ResponseURI, Began: now.UTC().Truncate(time.Second), Expires: now.Add(a.Life).UTC().Truncate(time.Second)}
	var err error
	if t.Query, err = a.Query.MarshalJSON(); err != nil {
		return Transaction{}, err
	}
	if t.Data, err = a.Query.data(a.Data); err != nil {
		return Transaction{}, err
	}
	if t.Nonce, err = r.draw(); err != nil {
		return Transaction{}, err
	}
	if t.State, err = r.draw(); err != nil || a.Plain {
		return t, err
	}
	t.Key, err = r.sealer(t.State)
	return t, err
}

// data writes transaction data in the one form that is hashed (§8.4), after it was seen to name credentials of the query.
func (q Query) data(all []json.RawMessage) (texts []string, err error) {
	if len(all) > maxData {
		return nil, refuseRequest("too much transaction data")
	}
	for _, raw := range all {
		o, err := parseObject(raw)
		if err != nil || len(raw) > maxQuery {
			return nil, refuseRequest("transaction data that is not one object")
		}
		if kind, err := o.text("type"); err != nil || kind == "" {
			return nil, refuseRequest("transaction data without a type")
		}
		ids, err := list(o["credential_ids"])
		if err == nil {
			_, err = q.bits(ids)
		}
		if err != nil || o["transaction_data_hashes_alg"] != nil {
			return nil, refuseRequest("transaction data for credentials that are not asked for, or hashed in another way than SHA-256")
		}
		texts = append(texts, encode64(raw))
	}
	return texts, nil
}

func (r Reader) random() io.Reader {
	if r.Random != nil {
		return r.Random
	}
	return rand.Reader
}

// draw gives 128 bits.
func (r Reader) draw() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(r.random(), b); err != nil {
		return "", refuseRequest("no randomness")
	}
	return encode64(b), nil
}

// sealer draws the key of one transaction (HAIP 1.0 §5: ephemeral, for each request).
func (r Reader) sealer(id string) (json.RawMessage, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), r.random())
	if err != nil {
		return nil, refuseRequest("no key")
	}
	text, err := jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.ECDH_ES), Use: "enc"}.MarshalJSON()
	return text, err
}

// Request is the signed request object (RFC 9101, OpenID4VP 1.0 §5) for a
// wallet that fetches it, with the nonce that the wallet sent, "" without. It may be
// asked for again: what serves once is the transaction, not its address. Fails with ErrRequest.
func (r Reader) Request(t Transaction, walletNonce string, now time.Time) (string, error) {
	if !now.Before(t.Expires) || len(walletNonce) > maxWalletNonce || !utf8.ValidString(walletNonce) || t.Reader != r.ID() {
		return "", refuseRequest("past its time, of another certificate, or a nonce of the wallet that is too long or no text")
	}
	header, err := r.header()
	if err != nil {
		return "", err
	}
	claims := map[string]any{
		"response_type": "vp_token", "response_mode": t.mode(), "client_id": r.ID(), "response_uri": t.ResponseURI,
		"nonce": t.Nonce, "state": t.State, "dcql_query": t.Query, "aud": audienceOfWallets,
		"iat": now.Unix(), "exp": t.Expires.Unix(),
	}
	if claims["client_metadata"], err = t.metadata(); err != nil {
		return "", err
	}
	if walletNonce != "" {
		claims["wallet_nonce"] = walletNonce
	}
	if len(t.Data) > 0 {
		claims["transaction_data"] = t.Data
	}
	if r.Statement != "" {
		claims["verifier_info"] = []any{map[string]string{"format": "urn:netid:registration", "data": r.Statement}}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", refuseRequest(err.Error())
	}
	message := header + "." + encode64(payload)
	signature, err := r.Sign([]byte(message))
	if err != nil || len(signature) != 64 {
		return "", refuseRequest("not signed")
	}
	return message + "." + encode64(signature), nil
}

// header names the chain. A root in it is refused here, before any wallet does (HAIP 1.0 §5.1).
func (r Reader) header() (string, error) {
	if len(r.Chain) == 0 || r.Sign == nil {
		return "", refuseRequest("the reader has no certificate or no key")
	}
	chain := make([]string, len(r.Chain))
	for i, der := range r.Chain {
		c, err := x509.ParseCertificate(der)
		if err != nil || string(c.RawSubject) == string(c.RawIssuer) {
			return "", refuseRequest("not a certificate, or one that vouches for itself")
		}
		chain[i] = base64.StdEncoding.EncodeToString(der)
	}
	text, err := json.Marshal(map[string]any{"alg": "ES256", "typ": "oauth-authz-req+jwt", "x5c": chain})
	return encode64(text), err
}

func (t Transaction) mode() string {
	if t.Key == nil {
		return "direct_post"
	}
	return "direct_post.jwt"
}

// metadata is §5.1 `client_metadata`: what this reader takes. Both encryptions are offered (HAIP 1.0 §5).
func (t Transaction) metadata() (map[string]any, error) {
	es256 := []string{"ES256"}
	m := map[string]any{"vp_formats_supported": map[string]any{formatSDJWT: map[string]any{"sd-jwt_alg_values": es256, "kb-jwt_alg_values": es256}}}
	if t.Key == nil {
		return m, nil
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(t.Key); err != nil {
		return nil, refuseRequest("the transaction's key")
	}
	m["jwks"] = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}}
	m["encrypted_response_enc_values_supported"] = []jose.ContentEncryption{jose.A128GCM, jose.A256GCM}
	return m, nil
}

// Link is what a wallet opens, by a tap or as a QR code (§5.7): scheme is
// "openid4vp", "haip-vp" or a wallet's own; or the address of a wallet that is a web page
// ("https://id.example/present"): then all that is asked stands behind '#', so that the page's
// server does not learn of it. post has the wallet fetch by POST, with a nonce of its own.
func (r Reader) Link(scheme, requestURI string, post bool) string {
	v := url.Values{"client_id": {r.ID()}, "request_uri": {requestURI}}
	if post {
		v.Set("request_uri_method", "post")
	}
	if strings.HasPrefix(scheme, "https://") || strings.HasPrefix(scheme, "http://") {
		return scheme + "#" + v.Encode()
	}
	return strings.TrimSuffix(scheme, "://") + "://?" + v.Encode()
}

func refuseRequest(what string) error { return fmt.Errorf("%w: %s", ErrRequest, what) }
