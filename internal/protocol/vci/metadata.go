package vci

import (
	"net/http"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// describe is the issuer's metadata (§12.2.4).
func (d *Door) describe() map[string]any {
	display := func(t identity.Text) []map[string]string {
		return []map[string]string{{"locale": "zh-CN", "name": t.ZH}, {"locale": "en", "name": t.EN}}
	}
	return map[string]any{
		"credential_issuer":                   d.Issuer,
		"credential_endpoint":                 d.Issuer + "/credential",
		"nonce_endpoint":                      d.Issuer + "/nonce",
		"notification_endpoint":               d.Issuer + "/notification",
		"batch_credential_issuance":           map[string]int{"batch_size": attest.BatchMost},
		"display":                             display(d.Name),
		"credential_configurations_supported": d.Configurations,
	}
}

// about serves the metadata, plain or, to whoever asks for that, signed.
func (d *Door) about(w http.ResponseWriter, r *http.Request) {
	readable(w.Header())
	w.Header().Set("Vary", "Accept")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=300")
	if d.Coder == nil || !wants(r, "application/jwt") {
		w.Header().Set("Content-Type", "application/json")
		w.Write(d.metadata)
		return
	}
	claims := d.describe()
	claims["iss"], claims["sub"], claims["iat"] = d.Issuer, d.Issuer, d.Now().Unix()
	text, err := d.Coder.Encode(claims)
	if err != nil {
		d.refuse(w, r, "metadata", oauth.Grant(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/jwt")
	w.Write([]byte(text))
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
