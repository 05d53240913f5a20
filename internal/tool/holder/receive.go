package holder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Attestation is a credential with its key.
type Attestation struct {
	Kind string // `vct`
	Text string
	key  key
}

const preAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// Offer is a credential offer (OpenID4VCI 1.0 §4.1.1).
type Offer struct {
	Issuer string   `json:"credential_issuer"`
	Kinds  []string `json:"credential_configuration_ids"`
	Grants map[string]struct {
		Code   string          `json:"pre-authorized_code"`
		TxCode json.RawMessage `json:"tx_code"`
	} `json:"grants"`
}

// ParseOffer reads an offer's address, which carries it or says where it is.
func (w Wallet) ParseOffer(ctx context.Context, address string) (Offer, error) {
	var o Offer
	u, err := url.Parse(address)
	if err != nil {
		return o, err
	}
	text := u.Query().Get("credential_offer")
	if at := u.Query().Get("credential_offer_uri"); at != "" {
		if _, err := w.send(ctx, http.MethodGet, at, nil, "", &o); err != nil {
			return o, err
		}
	} else if err := json.Unmarshal([]byte(text), &o); err != nil {
		return o, fmt.Errorf("no offer: %w", err)
	}
	return o, nil
}

// issuer is what the two documents of an issuer say (§12.2, RFC 8414).
type issuer struct {
	Issuer     string `json:"credential_issuer"`
	Credential string `json:"credential_endpoint"`
	Nonce      string `json:"nonce_endpoint"`
	Batch      struct {
		Size int `json:"batch_size"`
	} `json:"batch_credential_issuance"`
	Kinds map[string]struct {
		Kind string `json:"vct"`
	} `json:"credential_configurations_supported"`
	Servers []string `json:"authorization_servers"`
	token   string
}

func (w Wallet) about(ctx context.Context, at string) (i issuer, err error) {
	at = strings.TrimSuffix(at, "/")
	if _, err := w.send(ctx, http.MethodGet, at+"/.well-known/openid-credential-issuer", nil, "", &i); err != nil {
		return i, err
	}
	if i.Issuer != at {
		return i, fmt.Errorf("%s says that it is %s", at, i.Issuer)
	}
	var server struct {
		Token string `json:"token_endpoint"`
	}
	_, err = w.send(ctx, http.MethodGet, append(i.Servers, at)[0]+"/.well-known/oauth-authorization-server", nil, "", &server)
	i.token = server.Token
	return i, err
}

// bound asks with a proof of the key (RFC 9449), and again with the nonce that it is told.
func (w Wallet) bound(ctx context.Context, k key, address, token string, h http.Header, body string, out any) error {
	nonce := ""
	for again := 0; ; again++ {
		claims := map[string]any{"jti": rare(), "htm": http.MethodPost, "htu": address, "iat": w.Now().Unix()}
		if nonce != "" {
			claims["nonce"] = nonce
		}
		if token != "" {
			claims["ath"] = digest(token)
			h.Set("Authorization", "DPoP "+token)
		}
		proof, err := k.sign(map[string]any{"typ": "dpop+jwt", "jwk": k.public()}, claims)
		if err != nil {
			return err
		}
		h.Set("DPoP", proof)
		answer, err := w.send(ctx, http.MethodPost, address, h, body, out)
		var no *Refusal
		if nonce = answer.Get("DPoP-Nonce"); again > 0 || nonce == "" || !errors.As(err, &no) || no.Code != "use_dpop_nonce" {
			return err
		}
	}
}

// Receive takes count attestations of one configuration of an offer.
func (w Wallet) Receive(ctx context.Context, o Offer, txCode, configuration string, count int) ([]Attestation, error) {
	grant, ok := o.Grants[preAuthorized]
	if !ok || !slices.Contains(o.Kinds, configuration) {
		return nil, fmt.Errorf("the offer has no pre-authorized code for %q", configuration)
	}
	about, err := w.about(ctx, o.Issuer)
	if err != nil {
		return nil, err
	}
	session, err := newKey()
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {preAuthorized}, "pre-authorized_code": {grant.Code}}
	if txCode != "" {
		form.Set("tx_code", txCode)
	}
	var granted struct {
		Token   string `json:"access_token"`
		Details []struct {
			Configuration string   `json:"credential_configuration_id"`
			Identifiers   []string `json:"credential_identifiers"`
		} `json:"authorization_details"`
	}
	h, body := formed(form)
	if err := w.bound(ctx, session, about.token, "", h, body, &granted); err != nil {
		return nil, err
	}
	request := map[string]any{"credential_configuration_id": configuration}
	for _, d := range granted.Details {
		if d.Configuration == configuration && len(d.Identifiers) > 0 {
			request = map[string]any{"credential_identifier": d.Identifiers[0]}
		}
	}
	keys, proofs, err := w.proofs(ctx, about, min(count, max(about.Batch.Size, 1)))
	if err != nil {
		return nil, err
	}
	request["proofs"] = map[string][]string{"jwt": proofs}
	b, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Credentials []struct {
			Text string `json:"credential"`
		} `json:"credentials"`
	}
	if err := w.bound(ctx, session, about.Credential, granted.Token, http.Header{"Content-Type": {"application/json"}}, string(b), &answer); err != nil {
		return nil, err
	}
	if len(answer.Credentials) != len(keys) {
		return nil, fmt.Errorf("%d credentials for %d keys", len(answer.Credentials), len(keys))
	}
	var out []Attestation
	for i, c := range answer.Credentials {
		out = append(out, Attestation{about.Kinds[configuration].Kind, c.Text, keys[i]})
	}
	return out, nil
}

// proofs makes keys and shows for each that it is here (§8.2.1.1).
func (w Wallet) proofs(ctx context.Context, about issuer, count int) (keys []key, proofs []string, err error) {
	var nonce struct {
		Nonce string `json:"c_nonce"`
	}
	if _, err := w.send(ctx, http.MethodPost, about.Nonce, nil, "", &nonce); err != nil {
		return nil, nil, err
	}
	for range count {
		k, err := newKey()
		if err != nil {
			return nil, nil, err
		}
		proof, err := k.sign(map[string]any{"typ": "openid4vci-proof+jwt", "jwk": k.public()},
			map[string]any{"aud": about.Issuer, "iat": w.Now().Unix(), "nonce": nonce.Nonce})
		if err != nil {
			return nil, nil, err
		}
		keys, proofs = append(keys, k), append(proofs, proof)
	}
	return keys, proofs, nil
}
