package identity

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
)

// Endorsement is one operator's signature over exactly what is to be in force: with a
// key of their own, or with their passkey at the console over a proposal that names it.
type Endorsement struct {
	Operator  string    `json:"operator"` // RFC 7638 thumbprint of the operator's key; of the console the account's label
	Signature []byte    `json:"signature"`
	Time      time.Time `json:"time,omitzero"`  // when the service took it
	Said      string    `json:"said,omitempty"` // of the console: the proposal's text (ProposalText), which a passkey signed
	Key       []byte    `json:"key,omitempty"`  // of the console: that passkey's public half with its origin, for who checks the ledger
}

// AtConsole reports whether it is a passkey's.
func (e Endorsement) AtConsole() bool { return e.Said != "" }

// Text is the endorsement as one word, for a file or a terminal.
func (e Endorsement) Text() string {
	return e.Operator + "." + base64.RawURLEncoding.EncodeToString(e.Signature)
}

// ParseEndorsement reads what Text gives. Whether it is good, the roster knows.
func ParseEndorsement(s string) (Endorsement, error) {
	operator, sig, _ := strings.Cut(s, ".")
	id, err := base64.RawURLEncoding.Strict().DecodeString(operator)
	b, err2 := base64.RawURLEncoding.Strict().DecodeString(sig)
	if err != nil || err2 != nil || len(id) != 32 || len(b) != 64 || strings.ContainsAny(s, "\r\n") {
		return Endorsement{}, fault.New("identity.ParseEndorsement", fault.Invalid, "endorsement_invalid")
	}
	return Endorsement{Operator: operator, Signature: b}, nil
}

// endorsers is how many operators are behind a party that takes part.
const endorsers = 2

// Countersigned reports whether so many different operators endorsed it: by their own
// keys, or at the console as the two of one proposal. One of each is not two. The
// store asks it of every row that it writes; that each signature is good and is
// over this record, the act has checked before it put it there.
func (p Party) Countersigned() bool {
	var by []string
	first := map[string]string{} // of a proposal by its number: who proposed
	for _, e := range p.Endorsed {
		switch t, _ := ParseProposalText(e.Said); {
		case e.Operator == "":
		case !e.AtConsole():
			if !slices.Contains(by, e.Operator) {
				by = append(by, e.Operator)
			}
		case t.Word == "propose" && t.Signer == e.Operator:
			first[t.Number] = e.Operator
		case t.Word == "approve" && t.Signer == e.Operator && first[t.Number] != "" && first[t.Number] != e.Operator: // it was proposed before
			return true
		}
	}
	return len(by) >= endorsers
}

// Waits reports whether the party waits for two operators to read what it declares.
func (p Party) Waits() bool {
	return p.Standing == PartySuspended && p.Reason == PartyReview && !p.Sandbox && p.Returned == ""
}

// EndorsedBy reports whether the operator is among them.
func (p Party) EndorsedBy(operator string) bool {
	return slices.ContainsFunc(p.Endorsed, func(e Endorsement) bool { return e.Operator == operator })
}

// Record is what an operator reads and endorses: all of a party that citizens
// read or the law judges, where its answers go and how it proves itself. The keys
// of who registered itself are its own business, and it shows a word to change
// them; those of the operator's own file or door are in it. A secret is not: who
// reviews cannot read it. The bytes are JSON with the members in this order.
func (p Party) Record() []byte {
	r := partyRecord{ID: p.ID, Name: p.Name, Domain: p.Domain, Organisation: p.Organisation, RedirectURIs: p.RedirectURIs, SectorURI: p.SectorURI, Auth: p.Auth, FAPI: p.FAPI,
		Purpose: p.Purpose.Text, AgeMarks: p.AgeMarks, Bases: p.Bases, BasesUntil: p.BasesUntil, KeepDays: p.KeepDays, Sealed: p.Sealed, Unsealed: p.Unsealed,
		Otherwise: p.Otherwise, Details: p.Details, Offline: p.Offline, PostLogout: p.PostLogout, BackChannel: p.BackChannel, Erasures: p.Erasures}
	if len(p.Access) == 0 {
		r.JWKS, r.JWKSURI, r.Certificate = string(p.JWKS), p.JWKSURI, p.Certificate
	}
	b, err := json.Marshal(r)
	if err != nil { // of strings, numbers and dates: there is none
		return nil
	}
	return b
}

type partyRecord struct {
	ID           PartyID            `json:"id"`
	Name         Text               `json:"name"`
	Domain       string             `json:"domain"`
	Organisation string             `json:"organisation,omitempty"`
	RedirectURIs []string           `json:"redirect_uris"`
	SectorURI    string             `json:"sector_identifier_uri,omitempty"`
	Auth         PartyAuth          `json:"token_endpoint_auth_method"`
	JWKS         string             `json:"jwks,omitempty"`
	JWKSURI      string             `json:"jwks_uri,omitempty"`
	Certificate  CertificateName    `json:"certificate,omitzero"`
	FAPI         bool               `json:"fapi,omitempty"`
	Purpose      Text               `json:"purpose"`
	AgeMarks     map[AgeMark]string `json:"age_marks,omitempty"`
	Bases        map[string]string  `json:"bases,omitempty"`
	BasesUntil   map[string]Date    `json:"bases_until,omitempty"`
	KeepDays     int                `json:"plain_keep_days,omitempty"`
	Sealed       string             `json:"id_token_encrypted_response_alg,omitempty"`
	Unsealed     bool               `json:"plain_unencrypted,omitempty"`
	Otherwise    []Way              `json:"otherwise"`
	Details      []string           `json:"authorization_details_types,omitempty"`
	Offline      Offline            `json:"offline,omitempty"`
	PostLogout   []string           `json:"post_logout_redirect_uris,omitempty"`
	BackChannel  string             `json:"backchannel_logout_uri,omitempty"`
	Erasures     string             `json:"netid_erasure_uri,omitempty"`
}
