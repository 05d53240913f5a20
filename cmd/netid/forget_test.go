package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// A server that starts when what it kept is older than any law asks loses it by
// itself, and an auditor finds a whole ledger before and after.
func TestAServerForgetsWhatNoLawKeeps(t *testing.T) {
	f := newFlow(t, "")
	s := f.house.settings
	verify := func() {
		t.Helper()
		var out bytes.Buffer
		if code := run(t.Context(), []string{"ledger", "verify", "--data", s.Data}, nil, &out, &out); code != 0 || !strings.Contains(out.String(), "ledger holds") {
			t.Fatalf("status %d: %s", code, out.String())
		}
	}
	persons := func(h *house) (n int) {
		t.Helper()
		all, err := h.store.Entries(t.Context(), 0, 1000)
		must(t, err)
		for _, r := range all {
			if r.State != identity.EntryPublic {
				n++
			}
		}
		return n
	}
	before := persons(f.house)
	if before < 4 {
		t.Fatalf("%d records about a person", before)
	}
	f.house.Close()
	verify()

	over := law.Ends(identity.Period{Month: identity.MonthAt(time.Now()), Class: identity.Proofs})
	at := func(end time.Time) *house { // the same server, when it is that time
		t.Helper()
		ahead := time.Until(end)
		s.Now = func() time.Time { return time.Now().Add(ahead) }
		h, err := build(context.Background(), s)
		must(t, err)
		t.Cleanup(h.Close)
		return h
	}
	h := at(over.Add(-time.Hour))
	must(t, h.erase.Forget(t.Context())) // what the server may be doing itself
	if n := persons(h); n != before {
		t.Errorf("an hour before the term %d records of %d are left", n, before)
	}
	h.Close()
	h = at(over.Add(time.Hour))
	waitFor(t, func() string {
		if persons(h) == 0 {
			return "gone"
		}
		return ""
	})
	report, err := ledger.Verify(t.Context(), h.store, h.keeper)
	must(t, err)
	if !report.OK() {
		t.Errorf("%+v", report.Problems)
	}
	h.Close()
	verify()
}

// Who checks an export that begins later hears since when records are kept, and
// that the numbers before are the service's word; without that word it fails.
func TestLedgerCheckOfAnExportThatBeginsLater(t *testing.T) {
	ctx := t.Context()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	must(t, c.Enrol(ctx))
	must(t, c.SignIn(ctx))
	early, err := k.Look.Export(ctx, c.Session)
	must(t, err)
	_, out := check(t, string(early))
	_, last, found := strings.Cut(out, "--after ")
	if last = strings.TrimSpace(last); !found || !strings.HasPrefix(last, "4:") || strings.Contains(out, "keeps them no more") {
		t.Fatal(out)
	}
	k.Advance(law.Ends(identity.Period{Month: identity.MonthAt(k.Now()), Class: identity.Proofs}).Sub(k.Now()))
	must(t, k.Erase.Forget(ctx))
	must(t, c.Enrol(ctx))
	must(t, c.SignIn(ctx))
	file, err := k.Look.Export(ctx, c.Session)
	must(t, err)
	word := "- That number 4 and those before it are from before 2026-12-01: the service says so, and keeps them no more."
	for name, x := range map[string]struct {
		text, after string
		code        int
		says        []string
	}{
		"as it is":               {string(file), "", 0, []string{"4 records, numbered 5 to 8", word}},
		"the last that is gone":  {string(file), last, 0, []string{"Number 4 that you remember is among them", word}},
		"one that is long gone":  {string(file), "2", 0, []string{word}},
		"another leaf of it":     {string(file), "4:" + strings.Repeat("0", 64), 1, []string{"another record than the one you remember"}},
		"later than what it has": {string(file), "9", 1, []string{"it ends with 8"}},
		"without the day":        {strings.Replace(string(file), `"since": "2026-12-01T00:00:00Z",`, "", 1), "", 1, []string{"its number is 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{}
			if x.after != "" {
				args = append(args, "--after", x.after)
			}
			code, out := check(t, x.text, args...)
			for _, want := range x.says {
				if code != x.code || !strings.Contains(out, want) {
					t.Errorf("exit %d, want %d and %q:\n%s", code, x.code, want, out)
				}
			}
			if name == "one that is long gone" && strings.Contains(out, "remember is among them") {
				t.Errorf("it claims to know what is gone:\n%s", out)
			}
		})
	}
}
