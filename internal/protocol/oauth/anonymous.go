package oauth

import (
	"net/http"
)

// Anonymous looks at the DPoP proof of a request to the token endpoint whose
// sender nobody registered (OpenID4VCI 1.0 §6, anonymous access): a wallet that
// says nothing of itself but that it holds a key.
func (g Gate) Anonymous(r *http.Request) (who Proved, no *Refusal, cause error) {
	p, no, cause := g.proof(r, asServer, "")
	if no != nil {
		return Proved{}, no, cause
	}
	who.JKT, who.proof = p.jkt, p.once
	return who, nil, nil
}
