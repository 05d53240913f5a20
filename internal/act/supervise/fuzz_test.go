package supervise_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"unicode/utf8"

	"netid/internal/act/supervise"
)

// Whatever is written down is one line of words, and holds no number of somebody.
func FuzzWords(f *testing.F) {
	number := regexp.MustCompile(`\p{Nd}{11}`)
	for _, s := range []string{"it was done", "call 13800138000", "两\n行", "\u202e", "\xff", ""} {
		f.Add("Ann", s)
	}
	f.Fuzz(func(t *testing.T, by, what string) {
		if supervise.Words("fuzz", by, what) != nil {
			return
		}
		for _, s := range []string{by, what} {
			if !utf8.ValidString(s) || number.MatchString(s) || regexp.MustCompile(`[\n\r\x00\x{202e}]`).MatchString(s) {
				t.Errorf("%q was taken", s)
			}
		}
	})
}

// Whatever two sign, it says it in members that are known, and nothing behind it.
func FuzzBodies(f *testing.F) {
	for _, s := range []string{`{"do":"allow","why":"x"}`, `{"do":"read"}`, `{"do":"allow","why":"x"} {}`, `{"record":"1","office":"an office","until":"2027-01-01","what":"signals"}`, `[]`, `{"y":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := supervise.DecodeWish("0a1b2c3d", b)
		if err == nil && (!json.Valid(b) || w.Do != "allow" && w.Do != "refuse" || supervise.Words("fuzz", "x", w.Why) != nil) {
			t.Errorf("%q is taken as %+v", b, w)
		}
		if _, err := supervise.DecodePassage(b); err == nil && !json.Valid(b) {
			t.Errorf("%q is taken", b)
		}
	})
}
