package oauth

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/attestation"
)

// Methods are the ways in which a party may prove itself, as discovery names
// them. The secret may also stand in the body: RFC 6749 §2.3.1 advises against it
// and widespread libraries do it unasked (docs/choices.md).
func (g Gate) Methods() []string {
	m := []string{string(identity.AuthSecret), "client_secret_post", string(identity.AuthKey), string(identity.AuthNone)}
	if g.Certificates != nil {
		m = append(m, string(identity.AuthSelf))
		if g.Certificates.Roots != (suite.Roots{}) {
			m = append(m, string(identity.AuthTLS))
		}
	}
	if g.Wallets.Wallets() {
		m = append(m, string(identity.AuthWallet))
	}
	return m
}

// Gate authenticates parties, and what they hold.
type Gate struct {
	Issuer       string // the only audience an assertion may have
	MTLS         string // where parties with certificates come, or ""; else as Issuer
	Parties      Parties
	Keys         Keys
	Certificates *Certificates // nil: certificates are not looked at
	Wallets      attestation.Trust
	Once         Once
	Nonces       Nonces
	Suite        identity.Suite // of the digests under which assertions' ids are kept
	Since        time.Time      // assertions from before it are refused (zero: none): the ids that were used are not known any more
	Now          func() time.Time
}

// Proved is who sends a request, and the keys that they showed to hold: what
// they are given can be bound to these.
type Proved struct {
	Party identity.Party
	identity.Confirm
	Instance         string // of a wallet, the key that its provider vouches for; its refresh tokens are bound to it (draft -07 §10.3)
	assertion, proof identity.TakeOnce
}

// Takes are the ids that its assertion and its proof use up, for the commit of
// the act that they prove: one commit, and not two.
func (p Proved) Takes() []identity.TakeOnce { return some(p.assertion, p.proof) }

func some(ids ...identity.TakeOnce) []identity.TakeOnce {
	return slices.DeleteFunc(ids, func(id identity.TakeOnce) bool { return id.ID == nil })
}

// Constrained refuses a party whose tokens must be bound and that brought
// nothing to bind them to.
func (p Proved) Constrained() *Refusal {
	switch {
	case p.Party.NeedsProof() && p.JKT == "":
		return Say("invalid_dpop_proof", "a DPoP proof is required")
	case p.Party.CertBound && p.X5T == "":
		return Say("invalid_request", "a client certificate is required")
	}
	return nil
}

// Authenticate finds which registered party sends this form, by the one
// method that it registered (RFC 6749 §2.3). Using two methods at once is an
// invalid request; everything else that fails is invalid_client, one answer
// for all reasons. cause is for the operator's log.
func (g Gate) Authenticate(r *http.Request, f Form) (p identity.Party, no *Refusal, cause error) {
	who, no, cause := g.who(r, f)
	if no == nil {
		no, cause = g.spend(r.Context(), who.assertion, identity.TakeOnce{})
	}
	if no != nil {
		return identity.Party{}, no, cause
	}
	return who.Party, nil, nil
}

// Prove is Authenticate, and looks at the DPoP proof (RFC 9449 §5) and at the
// certificate of a party whose tokens are bound to it (RFC 8705 §3). It takes
// no id: the act that follows does, and Refused where none came of it.
func (g Gate) Prove(r *http.Request, f Form) (who Proved, no *Refusal, cause error) {
	if who, no, cause = g.who(r, f); no != nil {
		return Proved{}, no, cause
	}
	if who.Party.CertBound {
		if chain, err := g.Certificates.Of(r); err != nil {
			return Proved{}, Say("invalid_request", "the client certificate is malformed"), err
		} else if len(chain) > 0 {
			who.X5T = chain[0].Thumbprint()
		}
	}
	proof, no, cause := g.proof(r, asServer, "")
	if no != nil {
		return Proved{}, no, cause
	}
	who.JKT, who.proof = proof.jkt, proof.once
	return who, nil, nil
}

// Refused is what a party is told whose request was refused with no, for cause. Its
// ids are used up all the same; when it is they that were used before, it is told that and nothing else.
func (g Gate) Refused(ctx context.Context, who Proved, no *Refusal, cause error) (*Refusal, error) {
	if trouble := no.Status >= http.StatusInternalServerError; trouble {
		return no, cause // nothing happened, or nobody knows
	}
	if replay, why := g.spend(ctx, who.assertion, who.proof); replay != nil {
		return replay, why
	}
	return no, cause
}

