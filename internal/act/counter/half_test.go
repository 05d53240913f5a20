package counter_test

import (
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/law"
	"netid/test/kit"
)

// Half is for a counter that stands under both halves, and for no other key or name; a
// counter that is granted twice is set up once, and another credential voids the first.
func TestHalves(t *testing.T) {
	ctx, k := t.Context(), kit.New(t, law.New())
	id, key, first, err := k.Counter.Offer("hall-1")
	if err != nil {
		t.Fatal(err)
	}
	half := func(of string, key []byte) string {
		t.Helper()
		s, err := k.Counter.Half(ctx, id, key)
		if err != nil {
			t.Error(of, err)
		}
		return s
	}
	if s := half("nothing", key); s != "" {
		t.Error("a half of a counter that is not there:", s)
	}
	granted, err := k.Counter.Grant(ctx, id, key)
	if err != nil {
		t.Fatal(err)
	}
	second := half("it", key)
	if len(second) != len("AAAA-BBBB-CCCC-DDDD") || half("another key", make([]byte, 32)) != "" {
		t.Errorf("%q", second)
	}
	if again, err := k.Counter.Grant(ctx, id, key); err != nil || again != granted {
		t.Error("granted again:", again, err)
	}
	if _, err := k.Counter.SignIn(ctx, first+" "+second); err != nil {
		t.Error(err)
	}
	_, newer, _, err := k.Counter.Offer("hall-1")
	if err == nil {
		_, err = k.Counter.Grant(ctx, id, newer)
	}
	if err != nil || half("the former", key) != "" || half("the newer", newer) == second {
		t.Error("a half of what is void", err)
	}
	_, err = k.Counter.SignIn(ctx, first+" "+second)
	refused(t, "the former", err, fault.Unauthenticated, "counter_unproven")
}

// FuzzCredential: whatever is typed at the desk, it opens a counter only where it is its
// credential, blanks, hyphens and the case of the second half aside.
func FuzzCredential(f *testing.F) {
	k := kit.New(f, law.New())
	id, key, first, err := k.Counter.Offer("hall-1")
	if err == nil {
		_, err = k.Counter.Grant(f.Context(), id, key)
	}
	if err != nil {
		f.Fatal(err)
	}
	second, err := k.Counter.Half(f.Context(), id, key)
	if err != nil {
		f.Fatal(err)
	}
	secret := strings.TrimPrefix(first, "hall-1.")
	for _, s := range []string{"", ".", "hall-1", first, first + "." + second, "hall-1 " + secret + " " + strings.ToLower(second), first + " " + first, first + ". ." + second + "-", "hall-1." + second} {
		f.Add(s)
	}
	plain := strings.NewReplacer(".", "", " ", "", "\t", "", "-", "")
	f.Fuzz(func(t *testing.T, typed string) {
		_, err := k.Counter.SignIn(t.Context(), typed)
		is := strings.Contains(typed, secret) && strings.EqualFold(plain.Replace(typed), plain.Replace("hall-1"+secret+second))
		switch {
		case err == nil && !is:
			t.Errorf("%q opens a counter", typed)
		case err != nil && !fault.Because(err, "counter_unproven"):
			t.Errorf("%q: %v", typed, err)
		}
	})
}
