package law

import (
	"slices"
	"strings"

	"netid/internal/identity"
	"netid/internal/suite"
)

// Operator answers for the service to its citizens (Art. 11, item 1).
type Operator struct {
	Name    identity.Text
	Contact string // an address, telephone or mailbox that somebody answers
}

func (o Operator) complete() bool {
	return worded(o.Name.ZH) && worded(o.Name.EN) && strings.TrimSpace(o.Contact) != ""
}

// Notice is one text that a citizen reads before they consent, in both
// languages. Who operates the service is handed in where the text is made, so
// that the words are the same for every operator and reviewed once.
type Notice struct {
	ID        string // "enrolment", "document", "face"
	Subject   string // of the consent to it: "notice", "document", "face"
	Version   string // the day of this wording
	Effective identity.Date
	Title     identity.Text
	Sensitive bool // needs a separate consent, and says why it is necessary and what it may do to one
	Items     []NoticeItem
}

// NoticeItem is one paragraph. Key names what it tells, in the words
// of required; one paragraph may tell two things, parted by a space.
// {operator} and {contact} stand for the Operator.
type NoticeItem struct {
	Key   string
	Title identity.Text
	Body  identity.Text
}

// NoticeByID finds a notice of Notices.
func NoticeByID(id string) (Notice, bool) {
	for _, n := range Notices() {
		if n.ID == id {
			return n, true
		}
	}
	return Notice{}, false
}

// In gives the notice in one language ("zh-CN" or "en") with the operator
// filled in: the words that a page shows.
func (n Notice) In(locale string, o Operator) Notice {
	name := o.Name.In(locale)
	items := make([]NoticeItem, len(n.Items))
	for i, it := range n.Items {
		title, body := it.Title.In(locale), strings.ReplaceAll(strings.ReplaceAll(it.Body.In(locale), contactPlace, o.Contact), operatorPlace, name)
		items[i] = NoticeItem{it.Key, identity.Text{ZH: title, EN: title}, identity.Text{ZH: body, EN: body}}
	}
	n.Items = items
	return n
}

// Text is the exact text that a citizen consents to: title, version, then
// each item's title and body, lines parted by "\n".
func (n Notice) Text(locale string, o Operator) string {
	var b strings.Builder
	b.WriteString(n.Title.In(locale) + "\n" + n.Version + "\n")
	for _, it := range n.In(locale, o).Items {
		b.WriteString("\n" + it.Title.In(locale) + "\n" + it.Body.In(locale) + "\n")
	}
	return b.String()
}

// Digest is what a consent keeps of Text: SHA-256 over its length in bytes (8
// bytes, big-endian) and the UTF-8 text itself, as suite.Digest frames it.
func (n Notice) Digest(locale string, o Operator) []byte { return digestOf(n.Text(locale, o)) }

func digestOf(text string) []byte {
	d := suite.Digest([]byte(text))
	return d[:]
}

// Mark is what a person's profile keeps of the notice that they agreed to last:
// enough of its digest to tell one wording from another.
func (n Notice) Mark(locale string, o Operator) []byte { return n.Digest(locale, o)[:8] }

const (
	operatorPlace = "{operator}"
	contactPlace  = "{contact}"
)

// Lint says what a law misses in the notice, in either language: nil when it is complete.
func (n Notice) Lint() []string {
	var wrong []string
	say := func(what string) { wrong = append(wrong, n.ID+": "+what) }
	if n.ID == "" || n.Subject == "" || n.Version == "" || n.Version != n.Effective.String() || !both(n.Title) {
		say("has no id, subject, version or title")
	}
	told := map[string]bool{}
	for _, it := range n.Items {
		for key := range strings.FieldsSeq(it.Key) {
			if told[key] {
				say(key + " is told twice")
			}
			if !slices.Contains(n.required(), key) {
				say(key + " is no item")
			}
			told[key] = both(it.Title) && both(it.Body)
			if key == "who" && !namesOperator(it.Body) {
				say("who does not name the operator and its contact")
			}
		}
	}
	for _, key := range n.required() {
		if !told[key] {
			say(key + " is missing (" + strings.Join(n.lawsOf(key), "; ") + ")")
		}
	}
	return append(wrong, n.unsaid()...)
}

func both(t identity.Text) bool { return worded(t.ZH) && worded(t.EN) }

func namesOperator(t identity.Text) bool {
	for _, body := range []string{t.ZH, t.EN} {
		if !strings.Contains(body, operatorPlace) || !strings.Contains(body, contactPlace) {
			return false
		}
	}
	return true
}
