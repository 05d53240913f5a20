package oauth

import (
	"net/http"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/attestation"
)

// The headers in which a wallet proves itself (draft-ietf-oauth-attestation-based-client-auth-07 §6.1, §8.2).
const (
	attestationHeader = "OAuth-Client-Attestation"
	popHeader         = "OAuth-Client-Attestation-PoP"
	challengeHeader   = "OAuth-Client-Attestation-Challenge"
)

func attested(r *http.Request) bool {
	return len(r.Header.Values(attestationHeader)) > 0 || len(r.Header.Values(popHeader)) > 0
}

// wallet is attest_jwt_client_auth: a wallet's provider vouches for the
// instance, and the instance shows its key. Its client_id is that of all its
// instances (OpenID4VCI 1.0 §14.4.4), so no instance is known again by it; the key
// is, and is kept nowhere but in tokens that are bound to it. The id of the proof,
// like that of an assertion, is left to be taken with the act's commit.
func (g Gate) wallet(r *http.Request, id string) (who Proved, err error) {
	const op = "oauth.wallet"
	said, shown := r.Header.Values(attestationHeader), r.Header.Values(popHeader)
	if len(said) != 1 || len(shown) != 1 { // §6.2 items 1 and 2
		return who, fault.Newf(op, fault.Unauthenticated, "attestation_invalid", "not one header of each")
	}
	now := g.Now()
	w, err := g.Wallets.Wallet(said[0], now)
	if err != nil {
		return who, err
	}
	if id != "" && id != string(w.Client) { // §8 item 13
		return who, fault.Newf(op, fault.Unauthenticated, "attestation_invalid", "client_id is not its sub")
	}
	proof, err := w.Proof(shown[0], g.Issuer, now)
	if err != nil {
		return who, err
	}
	// Asked of everybody, at every request: a proof that was made ahead, by
	// whoever had the wallet in hand for a moment, is worth nothing later.
	if !g.Nonces.Good(asWallet, proof.Challenge, now) {
		return who, fault.New(op, fault.Unauthenticated, "challenge_wrong")
	}
	p, err := g.party(r.Context(), string(w.Client))
	if err != nil {
		return who, err
	}
	if p.Auth != identity.AuthWallet {
		return who, refuse("the party is no attested wallet")
	}
	d := suite.DigestIn(g.Suite, []byte("netid/wallet-proof/v1"), []byte(w.Key()), []byte(proof.ID))
	return Proved{Party: p, Instance: w.Key(), assertion: identity.TakeOnce{ID: d[:], Until: proof.Made.Add(attestation.Life + attestation.Skew + time.Minute)}}, nil
}

// unattested is what a wallet is told that did not prove itself (§6.2): what it
// can mend by itself, or one answer for all reasons.
func (g Gate) unattested(cause error) *Refusal {
	switch fault.Public(cause) {
	case "challenge_wrong":
		no := Say("use_attestation_challenge", "the proof needs the challenge that comes with this answer")
		no.Attest = g.Challenge()
		return no
	case "attestation_stale":
		return Say("use_fresh_attestation", "the wallet attestation is older than a day")
	}
	return Say("invalid_client_attestation", "the wallet did not prove what it is")
}

// Challenge is the present one for wallets' proofs. Nothing is stored: any node knows every other's.
func (g Gate) Challenge() string { return g.Nonces.Make(asWallet, g.Now()) }

// ServeChallenge is the challenge endpoint (draft -07 §8.1).
func (g Gate) ServeChallenge(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]string{"attestation_challenge": g.Challenge()})
}

func giveChallenge(h http.Header, challenge string) {
	if challenge != "" {
		h.Set(challengeHeader, challenge)
	}
}
