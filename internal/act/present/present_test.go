package present_test

import (
	"testing"
	"time"

	"netid/internal/act/present"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/test/kit"
)

// A text is replaced by whoever read it as it is, and by nobody who read what was there before.
func TestReplace(t *testing.T) {
	k := kit.New(t, law.New())
	a := &present.Act{Store: k.Store, Cover: suite.Cover{Suite: identity.ES256}, Law: law.New(), Issuer: kit.Issuer}
	name, ctx := identity.NewHandle().Text(), t.Context()
	if err := a.Put(ctx, name, []byte("question"), k.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := a.Put(ctx, name, []byte("another"), k.Now().Add(time.Minute)); err == nil {
		t.Error("a name twice")
	}
	if err := a.Replace(ctx, name, []byte("another"), []byte("x")); !fault.Because(err, "request_used") || !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if err := a.Replace(ctx, name, []byte("question"), []byte("answer")); err != nil {
		t.Fatal(err)
	}
	if err := a.Replace(ctx, name, []byte("question"), []byte("second")); !fault.Because(err, "request_used") {
		t.Error(err)
	}
	if got, err := a.Get(ctx, name); err != nil || string(got) != "answer" {
		t.Errorf("%s, %v", got, err)
	}
	for _, name := range []string{"", "x", identity.NewHandle().Text()} {
		if _, err := a.Get(ctx, name); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestTheShortForm(t *testing.T) {
	a := &present.Act{Issuer: "https://id.example"}
	for _, c := range []struct {
		words  []string
		kind   string
		claims int
	}{
		{[]string{"person"}, "https://id.example/credentials/person", 0}, {[]string{"age_over_18"}, "https://id.example/credentials/age", 1},
		{[]string{"person", "over14", "age_over_18", "age_over_14"}, "https://id.example/credentials/age", 2}, {nil, "", 0}, {[]string{"name"}, "", 0},
	} {
		kind, claims, err := a.Asks(c.words)
		if kind != c.kind || len(claims) != c.claims || (err == nil) != (c.kind != "") {
			t.Errorf("%q: %s %q, %v", c.words, kind, claims, err)
		}
	}
}
