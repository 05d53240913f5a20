// Package law holds the sixteen articles of 国家网络身份认证公共服务管理办法
// (in force from 2025-07-15) as typed questions with verdicts.
//
// It owns what the law lets happen, in both languages, and refuses to know who
// asks or what is done with the answer: every question is a pure function of
// the facts it is handed.
//
// Invariant: no rule has a switch. A change of law is a reviewed change of
// this package with a date; the version of the rule stands in every event
// that relied on it.
package law

import (
	"fmt"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Version of the rules: the day from which their text is in force.
const Version = "2025-07-15"

// Verdict is the answer to one question.
type Verdict struct {
	Allowed  bool
	Rule     string // stable id: "a8-result-only"
	Version  string
	Articles []int
	Code     string        // public reason when refused, a key of the catalogue
	Kind     fault.Kind    // of the refusal
	Reason   identity.Text // the refusal in a citizen's words
}

// Ground is what an event keeps of a verdict it relied on.
func (v Verdict) Ground() identity.Ground {
	return identity.Ground{Rule: v.Rule, Version: v.Version, Articles: v.Articles}
}

// Err is nil when allowed, else the refusal as a fault with its public reason.
func (v Verdict) Err(op string) error {
	if v.Allowed {
		return nil
	}
	return fault.Newf(op, v.Kind, v.Code, "rule %s, articles %v", v.Rule, v.Articles)
}

// Kind of an article.
type Kind string

const (
	IsRule       Kind = "rule"       // decides something that an act asks
	IsDuty       Kind = "duty"       // binds the service in how it is built and run
	IsDefinition Kind = "definition" // gives a word its meaning
	IsContext    Kind = "context"    // says who and why
)

// Article is one article of the regulation and what became of it here.
type Article struct {
	Number    int
	Title     identity.Text
	Kind      Kind
	Effective identity.Date
	Summary   identity.Text
	Met       identity.Text // how the service meets it
	Rules     []Rule
}

// Rule is one question that an act asks.
type Rule struct {
	ID          string
	Question    identity.Text
	Code        string        // public reason of its refusal
	Refusal     identity.Text // in a citizen's words
	Kind        fault.Kind    // zero: Forbidden
	Acts        []string      // who asks
	Event       identity.EventKind
	Obligations []string // rows of the obligations table: "A8-1"
	Test        string
}

// Book answers the questions. Its zero inversion is the law.
type Book struct {
	rules    map[string]verdictOf
	inverted string
}

type verdictOf struct {
	Rule
	article int
}

// New opens the law.
func New() *Book {
	b := &Book{rules: map[string]verdictOf{}}
	for _, a := range Articles() {
		for _, r := range a.Rules {
			b.rules[r.ID] = verdictOf{r, a.Number}
		}
	}
	return b
}

// Invert gives a book in which one rule answers the opposite. It exists for
// the test that shows which journey fails without each rule, and for nothing else.
func (b *Book) Invert(rule string) (*Book, error) {
	if _, ok := b.rules[rule]; !ok {
		return nil, fmt.Errorf("there is no rule %q", rule)
	}
	return &Book{b.rules, rule}, nil
}

// answer is the one path of every question.
func (b *Book) answer(rule string, allowed bool) Verdict {
	r := b.rules[rule]
	if b.inverted == rule {
		allowed = !allowed
	}
	kind := r.Kind
	if kind == fault.Internal {
		kind = fault.Forbidden
	}
	return Verdict{allowed, rule, Version, []int{r.article}, r.Code, kind, r.Refusal}
}

// Articles are the sixteen, in order.
func Articles() []Article {
	return []Article{article1(), article2(), article3(), article4(), article5(), article6(), article7(), article8(),
		article9(), article10(), article11(), article12(), article13(), article14(), article15(), article16()}
}

// Reasons are the refusals by their public code.
func Reasons() map[string]identity.Text {
	m := map[string]identity.Text{}
	for _, a := range Articles() {
		for _, r := range a.Rules {
			m[r.Code] = r.Refusal
		}
	}
	return m
}

func effective() identity.Date { return identity.Date{Year: 2025, Month: 7, Day: 15} }

func t(zh, en string) identity.Text { return identity.Text{ZH: zh, EN: en} }
