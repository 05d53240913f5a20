package holder

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Request is what a verifier asks (OpenID4VP 1.0 §5), its signature checked.
type Request struct {
	Client   string `json:"client_id"`
	Type     string `json:"response_type"`
	Mode     string `json:"response_mode"`
	Response string `json:"response_uri"`
	Nonce    string `json:"nonce"`
	State    string `json:"state"`
	Wallet   string `json:"wallet_nonce"`
	Query    struct {
		Credentials []Wanted `json:"credentials"`
		Sets        []struct {
			Options  [][]string `json:"options"`
			Required *bool      `json:"required"`
		} `json:"credential_sets"`
	} `json:"dcql_query"`
	Transactions []string `json:"transaction_data"`
	Metadata     metadata `json:"client_metadata"`
}

// Wanted is one credential of the query (§6.1).
type Wanted struct {
	ID     string `json:"id"`
	Format string `json:"format"`
	Meta   struct {
		Kinds []string `json:"vct_values"`
	} `json:"meta"`
	Claims []struct {
		ID   string `json:"id"`
		Path []any  `json:"path"`
	} `json:"claims"`
	Sets [][]string `json:"claim_sets"`
}

// names are the claims that are shown for it: those of the first set that is good enough.
func (w Wanted) names() (names []string) {
	for _, c := range w.Claims {
		if name, ok := c.Path[0].(string); ok && len(c.Path) == 1 && (len(w.Sets) == 0 || slices.Contains(w.Sets[0], c.ID)) {
			names = append(names, name)
		}
	}
	return names
}

// Lines say who asks, by the address that gets the answer, and what: one line a credential.
func (q Request) Lines() (lines []string) {
	to := q.Response
	if u, err := url.Parse(q.Response); err == nil {
		to = u.Host
	}
	for _, c := range q.Query.Credentials {
		what := strings.Join(c.names(), ", ")
		if what == "" {
			what = "nothing but the kind"
		}
		lines = append(lines, fmt.Sprintf("%s asks for %s: %s", to, strings.Join(c.Meta.Kinds, " or "), what))
	}
	return lines
}

// Ask fetches a verifier's request from its address: openid4vp://…, or a
// link to a wallet's page, with the parameters in the query or behind '#'.
func (w Wallet) Ask(ctx context.Context, address string) (Request, error) {
	var q Request
	u, err := url.Parse(address)
	if err != nil {
		return q, err
	}
	p, err := url.ParseQuery(u.RawQuery)
	if u.Fragment != "" {
		p, err = url.ParseQuery(u.EscapedFragment())
	}
	at := p.Get("request_uri")
	if err != nil || at == "" || p.Get("client_id") == "" {
		return q, errors.New("no request: client_id and request_uri are missing")
	}
	h, body, method, nonce := http.Header{}, "", http.MethodGet, ""
	if p.Get("request_uri_method") == "post" {
		nonce, method = rare(), http.MethodPost
		h, body = formed(url.Values{"wallet_nonce": {nonce}})
	}
	h.Set("Accept", "application/oauth-authz-req+jwt")
	var token string
	if _, err := w.send(ctx, method, at, h, body, &token); err != nil {
		return q, err
	}
	if err := w.authentic(token, p.Get("client_id"), &q); err != nil {
		return q, err
	}
	if q.Client != p.Get("client_id") || q.Wallet != nonce || q.Type != "vp_token" || q.Response == "" || q.Nonce == "" {
		return q, errors.New("the request is not for this wallet")
	}
	return q, nil
}

// authentic: signed by the key of the certificate that the client's id names (§5.9.3).
func (w Wallet) authentic(token, client string, q *Request) error {
	var header struct {
		Alg   string   `json:"alg"`
		Typ   string   `json:"typ"`
		Chain []string `json:"x5c"`
	}
	if err := unread(token, &header, q); err != nil {
		return err
	}
	if header.Alg != "ES256" || header.Typ != "oauth-authz-req+jwt" || len(header.Chain) == 0 {
		return errors.New("not a signed request")
	}
	der, err := base64.StdEncoding.DecodeString(header.Chain[0])
	if err != nil {
		return err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	public, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	cut := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
	sum := sha256.Sum256([]byte(token[:cut]))
	now := w.Now()
	if !ok || err != nil || len(signature) != 64 || client != "x509_hash:"+digest(string(der)) || now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) ||
		!ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the request is not signed by who it says")
	}
	return nil
}

