package suite_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/suite"
)

type carried struct {
	Name string `json:"n"`
	N    int    `json:"i"`
}

func TestBoxOpensItsOwn(t *testing.T) {
	box := suite.NewBox(secret(1), "code")
	a, err := box.Seal(carried{"x", 7})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := box.Seal(carried{"x", 7})
	if a == b {
		t.Error("two seals of one value are alike")
	}
	if strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("not base64url: %s", a)
	}
	var got carried
	if err := box.Open(a, &got); err != nil || got != (carried{"x", 7}) {
		t.Errorf("%v %v", got, err)
	}
}

func TestBoxRefuses(t *testing.T) {
	box := suite.NewBox(secret(1), "code")
	s, err := box.Seal(carried{"x", 7})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(s)
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", s[len(s)-1])
	for name, bad := range map[string]string{
		"empty":        "",
		"short":        s[:20],
		"cut":          s[:len(s)-1],
		"padded":       s + "=",
		"double pad":   s + "==",
		"line break":   s[:10] + "\n" + s[10:],
		"return":       s + "\r",
		"space":        s + " ",
		"std alphabet": base64.StdEncoding.EncodeToString(raw),
		"stray bits":   s[:len(s)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last^1]),
		"too long":     strings.Repeat("A", 8<<10+1),
	} {
		var got carried
		if err := box.Open(bad, &got); !fault.Because(err, "sealed_invalid") || got != (carried{}) {
			t.Errorf("%s: %v, read %v", name, err, got)
		}
	}
	for name, other := range map[string]*suite.Box{
		"other key": suite.NewBox(secret(2), "code"), "other label": suite.NewBox(secret(1), "access"),
	} {
		if err := other.Open(s, &carried{}); !fault.Because(err, "sealed_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := box.Open(s, new([]string)); !fault.Because(err, "sealed_invalid") {
		t.Errorf("another shape: %v", err)
	}
}

func TestBoxSealsNothingItWouldNotOpen(t *testing.T) {
	box := suite.NewBox(secret(1), "code")
	for _, n := range []int{6096, 6097, 6098, 6099, 6100, 6101} {
		v := strings.Repeat("x", n)
		s, err := box.Seal(v)
		if err != nil {
			if !fault.Because(err, "sealed_too_long") || n < 6098 {
				t.Errorf("%d: %v", n, err)
			}
			continue
		}
		var got string
		if err := box.Open(s, &got); err != nil || got != v {
			t.Errorf("%d: sealed and does not open: %v", n, err)
		}
	}
	if _, err := box.Seal(strings.Repeat("x", 8<<10)); !fault.Because(err, "sealed_too_long") {
		t.Error(err)
	}
	if _, err := box.Seal(func() {}); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}

// A text that was sealed once: what travels with callers across a restart or
// an update must still open.
const good = "SvZ_0Dr_fRSziECeVQsgr-3usPpD-wewFmHA0t9jOtqXkBQ_yYD5K1jifZUbdeMKSxZyZ1pI_PoENI0"

func TestBoxIsPinned(t *testing.T) {
	var got carried
	if err := suite.NewBox(secret(1), "code").Open(good, &got); err != nil || got != (carried{"x", 7}) {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzBoxOpen(f *testing.F) {
	box := suite.NewBox(secret(1), "code")
	f.Add(good)
	f.Add(good + "=")
	f.Add(good[:40] + "\n" + good[40:])
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		var got carried
		if box.Open(s, &got) == nil && s != good {
			t.Errorf("opens %q", s)
		}
	})
}
