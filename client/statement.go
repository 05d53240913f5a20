package client

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Item is one thing that a party asks to learn, or a wallet to keep.
type Item struct {
	Name     string // "result", "age_over_14", "age_over_18", "age_over_60", "offline_7", "offline_30", "offline_90", or one of PlainItems; "standing_90": the same again for 90 days without being asked; "attest_person", "attest_age": a wallet asks to keep such proofs
	Given    bool   // false: the citizen keeps it to themselves
	Optional bool   // the citizen may refuse this item alone
	Basis    string // of a plain item that is given: the law that the party cites for it
	Days     int    // and for how long the party may keep it, 1 to 3650; a withheld item says neither
}

// Statement is what a citizen reads before they approve, and what their
// device then signs: who asks, why, what they learn, what they do not learn.
// Its words live here and nowhere else, so that anybody who holds the signed
// bytes can render them again and compare.
type Statement struct {
	Locale      string    // "zh-CN" or "en"
	Service     string    // the name under which the citizen knows the service; no brackets
	Party       string    // registered legal name
	Domain      string    // host in lower-case ASCII (an internationalised name as xn--), with port where not 443
	Purpose     string    // one sentence, the party's own
	Intent      string    // what it is for: "register", "sign_in", "reverify", or "" where the party did not say
	Mode        string    // "urn:netid:acr:cert", "…:cert-pwd", "…:cert-face", "…:cert-pwd-face"
	Items       []Item    // "result" first, or what a wallet is to keep and nothing else; each name once
	Across      bool      // approved on another device than the one that gets the answer
	Transaction string    // server-issued, 1 to 128 of [A-Za-z0-9_-]
	Time        time.Time // rendered in whole seconds
}

const (
	maxStatement = 8 << 10 // bytes of a whole rendered statement
	maxName      = 120     // characters of a party or service name
	maxPurpose   = 300     // characters of a purpose
)

// Check refuses a statement that must not be shown or signed: an unknown
// locale, mode or item, an item both required and withheld, and any text that
// could hide, reorder or imitate a line (control characters, line ends,
// direction overrides, invisible characters, runs of spaces). The error is
// ErrStatement and names the field, never its content.
func (s Statement) Check() error {
	w, ok := wordsIn(s.Locale)
	if !ok {
		return refuse("locale")
	}
	return s.check(&w)
}

func (s Statement) check(w *words) error {
	if !plain(s.Service, maxName) || strings.ContainsAny(s.Service, "()（）") {
		return refuse("service")
	}
	if !plain(s.Party, maxName) {
		return refuse("party")
	}
	if !domain.MatchString(s.Domain) || len(s.Domain) > 260 {
		return refuse("domain")
	}
	if !plain(s.Purpose, maxPurpose) {
		return refuse("purpose")
	}
	if s.Intent != "" && w.purpose(s.Intent) == "" {
		return refuse("intent")
	}
	if w.mode(s.Mode) == "" {
		return refuse("mode")
	}
	if err := checkItems(w, s.Items); err != nil {
		return err
	}
	if !named(s.Transaction) {
		return refuse("transaction")
	}
	if y := s.Time.In(beijing()).Year(); y < 2000 || y > 9999 {
		return refuse("time")
	}
	return nil
}

// checkItems wants the result first, always given: without it there is no
// answer to which the rest could belong. A wallet learns nothing: it asks to keep
// proofs, the first of which is what its request is about.
func checkItems(w *words, items []Item) error {
	if len(items) == 0 || items[0].Optional || !items[0].Given || items[0].Name != "result" && !items[0].kept() {
		return refuse("items: the result, or what a wallet is to keep, comes first and is always given")
	}
	for n, i := range items {
		if i.kept() != items[0].kept() || i.kept() && i.Optional != (n > 0) {
			return refuse("items: what a wallet is to keep stands alone, and all of it but the first can be refused")
		}
		if w.item(i) == "" {
			return refuse("items: unknown, or required and yet withheld")
		}
		if !i.termed() {
			return refuse("items: a basis and a time to keep it belong to a plain item")
		}
		if slices.ContainsFunc(items[:n], func(o Item) bool { return o.Name == i.Name }) {
			return refuse("items: named twice")
		}
		if strings.HasPrefix(i.Name, "standing_") && len(items) != 2 {
			return refuse("items: what one consents to for longer is the bare result")
		}
	}
	return nil
}

// Lines are the sentences in the order in which they are read: who asks, why,
// for what where the party said so, that it crosses two devices where it does, one line an item, what is not told, how it is proven, the request, the time.
// A statement that Check refuses has no lines, so that it can be neither shown
// nor signed.
func (s Statement) Lines() []string {
	w, ok := wordsIn(s.Locale)
	if !ok || s.check(&w) != nil {
		return nil
	}
	lines := append(make([]string, 0, 8+len(s.Items)),
		s.Party+w.open+s.Domain+w.asks+s.Service+w.verify,
		w.why+s.Purpose,
	)
	if s.Intent != "" {
		lines = append(lines, w.purpose(s.Intent))
	}
	if s.Across {
		lines = append(lines, w.across)
	}
	for _, i := range s.Items {
		lines = append(lines, w.item(i))
	}
	at := s.Time.In(beijing())
	return append(lines,
		w.not(s.Items),
		w.mode(s.Mode),
		w.request+s.Transaction,
		w.time+at.Format(w.clock)+w.stamp+at.Format(time.RFC3339),
	)
}

// Bytes are the bytes that the device signs: the lines joined by "\n", UTF-8,
// no line end after the last.
func (s Statement) Bytes() []byte {
	lines := s.Lines()
	if lines == nil {
		return nil
	}
	return []byte(strings.Join(lines, "\n"))
}

// Line is the one sentence of an item, as given or as withheld, in the
// statement's language; empty for an item that Check would refuse. A page
// shows both variants of an optional item and signs the chosen one.
func (s Statement) Line(i Item) string {
	w, ok := wordsIn(s.Locale)
	if !ok {
		return ""
	}
	return w.item(i)
}

// kept reports whether it is proofs that a wallet is to keep.
func (i Item) kept() bool { return strings.HasPrefix(i.Name, "attest_") }

var domain = regexp.MustCompile(`^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[1-9][0-9]{0,4})?$`)

// named reports whether the text is a transaction's id.
func named(s string) bool {
	return len(s) >= 1 && len(s) <= 128 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// plain reports whether the text is one short line of visible characters with
// single spaces inside. IsPrint keeps out control and format characters (so
// every bidirectional override), line and paragraph separators and all spaces
// but U+0020; what it lets through and still shows nothing is listed.
func plain(s string, longest int) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > longest || strings.TrimSpace(s) != s {
		return false
	}
	marks, last := 0, rune(0)
	for _, r := range s {
		if !unicode.IsPrint(r) || r == ' ' && last == ' ' || invisible(r) {
			return false
		}
		if marks++; !unicode.IsMark(r) {
			marks = 0
		}
		if marks > 2 { // stacked marks paint over the neighbouring lines
			return false
		}
		last = r
	}
	return true
}

func invisible(r rune) bool {
	return r == '\u2800' || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// beijing is UTC+8, the one civil time of the citizens this is written for.
// Nobody reads the zone's name; one without is not made anew each time.
func beijing() *time.Location { return time.FixedZone("", 8*60*60) }

func refuse(field string) error { return fmt.Errorf("%w: %s", ErrStatement, field) }
