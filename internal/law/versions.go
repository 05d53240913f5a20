package law

import (
	"embed"
	"strings"
)

// texts are the words of every version that there ever was, in both languages,
// as Notice.Text makes them with the operator left open. None is ever changed:
// people have consented to them, and can read them for as long as they want.
//
//go:embed texts/*.txt
var texts embed.FS

// Worded is one version of a notice in one language, as it was shown.
type Worded struct {
	ID, Version, Locale string
	Title               string
	Parts               []Part
	Digest              []byte // what a consent to exactly these words keeps
}

// Part is one paragraph under its heading.
type Part struct{ Heading, Body string }

// NoticeAs gives a version of a notice with this operator named in it, also
// one that is in force no more.
func NoticeAs(id, version, locale string, o Operator) (Worded, bool) {
	n, known := NoticeByID(id)
	text, there := n.TextAt(version, locale, o)
	if !known || !there {
		return Worded{}, false
	}
	w := Worded{ID: id, Version: version, Locale: locale, Digest: digestOf(text)}
	head, rest, _ := strings.Cut(text, "\n\n")
	w.Title, _, _ = strings.Cut(head, "\n")
	for item := range strings.SplitSeq(strings.TrimSuffix(rest, "\n"), "\n\n") {
		heading, body, _ := strings.Cut(item, "\n")
		w.Parts = append(w.Parts, Part{heading, body})
	}
	return w, true
}

// NoticeOf finds the notice that a consent's subject is about.
func NoticeOf(subject string) (Notice, bool) {
	for _, n := range Notices() {
		if n.Subject == subject {
			return n, true
		}
	}
	return Notice{}, false
}
