package anchor

import (
	"encoding/json"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
)

// What the service states about keys and parties, for those who check without it.
const (
	TrustType        = "netid-trust+jwt"
	RegistrationType = "netid-registration+jwt"

	stated = 7 * day // how long a statement is good: what is offline for a week still reads it
)

// Statements are signed by the key of the use "bundle", with its chain.
type Statements struct {
	*Anchor
	trust, registration *jose.Coder
	uses                []string // whose keys are listed
}

// NewStatements names the live keys of these uses in its list.
func NewStatements(a *Anchor, uses ...string) (*Statements, error) {
	const op = "anchor.NewStatements"
	signers := func() []suite.Signer { return a.Keys("bundle") }
	trust, err := jose.NewChainedCoder(jose.ES256, signers, TrustType, a.Chains("bundle"))
	if err != nil {
		return nil, fault.At(op, err)
	}
	registration, err := jose.NewChainedCoder(jose.ES256, signers, RegistrationType, a.Chains("bundle"))
	if err != nil {
		return nil, fault.At(op, err)
	}
	return &Statements{a, trust, registration, uses}, nil
}

type term struct {
	Issuer  string `json:"iss"`
	Issued  int64  `json:"iat"`
	Expires int64  `json:"exp"`
}

func (s *Statements) term() term {
	now := s.Now()
	return term{s.Issuer, now.Unix(), now.Add(stated).Unix()}
}

// List is the trust list: all live roots, the one that vouches first, and the
// public keys of what is read offline, a set for each use. A key that is in no
// set has ended, and what it made proves nothing any more.
func (s *Statements) List() (string, error) {
	const op = "anchor.List"
	roots, err := s.Listed()
	if err != nil {
		return "", fault.At(op, err)
	}
	list := struct {
		term
		Roots [][]byte                   `json:"roots"` // base64, as in x5c
		Keys  map[string]json.RawMessage `json:"keys"`
	}{s.term(), nil, map[string]json.RawMessage{}}
	for _, c := range roots {
		list.Roots = append(list.Roots, c.DER())
	}
	for _, use := range s.uses {
		live := s.Keys(use)
		if len(live) == 0 {
			return "", fault.Newf(op, fault.Internal, "internal", "no key of %s", use)
		}
		if list.Keys[use], err = jose.Publish(live[0].Alg(), live...); err != nil {
			return "", fault.At(op, err)
		}
	}
	text, err := s.trust.Encode(list)
	return text, fault.At(op, err)
}

// PEM is all live roots as text, the one that vouches first.
func (s *Statements) PEM() ([]byte, error) {
	roots, err := s.Listed()
	var all []byte
	for _, c := range roots {
		all = append(all, c.PEM()...)
	}
	return all, fault.At("anchor.PEM", err)
}

// Registration states what a party may ask a wallet for, under which name and
// for which purpose. Of one that takes no part now it states nothing
// ("party_suspended"): what was stated before ends within the week.
func (s *Statements) Registration(p identity.Party) (string, error) { return s.registered(p) }

// Hosted is Registration for requests that the service signs in the party's name:
// wallets compare the certificate that signed, and here it is the service's own.
func (s *Statements) Hosted(p identity.Party) (string, error) {
	const op = "anchor.Hosted"
	live := s.Keys("verifier")
	if len(live) == 0 {
		return "", fault.New(op, fault.Unavailable, "")
	}
	chain, err := s.chain("verifier", live[0])
	if err != nil {
		return "", fault.At(op, err)
	}
	own, err := suite.ParseCertificate(chain[0])
	if err != nil {
		return "", fault.At(op, err)
	}
	return s.registered(p, own.Thumbprint())
}

func (s *Statements) registered(p identity.Party, thumbprints ...string) (string, error) {
	const op = "anchor.Registration"
	if p.Standing != identity.PartyActive {
		return "", fault.New(op, fault.Forbidden, "party_suspended")
	}
	marks := []string{}
	for mark := range p.AgeMarks {
		marks = append(marks, string(mark))
	}
	slices.Sort(marks)
	kinds := map[string][]string{s.Issuer + "/credentials/person": {}}
	if len(marks) > 0 {
		kinds[s.Issuer+"/credentials/age"] = marks
	}
	for _, c := range p.Requests {
		if s.Now().Before(c.Until) {
			thumbprints = append(thumbprints, c.Thumbprint)
		}
	}
	text, err := s.registration.Encode(struct {
		term
		Party   identity.PartyID    `json:"sub"`
		Name    identity.Text       `json:"name"`
		Domain  string              `json:"domain"`
		Purpose identity.Text       `json:"purpose"`
		Kinds   map[string][]string `json:"kinds"`
		Keys    []string            `json:"x5t#S256,omitempty"` // the certificates of its requests
	}{s.term(), p.ID, p.Name, p.Domain, p.Purpose.Text, kinds, thumbprints})
	return text, fault.At(op, err)
}
