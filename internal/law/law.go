// Package law holds the sixteen articles of 国家网络身份认证公共服务管理办法
// (in force from 2025-07-15) as typed questions with verdicts, one file an article.
//
// It owns what the law lets happen and the notices of article 11, in both
// languages, and refuses to know who asks or what is done with the answer:
// every question is a pure function of the facts it is handed.
//
// Invariant: no rule has a switch. A change of law is a reviewed change of
// this package with a date; id and version of the rule stand in every event
// that relied on it. What a rule does not know, it refuses. docs/compliance.md
// is generated from here. Decision: docs/adr/0006-law-as-functions.md.
package law

import (
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Version of the rules: the day from which their text is in force. A rule whose
// text changed since says its own day (Rule.Since).
const Version = "2025-07-15"

// Verdict is the answer to one question. Code, Kind and Reason are set when
// it is a refusal.
type Verdict struct {
	Allowed  bool
	Rule     string        // stable id, "a8-result-only"; several, parted by a space, where an answer stands on several
	Version  string        // the day of its text; several where several rules differ, in their order
	Articles []int         // relied on, the rule's own first
	Code     string        // public reason, a key of the catalogue
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

// Book answers the questions. Its values never change, so that any number of
// goroutines may ask. The zero Book refuses everything.
type Book struct {
	rules    map[string]asked
	operator Operator
	inverted string
	current  [][]byte // marks of the notice in force, in each language, under the operator
}

type asked struct {
	Rule
	article int
}

// New opens the law. It speaks for no operator: see For.
func New() *Book { return bookOf(Articles()) }

func bookOf(articles []Article) *Book {
	b := &Book{rules: map[string]asked{}}
	for _, a := range articles {
		for _, r := range a.Rules {
			b.rules[r.ID] = asked{r, a.Number}
		}
	}
	return b
}

// For is the law for the service of one operator. Who answers for a service
// is part of its notices (Art. 11, item 1), so only a book that knows the
// operator can hold a consent against the very text that was shown.
func (b *Book) For(o Operator) *Book {
	c := *b
	c.operator = o
	c.current = nil
	if n, known := NoticeByID("enrolment"); known && o.complete() {
		for _, locale := range []string{"zh-CN", "en"} {
			c.current = append(c.current, n.Mark(locale, o))
		}
	}
	return &c
}

// Invert gives a book in which one rule answers the opposite. It exists for
// the test that shows which journey fails without each rule, and for nothing
// else. An unknown rule is an error.
func (b *Book) Invert(rule string) (*Book, error) {
	if _, ok := b.rules[rule]; !ok {
		return nil, fault.Newf("law.Invert", fault.Invalid, "rule_unknown", "there is no rule %q", rule)
	}
	c := *b
	c.inverted = rule
	return &c, nil
}

// answer is the one path of every question.
func (b *Book) answer(rule string, allowed bool) Verdict {
	r, known := b.rules[rule]
	if !known {
		return Verdict{Rule: rule, Version: Version, Kind: fault.Internal}
	}
	if b.inverted == rule {
		allowed = !allowed
	}
	v := Verdict{Allowed: allowed, Rule: rule, Version: r.version(), Articles: append([]int{r.article}, r.Also...)}
	if !allowed {
		v.Code, v.Kind, v.Reason = r.Code, r.refusal(), r.Refusal
	}
	return v
}

// all is the first refusal, or one verdict that stands on every rule asked.
func all(vs ...Verdict) Verdict {
	out := Verdict{Allowed: true}
	var rules, versions []string
	for _, v := range vs {
		if !v.Allowed {
			return v
		}
		rules, versions = append(rules, v.Rule), append(versions, v.Version)
		for _, n := range v.Articles {
			if !slices.Contains(out.Articles, n) {
				out.Articles = append(out.Articles, n)
			}
		}
	}
	out.Rule, out.Version = strings.Join(rules, " "), strings.Join(versions, " ")
	if len(slices.Compact(versions)) == 1 {
		out.Version = versions[0]
	}
	return out
}

// worded reports whether somebody wrote words there: a citation of blanks or
// of a dash cites nothing.
func worded(s string) bool { return strings.ContainsFunc(s, isLetter) }

// someone reports whether that says who: a name, or the label of an account, which chance
// may make of digits alone.
func someone(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return isLetter(r) || '0' <= r && r <= '9' })
}

// said is worded in one language at least.
func said(t identity.Text) bool { return worded(t.ZH) || worded(t.EN) }
