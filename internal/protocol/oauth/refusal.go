package oauth

import (
	"encoding/json"
	"net/http"
	"strings"

	"netid/internal/fault"
)

// Refusal is an error as a party reads it (RFC 6749 §5.2).
type Refusal struct {
	Status      int
	Code        string
	Description string // for the party's developer
	Challenge   string // WWW-Authenticate, where one is due
	Nonce       string // DPoP-Nonce, where the next proof needs one
	Attest      string // OAuth-Client-Attestation-Challenge, where a wallet's next proof needs one
}

// Say makes a refusal with status 400.
func Say(code, description string) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Code: code, Description: Clean(description)}
}

// Clean keeps the characters that RFC 6749 §5.2 allows in a description:
// %x20-21 / %x23-5B / %x5D-7E. The rest become spaces.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return ' '
		}
		return r
	}, s)
}

// Write answers with the refusal, never to be kept by any cache (RFC 6749 §5.1).
func (e *Refusal) Write(w http.ResponseWriter) {
	if e.Challenge != "" {
		w.Header().Set("WWW-Authenticate", e.Challenge)
	}
	GiveNonce(w.Header(), e.Nonce)
	giveChallenge(w.Header(), e.Attest)
	WriteJSON(w, e.Status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, e.Description})
}

// GiveNonce hands over the nonce of the next proof, if there is one (RFC 9449 §8).
func GiveNonce(h http.Header, nonce string) {
	if nonce != "" {
		h.Set("DPoP-Nonce", nonce)
	}
}

// NoStore marks an answer as nobody's to keep, guess at or pass on.
func NoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// WriteJSON answers with v, not to be stored.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	NoStore(w.Header())
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusServiceUnavailable { // RFC 9110 §10.2.3: about as long as a server takes to start
		w.Header().Set("Retry-After", "5")
	}
	w.WriteHeader(status)
	w.Write(b)
}

// Grant is the token endpoint's table from a fault to its words. A code that
// is not good for this party now is one thing to the outside, whatever the
// reason (RFC 6749 §5.2). What is wrong with the code itself is said to the
// party's developer; what the citizen did meanwhile (froze, withdrew, left) is
// nobody's to learn.
func Grant(err error) *Refusal {
	switch fault.Of(err) {
	case fault.Invalid, fault.Gone, fault.NotFound, fault.Forbidden, fault.Conflict, fault.Unauthenticated:
		switch why := fault.Public(err); why {
		case "code_invalid", "code_expired", "code_used", "other_party", "redirect_mismatch", "verifier_wrong", "proof_key_wrong",
			"refresh_invalid", "refresh_expired", "refresh_reused", "certificate_wrong":
			return Say("invalid_grant", why)
		}
		return Say("invalid_grant", "approval_over")
	}
	return trouble(err)
}

// Ask is the authorization endpoint's table (RFC 6749 §4.1.2.1).
func Ask(err error) *Refusal {
	switch fault.Of(err) {
	case fault.Invalid, fault.Gone, fault.Conflict:
		return Say("invalid_request", fault.Public(err))
	case fault.Forbidden, fault.NotFound, fault.Unauthenticated:
		switch why := fault.Public(err); why {
		case "party_suspended":
			return Say("unauthorized_client", why)
		case "standing_not_possible": // Core §3.1.2.6, prompt=none
			return Say("consent_required", "this is asked of the person each time")
		case "interaction_required":
			return Say("interaction_required", "this way of proof needs the person")
		}
		return Say("access_denied", fault.Public(err))
	}
	return trouble(err)
}

// trouble is ours: busy, out of order, or a defect.
func trouble(err error) *Refusal {
	switch fault.Of(err) {
	case fault.TooMany:
		return &Refusal{Status: http.StatusTooManyRequests, Code: "temporarily_unavailable", Description: Clean(fault.Public(err))}
	case fault.Unavailable:
		return &Refusal{Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable", Description: Clean(fault.Public(err))}
	}
	return &Refusal{Status: http.StatusInternalServerError, Code: "server_error"}
}
