package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
	"netid/test/kit"
)

// The operator is told at 80,000 persons and at 100,000, once a day, and when the filing is due.
func TestTheFaceTallyIsWatched(t *testing.T) {
	for _, c := range []struct {
		persons int
		says    []string
	}{{law.FaceAlarm - 1, nil}, {law.FaceAlarm, []string{"nears", "filing_at=100000"}}, {law.FaceFiling, []string{"a filing for face recognition is due", "persons=100000", "due="}}} {
		var said bytes.Buffer
		k := kit.New(t, law.New())
		k.Enrol.Store = many{k.Enrol.Store, k.Enrol.Vault.CounterIndex("face", []byte("persons")), c.persons, k.Now()}
		h := &house{settings: settings{Log: slog.New(slog.NewTextHandler(&said, nil)), Now: k.Now}}
		today := h.countFaces(t.Context(), k.Enrol, identity.Date{})
		for _, word := range c.says {
			if !strings.Contains(said.String(), word) {
				t.Errorf("%d persons: %q", c.persons, said.String())
			}
		}
		if len(c.says) == 0 && said.Len() > 0 {
			t.Errorf("%d persons: %q", c.persons, said.String())
		}
		said.Reset()
		if h.countFaces(t.Context(), k.Enrol, today); said.Len() != 0 {
			t.Errorf("twice a day: %s", said.String())
		}
	}
}

// many is a store that has counted that many.
type many struct {
	enrol.Store
	index   []byte
	persons int
	since   time.Time
}

func (m many) Counted(ctx context.Context, index []byte) (int, time.Time, error) {
	if bytes.Equal(index, m.index) {
		return m.persons, m.since, nil
	}
	return m.Store.Counted(ctx, index)
}

// The draft has the number, the dates and what is left to fill in, in both languages.
func TestFilingDraft(t *testing.T) {
	at := time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)
	words := shell.New(shell.Config{})
	for locale, want := range map[string][]string{
		shell.Chinese: {"备案（草稿）", "100321，自 2026年11月27日", "截止（30 个工作日）：2027年1月8日", "【名称"},
		shell.English: {"(draft)", "100321, since 27 November 2026", "is due (30 working days) on: 8 January 2027", "[name"},
	} {
		text := strings.Join(filing(words, locale, enrol.Tally{Persons: 100321, Since: at, Filing: at}, at), "\n")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not in\n%s", locale, w, text)
			}
		}
	}
	if text := strings.Join(filing(words, shell.English, enrol.Tally{}, at), "\n"); strings.Count(text, "(not yet)") != 3 {
		t.Error(text)
	}
}
