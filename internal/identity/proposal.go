package identity

import (
	"strings"

	"netid/internal/fault"
)

// ProposalText is all that one of two people at the operator's console signs with a
// passkey: the proposal in both languages, and the word that they say by it.
type ProposalText struct {
	Issuer, Number, Action, Subject string
	Body                            string // digest of the proposal's body
	Says                            Text   // what it does; the passkey signs both languages, whichever its holder reads
	By                              string // the label of who proposes
	Expires                         string // RFC 3339
	Word                            string // "propose", "approve" or "refuse"
	Signer                          string // the label of who signs
}

const proposalForm = "netid-proposal/1"

// String is the text that is signed: twelve lines.
func (t ProposalText) String() string {
	return strings.Join([]string{proposalForm, t.Issuer, t.Number, t.Action, t.Subject, t.Body, t.Says.ZH, t.Says.EN, t.By, t.Expires, t.Word, t.Signer}, "\n")
}

// ParseProposalText reads what String gives, and nothing that String would write
// otherwise.
func ParseProposalText(s string) (ProposalText, error) {
	l := strings.Split(s, "\n")
	if len(l) != 12 || l[0] != proposalForm {
		return ProposalText{}, fault.New("identity.ParseProposalText", fault.Invalid, "endorsement_invalid")
	}
	return ProposalText{l[1], l[2], l[3], l[4], l[5], Text{ZH: l[6], EN: l[7]}, l[8], l[9], l[10], l[11]}, nil
}
