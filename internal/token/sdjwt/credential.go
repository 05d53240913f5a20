package sdjwt

import (
	"encoding/json"
	"time"

	"netid/internal/fault"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// Credential is an SD-JWT VC before it is signed (draft-ietf-oauth-sd-jwt-vc
// §2.2). Times are instants of whole seconds; how far they are rounded, and whether
// two copies may share anything, is the act's to decide.
type Credential struct {
	Kind      string // `vct`
	Integrity string // `vct#integrity`, from Integrity; "": not said
	Issuer    string // `iss`
	Issued    time.Time
	Expires   time.Time
	Holder    suite.PublicKey // `cnf`: whoever presents it proves this key
	Status    *Reference      // nil: it is valid until it expires
	Claims    Object          // the rest
}

// Reference is where the status of a token stands (Token Status List, the claim `status_list`).
type Reference struct {
	Index uint64 `json:"idx"`
	URI   string `json:"uri"`
}

// Credential signs one. What the credential says of itself wins over nothing: a claim
// by one of those names is refused.
func (i *Issuer) Credential(c Credential) (string, error) {
	const op = "sdjwt.Credential"
	if c.Kind == "" || c.Issuer == "" || c.Holder.Alg() == "" || !c.Issued.Before(c.Expires) {
		return "", fault.Newf(op, fault.Internal, "", "a credential without kind, issuer, holder or time")
	}
	all := Object{
		"vct": c.Kind, "iss": c.Issuer, "iat": c.Issued.Unix(), "exp": c.Expires.Unix(),
		"cnf": map[string]json.RawMessage{"jwk": c.Holder.JWK()},
	}
	if c.Integrity != "" {
		all["vct#integrity"] = c.Integrity
	}
	if c.Status != nil {
		all["status"] = map[string]any{"status_list": c.Status}
	}
	for name, v := range c.Claims {
		if _, there := all[name]; there {
			return "", fault.Newf(op, fault.Internal, "", "%s is said twice", name)
		}
		all[name] = v
	}
	text, err := i.Issue(all)
	return text, fault.At(op, err)
}

// Status is where the credential's status stands; false where it has none. One
// that is there and not understood is an error, never "none". Reason
// "credential_invalid".
func (p *Presented) Status() (ref Reference, there bool, err error) {
	const op = "sdjwt.Status"
	if !p.Claims.Has("status") {
		return ref, false, nil
	}
	status, err := jose.ParseObject(p.Claims["status"], maxText)
	if err != nil {
		return ref, true, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
	}
	list, err := jose.ParseObject(status["status_list"], maxText)
	if err != nil {
		return ref, true, fault.Wrap(op, fault.Invalid, "credential_invalid", err)
	}
	uri, ok := list.Text("uri")
	if err := json.Unmarshal(list["idx"], &ref.Index); err != nil || !ok || uri == "" || string(list["idx"]) == "null" {
		return ref, true, invalid(op, "a status without index or address")
	}
	ref.URI = uri
	return ref, true, nil
}
