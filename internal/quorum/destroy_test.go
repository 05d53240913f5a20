package quorum_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/disk/disktest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/quorum"
	"netid/internal/suite"
)

func TestDestruction(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	e := s.Months()[0]
	if e.Period() != logs(november) || !e.Until.Equal(time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("%+v", e)
	}
	s.now = e.Until.Add(-time.Second)
	if err := s.Destroy(e.ID); !fault.Because(err, "quorum_kept") || len(s.Due(s.now)) != 0 {
		t.Errorf("before its date: %v", err)
	}
	if err := s.Destroy("x"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := s.Settle(e.ID); !fault.Because(err, "quorum_kept") {
		t.Errorf("settled before it is destroyed: %v", err)
	}
	sealed, err := os.ReadFile(filepath.Join(s.dir, "2026-11.logs.shares"))
	if err != nil {
		t.Fatal(err)
	}
	s.now = e.Until
	for range 2 { // again is no error
		if err := errors.Join(s.Destroy(e.ID), s.Settle(e.ID)); err != nil {
			t.Fatal(err)
		}
	}
	q := s.reopen(t)
	if _, err := q.Rebuild(logs(november), s.officers...); !fault.Is(err, fault.Gone) || !fault.Because(err, "quorum_destroyed") {
		t.Errorf("all officers: %v", err)
	}
	if _, err := q.Make(november, november, ends); err != nil || q.Ready(november) {
		t.Errorf("made again: %v", err)
	}
	got := q.Months()[0]
	if got.ID != e.ID || got.Public != "" || got.Ended.IsZero() || got.Destroyed.IsZero() || got.Settled.IsZero() || len(q.Months()) != 4 {
		t.Errorf("the record: %+v", got)
	}
	for _, name := range files(t, s.dir) {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "2026-11.logs") || bytes.Contains(b, sealed[len(sealed)/2:len(sealed)/2+40]) || bytes.Contains(b, []byte(e.Public)) {
			t.Errorf("%s still has of it", name)
		}
	}
	if _, _, err := quorum.NewEscrow(q, suite.NewSecret(identity.ES256), nil).Leave(identity.Opened{Profile: identity.Profile{Number: "N"}}, logs(november), suite.NewSecret(identity.ES256), suite.Random(suite.TagSize)); !fault.Because(err, "quorum_missing") {
		t.Errorf("sealed to a destroyed month: %v", err)
	}
	if _, err := q.Rebuild(identity.Period{Month: november, Class: identity.Proofs}, s.officers...); err != nil {
		t.Errorf("the other class went too: %v", err)
	}
}

func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		names = append(names, f.Name())
	}
	return names
}

// The power is cut at each file operation of each change: what is there after
// is the state before or the one after, and doing it again finishes it.
func TestCutAnywhere(t *testing.T) {
	acts := map[string]struct {
		prepare func(*scene)
		do      func(*scene) error
		done    func(*scene, *quorum.Quorum) bool
	}{
		"found": {func(*scene) {}, func(s *scene) error { return s.Found(s.recipients(), 2, true) }, func(_ *scene, q *quorum.Quorum) bool {
			ids, n := q.Officers()
			return len(ids) == 3 && n == 2
		}},
		"make": {func(s *scene) { must(t, s.Found(s.recipients(), 2, true)) }, func(s *scene) error { _, err := s.Make(november, november+1, ends); return err }, func(s *scene, q *quorum.Quorum) bool {
			for _, p := range []identity.Period{logs(november), logs(november + 1), {Month: november, Class: identity.Proofs}, {Month: november + 1, Class: identity.Proofs}} {
				if _, err := q.Rebuild(p, s.officers[1:]...); err != nil {
					return false
				}
			}
			return true
		}},
		"destroy": {func(s *scene) { ready(t, s) }, func(s *scene) error { return s.Destroy(s.Months()[0].ID) }, func(s *scene, q *quorum.Quorum) bool {
			_, err := q.Rebuild(logs(november), s.officers...)
			_, there := os.Stat(filepath.Join(s.dir, "2026-11.logs.shares"))
			return fault.Because(err, "quorum_destroyed") && !q.Months()[0].Destroyed.IsZero() && errors.Is(there, fs.ErrNotExist)
		}},
		"settle": {func(s *scene) { ready(t, s); must(t, s.Destroy(s.Months()[0].ID)) }, func(s *scene) error { return s.Settle(s.Months()[0].ID) }, func(_ *scene, q *quorum.Quorum) bool { return !q.Months()[0].Settled.IsZero() }},
	}
	for name, a := range acts {
		t.Run(name, func(t *testing.T) {
			cuts := 0
			for ; ; cuts++ {
				s := empty(t, identity.ES256, 3)
				a.prepare(s)
				before := s.Months()
				quorum.On(s.Quorum, &disktest.Cut{Left: cuts})
				err := a.do(s)
				if err == nil {
					break
				}
				if !errors.Is(err, disktest.ErrCut) {
					t.Fatalf("cut %d: %v", cuts, err)
				}
				q := s.reopen(t) // opens after every cut
				if !a.done(s, q) && name != "destroy" && len(q.Months()) != len(before) {
					t.Errorf("cut %d: half done: %d months", cuts, len(q.Months()))
				}
				s.Quorum = q
				if err := a.do(s); err != nil || !a.done(s, s.reopen(t)) {
					t.Errorf("cut %d: not finished: %v", cuts, err)
				}
			}
			if cuts < 4 {
				t.Errorf("only %d cuts", cuts)
			}
		})
	}
}

func ready(t *testing.T, s *scene) {
	t.Helper()
	must(t, s.Found(s.recipients(), 2, true))
	_, err := s.Make(november, november, ends)
	must(t, err)
	s.now = s.Months()[0].Until
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
