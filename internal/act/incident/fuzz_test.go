package incident_test

import (
	"regexp"
	"testing"
	"unicode/utf8"

	"netid/internal/act/incident"
)

// Whatever is written down is one line of words, and holds no number of somebody.
func FuzzWords(f *testing.F) {
	number := regexp.MustCompile(`\p{Nd}{11}`)
	for _, s := range []string{"it was done", "call 13800138000", "两\n行", "\u202e", "\xff", ""} {
		f.Add("Ann", s)
	}
	f.Fuzz(func(t *testing.T, by, what string) {
		if incident.Words("fuzz", by, what) != nil {
			return
		}
		for _, s := range []string{by, what} {
			if !utf8.ValidString(s) || number.MatchString(s) || regexp.MustCompile(`[\n\r\x00\x{202e}]`).MatchString(s) {
				t.Errorf("%q was taken", s)
			}
		}
	})
}
