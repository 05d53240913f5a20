package holder

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Wallet presents what it holds. Its hooks, where set, make it do something else.
type Wallet struct {
	Holds []Credential
	HTTP  *http.Client
	Now   func() time.Time

	ByGet  bool                                                  // fetches by GET, whatever the link says
	Choose func(id string, names []string) []string              // what it discloses for a credential of the query
	Proof  func(header, claims map[string]any)                   // the holder's proof before it is signed
	Key    *ecdsa.PrivateKey                                     // signs proofs instead of the credential's
	Show   func(id, presentation string) string                  // a presentation before it goes
	Token  func(token map[string]any)                            // vp_token before it goes
	Post   func(form url.Values)                                 // the form
	Seal   func(o *jose.EncrypterOptions) jose.ContentEncryption // options, and which encryption; "" is as offered first
}

// Request is what a reader asks.
type Request struct {
	ClientID     string                          `json:"client_id"`
	Mode         string                          `json:"response_mode"`
	ResponseURI  string                          `json:"response_uri"`
	RedirectURI  string                          `json:"redirect_uri"`
	Type         string                          `json:"response_type"`
	Nonce        string                          `json:"nonce"`
	State        string                          `json:"state"`
	Audience     string                          `json:"aud"`
	WalletNonce  string                          `json:"wallet_nonce"`
	Data         []string                        `json:"transaction_data"`
	VerifierInfo []struct{ Format, Data string } `json:"verifier_info"`
	Query        struct {
		Credentials []struct {
			ID   string
			Meta struct {
				Vct []string `json:"vct_values"`
			}
			Claims []struct{ Path []any }
		}
		Sets []struct{ Options [][]string } `json:"credential_sets"`
	} `json:"dcql_query"`
	Metadata struct {
		Keys    jose.JSONWebKeySet             `json:"jwks"`
		Enc     []string                       `json:"encrypted_response_enc_values_supported"`
		Formats map[string]map[string][]string `json:"vp_formats_supported"`
	} `json:"client_metadata"`
}

// Fetch follows a link and checks the request as a wallet must (OpenID4VP 1.0 §5, HAIP 1.0 §5).
func (w *Wallet) Fetch(link string) (req Request, err error) {
	u, err := url.Parse(link)
	if err != nil {
		return req, err
	}
	q, nonce := u.Query(), ""
	if u.Fragment != "" { // a web wallet's link
		if q, err = url.ParseQuery(u.EscapedFragment()); err != nil {
			return req, err
		}
	}
	var resp *http.Response
	if q.Get("request_uri_method") == "post" && !w.ByGet {
		nonce = "nonce of the wallet"
		resp, err = w.HTTP.PostForm(q.Get("request_uri"), url.Values{"wallet_nonce": {nonce}, "wallet_metadata": {"{}"}})
	} else {
		resp, err = w.HTTP.Get(q.Get("request_uri"))
	}
	if err != nil {
		return req, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/oauth-authz-req+jwt" {
		return req, fmt.Errorf("the request: %d %s %w", resp.StatusCode, b, err)
	}
	if err := signedBy(string(b), q.Get("client_id"), &req); err != nil {
		return req, err
	}
	if req.ClientID != q.Get("client_id") || req.WalletNonce != nonce || req.RedirectURI != "" || req.ResponseURI == "" || req.Type != "vp_token" ||
		req.Audience != "https://self-issued.me/v2" || len(req.Nonce) < 22 || len(req.State) < 22 || len(req.Metadata.Formats["dc+sd-jwt"]) != 2 {
		return req, fmt.Errorf("a request that a wallet refuses: %+v", req)
	}
	return req, nil
}

// signedBy checks a request object by the certificate that it brings, which is the one that the client id names.
func signedBy(text, id string, req *Request) error {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return errors.New("not three parts")
	}
	var header struct {
		Alg, Typ string
		X5c      [][]byte
	}
	var b [3][]byte
	for i, p := range parts {
		var err error
		if b[i], err = base64.RawURLEncoding.DecodeString(p); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(b[0], &header); err != nil || header.Alg != "ES256" || header.Typ != "oauth-authz-req+jwt" || len(header.X5c) == 0 || len(b[2]) != 64 {
		return fmt.Errorf("header %s", b[0])
	}
	c, err := x509.ParseCertificate(header.X5c[0])
	if err != nil {
		return err
	}
	own, digest := sha256.Sum256(c.Raw), sha256.Sum256([]byte(parts[0]+"."+parts[1]))
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok || "x509_hash:"+encode(own[:]) != id || !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(b[2][:32]), new(big.Int).SetBytes(b[2][32:])) {
		return errors.New("not signed by the certificate that the client id names")
	}
	return json.Unmarshal(b[1], req)
}

