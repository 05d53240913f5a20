package law

import (
	"strings"

	"netid/internal/identity"
	"netid/internal/suite"
)

// Operator answers for the service to its citizens (Art. 11, item 1).
type Operator struct {
	Name    identity.Text
	Contact string
}

// Notice is one text that a citizen reads before they consent, in both languages.
type Notice struct {
	ID        string // "enrolment", "document", "face"
	Version   string // the day of this wording
	Title     identity.Text
	Sensitive bool // needs a separate consent, and says why it is necessary and what it may do to one
	Items     []NoticeItem
}

// NoticeItem is one paragraph. {operator} and {contact} stand for the Operator.
type NoticeItem struct {
	Key   string
	Title identity.Text
	Body  identity.Text
}

// NoticeByID finds a notice.
func NoticeByID(id string) (Notice, bool) {
	for _, n := range Notices() {
		if n.ID == id {
			return n, true
		}
	}
	return Notice{}, false
}

// In gives the notice in one language with the operator filled in.
func (n Notice) In(locale string, o Operator) Notice {
	fill := strings.NewReplacer("{operator}", o.Name.In(locale), "{contact}", o.Contact)
	items := make([]NoticeItem, len(n.Items))
	for i, it := range n.Items {
		title, body := it.Title.In(locale), fill.Replace(it.Body.In(locale))
		items[i] = NoticeItem{it.Key, identity.Text{ZH: title, EN: title}, identity.Text{ZH: body, EN: body}}
	}
	n.Items = items
	return n
}

// Text is the exact text that a citizen consents to, whose digest the consent keeps.
func (n Notice) Text(locale string, o Operator) string {
	var b strings.Builder
	b.WriteString(n.Title.In(locale) + "\n" + n.Version + "\n")
	for _, it := range n.In(locale, o).Items {
		b.WriteString("\n" + it.Title.In(locale) + "\n" + it.Body.In(locale) + "\n")
	}
	return b.String()
}

// Digest is the SHA-256 of Text.
func (n Notice) Digest(locale string, o Operator) []byte {
	d := suite.Digest([]byte(n.Text(locale, o)))
	return d[:]
}

// required are the items of article 11, and of its second paragraph for
// sensitive data.
func (n Notice) required() []string {
	if n.Sensitive {
		return []string{"purpose", "kinds", "retention", "necessity", "impact", "rights", "refusal"}
	}
	return []string{"who", "purpose", "means", "kinds", "retention", "rights", "procedure", "others", "voluntary"}
}

// Lint says what article 11 misses in the notice.
func (n Notice) Lint() []string {
	var missing []string
	for _, key := range n.required() {
		there := false
		for _, it := range n.Items {
			full := it.Title.ZH != "" && it.Title.EN != "" && it.Body.ZH != "" && it.Body.EN != ""
			there = there || it.Key == key && full
		}
		if !there {
			missing = append(missing, n.ID+": "+key)
		}
	}
	return missing
}
