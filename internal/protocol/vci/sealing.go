package vci

import (
	"encoding/json"
	"net/http"

	"netid/internal/fault"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

const (
	asJWT      = "application/jwt"
	maxSealed  = maxRequest * 3 / 2 // characters of a request in base64, with its header
	badSealing = "invalid_encryption_parameters"
)

// seals are the keys to which wallets seal requests (§10), the newest first. The
// secrets of nonces are behind them: both serve for minutes, on every node.
func (d *Door) seals() (all []suite.Agreement, err error) {
	for _, s := range d.Nonces.Secrets() {
		k, err := suite.NewAgreement(s, "netid/credential-request/v1")
		if err != nil {
			return nil, fault.At("vci.seals", err)
		}
		all = append(all, k)
	}
	return all, nil
}

// sealings is what the metadata says of it (§12.2.4). A wallet may seal, and need not.
func (d *Door) sealings(into map[string]any) error {
	keys, err := d.seals()
	if err != nil {
		return err
	}
	jwks, err := jose.PublishSealing(keys[0])
	if err != nil {
		return err
	}
	into["credential_request_encryption"] = map[string]any{"jwks": jwks, "enc_values_supported": jose.ContentAlgs(), "encryption_required": false}
	into["credential_response_encryption"] = map[string]any{"alg_values_supported": []string{"ECDH-ES"}, "enc_values_supported": jose.ContentAlgs(), "encryption_required": false}
	return nil
}

// message is a request to an endpoint of credentials, and to whom the answer is sealed.
type message struct {
	jose.Object
	answer *jose.Recipient // nil: it goes in the clear
}

// message reads a request, its seal off if it has one (§8.2, §9.1). An answer is
// sealed only for who sealed the request: in the clear, the key could be changed for another's.
func (d *Door) message(w http.ResponseWriter, r *http.Request) (m message, no *oauth.Refusal, cause error) {
	const code = "invalid_credential_request"
	sealed := mediaType(r) == asJWT
	if !sealed {
		m.Object, no = body(w, r, code)
	} else if text, refused := whole(w, r, code, maxSealed); refused != nil {
		no = refused
	} else {
		m.Object, no, cause = d.unseal(string(text))
	}
	if no != nil || !m.Has("credential_response_encryption") {
		return m, no, cause
	}
	if !sealed {
		return m, oauth.Say(badSealing, "an answer is sealed only where the request is"), nil
	}
	o, err := jose.ParseObject(m.Object["credential_response_encryption"], maxRequest)
	if err != nil || o.Has("zip") {
		return m, oauth.Say(badSealing, "credential_response_encryption: jwk and enc, without zip"), err
	}
	enc, _ := o.Text("enc")
	to, err := jose.ParseRecipient(o["jwk"], enc)
	if err != nil {
		return m, oauth.Say(badSealing, "credential_response_encryption: a key on P-256 with alg ECDH-ES, and an enc that is served"), err
	}
	m.answer = &to
	return m, nil, nil
}

func (d *Door) unseal(text string) (jose.Object, *oauth.Refusal, error) {
	keys, err := d.seals()
	if err != nil {
		return nil, oauth.Grant(err), err
	}
	plain, err := jose.Unseal(text, maxSealed, keys)
	if err != nil {
		return nil, oauth.Say(badSealing, "the request opens with no key of this issuer's metadata"), err
	}
	o, err := jose.ParseObject(plain, maxRequest)
	if err != nil {
		return nil, oauth.Say("invalid_credential_request", "no JSON object, or one with a member twice"), err
	}
	return o, nil, nil
}

// write answers what is not an error: in the clear, or to the wallet's key whatever it says (§8.3).
func (m message) write(w http.ResponseWriter, status int, v any) error {
	if m.answer == nil {
		oauth.WriteJSON(w, status, v)
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap("vci.write", fault.Internal, "", err)
	}
	text, err := m.answer.Seal(b)
	if err != nil {
		return err
	}
	oauth.NoStore(w.Header())
	w.Header().Set("Content-Type", asJWT)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write([]byte(text))
	return nil
}
