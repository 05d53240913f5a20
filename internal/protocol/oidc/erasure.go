package oidc

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

const (
	erasureType  = "erasure+jwt" // RFC 8417 §2.3: so that no reader takes it for another kind of token
	erasureEvent = "urn:netid:event:erasure-requested"
)

// Eraser takes what parties answer to requests to erase.
type Eraser interface {
	Answer(ctx context.Context, party identity.PartyID, request string, done bool, citation string) error
}

// Erasures asks parties to delete what they keep about somebody (docs/integrate.md).
// It sends as the Notifier does: a token that is made anew at each attempt.
type Erasures struct{ Notifier }

// erasureToken is a security event token (RFC 8417 §2.2) of one event.
type erasureToken struct {
	Iss    string             `json:"iss"`
	Sub    identity.Subject   `json:"sub"`
	Aud    identity.PartyID   `json:"aud"`
	Iat    int64              `json:"iat"`
	Exp    int64              `json:"exp"`
	JTI    string             `json:"jti"`
	Events map[string]erasing `json:"events"`
}

type erasing struct {
	Request string `json:"request"` // what the answer shows
	Due     int64  `json:"due"`     // until when it is to be answered
}

// Send makes one attempt. Reason "erasure_refused" when the party's server will
// never take this request, "erasure_unreachable" when it may later.
func (n Erasures) Send(ctx context.Context, _ identity.DeliveryID, party, text string) error {
	const op = "oidc.Erasures"
	var notice identity.ErasureNotice
	if err := json.Unmarshal([]byte(text), &notice); err != nil {
		return fault.Wrap(op, fault.Invalid, "erasure_refused", err)
	}
	p, err := n.Parties.Party(ctx, identity.PartyID(party))
	if err != nil {
		return fault.At(op, err)
	}
	if p.Erasures == "" {
		return fault.Newf(op, fault.Gone, "erasure_refused", "the party takes no requests any more")
	}
	now := n.Now()
	token, err := n.sign(p, erasureType, erasureToken{Iss: n.Issuer, Sub: notice.Subject, Aud: p.ID, Iat: now.Unix(), Exp: now.Add(logoutFor).Unix(), JTI: identity.NewHandle().Text(),
		Events: map[string]erasing{erasureEvent: {notice.Request, notice.Due.Unix()}}})
	if err != nil {
		return fault.At(op, err)
	}
	return n.post(ctx, op, p.Erasures, url.Values{"erasure_token": {token}}, "erasure_refused", "erasure_unreachable")
}

// erased takes a party's answer to a request that it was sent.
func (d *Door) erased(w http.ResponseWriter, r *http.Request) {
	f, no := oauth.ParseForm(w, r)
	var p identity.Party
	var cause error
	if no == nil {
		p, no, cause = d.gate.Authenticate(r, f)
	}
	switch {
	case no != nil:
	case p.Auth == identity.AuthNone: // an id that everybody knows proves nothing
		no = oauth.InvalidClient()
	case f["result"] != identity.ErasureDone && f["result"] != identity.ErasureRefused:
		no = oauth.Say("invalid_request", "result: done or refused")
	case f["request"] == "":
		no = oauth.Say("invalid_request", "request is missing")
	case (f["result"] == identity.ErasureDone) != (f["ground"] == ""):
		no = oauth.Say("invalid_request", "ground: the law on which it is refused, and with a refusal alone")
	default:
		cause = d.Erasures.Answer(r.Context(), p.ID, f["request"], f["result"] == identity.ErasureDone, f["ground"])
		no = unanswered(cause)
	}
	if no != nil {
		d.refused(r, "erasure", p.ID, no.Code, cause)
		no.Write(w)
		return
	}
	oauth.NoStore(w.Header())
	w.WriteHeader(http.StatusNoContent)
}

// unanswered says why an answer was not taken; nil: it was.
func unanswered(err error) *oauth.Refusal {
	if err == nil {
		return nil
	}
	switch why := fault.Public(err); why {
	case "erasure_unknown", "erasure_ground_missing", "erasure_ground_invalid":
		return oauth.Say("invalid_request", why)
	case "erasure_answered": // with another word, and the first one stands
		no := oauth.Say("invalid_request", why)
		no.Status = http.StatusConflict
		return no
	}
	return oauth.Grant(err)
}
