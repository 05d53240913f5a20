package vci

import (
	"io"
	"mime"
	"net/http"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const maxRequest = 128 << 10 // bytes: 32 proofs of a common size fill a quarter of it

// let lets a wallet in by its access token (RFC 6750 §2.1, RFC 9449 §7.1).
func (d *Door) let(w http.ResponseWriter, r *http.Request) (g identity.CredentialGrant, access oauth.Access, no *oauth.Refusal, cause error) {
	readable(w.Header())
	access, no, cause = d.Gate.Access(r)
	if no != nil {
		return g, access, no, cause
	}
	oauth.GiveNonce(w.Header(), d.Gate.Next(access))
	if g, cause = d.Attester.Grant(access.Token); cause != nil {
		return g, access, access.Refused(cause), cause
	}
	no, cause = d.Gate.Holds(r.Context(), access, g.Confirm)
	return g, access, no, cause
}

func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// body reads one JSON object. Members that are not known are ignored.
func body(w http.ResponseWriter, r *http.Request, code string) (jose.Object, *oauth.Refusal) {
	if mediaType(r) != "application/json" {
		return nil, &oauth.Refusal{Status: http.StatusUnsupportedMediaType, Code: code, Description: "use application/json"}
	}
	b, no := whole(w, r, code, maxRequest)
	if no != nil {
		return nil, no
	}
	o, err := jose.ParseObject(b, maxRequest)
	if err != nil {
		return nil, oauth.Say(code, "no JSON object, or one with a member twice")
	}
	return o, nil
}

func whole(w http.ResponseWriter, r *http.Request, code string, most int64) ([]byte, *oauth.Refusal) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, &oauth.Refusal{Status: http.StatusRequestEntityTooLarge, Code: code, Description: "the body is too large"}
	}
	return b, nil
}

// credential is the credential endpoint (§8).
func (d *Door) credential(w http.ResponseWriter, r *http.Request) {
	g, _, no, cause := d.let(w, r)
	var m message
	var o attest.Order
	if no == nil {
		m, no, cause = d.message(w, r)
	}
	if no == nil {
		o, no = d.order(g, m.Object)
	}
	if no == nil {
		no, cause = d.deliver(w, r, m, o, "")
	}
	if no != nil {
		d.refuse(w, r, "credential", no, cause)
	}
}

// deliver answers with what is ordered, or says that it comes later: the transaction
// is the one that the wallet brought, or a new one (§8.3, §9.2).
func (d *Door) deliver(w http.ResponseWriter, r *http.Request, m message, o attest.Order, transaction string) (*oauth.Refusal, error) {
	texts, cause := d.Attester.Issue(r.Context(), o)
	var err error
	switch {
	case fault.Is(cause, fault.Unavailable):
		if transaction == "" {
			if transaction, err = d.defers(o); err != nil {
				return oauth.Grant(err), err
			}
		}
		d.Log.InfoContext(r.Context(), "deferred", "reason", fault.Public(cause), "cause", cause)
		err = m.write(w, http.StatusAccepted, later{transaction, int(interval / time.Second)})
	case cause != nil:
		return refusedIssue(cause), cause
	default:
		err = m.write(w, http.StatusOK, issued(o.Grant, texts))
	}
	if err != nil {
		return oauth.Grant(err), err
	}
	return nil, nil
}

// issued is an answer with credentials in it (§8.3).
func issued(g identity.CredentialGrant, texts []string) any {
	type one struct {
		Credential string `json:"credential"`
	}
	all := make([]one, len(texts))
	for i, text := range texts {
		all[i] = one{text}
	}
	return struct {
		Credentials  []one  `json:"credentials"`
		Notification string `json:"notification_id"`
	}{all, notificationOf(g)}
}

// order reads what a wallet asks for.
func (d *Door) order(g identity.CredentialGrant, o jose.Object) (attest.Order, *oauth.Refusal) {
	kind, no := d.asked(o, g)
	if no != nil {
		return attest.Order{}, no
	}
	if !o.Has("proofs") {
		return attest.Order{}, oauth.Say("invalid_proof", "proofs is missing")
	}
	keys, nonces, no := d.proofs(o["proofs"], g.Client, kind)
	return attest.Order{Grant: g, Kind: kind, Keys: keys, Nonces: nonces}, no
}

// asked is the one kind that the wallet names (§8.2): by its configuration, or by
// an identifier, which is called the same here.
func (d *Door) asked(o jose.Object, g identity.CredentialGrant) (kind string, no *oauth.Refusal) {
	const byID, byKind = "credential_identifier", "credential_configuration_id"
	if o.Has(byID) == o.Has(byKind) {
		return "", oauth.Say("invalid_credential_request", "exactly one of credential_identifier and credential_configuration_id")
	}
	if o.Has(byID) {
		if kind, _ = o.Text(byID); !g.Allows(kind) {
			return "", oauth.Say("unknown_credential_identifier", "credential_identifier")
		}
		return kind, nil
	}
	kind, _ = o.Text(byKind)
	if d.Configurations[kind] == nil {
		return "", oauth.Say("unknown_credential_configuration", "credential_configuration_id")
	}
	if !g.Allows(kind) { // RFC 6750 §3.1
		return "", &oauth.Refusal{Status: http.StatusForbidden, Code: "insufficient_scope", Description: "the grant is for other credentials",
			Challenge: tokenType(g.Confirm) + ` realm="netid", error="insufficient_scope"`}
	}
	return kind, nil
}

// refusedIssue is the table of §8.3.1.2. What the citizen did meanwhile is
// nobody's to learn: it is one word, whatever it was.
func refusedIssue(err error) *oauth.Refusal {
	switch why := fault.Public(err); {
	case err == nil:
		return nil
	case why == "batch_size":
		return oauth.Say("invalid_credential_request", why)
	case why == "key_twice" || why == "key_used":
		return oauth.Say("invalid_proof", why)
	case why == "nonce_used":
		return oauth.Say("invalid_nonce", why)
	}
	switch fault.Of(err) {
	case fault.Internal, fault.Unavailable, fault.TooMany:
		return oauth.Grant(err)
	}
	return oauth.Say("credential_request_denied", "not now")
}
