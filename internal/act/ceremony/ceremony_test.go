package ceremony_test

import (
	"strings"
	"testing"
	"time"

	"netid/internal/act/ceremony"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func body(t *testing.T, o ceremony.Order) []byte {
	t.Helper()
	b, err := o.Body()
	must(t, err)
	return b
}

func row(t *testing.T, s ceremony.State, use, state string) ceremony.Row {
	t.Helper()
	for _, r := range s.Keys {
		if r.Use == use && r.State == state {
			return r
		}
	}
	t.Fatalf("no %s key of %s", state, use)
	return ceremony.Row{}
}

// An order replaces the key that it names, once: carried again it draws no second key.
func TestAnOrderIsCarriedOnce(t *testing.T) {
	k := kit.New(t, law.New())
	a := k.Ceremonies()
	for _, use := range []string{"token", "ledger", "vault-record"} {
		old := row(t, a.State(nil), use, "current")
		o := ceremony.Order{Do: ceremony.Rotate, Use: use, Key: old.ID}
		says, err := a.Judge(use, body(t, o))
		must(t, err)
		if !strings.Contains(says.ZH, old.ID) || !strings.Contains(says.EN, old.ID) {
			t.Error(says)
		}
		for range 3 {
			must(t, a.Carry(t.Context(), body(t, o)))
		}
		s := a.State(nil)
		if now := row(t, s, use, "current"); now.ID == old.ID || row(t, s, use, "former").ID != old.ID {
			t.Error(use, now)
		}
		live := 0
		for _, r := range s.Keys {
			if r.Use == use {
				live++
			}
		}
		if live != 2 {
			t.Errorf("%d keys of %s", live, use)
		}
		if _, err := a.Judge(use, body(t, o)); !fault.Because(err, "key_moved") {
			t.Error("the text no longer says what would happen:", err)
		}
	}
}

// What is not to be done is refused before anybody signs it.
func TestOrdersThatAreRefused(t *testing.T) {
	k := kit.New(t, law.New())
	a := k.Ceremonies()
	token := row(t, a.State(nil), "token", "current")
	must(t, a.Carry(t.Context(), body(t, ceremony.Order{Do: ceremony.Rotate, Use: "token", Key: token.ID})))
	index := row(t, a.State(nil), "vault-index", "current")
	must(t, a.Carry(t.Context(), body(t, ceremony.Order{Do: ceremony.Rotate, Use: "vault-index", Key: index.ID})))
	fixed := row(t, a.State(nil), "ledger-row", "current")
	today := identity.Today(k.Now())
	held := ceremony.Order{Do: ceremony.Held, Name: "master-split", Day: today, Present: "p-1, p-2", Outcome: "5 shares, any 3"}
	with := func(change func(*ceremony.Order)) []byte {
		o := held
		change(&o)
		return body(t, o)
	}
	for what, c := range map[string]struct {
		subject, reason string
		body            []byte
	}{
		"another subject":     {"session", "ceremony_invalid", body(t, ceremony.Order{Do: ceremony.Rotate, Use: "token", Key: token.ID})},
		"a word more":         {"token", "ceremony_invalid", []byte(`{"do":"rotate","use":"token","key":"x","quietly":true}`)},
		"two orders":          {"token", "ceremony_invalid", []byte(`{"do":"rotate","use":"token","key":"x"}{}`)},
		"no order":            {"token", "ceremony_invalid", []byte(`{"do":"export","ceremony":"token"}`)},
		"no use":              {"nothing", "key_unknown", body(t, ceremony.Order{Do: ceremony.Rotate, Use: "nothing", Key: token.ID})},
		"a fixed one":         {"ledger-row", "key_fixed", body(t, ceremony.Order{Do: ceremony.Rotate, Use: "ledger-row", Key: fixed.ID})},
		"a former one":        {"token", "key_moved", body(t, ceremony.Order{Do: ceremony.Rotate, Use: "token", Key: token.ID})},
		"an end too early":    {token.ID, "key_overlap", body(t, ceremony.Order{Do: ceremony.Retire, Key: token.ID})},
		"what has no end":     {index.ID, "key_accrues", body(t, ceremony.Order{Do: ceremony.Retire, Key: index.ID})},
		"the current one":     {fixed.ID, "key_current", body(t, ceremony.Order{Do: ceremony.Retire, Key: fixed.ID})},
		"a key of nobody":     {"x", "key_unknown", body(t, ceremony.Order{Do: ceremony.Retire, Key: "x"})},
		"no such ceremony":    {"seance", "ceremony_unknown", with(func(o *ceremony.Order) { o.Name = "seance" })},
		"tomorrow":            {"master-split", "ceremony_invalid", with(func(o *ceremony.Order) { o.Day = identity.Today(k.Now().Add(24 * time.Hour)) })},
		"on no day":           {"master-split", "ceremony_invalid", with(func(o *ceremony.Order) { o.Day = identity.Date{} })},
		"nobody was there":    {"master-split", "ceremony_invalid", with(func(o *ceremony.Order) { o.Present = " " })},
		"nothing came of it":  {"master-split", "ceremony_invalid", with(func(o *ceremony.Order) { o.Outcome = "" })},
		"more than one line":  {"master-split", "ceremony_invalid", with(func(o *ceremony.Order) { o.Outcome = "a\nb" })},
		"more than one reads": {"master-split", "ceremony_invalid", with(func(o *ceremony.Order) { o.Present = strings.Repeat("p", 201) })},
	} {
		if _, err := a.Judge(c.subject, c.body); !fault.Because(err, c.reason) {
			t.Errorf("%s: %v, want %s", what, err, c.reason)
		}
	}
	if _, err := a.Judge("master-split", body(t, held)); err != nil {
		t.Error(err)
	}
}

// A former key ends when its overlap is over, by an order of two, and only then; a year
// is what we rotate after.
func TestWhatIsDue(t *testing.T) {
	k := kit.New(t, law.New())
	at := time.Now() // the ring's own clock made the keys
	a := &ceremony.Act{Ring: kit.Keys{Kit: k}, Officers: k.Officers.Quorum, Now: func() time.Time { return at }}
	old := row(t, a.State(nil), "token", "current")
	if old.Due != "" || old.May != ceremony.Rotate {
		t.Error(old)
	}
	start := at
	at = start.Add(366 * 24 * time.Hour)
	if r := row(t, a.State(nil), "token", "current"); r.Due != ceremony.Rotate || r.Days != 366 {
		t.Error(r)
	}
	for use, due := range map[string]string{"anchor": "", "vault-index": "", "ledger-row": "", "shelf": ceremony.Rotate} {
		if r := row(t, a.State(nil), use, "current"); r.Due != due {
			t.Error(use, r.Due)
		}
	}
	at = start
	must(t, a.Carry(t.Context(), body(t, ceremony.Order{Do: ceremony.Rotate, Use: "token", Key: old.ID})))
	end := ceremony.Order{Do: ceremony.Retire, Key: old.ID}
	if r := row(t, a.State(nil), "token", "former"); r.Due != "" || r.May != "" || r.Free.IsZero() {
		t.Error(r)
	}
	at = start.Add(32 * 24 * time.Hour)
	if r := row(t, a.State(nil), "token", "former"); r.Due != ceremony.Retire || r.May != ceremony.Retire {
		t.Error(r)
	}
	if _, err := a.Judge(old.ID, body(t, end)); err != nil {
		t.Error(err)
	}
	if err := a.Carry(t.Context(), body(t, end)); !fault.Because(err, "key_overlap") { // by the ring's own clock, which nobody set
		t.Error(err)
	}
	at = start
	waits := func(held ...ceremony.Order) string {
		var all []string
		for _, w := range a.State(held).Waits {
			all = append(all, w.Name)
		}
		return strings.Join(all, " ")
	}
	day := identity.Today(at)
	split, rotated := ceremony.Order{Do: ceremony.Held, Name: "master-split", Day: day}, ceremony.Order{Do: ceremony.Held, Name: "master-rotate", Day: identity.Today(at.Add(48 * time.Hour))}
	if got := waits(); !strings.Contains(got, "master-split") {
		t.Error(got)
	}
	if got := waits(split); strings.Contains(got, "master-split") {
		t.Error(got)
	}
	if got := waits(split, rotated); !strings.Contains(got, "master-split") {
		t.Error("shares of a former master key open nothing:", got)
	}
	at = start.AddDate(4, 0, 0)
	if got := waits(split); !strings.Contains(got, "officers-months") {
		t.Error("no key for next month:", got)
	}
	if got := ceremony.Records([]ceremony.Order{split, {Do: ceremony.Rotate}, rotated}); len(got) != 2 || got[0].Name != "master-rotate" {
		t.Error(got)
	}
}

// FuzzRead: an order that is read says again what it said.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"do":"rotate","use":"token","key":"x"}`))
	f.Add([]byte(`{"do":"held","ceremony":"master-split","day":"2026-11-29","present":"p","outcome":"o"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ceremony.Read(b)
		if err != nil {
			return
		}
		again, err := o.Body()
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ceremony.Read(again); err != nil || same != o {
			t.Error(same, err)
		}
	})
}
