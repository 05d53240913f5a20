package identity_test

import (
	"strings"
	"testing"

	"netid/internal/identity"
)

func TestNumberIsRandomAndChecked(t *testing.T) {
	seen := map[identity.Number]bool{}
	for range 20000 {
		n := identity.NewNumber()
		if seen[n] {
			t.Fatal("drawn twice")
		}
		seen[n] = true
		if p, err := identity.ParseNumber(strings.ToLower(n.Grouped())); err != nil || p != n {
			t.Fatalf("does not read its own grouping: %v", err)
		}
		if strings.ContainsAny(string(n), "01ILO") {
			t.Fatal("look-alike in the alphabet")
		}
	}
}

// Every single wrong character and every swap of two neighbours is found.
func TestNumberFindsTypingErrors(t *testing.T) {
	const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	for range 200 {
		n := []byte(identity.NewNumber())
		for i := range n {
			for _, c := range []byte(alphabet) {
				m := append([]byte(nil), n...)
				if m[i] == c {
					continue
				}
				m[i] = c
				if _, err := identity.ParseNumber(string(m)); err == nil {
					t.Fatalf("wrong character %d accepted", i)
				}
			}
			if i > 0 && i < len(n)-1 && n[i] != n[i-1] {
				m := append([]byte(nil), n...)
				m[i], m[i-1] = m[i-1], m[i]
				if _, err := identity.ParseNumber(string(m)); err == nil {
					t.Fatalf("swap at %d accepted", i)
				}
			}
		}
	}
}

// The number says nothing about the person: every character of the alphabet
// appears at every random place about equally often (chi-square, 30 degrees
// of freedom, 0.1 % quantile 59.7; 70 leaves room for 15 places).
func TestNumberIsUniform(t *testing.T) {
	const draws = 31000
	var count [15][256]int
	for range draws {
		n := identity.NewNumber()
		for i := range count {
			count[i][n[i]]++
		}
	}
	for i := range count {
		chi := 0.0
		for _, c := range []byte("23456789ABCDEFGHJKMNPQRSTUVWXYZ") {
			d := float64(count[i][c]) - draws/31
			chi += d * d / (draws / 31)
		}
		if chi > 70 {
			t.Errorf("place %d is skewed: chi-square %.1f", i, chi)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	f.Add("2345-6789-ABCD-EFGH")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := identity.ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := identity.ParseNumber(n.Grouped()); err != nil || again != n {
			t.Fatal("accepted but not stable")
		}
	})
}
