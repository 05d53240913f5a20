package law

import (
	"slices"
	"strings"

	"netid/internal/identity"
)

// Wording is the text of one rule as it was in force: what an event that stands on
// it relied on. A rule whose text changes gets a new Since, and its text of before
// stays among Former, because records of three years stand on it.
type Wording struct {
	Rule     string        `json:"rule"`
	Version  string        `json:"version"` // the day from which it was in force
	Ended    string        `json:"ended,omitempty"`
	Articles []int         `json:"articles"`
	Question identity.Text `json:"question"`
	Refusal  identity.Text `json:"refusal"`
}

// Explain gives the texts that a decision stood on, by the rules and versions that
// its event stores, in their order. False: one of them is none that ever was
// in force here.
func (b *Book) Explain(g identity.Ground) (texts []Wording, known bool) {
	rules, versions := strings.Fields(g.Rule), strings.Fields(g.Version)
	if len(rules) == 0 || len(versions) != 1 && len(versions) != len(rules) {
		return nil, false
	}
	for i, id := range rules {
		version := versions[min(i, len(versions)-1)]
		all := b.Wordings(id)
		at := slices.IndexFunc(all, func(w Wording) bool { return w.Version == version })
		if at < 0 {
			return nil, false
		}
		texts = append(texts, all[at])
	}
	return texts, true
}

// Wordings are all texts of a rule, oldest first; nil for one that there is not.
func (b *Book) Wordings(rule string) []Wording {
	r, known := b.rules[rule]
	if !known {
		return nil
	}
	now := Wording{Rule: rule, Version: r.version(), Articles: append([]int{r.article}, r.Also...), Question: r.Question, Refusal: r.Refusal}
	all := append(slices.Clone(r.Former), now)
	for i := range all {
		all[i].Rule = rule
		if i+1 < len(all) {
			all[i].Ended = all[i+1].Version
		}
	}
	return all
}

// Rules are the ids of all rules, in the order of the articles.
func (b *Book) Rules() (ids []string) {
	for _, a := range Articles() {
		for _, r := range a.Rules {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
