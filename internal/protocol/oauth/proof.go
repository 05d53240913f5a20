package oauth

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// proofFor: a proof is good so long after it was made (RFC 9449 §11.1); ahead
// of our clock it may be by as much as an assertion.
const proofFor = time.Minute

// proofs is where DPoP proofs are read (RFC 9449 §4.2).
func proofs() jose.Place {
	return jose.Place{Algs: jose.PartyAlgs(), Types: []string{"dpop+jwt"}, Limit: 8 << 10}
}

// ProofAlgs are the algorithms of DPoP proofs, for discovery.
func ProofAlgs() []string { return jose.PartyAlgs() }

// proved is a proof that was found good: whose, and the id that it uses up.
type proved struct {
	jkt  string
	once identity.TakeOnce
}

// proof checks the request's DPoP proof (RFC 9449 §4.3), if there is one. What
// costs nothing is checked first, one signature at most is verified, and the id is
// left to be taken. At a resource it is about the access token too.
func (g Gate) proof(r *http.Request, place, access string) (p proved, no *Refusal, cause error) {
	headers := r.Header.Values("DPoP")
	if len(headers) == 0 {
		return p, nil, nil
	}
	if len(headers) > 1 {
		return p, Say("invalid_dpop_proof", "more than one DPoP header"), nil
	}
	token, err := proofs().Parse(headers[0])
	if err != nil {
		return p, Say("invalid_dpop_proof", "malformed, or of a type or algorithm that is not accepted"), err
	}
	claims := token.Peek()
	made, why := g.about(r, claims, access)
	if why != "" {
		return p, Say("invalid_dpop_proof", why), nil
	}
	if nonce, _ := claims.Text("nonce"); !g.Nonces.Good(place, nonce, g.Now()) {
		no = Say("use_dpop_nonce", "the proof needs the nonce that comes with this answer")
		no.Nonce = g.Nonces.Make(place, g.Now())
		return p, no, nil
	}
	_, jkt, err := token.VerifyOwn()
	if err != nil {
		return p, Say("invalid_dpop_proof", "the key or the signature"), err
	}
	jti, _ := claims.Text("jti")
	d := suite.DigestIn(g.Suite, []byte("netid/dpop/v1"), []byte(jkt), []byte(jti))
	return proved{jkt, identity.TakeOnce{ID: d[:], Until: made.Add(proofFor + skew + time.Minute)}}, nil, nil
}

// about checks what the proof says of itself and of the request.
func (g Gate) about(r *http.Request, c jose.Object, access string) (made time.Time, why string) {
	if jti, ok := c.Text("jti"); !ok || jti == "" || len(jti) > 256 {
		return made, "jti"
	}
	if htm, ok := c.Text("htm"); !ok || htm != r.Method {
		return made, "htm"
	}
	if htu, ok := c.Text("htu"); !ok || !g.here(htu, r) {
		return made, "htu"
	}
	made, ok := c.Instant("iat")
	if now := g.Now(); !ok || made.After(now.Add(skew)) || !now.Before(made.Add(proofFor+skew)) {
		return made, "iat"
	}
	ath, ok := c.Text("ath")
	if access != "" && (!ok || ath != suite.PKCE(access)) { // §4.2: base64url of the SHA-256, as PKCE has it
		return made, "ath"
	}
	return made, ""
}

// here reports whether htu is where the request came: under the issuer, or
// under the address for certificates, never under what the request calls us
// itself. Query and fragment do not count (§4.3); both sides are normalized as
// RFC 3986 §6.2.2 and §6.2.3 have it.
func (g Gate) here(htu string, r *http.Request) bool {
	got, ok := normal(htu)
	for _, base := range []string{g.Issuer, g.MTLS} {
		if base == "" {
			continue
		}
		if want, fine := normal(base + r.URL.EscapedPath()); ok && fine && want == got {
			return true
		}
	}
	return false
}

func normal(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || len(s) > 2048 {
		return "", false
	}
	u = u.ResolveReference(&url.URL{Path: u.Path, RawPath: u.RawPath}) // drops dot segments, query and fragment
	port := u.Port()
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	path := u.Path
	if strings.Contains(strings.ToLower(u.EscapedPath()), "%2f") {
		path = u.EscapedPath() // a slash that is data is none that parts
	}
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port + path, true
}