// Answered is what a reader's address said.
type Answered struct {
	Status   int
	Redirect string `json:"redirect_uri"`
	Code     string `json:"error"`
}

// Answer presents, of each credential that is asked for the first that fits.
func (w *Wallet) Answer(req Request) (Answered, error) {
	token := map[string]any{}
	for _, want := range req.Query.Credentials {
		for _, c := range w.Holds {
			if !slices.Contains(want.Meta.Vct, c.Kind) || token[want.ID] != nil {
				continue
			}
			var names []string
			for _, claim := range want.Claims {
				if name, ok := claim.Path[0].(string); ok {
					names = append(names, name)
				}
			}
			text, err := w.present(req, want.ID, names, c)
			if err != nil {
				return Answered{}, err
			}
			token[want.ID] = []string{text}
		}
	}
	if w.Token != nil {
		w.Token(token)
	}
	return w.send(req, map[string]any{"vp_token": token, "state": req.State})
}

// Refuse tells the reader no, in the form of a plain error.
func (w *Wallet) Refuse(req Request, code string) (Answered, error) {
	return w.post(req, url.Values{"error": {code}, "state": {req.State}})
}

func (w *Wallet) present(req Request, id string, names []string, c Credential) (string, error) {
	if w.Choose != nil {
		names = w.Choose(id, names)
	}
	text := c.JWT + "~"
	for i, name := range c.Names {
		if slices.Contains(names, name) {
			text += c.Disclosures[i] + "~"
		}
	}
	header := map[string]any{"alg": "ES256", "typ": "kb+jwt"}
	claims := map[string]any{"aud": req.ClientID, "nonce": req.Nonce, "iat": w.Now().Unix(), "sd_hash": hash(text)}
	for _, d := range req.Data {
		hashes, _ := claims["transaction_data_hashes"].([]string)
		claims["transaction_data_hashes"] = append(hashes, hash(d))
	}
	if w.Proof != nil {
		w.Proof(header, claims)
	}
	key := c.Key
	if w.Key != nil {
		key = w.Key
	}
	proof, err := sign(key, header, claims)
	if err == nil && w.Show != nil {
		return w.Show(id, text+proof), nil
	}
	return text + proof, err
}

func (w *Wallet) send(req Request, answer map[string]any) (Answered, error) {
	if req.Mode == "direct_post" {
		token, err := json.Marshal(answer["vp_token"])
		if err != nil {
			return Answered{}, err
		}
		return w.post(req, url.Values{"vp_token": {string(token)}, "state": {req.State}})
	}
	if len(req.Metadata.Keys.Keys) != 1 || req.Metadata.Keys.Keys[0].Algorithm != "ECDH-ES" || req.Metadata.Keys.Keys[0].KeyID == "" || !req.Metadata.Keys.Keys[0].IsPublic() || len(req.Metadata.Enc) != 2 {
		return Answered{}, fmt.Errorf("no key to encrypt to: %+v", req.Metadata)
	}
	key, o, enc := req.Metadata.Keys.Keys[0], (&jose.EncrypterOptions{}).WithType("JWT"), jose.ContentEncryption(req.Metadata.Enc[0])
	if w.Seal != nil {
		if other := w.Seal(o); other != "" {
			enc = other
		}
	}
	crypter, err := jose.NewEncrypter(enc, jose.Recipient{Algorithm: jose.ECDH_ES, Key: key.Key, KeyID: key.KeyID}, o)
	if err != nil {
		return Answered{}, err
	}
	plain, err := json.Marshal(answer)
	if err != nil {
		return Answered{}, err
	}
	sealed, err := crypter.Encrypt(plain)
	if err != nil {
		return Answered{}, err
	}
	text, err := sealed.CompactSerialize()
	if err != nil {
		return Answered{}, err
	}
	return w.post(req, url.Values{"response": {text}})
}

func (w *Wallet) post(req Request, form url.Values) (a Answered, err error) {
	if w.Post != nil {
		w.Post(form)
	}
	resp, err := w.HTTP.PostForm(req.ResponseURI, form)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	if resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("Cache-Control") != "no-store" {
		return a, fmt.Errorf("headers %v", resp.Header)
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&a)
	a.Status = resp.StatusCode
	return a, err
}
