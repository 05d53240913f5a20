package identity

import "time"

// NewsKind is what the authority says has become of a person or a document. Each
// states a fact, never "undo the last": what is told twice, or late, is the same fact.
type NewsKind string

const (
	DocumentLost        NewsKind = "document-lost"     // lost, stolen or cancelled: valid no more
	DocumentReplaced    NewsKind = "document-replaced" // there is a newer one; this one is valid until News.Until
	DocumentExpired     NewsKind = "document-expired"  // valid until News.Until, which may be sooner than is printed on it
	DocumentGood        NewsKind = "document-good"     // valid after all, until News.Until: takes back each of the three
	PersonDeceased      NewsKind = "person-deceased"
	PersonAlive         NewsKind = "person-alive" // a death was told that was none
	GuardianshipChanged NewsKind = "guardianship-changed"
)

// News is one thing that the authority says of one person. Seq counts its news
// from 1 without a gap, and is the only name that one has.
type News struct {
	Seq      uint64       `json:"seq"`
	Time     time.Time    `json:"time"`
	Kind     NewsKind     `json:"kind"`
	Person   PersonHandle `json:"person"`
	Document DocumentName `json:"document,omitzero"`
	Until    Date         `json:"until,omitzero"` // last valid day of the document; zero with Long
	Long     bool         `json:"long_term,omitempty"`
	Guardian PersonHandle `json:"guardian,omitempty"` // of GuardianshipChanged: whose it is, or was
	Ended    bool         `json:"ended,omitempty"`
}

// DocumentName is what names a document.
type DocumentName struct {
	Kind   DocumentKind `json:"kind"`
	Number string       `json:"number"`
}

// AboutDocument reports whether the news is of a document.
func (k NewsKind) AboutDocument() bool {
	return k == DocumentLost || k == DocumentReplaced || k == DocumentExpired || k == DocumentGood
}

// Known reports whether this release knows what to do.
func (k NewsKind) Known() bool {
	return k.AboutDocument() || k == PersonDeceased || k == PersonAlive || k == GuardianshipChanged
}

// TakesBack reports whether the news opens what other news closed: the
// direction in which a wrong word does harm, so two keys of the authority say it.
func (k NewsKind) TakesBack() bool { return k == DocumentGood || k == PersonAlive }

// Tells is what the news says of a document as it is kept.
func (n News) Tells(d Document) Document {
	d.Expires, d.Long = n.Until, n.Long
	if n.Kind == DocumentLost { // not even on the day on which it was said
		d.Expires, d.Long = Today(n.Time).Yesterday(), false
	}
	return d
}

// MoveFeed says how far a feed of news was acted on, in the commit of what was
// done, or alone where there was nothing to do. Guard: From ("feed_moved").
type MoveFeed struct {
	Feed     []byte
	From, To uint64
}

func (MoveFeed) verb() {}
func (MoveFeed) note() {}