// needed are the credentials that an answer must have: all, or the first option
// of each set that is required (§6.4.2).
func (q Request) needed() []Wanted {
	if len(q.Query.Sets) == 0 {
		return q.Query.Credentials
	}
	var ids []string
	for _, s := range q.Query.Sets {
		if s.Required == nil || *s.Required {
			ids = append(ids, s.Options[0]...)
		}
	}
	return slices.DeleteFunc(slices.Clone(q.Query.Credentials), func(c Wanted) bool { return !slices.Contains(ids, c.ID) })
}

// Show answers a request with attestations that take gives, by kind; each is
// used up. It gives the address at which the verifier wants the browser next, or "".
func (w Wallet) Show(ctx context.Context, q Request, take func(kind string) (Attestation, error)) (string, error) {
	shown := map[string][]string{}
	for _, c := range q.needed() {
		if c.Format != "dc+sd-jwt" || len(c.Meta.Kinds) == 0 {
			return "", fmt.Errorf("the verifier wants %q, which this wallet has not", c.Format)
		}
		a, err := take(c.Meta.Kinds[0])
		if err != nil {
			return "", err
		}
		text, err := w.presentation(a, c.names(), q)
		if err != nil {
			return "", err
		}
		shown[c.ID] = []string{text}
	}
	return w.answer(ctx, q, shown)
}

// Decline tells the verifier no (§8.5).
func (w Wallet) Decline(ctx context.Context, q Request) (string, error) {
	return w.post(ctx, q, url.Values{"error": {"access_denied"}})
}

// presentation discloses the claims and proves the key (RFC 9901 §4.3).
func (w Wallet) presentation(a Attestation, names []string, q Request) (string, error) {
	parts := strings.Split(a.Text, "~")
	text := parts[0] + "~"
	for _, disclosure := range parts[1 : len(parts)-1] {
		b, err := base64.RawURLEncoding.DecodeString(disclosure)
		if err != nil {
			return "", err
		}
		var said []any
		if err := json.Unmarshal(b, &said); err != nil || len(said) != 3 {
			return "", errors.New("a disclosure that is none")
		}
		if name, ok := said[1].(string); ok && slices.Contains(names, name) {
			text += disclosure + "~"
		}
	}
	claims := map[string]any{"iat": w.Now().Unix(), "aud": q.Client, "nonce": q.Nonce, "sd_hash": digest(text)}
	if len(q.Transactions) > 0 {
		var hashes []string
		for _, t := range q.Transactions {
			hashes = append(hashes, digest(t))
		}
		claims["transaction_data_hashes"], claims["transaction_data_hashes_alg"] = hashes, "sha-256"
	}
	proof, err := a.key.sign(map[string]any{"typ": "kb+jwt"}, claims)
	return text + proof, err
}

func (w Wallet) answer(ctx context.Context, q Request, shown map[string][]string) (string, error) {
	if q.Mode != "direct_post.jwt" {
		b, err := json.Marshal(shown)
		if err != nil {
			return "", err
		}
		return w.post(ctx, q, url.Values{"vp_token": {string(b)}})
	}
	body := map[string]any{"vp_token": shown}
	if q.State != "" {
		body["state"] = q.State
	}
	b, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	sealed, err := q.Metadata.seal(b)
	if err != nil {
		return "", err
	}
	q.State = ""
	return w.post(ctx, q, url.Values{"response": {sealed}})
}

func (w Wallet) post(ctx context.Context, q Request, fields url.Values) (string, error) {
	if q.State != "" {
		fields.Set("state", q.State)
	}
	h, body := formed(fields)
	var next struct {
		Redirect string `json:"redirect_uri"`
	}
	_, err := w.send(ctx, http.MethodPost, q.Response, h, body, &next)
	return next.Redirect, err
}

// rare is 128 random bits.
func rare() string {
	b := make([]byte, 16)
	rand.Read(b)
	return encode(b)
}
