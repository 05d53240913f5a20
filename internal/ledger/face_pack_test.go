package ledger_test

import (
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// The longest enrolments have that length, too: how the person was compared does not show.
func TestEveryWayToEnrolHasOneLength(t *testing.T) {
	ground := func(rule string, articles ...int) identity.Ground {
		return identity.Ground{Rule: rule, Version: "2025-07-15", Articles: articles}
	}
	var details []string
	for _, kind := range identity.DocumentKinds {
		for _, origin := range []identity.Origin{identity.CheckedHere, identity.CheckedSimulated, identity.DecodedElsewhere} {
			for _, way := range []string{"match", "twin", "review"} {
				details = append(details, string(kind)+"/"+string(origin)+"/face-"+way)
			}
		}
	}
	for _, detail := range details {
		m, who := newMemory(), person(10)
		e := identity.Event{Kind: identity.Enrolled, Detail: detail, Grounds: []identity.Ground{ground("a16-in-force", 16), ground("a15-served-document", 15, 4), ground("a4-valid-document", 4),
			ground("a4-may-apply", 4), ground("a11-informed", 11, 9), ground("a9-separate-consent", 9, 11), ground("a9-necessary", 9)}}
		if strings.HasSuffix(detail, "match") {
			e.Grounds = append(e.Grounds, ground("a9-separate-consent", 9, 11), ground("a9-face", 9, 4))
		}
		e.Grounds = append(e.Grounds, ground("a2-one-number", 2))
		for _, subject := range []string{"notice", "document", "face"} {
			e.Consents = append(e.Consents, identity.Consent{Subject: subject, Version: "2026-11-28", Digest: suite.Random(32), Locale: "zh-CN", Given: true, Time: noon()})
		}
		for range 4 { // the digests pack differently well
			if _, err := ledger.NewBook(m, kept{}, noon).Record(t.Context(), who, e); err != nil {
				t.Fatal(err)
			}
		}
		for _, row := range m.rows {
			if len(row.Body) != 320+28 {
				t.Errorf("%s: %d bytes", detail, len(row.Body))
				break
			}
		}
	}
}
