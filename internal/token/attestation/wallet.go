package attestation

import (
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// Algs are those of attestations and of their proofs: HAIP 1.0 §7 asks for
// ES256 and no more, and what nobody sends is not read.
func Algs() []string { return []string{jose.ES256} }

func wallets() jose.Place {
	return jose.Place{Algs: Algs(), Types: []string{"oauth-client-attestation+jwt"}, Limit: maxText}
}

func proofs() jose.Place {
	return jose.Place{Algs: Algs(), Types: []string{"oauth-client-attestation-pop+jwt"}, Limit: maxText}
}

// Wallet is an instance that its provider vouches for.
type Wallet struct {
	Client identity.PartyID // the same for every instance (OpenID4VCI §14.4.4): whose wallet it is shows in no attestation
	key    suite.PublicKey
}

// Key names the instance's key (RFC 7638).
func (w Wallet) Key() string { return w.key.Thumbprint() }

// Wallet reads a wallet attestation (draft -07 §5.1; §8 items 2 to 6 and 11).
// Its `iss` says nothing here, and later drafts have none: who speaks is in the certificate. Reasons
// "attestation_invalid", "attestation_stale".
func (t Trust) Wallet(text string, now time.Time) (Wallet, error) {
	const op = "attestation.Wallet"
	token, err := wallets().Parse(text)
	if err != nil {
		return Wallet{}, bad(op, err)
	}
	c := token.Peek()
	sub, _ := c.Text("sub")
	id, err := identity.ParsePartyID(sub)
	if err != nil {
		return Wallet{}, wrong(op, "sub")
	}
	if why := timely(c, now); why != "" || !c.Has("exp") {
		return Wallet{}, wrong(op, "time: "+why)
	}
	cnf, err := jose.ParseObject(c["cnf"], maxText)
	if err != nil {
		return Wallet{}, bad(op, err)
	}
	key, err := suite.ParsePublicKey(cnf["jwk"]) // refuses a private one (§8 item 6)
	if err != nil {
		return Wallet{}, bad(op, err)
	}
	if err := t.signed(op, token, func(p Provider) bool { return p.makes(id) }, now); err != nil {
		return Wallet{}, err
	}
	if !recent(c, now) {
		return Wallet{}, stale(op)
	}
	return Wallet{id, key}, nil
}

// recent: made within a day; one that does not say when it was must end within a day.
func recent(c jose.Object, now time.Time) bool {
	if iat, ok := c.Instant("iat"); ok {
		return now.Before(iat.Add(fresh + Skew))
	}
	exp, _ := c.Instant("exp")
	return !exp.After(now.Add(fresh))
}

// Proof is what an instance says to one server, in one request.
type Proof struct {
	ID        string // `jti`: it serves once
	Challenge string // "" where it answers none
	Made      time.Time
}

// Life is how long a proof is good after it was made.
const Life = time.Minute

// Proof reads a proof of possession (draft -07 §5.2; §8 items 3 and 7 to 10):
// made for this server, by the key of the attestation, just now. The audience is
// one string: what is made for two servers either could use at the other. Reason "attestation_invalid".
func (w Wallet) Proof(text, server string, now time.Time) (Proof, error) {
	const op = "attestation.Proof"
	token, err := proofs().Parse(text)
	if err != nil {
		return Proof{}, bad(op, err)
	}
	c := token.Peek()
	if iss, ok := c.Text("iss"); c.Has("iss") && (!ok || iss != string(w.Client)) { // §5.2 rule 4; later drafts have none
		return Proof{}, wrong(op, "iss")
	}
	if aud, ok := c.Text("aud"); !ok || aud != server {
		return Proof{}, wrong(op, "aud")
	}
	p := Proof{}
	if p.ID, _ = c.Text("jti"); p.ID == "" || len(p.ID) > 256 {
		return Proof{}, wrong(op, "jti")
	}
	made, ok := c.Instant("iat")
	if why := timely(c, now); why != "" || !ok || !now.Before(made.Add(Life+Skew)) {
		return Proof{}, wrong(op, "time: "+why)
	}
	p.Made = made
	if p.Challenge, ok = c.Text("challenge"); c.Has("challenge") && !ok {
		return Proof{}, wrong(op, "challenge")
	}
	if _, err := token.VerifyWith(w.key); err != nil {
		return Proof{}, bad(op, err)
	}
	return p, nil
}
