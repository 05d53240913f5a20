package law

import (
	"bytes"
	"slices"
	"strings"

	"netid/internal/identity"
)

// Wordings are the versions that a notice had, oldest first, the present one last.
func (n Notice) Wordings() (versions []string) {
	files, _ := texts.ReadDir("texts") // of the binary: it is there
	for _, f := range files {
		id, rest, _ := strings.Cut(f.Name(), ".")
		if version, locale, _ := strings.Cut(rest, "."); id == n.ID && locale == "en.txt" {
			versions = append(versions, version)
		}
	}
	slices.Sort(versions)
	return versions
}

// TextAt is the exact text of one version of the notice, with the operator in it.
// False: there was none.
func (n Notice) TextAt(version, locale string, o Operator) (string, bool) {
	b, err := texts.ReadFile("texts/" + n.ID + "." + version + "." + locale + ".txt")
	if err != nil || strings.ContainsAny(version+locale, "/\\") {
		return "", false
	}
	return strings.NewReplacer(operatorPlace, o.Name.In(locale), contactPlace, o.Contact).Replace(string(b)), true
}

// InForceOn is the version of the notice that was in force on a day; empty before its first.
func (n Notice) InForceOn(day identity.Date) (version string) {
	for _, v := range n.Wordings() {
		if v <= day.String() {
			version = v
		}
	}
	return version
}

// Followed reports whether a consent was given to the notice that was in force on
// its day, in these very words (Art. 16; PIPL Art. 14). What was done under it before the
// words changed stays lawful; for what comes after, Informed and Separately ask
// for the present words.
func (b *Book) Followed(c identity.Consent) bool {
	for _, n := range Notices() {
		if n.Subject != c.Subject {
			continue
		}
		text, known := n.TextAt(c.Version, c.Locale, b.operator)
		return known && c.Given && b.operator.complete() && c.Version == n.InForceOn(identity.Today(c.Time)) && bytes.Equal(c.Digest, digestOf(text))
	}
	return false
}
