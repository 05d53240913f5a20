package sandbox

import (
	"encoding/json"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// The real card and the state's security module share an algorithm and keys
// that are not public, so what they say to each other is opaque to everybody
// between. Here it is the card's content sealed under a key that the
// simulated cards and the simulated module share, bound to the challenge.
const transcriptLabel = "netid sandbox resident card/1"

type inside struct {
	Kind   identity.DocumentKind `json:"kind"`
	Number string                `json:"number"`
	printed
}

// resident is what a card and the reader said to each other about the challenge.
func (p *Population) resident(c card, challenge []byte) ([]byte, error) {
	b, err := json.Marshal(inside{c.Kind, c.Number, *c.Printed})
	if err != nil {
		return nil, err
	}
	return json.Marshal(document.CardEvidence{Transcript: suite.Seal(p.sam, b, binding(challenge))})
}

func binding(challenge []byte) []byte { return append([]byte(transcriptLabel+"\n"), challenge...) }

// decode opens a transcript that was made for this challenge.
func decode(sam identity.Secret, transcript, challenge []byte) (identity.Document, error) {
	const op = "sandbox.decode"
	b, err := suite.Open(sam, transcript, binding(challenge))
	if err != nil {
		return identity.Document{}, fault.Wrap(op, fault.Invalid, "chip_authentication_failed", err)
	}
	var in inside
	if err := json.Unmarshal(b, &in); err != nil {
		return identity.Document{}, fault.New(op, fault.Invalid, "document_malformed")
	}
	return identity.Document{Kind: in.Kind, Number: in.Number, Name: in.Name, Birth: in.Birth, Expires: in.Expires,
		Long: in.Long, Origin: identity.DecodedElsewhere}, nil
}
