package law

import (
	"slices"

	"netid/internal/identity"
)

// Obligation is one row of what the regulation asks as behaviour that a test can
// show, and how this version meets it: by rules that acts ask, by tests that hold how it
// is built, by documents. What is not here yet it says.
type Obligation struct {
	ID    string        `json:"id"` // "A8-1": article 8, first; "X-1": the official explanation
	Says  identity.Text `json:"says"`
	Tests []string      `json:"tests"`         // "internal/law TestAnswers": package and name
	Owed  identity.Text `json:"owed,omitzero"` // what of it is not in this version; empty: nothing
}

// RulesOf are the rules that an obligation stands on, in the order of the articles.
func (o Obligation) RulesOf() (rules []Rule) {
	for _, a := range Articles() {
		for _, r := range a.Rules {
			if slices.Contains(r.Obligations, o.ID) {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// Article is the number of the obligation's article; 0 for the official explanation.
func (o Obligation) Article() (n int) {
	if o.ID[0] == 'A' {
		for _, c := range o.ID[1:] {
			if c == '-' {
				break
			}
			n = n*10 + int(c-'0')
		}
	}
	return n
}

func row(id, zh, en string, tests ...string) Obligation {
	return Obligation{ID: id, Says: t(zh, en), Tests: tests}
}

func (o Obligation) owes(zh, en string) Obligation {
	o.Owed = t(zh, en)
	return o
}