// spend takes the ids of an assertion and a proof, those that there are, in
// one commit. When one was taken before neither is, and which it was is found
// out by taking the assertion's alone.
func (g Gate) spend(ctx context.Context, assertion, proof identity.TakeOnce) (*Refusal, error) {
	ids := some(assertion, proof)
	if len(ids) == 0 {
		return nil, nil
	}
	err := g.Once(ctx, ids...)
	if fault.Is(err, fault.Conflict) && len(ids) == 2 {
		if alone := g.Once(ctx, assertion); alone == nil {
			assertion = identity.TakeOnce{}
		} else {
			err = alone
		}
	}
	switch {
	case err == nil:
		return nil, nil
	case !fault.Is(err, fault.Conflict):
		return trouble(err), fault.At("oauth.spend", err)
	case assertion.ID != nil:
		return InvalidClient(), fault.Wrap("oauth.spend", fault.Unauthenticated, "assertion_replayed", err)
	}
	return Say("invalid_dpop_proof", "the proof was used before"), fault.Wrap("oauth.spend", fault.Unauthenticated, "proof_replayed", err)
}

// who authenticates, without taking the id of an assertion, which it gives.
func (g Gate) who(r *http.Request, f Form) (who Proved, no *Refusal, cause error) {
	basic := len(r.Header.Values("Authorization")) > 0
	assertion := f["client_assertion"] != "" || f["client_assertion_type"] != ""
	post := f["client_secret"] != ""
	wallet := attested(r)
	if many(basic, assertion, post, wallet) {
		return Proved{}, Say("invalid_request", "more than one way of authentication"), nil
	}
	switch {
	case basic:
		who.Party, cause = g.basic(r, f)
	case assertion:
		who.Party, who.assertion, cause = g.assertion(r.Context(), f)
	case post:
		who.Party, cause = g.secret(r.Context(), f["client_id"], f["client_secret"])
	case wallet:
		who, cause = g.wallet(r, f["client_id"])
	default:
		who.Party, cause = g.silent(r, f["client_id"])
	}
	if cause == nil {
		return who, nil, nil
	}
	switch fault.Of(cause) {
	case fault.Internal, fault.Unavailable, fault.TooMany:
		return Proved{}, trouble(cause), cause
	}
	if wallet {
		return Proved{}, g.unattested(cause), cause
	}
	return Proved{}, InvalidClient(), cause
}

// many reports whether more than one holds.
func many(ways ...bool) bool {
	return slices.Index(ways, true) >= 0 && slices.Contains(ways[slices.Index(ways, true)+1:], true)
}

// InvalidClient is the one answer to a party that did not prove itself.
func InvalidClient() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Code: "invalid_client", Description: "the party did not prove who it is",
		Challenge: `Basic realm="netid"`} // RFC 6749 §5.2
}

func refuse(why string) error {
	return fault.Newf("oauth.Authenticate", fault.Unauthenticated, "party_unproven", "%s", why)
}

// basic is client_secret_basic. Both halves are urlencoded before base64 (RFC 6749 §2.3.1).
func (g Gate) basic(r *http.Request, f Form) (identity.Party, error) {
	headers := r.Header.Values("Authorization")
	scheme, encoded, _ := strings.Cut(headers[0], " ")
	if len(headers) != 1 || !strings.EqualFold(scheme, "Basic") || len(encoded) > 2048 {
		return identity.Party{}, refuse("not one Basic header")
	}
	b, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return identity.Party{}, refuse("malformed Basic header")
	}
	user, password, ok := strings.Cut(string(b), ":")
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	if !ok || err1 != nil || err2 != nil {
		return identity.Party{}, refuse("malformed Basic header")
	}
	if body := f["client_id"]; body != "" && body != id {
		return identity.Party{}, refuse("client_id differs from the header")
	}
	return g.secret(r.Context(), id, secret)
}

func (g Gate) secret(ctx context.Context, id, secret string) (identity.Party, error) {
	p, err := g.party(ctx, id)
	if err != nil {
		return p, err
	}
	if p.Auth != identity.AuthSecret || secret == "" || len(secret) > 256 || !g.Parties.SecretMatches(p, secret) {
		return identity.Party{}, refuse("the secret does not match")
	}
	return p, nil
}

// silent is a party that says only who it is: a public one, or one whose
// certificate speaks for it (RFC 8705 §2).
func (g Gate) silent(r *http.Request, id string) (identity.Party, error) {
	p, err := g.party(r.Context(), id)
	switch {
	case err != nil || p.Auth == identity.AuthNone:
		return p, err
	case p.Auth.ByTLS():
		return p, fault.At("oauth.silent", g.byCertificate(r, p))
	}
	return identity.Party{}, refuse("a party with credentials came without")
}

// party finds an active party; who cannot be found has not proved anything.
func (g Gate) party(ctx context.Context, id string) (identity.Party, error) {
	pid, err := identity.ParsePartyID(id)
	if err != nil {
		return identity.Party{}, refuse("no party id")
	}
	p, err := g.Parties.Party(ctx, pid)
	switch {
	case fault.Is(err, fault.NotFound):
		return identity.Party{}, refuse("unknown party")
	case err != nil:
		return identity.Party{}, fault.At("oauth.Authenticate", err)
	case p.Standing != identity.PartyActive:
		return identity.Party{}, refuse("suspended")
	}
	return p, nil
}
