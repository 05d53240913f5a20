package vci

import (
	"encoding/json"
	"net/http"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// describe is the issuer's metadata (§12.2.4).
func (d *Door) describe() (map[string]any, error) {
	display := func(t identity.Text) []map[string]string {
		return []map[string]string{{"locale": "zh-CN", "name": t.ZH}, {"locale": "en", "name": t.EN}}
	}
	all := map[string]any{
		"credential_issuer":                   d.Issuer,
		"credential_endpoint":                 d.Issuer + "/credential",
		"nonce_endpoint":                      d.Issuer + "/nonce",
		"deferred_credential_endpoint":        d.Issuer + "/deferred-credential",
		"notification_endpoint":               d.Issuer + "/notification",
		"batch_credential_issuance":           map[string]int{"batch_size": attest.BatchMost},
		"display":                             display(d.Name),
		"credential_configurations_supported": d.Configurations,
	}
	return all, d.sealings(all)
}

// about serves the metadata, plain or, to whoever asks for that, signed.
func (d *Door) about(w http.ResponseWriter, r *http.Request) {
	readable(w.Header())
	w.Header().Set("Vary", "Accept")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=300")
	kind, text, err := d.metadata(d.Coder != nil && wants(r, asJWT))
	if err != nil {
		d.refuse(w, r, "metadata", oauth.Grant(err), err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Write(text)
}

// metadata is rendered for each who asks: the keys in it change.
func (d *Door) metadata(signed bool) (kind string, text []byte, err error) {
	claims, err := d.describe()
	if err != nil {
		return "", nil, err
	}
	if !signed {
		text, err = json.Marshal(claims)
		return "application/json", text, fault.Wrap("vci.metadata", fault.Internal, "", err)
	}
	claims["iss"], claims["sub"], claims["iat"] = d.Issuer, d.Issuer, d.Now().Unix()
	jwt, err := d.Coder.Encode(claims)
	return asJWT, []byte(jwt), err
}

// kind serves the metadata of a type, byte for byte that of `vct#integrity`.
func (d *Door) kind(w http.ResponseWriter, r *http.Request) {
	readable(w.Header())
	document := d.Types[r.PathValue("type")]
	if document == nil {
		no := &oauth.Refusal{Status: http.StatusNotFound, Code: "not_found", Description: "no such type"}
		d.refuse(w, r, "type", no, fault.New("vci.kind", fault.NotFound, "page_unknown"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Write(document)
}
