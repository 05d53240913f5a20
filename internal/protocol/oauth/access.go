package oauth

import (
	"context"
	"net/http"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Access is an access token as a request brings it, with what its bearer
// showed to hold.
type Access struct {
	Token string
	proof proved // of a token that came as DPoP
	byKey bool
	x5t   string
}

// Access takes the access token from the Authorization header, the only place
// it may stand in (RFC 6750 §2; not in a form or an address), and checks the
// proof that comes with it (RFC 9449 §7.1). Without any token the answer names no
// error (RFC 6750 §3.1).
func (g Gate) Access(r *http.Request) (Access, *Refusal, error) {
	none := Access{}
	headers := r.Header.Values("Authorization")
	if r.URL.Query().Has("access_token") || len(headers) > 1 {
		return none, challenge("Bearer", http.StatusBadRequest, "invalid_request", "send the token once, in the Authorization header"), nil
	}
	scheme, token, _ := strings.Cut(strings.Join(headers, ""), " ")
	byKey := strings.EqualFold(scheme, "DPoP")
	if !byKey && !strings.EqualFold(scheme, "Bearer") {
		return none, &Refusal{Status: http.StatusUnauthorized, Code: "invalid_token", Description: "no access token",
			Challenge: `Bearer realm="netid", DPoP algs="` + strings.Join(ProofAlgs(), " ") + `"`}, nil
	}
	if token == "" || len(token) > 8<<10 || strings.Trim(token, b64token) != "" {
		return none, invalidToken(byKey, "token_invalid"), nil
	}
	a := Access{Token: token, byKey: byKey}
	if chain, err := g.Certificates.Of(r); err == nil && len(chain) > 0 {
		a.x5t = chain[0].Thumbprint()
	}
	if !byKey {
		return a, nil, nil
	}
	proof, no, cause := g.proof(r, asResource, token)
	if no == nil && proof.jkt == "" {
		no = Say("invalid_dpop_proof", "a DPoP proof is required")
	}
	if no != nil {
		told := challenge("DPoP", http.StatusUnauthorized, no.Code, no.Description)
		told.Nonce = no.Nonce
		return none, told, cause
	}
	a.proof = proof
	return a, nil, nil
}

// Holds checks that the bearer holds what the token is bound to, and uses up
// the proof. A bound token is refused to a mere bearer, and a token that is bound
// to no key to whoever proves one (RFC 9449 §7.1, §7.2, RFC 8705 §3).
func (g Gate) Holds(ctx context.Context, a Access, bound identity.Confirm) (*Refusal, error) {
	if a.proof.jkt != bound.JKT {
		return invalidToken(a.byKey || bound.JKT != "", "token_bound"), fault.New("oauth.Holds", fault.Unauthenticated, "token_bound")
	}
	if bound.X5T != "" && bound.X5T != a.x5t {
		return invalidToken(a.byKey, "token_bound"), fault.New("oauth.Holds", fault.Unauthenticated, "token_bound")
	}
	no, cause := g.spend(ctx, identity.TakeOnce{}, a.proof.once)
	if no != nil && no.Code == "invalid_dpop_proof" {
		no = challenge("DPoP", http.StatusUnauthorized, no.Code, no.Description)
	}
	return no, cause
}

// Refused is the table of a resource asked with this token (RFC 6750 §3.1).
func (a Access) Refused(err error) *Refusal {
	switch fault.Of(err) {
	case fault.Unauthenticated, fault.Invalid, fault.Gone, fault.NotFound, fault.Forbidden, fault.Conflict:
		return invalidToken(a.byKey, fault.Public(err))
	}
	return trouble(err)
}

// Next is the nonce for the bearer's next proof, or "".
func (g Gate) Next(a Access) string {
	if !a.byKey {
		return ""
	}
	return g.Nonces.Make(asResource, g.Now())
}

// Give hands over what the next request of the same party needs: the nonce of
// a proof, the challenge of a wallet.
func (g Gate) Give(h http.Header, p Proved) {
	if p.JKT != "" {
		GiveNonce(h, g.Nonces.Make(asServer, g.Now()))
	}
	if p.Party.Auth == identity.AuthWallet {
		giveChallenge(h, g.Challenge())
	}
}

// b64token are the characters of RFC 6750 §2.1.
const b64token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="

func invalidToken(byKey bool, why string) *Refusal {
	scheme := "Bearer"
	if byKey {
		scheme = "DPoP"
	}
	return challenge(scheme, http.StatusUnauthorized, "invalid_token", why)
}

func challenge(scheme string, status int, code, description string) *Refusal {
	description = Clean(description)
	c := scheme + ` realm="netid", error="` + code + `", error_description="` + description + `"`
	if scheme == "DPoP" {
		c += `, algs="` + strings.Join(ProofAlgs(), " ") + `"` // RFC 9449 §7.1
	}
	return &Refusal{Status: status, Code: code, Description: description, Challenge: c}
}
