package evidence

import (
	"time"

	"netid/internal/identity"
	"netid/internal/law"
)

// article is one article as an auditor reads it.
type article struct {
	Number    int           `json:"article"`
	Citation  identity.Text `json:"citation"`
	Title     identity.Text `json:"title"`
	Kind      law.Kind      `json:"kind"`
	Effective string        `json:"effective"`
	Summary   identity.Text `json:"summary"`
	Met       identity.Text `json:"met"`
	Source    string        `json:"source"` // its file in the pack; the signed list has its digest
	Rules     []rule        `json:"rules"`
}

// rule is one rule: its texts, the newest last, where it is asked and what holds it.
type rule struct {
	ID          string        `json:"rule"`
	Texts       []law.Wording `json:"texts"`
	Code        string        `json:"refusal"`
	Functions   []string      `json:"functions"`
	Acts        []string      `json:"asked_by"`
	Event       string        `json:"kept_in"`
	Obligations []string      `json:"obligations"`
	Tests       []string      `json:"tests"`
}

func (f Facts) rules() []article {
	all := []article{}
	book := law.New()
	for _, a := range f.articles() {
		name, _ := law.Source(a.Number)
		one := article{a.Number, a.Citation(), a.Title, a.Kind, a.Effective.String(), a.Summary, a.Met, "source/" + name, []rule{}}
		for _, r := range a.Rules {
			r := rule{r.ID, book.Wordings(r.ID), r.Code, functions(r), r.Acts, string(r.Event), r.Obligations, []string{"internal/law " + r.Test, "test/kit TestEveryRuleMatters"}}
			one.Rules = append(one.Rules, r)
		}
		all = append(all, one)
	}
	return all
}

func functions(r law.Rule) (names []string) {
	for _, asked := range r.Asked {
		names = append(names, "law.Book."+asked)
	}
	return names
}

// Party is what everybody may know of a party: nothing by which it proves itself, and
// nothing of who approved it.
type Party struct {
	ID           string            `json:"id"`
	Name         identity.Text     `json:"name"`
	Domain       string            `json:"domain"`
	Organisation string            `json:"organisation,omitempty"`
	Purpose      identity.Text     `json:"purpose"`
	AgeMarks     map[string]string `json:"age_marks,omitempty"`
	Bases        map[string]string `json:"bases,omitempty"`
	BasesUntil   map[string]string `json:"bases_until,omitempty"`
	KeepDays     int               `json:"keep_days,omitempty"`
	Otherwise    []identity.Way    `json:"otherwise"`
	Standing     string            `json:"standing"`
	Endorsements int               `json:"endorsements"`
	Since        time.Time         `json:"since"`
	Sandbox      bool              `json:"sandbox,omitempty"`
}

func register(parties []identity.Party) []Party {
	all := []Party{}
	for _, p := range parties {
		one := Party{ID: string(p.ID), Name: p.Name, Domain: p.Domain, Organisation: p.Organisation, Purpose: p.Purpose.Text, Bases: p.Bases, KeepDays: p.KeepDays, Otherwise: p.Otherwise,
			Standing: string(p.Standing), Endorsements: len(p.Endorsed), Since: p.Since.UTC(), Sandbox: p.Sandbox, AgeMarks: map[string]string{}, BasesUntil: map[string]string{}}
		for mark, cites := range p.AgeMarks {
			one.AgeMarks[string(mark)] = cites
		}
		for item, day := range p.BasesUntil {
			one.BasesUntil[item] = day.String()
		}
		all = append(all, one)
	}
	return all
}

// kept is the retention of one kind of event.
type kept struct {
	Kind   string        `json:"event"`
	Class  string        `json:"class"`
	Months int           `json:"months_after_its_month"`
	Basis  identity.Text `json:"law,omitzero"`
}

func retention() []kept {
	all := []kept{}
	book := law.New()
	for _, kind := range law.Recorded() {
		r := book.Keeps(kind)
		all = append(all, kept{string(kind), r.Class.String(), r.Months, r.Basis})
	}
	return all
}

// told is one notice with its versions.
type told struct {
	ID       string        `json:"notice"`
	Title    identity.Text `json:"title"`
	Versions []string      `json:"versions"` // the newest last; their texts are in notices/
	Missing  []string      `json:"missing"`  // what the linter says
}

func notices() []told {
	all := []told{}
	for _, n := range law.Notices() {
		all = append(all, told{n.ID, n.Title, n.Wordings(), append([]string{}, n.Lint()...)})
	}
	return all
}
