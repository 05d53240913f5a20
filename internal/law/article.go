package law

import (
	"cmp"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Kind of an article, by what its text does. A definition and a duty may
// carry rules too, where an act's answer hangs on their words.
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
	Summary   identity.Text // of the article, in our words
	Met       identity.Text // how this version of the service meets it, and what it does not do yet
	Rules     []Rule
}

// Citation names the article as a document would.
func (a Article) Citation() identity.Text {
	if a.Number < 1 || a.Number > len(numerals()) {
		return identity.Text{}
	}
	n := numerals()[a.Number-1]
	return t("《国家网络身份认证公共服务管理办法》第"+n[0]+"条",
		"Measures for the Administration of the National Network Identity Authentication Public Service, Article "+n[1])
}

func numerals() [][2]string {
	return [][2]string{{"一", "1"}, {"二", "2"}, {"三", "3"}, {"四", "4"}, {"五", "5"}, {"六", "6"}, {"七", "7"}, {"八", "8"},
		{"九", "9"}, {"十", "10"}, {"十一", "11"}, {"十二", "12"}, {"十三", "13"}, {"十四", "14"}, {"十五", "15"}, {"十六", "16"}}
}

// Rule is one question that an act asks.
type Rule struct {
	ID          string   // stable; stands in events
	Asked       []string // the Book's methods that ask it
	Question    identity.Text
	Code        string             // public reason of its refusal; one code has one sentence
	Refusal     identity.Text      // in a citizen's words
	Kind        fault.Kind         // of the refusal; zero: Forbidden
	Also        []int              // other articles that it relies on
	Acts        []string           // who asks
	Event       identity.EventKind // that carries the ground
	Obligations []string           // rows of the obligations table: "A8-1"
	Test        string             // in this package
	Since       string             // the day of its present text; empty: Version
	Former      []Wording          // its texts of before, which old decisions stand on
}

// version is the day of the rule's present text.
func (r Rule) version() string { return cmp.Or(r.Since, Version) }

func (r Rule) refusal() fault.Kind {
	if r.Kind == fault.Internal {
		return fault.Forbidden
	}
	return r.Kind
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

// Refusals that two rules share.
const (
	guardianNeeded = "guardian_needed"
	notYours       = "not_yours"
	leavingRefused = "leaving_refused"
)

func guardianSays() identity.Text {
	return t("按规定，这一步需要您的父母或其他监护人同意或一起办理。在此之前，什么都不会保存，也不会发出。",
		"By law a parent or another guardian has to agree to this, or do it with you. Until then nothing is kept and nothing is sent.")
}

func notYoursSays() identity.Text {
	return t("这不是您自己的。您只能查看和处理自己的网证和记录。", "This is not yours. You can see and change only your own certificate and records.")
}

func leavingSays() identity.Text {
	return t("没有办成。拒绝、撤回和删除是您的权利，任何时候都可以。请再试一次；仍然不行，请联系我们。",
		"It was not done. To refuse, to withdraw and to erase are your rights at any time. Please try again; if it still fails, contact us.")
}

// effective is the day from which the regulation is in force (Art. 16).
func effective() identity.Date { return identity.Date{Year: 2025, Month: 7, Day: 15} }

func t(zh, en string) identity.Text { return identity.Text{ZH: zh, EN: en} }

func isLetter(r rune) bool { return unicode.IsLetter(r) }
