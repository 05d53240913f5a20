package client

import (
	"encoding/json"
	"net/url"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Shown is what came of a transaction: what the holder chose to show, checked
// against all that was asked; or why their wallet showed nothing.
type Shown struct {
	Credentials map[string][]Presentation // by the ids of the query; nil where the wallet refused
	Refused     string                    // "access_denied" and the others of OpenID4VP 1.0 §8.5; "" where it did not
}

const (
	maxResponse = 256 << 10 // bytes that a wallet posts, and that a response opens to
	maxShown    = 16        // presentations: each costs two signatures to check
)

// MaxResponse is how many bytes of a wallet's answer are worth reading.
const MaxResponse = maxResponse

// Open reads what a wallet posted to the transaction's address (a form,
// OpenID4VP 1.0 §8.2, §8.3.1): opens it, checks each credential as CheckPresentation does,
// for this reader and this transaction, and compares all with the query (Match). That a
// transaction is answered once is the caller's to see to. Fails with ErrResponse,
// ErrCredential, ErrKey or ErrSignature.
func (r Reader) Open(t Transaction, body []byte, now time.Time) (Shown, error) {
	if !now.Before(t.Expires) || len(body) > maxResponse {
		return Shown{}, refuseResponse("past its time, or too long")
	}
	f, err := form(body)
	if err != nil {
		return Shown{}, err
	}
	token, refused, err := t.unseal(f)
	if err != nil || refused != "" {
		return Shown{Refused: refused}, err
	}
	q, err := ParseQuery(t.Query)
	if err != nil {
		return Shown{}, err
	}
	shown, err := r.presentations(q, t, token, now)
	if err != nil {
		return Shown{}, err
	}
	if err := q.Match(shown); err != nil {
		return Shown{}, err
	}
	return Shown{Credentials: shown}, t.agreed(shown)
}

// form reads a form whose every field is there once.
func form(body []byte) (map[string]string, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil || len(values) > maxQueried {
		return nil, refuseResponse("not a form")
	}
	f := map[string]string{}
	for name, v := range values {
		if len(v) != 1 {
			return nil, refuseResponse("a field twice")
		}
		f[name] = v[0]
	}
	return f, nil
}

// unseal gives vp_token, or the wallet's word for why there is none. An error
// may come plain where the answer would have been encrypted: whoever cannot read the
// metadata cannot encrypt (§8.3).
func (t Transaction) unseal(f map[string]string) (token json.RawMessage, refused string, err error) {
	o := object{}
	for name, text := range f {
		o[name], _ = json.Marshal(text) // a string
	}
	sealed, there := f["response"]
	if there == (t.Key == nil) && f["error"] == "" {
		return nil, "", refuseResponse("not in the mode that was asked for")
	}
	if there && t.Key != nil {
		if o, err = t.decrypt(sealed); err != nil {
			return nil, "", err
		}
	}
	if state, err := o.text("state"); err != nil || state != t.State {
		return nil, "", refuseResponse("for another transaction")
	}
	if o["error"] != nil {
		said, _ := o.text("error") // whatever it is, it is a no
		return nil, refusal(said), nil
	}
	if there {
		return o["vp_token"], "", nil
	}
	return json.RawMessage(f["vp_token"]), "", nil
}

// refusal keeps to the words that there are (§8.5): what is told on comes from this list, not from the wallet.
func refusal(said string) string {
	known := []string{"access_denied", "invalid_client", "vp_formats_not_supported", "invalid_request_uri_method", "invalid_transaction_data", "wallet_unavailable", "invalid_scope"}
	if slices.Contains(known, said) {
		return said
	}
	return "invalid_request"
}

// decrypt opens an answer with the key of this transaction. The header chooses
// between the two encryptions that were offered, and nothing else.
func (t Transaction) decrypt(sealed string) (object, error) {
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(t.Key); err != nil || key.IsPublic() {
		return nil, refuseResponse("the transaction's key")
	}
	read, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A128GCM, jose.A256GCM})
	if err != nil {
		return nil, refuseResponse("encryption")
	}
	if _, packed := read.Header.ExtraHeaders["zip"]; packed {
		return nil, refuseResponse("compressed")
	}
	plain, err := read.Decrypt(key.Key)
	if err != nil {
		return nil, refuseResponse("encryption")
	}
	o, err := parseObject(plain)
	if err != nil {
		return nil, refuseResponse("not one object")
	}
	return o, nil
}

// presentations reads vp_token (§8.1): of every id an array, never empty, of texts.
func (r Reader) presentations(q Query, t Transaction, token json.RawMessage, now time.Time) (map[string][]Presentation, error) {
	o, err := parseObject(token)
	if err != nil {
		return nil, refuseResponse("vp_token")
	}
	shown, count := map[string][]Presentation{}, 0
	for id, raw := range o {
		i := q.find(id)
		texts, err := list(raw)
		if count += len(texts); err != nil || i < 0 || count > maxShown {
			return nil, refuseResponse("vp_token: what was not asked for, is no array of texts, or is too much")
		}
		for _, text := range texts {
			p, err := CheckPresentation(text, Expect{kinds: q.credentials[i].kinds, issuers: r.Issuers, Roots: r.Roots, Audience: t.Reader, Nonce: t.Nonce}, now)
			if err != nil {
				return nil, err
			}
			if err := r.stands(p); err != nil {
				return nil, err
			}
			shown[id] = append(shown[id], p)
		}
	}
	return shown, nil
}

// stands comes after everything that needs no network (draft-ietf-oauth-status-list-21 §8.3).
func (r Reader) stands(p Presentation) error {
	switch {
	case p.Status == nil:
		return nil
	case r.Standing == nil:
		return refuseCredential("it has a status, which nobody here can look up")
	}
	return r.Standing(p)
}

// agreed wants each piece of transaction data under the proof of one credential
// that may answer for it, and nothing under a proof that was not sent (§8.4, §B.3.3.1).
// The hash is over the text that was sent, which nobody decodes first.
func (t Transaction) agreed(shown map[string][]Presentation) error {
	sent := map[string]bool{}
	for _, text := range t.Data {
		hash := es256().digest(text)
		sent[hash] = true
		plain, err := decode64(text)
		if err != nil {
			return refuseResponse("transaction data")
		}
		o, err := parseObject(plain)
		if err != nil {
			return refuseResponse("transaction data")
		}
		ids, err := list(o["credential_ids"])
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(ids, func(id string) bool {
			return slices.ContainsFunc(shown[id], func(p Presentation) bool { return slices.Contains(p.data, hash) })
		}) {
			return refuseResponse("transaction data that the holder did not agree to")
		}
	}
	for _, all := range shown {
		for _, p := range all {
			if slices.ContainsFunc(p.data, func(hash string) bool { return !sent[hash] }) {
				return refuseResponse("the holder agreed to transaction data that was not sent")
			}
		}
	}
	return nil
}
