package quorum_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/quorum"
	"netid/internal/suite"
)

var november = identity.MonthAt(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))

func ends(p identity.Period) time.Time {
	if p.Class == identity.Logs {
		return (p.Month + 7).Begins()
	}
	return (p.Month + 37).Begins()
}

// scene is a service's quorum, and its officers with their private keys.
type scene struct {
	*quorum.Quorum
	dir      string
	key      identity.Secret
	officers []quorum.Officer
	now      time.Time
}

func (s *scene) clock() time.Time { return s.now }

func (s *scene) recipients() (all []suite.Recipient) {
	for _, o := range s.officers {
		all = append(all, o.Public())
	}
	return all
}

func (s *scene) reopen(t testing.TB) *quorum.Quorum {
	t.Helper()
	q, err := quorum.Open(s.dir, s.key, s.clock)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// founded has n officers, of whom needed open November 2026 and the month after.
func founded(t testing.TB, of identity.Suite, needed, n int) *scene {
	t.Helper()
	s := empty(t, of, n)
	if err := s.Found(s.recipients(), needed, false); err != nil {
		t.Fatal(err)
	}
	if made, err := s.Make(november, november+1, ends); err != nil || made != 4 {
		t.Fatal(made, err)
	}
	return s
}

func empty(t testing.TB, of identity.Suite, n int) *scene {
	t.Helper()
	s := &scene{dir: filepath.Join(t.TempDir(), "quorum"), key: suite.NewSecret(of), now: november.Begins().AddDate(0, 0, 22)}
	for range n {
		o, err := quorum.NewOfficer(of)
		if err != nil {
			t.Fatal(err)
		}
		s.officers = append(s.officers, o)
	}
	s.Quorum = s.reopen(t)
	return s
}

func logs(m identity.Month) identity.Period { return identity.Period{Month: m, Class: identity.Logs} }

// left is a row as the escrow writes it, with what it keeps.
func (s *scene) left(t testing.TB, p identity.Period) (row identity.KeepEscrow, key identity.Secret, owner []byte) {
	t.Helper()
	key, owner = suite.NewSecret(s.key.Suite()), suite.Random(32)
	who := identity.Opened{ID: identity.NewPersonID(), Profile: identity.Profile{Number: "N1"}}
	verb, done, err := quorum.NewEscrow(s.Quorum, suite.NewSecret(s.key.Suite()), nil).Leave(who, p, key, owner)
	if err != nil {
		t.Fatal(err)
	}
	done()
	return verb.(identity.KeepEscrow), key, owner
}

func both(t *testing.T, test func(*testing.T, identity.Suite)) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		t.Run(s.String(), func(t *testing.T) { test(t, s) })
	}
}

func TestAnyEnoughOfficersOpenAPersonsMonth(t *testing.T) {
	both(t, func(t *testing.T, of identity.Suite) {
		s := founded(t, of, 3, 5)
		row, key, owner := s.left(t, logs(november))
		for a := range 5 {
			for b := range a {
				for c := range b {
					o, err := s.Rebuild(logs(november), s.officers[a], s.officers[b], s.officers[c])
					if err != nil {
						t.Fatal(err)
					}
					k, own, err := o.Person(row.Index, row.Body)
					if err != nil || k != key || !bytes.Equal(own, owner) {
						t.Fatalf("%d %d %d: %v", a, b, c, err)
					}
				}
				if _, err := s.Rebuild(logs(november), s.officers[a], s.officers[b]); !fault.Because(err, "quorum_short") {
					t.Errorf("two of three: %v", err)
				}
			}
		}
		if o, err := s.Rebuild(logs(november), s.officers...); err != nil {
			t.Errorf("all five: %v", err)
		} else if text := fmt.Sprintf("%v %+v %#v %x", o, o, o, s.Quorum); text != "opening opening opening quorum" {
			t.Error("an opening prints", text)
		}
	})
}

func TestAnOpeningIsOfItsPeriodAlone(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	row, _, _ := s.left(t, logs(november))
	for _, p := range []identity.Period{logs(november + 1), {Month: november, Class: identity.Proofs}} {
		o, err := s.Rebuild(p, s.officers...)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.Person(row.Index, row.Body); !fault.Because(err, "sealed_invalid") {
			t.Errorf("%s opens November's logs: %v", p, err)
		}
	}
	o, err := s.Rebuild(logs(november), s.officers...)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Person(suite.Random(32), row.Body); !fault.Because(err, "sealed_invalid") {
		t.Errorf("a row moved to another place opens: %v", err)
	}
}

func TestWhoMayNotOpen(t *testing.T) {
	s := founded(t, identity.ES256, 3, 5)
	stranger, _ := quorum.NewOfficer(identity.ES256)
	o := s.officers
	for name, c := range map[string]struct {
		p      identity.Period
		with   []quorum.Officer
		reason string
	}{
		"nobody":         {logs(november), nil, "quorum_short"},
		"one":            {logs(november), o[:1], "quorum_short"},
		"one, thrice":    {logs(november), []quorum.Officer{o[0], o[0], o[0]}, "officer_unknown"},
		"a stranger":     {logs(november), []quorum.Officer{o[0], o[1], stranger}, "officer_unknown"},
		"no such month":  {logs(november + 5), o, "quorum_missing"},
		"no such period": {identity.Period{Month: november}, o, "quorum_missing"},
	} {
		if _, err := s.Rebuild(c.p, c.with...); !fault.Because(err, c.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFounding(t *testing.T) {
	s := empty(t, identity.ES256, 5)
	if s.Founded() || s.Ready(november) {
		t.Error("founded by nobody")
	}
	if _, err := s.Make(november, november, ends); !fault.Because(err, "officers_missing") {
		t.Errorf("months without officers: %v", err)
	}
	r := s.recipients()
	foreign, _ := quorum.NewOfficer(identity.SM)
	for name, c := range map[string]struct {
		who    []suite.Recipient
		needed int
	}{
		"one alone": {r, 1}, "none": {nil, 0}, "more than there are": {r, 6}, "of another suite": {append(slices.Clone(r), foreign.Public()), 3}, "one twice": {[]suite.Recipient{r[0], r[1], r[0]}, 2},
	} {
		if err := s.Found(c.who, c.needed, false); !fault.Because(err, "officers_invalid") || s.Founded() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Found(r, 3, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Found(r[:3], 2, false); !fault.Because(err, "officers_founded") {
		t.Errorf("founded twice: %v", err)
	}
	if ids, needed := s.reopen(t).Officers(); len(ids) != 5 || needed != 3 || ids[0] != r[0].ID() {
		t.Errorf("%v, %d", ids, needed)
	}
}

// Officers change: what was made before stays theirs who were officers then.
func TestReplacedOfficersKeepTheirMonths(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	next := empty(t, identity.ES256, 3).officers
	if err := s.Found([]suite.Recipient{next[0].Public(), next[1].Public(), next[2].Public()}, 2, true); err != nil {
		t.Fatal(err)
	}
	if made, err := s.Make(november, november+2, ends); err != nil || made != 2 {
		t.Fatal(made, err)
	}
	for m, who := range map[identity.Month][]quorum.Officer{november: s.officers, november + 2: next} {
		if _, err := s.Rebuild(logs(m), who...); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	if _, err := s.Rebuild(logs(november), next...); !fault.Because(err, "officer_unknown") {
		t.Errorf("a new officer opens an old month: %v", err)
	}
}

func TestMonthsAreMadeOnce(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	before := s.Months()
	if made, err := s.Make(november, november+1, ends); err != nil || made != 0 {
		t.Errorf("%d, %v", made, err)
	}
	if after := s.reopen(t).Months(); !slices.EqualFunc(before, after, func(a, b quorum.Entry) bool { return a.ID == b.ID }) {
		t.Error("a key changed")
	}
	for _, last := range []identity.Month{november - 1, november + quorum.Ahead} {
		if _, err := s.Make(november, last, ends); !fault.Because(err, "month_invalid") {
			t.Errorf("until %s: %v", last, err)
		}
	}
	if !s.Ready(november) || !s.Ready(november+1) || s.Ready(november+2) {
		t.Error("ready for other months than were made")
	}
}

// What the server holds sees months that are made beside it.
func TestMonthsMadeBesideAreFound(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	server := s.reopen(t)
	if server.Ready(november + 2) {
		t.Fatal("not made yet")
	}
	if _, err := s.Make(november+2, november+2, ends); err != nil {
		t.Fatal(err)
	}
	if !server.Ready(november + 2) {
		t.Error("not found")
	}
}

func TestALeavingNeedsAMonth(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	e := quorum.NewEscrow(s.Quorum, suite.NewSecret(identity.ES256), nil)
	who := identity.Opened{ID: identity.NewPersonID(), Profile: identity.Profile{Number: "N1"}}
	if _, _, err := e.Leave(who, logs(november+2), suite.NewSecret(identity.ES256), suite.Random(32)); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "quorum_missing") {
		t.Error(err)
	}
	for name, bad := range map[string]func() error{
		"no number": func() error {
			_, _, err := e.Leave(identity.Opened{}, logs(november), suite.NewSecret(identity.ES256), suite.Random(32))
			return err
		},
		"no key": func() error {
			_, _, err := e.Leave(who, logs(november), identity.Secret{}, suite.Random(32))
			return err
		},
		"no owner": func() error {
			_, _, err := e.Leave(who, logs(november), suite.NewSecret(identity.ES256), nil)
			return err
		},
	} {
		if err := bad(); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A row that is known to be in the store is not sealed again; one whose commit
// failed is.
func TestALeavingIsRememberedOnceDone(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	e := quorum.NewEscrow(s.Quorum, suite.NewSecret(identity.ES256), nil)
	who := identity.Opened{ID: identity.NewPersonID(), Profile: identity.Profile{Number: "N1"}}
	leave := func(p identity.Period) (identity.Verb, func()) {
		verb, done, err := e.Leave(who, p, suite.NewSecret(identity.ES256), suite.Random(32))
		if err != nil {
			t.Fatal(err)
		}
		return verb, done
	}
	if verb, _ := leave(logs(november)); verb == nil {
		t.Fatal("the first is not left")
	}
	verb, done := leave(logs(november))
	if verb == nil {
		t.Fatal("remembered before it was done")
	}
	done()
	if verb, _ := leave(logs(november)); verb != nil {
		t.Error("left again")
	}
	if verb, _ := leave(logs(november + 1)); verb == nil {
		t.Error("another month is not left")
	}
}

func TestDestruction(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	row, _, _ := s.left(t, logs(november))
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
	if _, _, err := quorum.NewEscrow(q, suite.NewSecret(identity.ES256), nil).Leave(identity.Opened{Profile: identity.Profile{Number: "N"}}, logs(november), suite.NewSecret(identity.ES256), suite.Random(32)); !fault.Because(err, "quorum_missing") {
		t.Errorf("sealed to a destroyed month: %v", err)
	}
	if _, err := q.Rebuild(identity.Period{Month: november, Class: identity.Proofs}, s.officers...); err != nil {
		t.Errorf("the other class went too: %v", err)
	}
	_ = row
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

// Whoever can write the files, and has no key of the ring, can't put a half of
// their own there, move a date, lower the quorum or exchange shares.
func TestAlteredFilesAreRefused(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	own, _ := quorum.NewOfficer(identity.ES256)
	good, err := os.ReadFile(filepath.Join(s.dir, "quorum.json"))
	if err != nil {
		t.Fatal(err)
	}
	e := s.Months()[0]
	for name, change := range map[string][2]string{
		"a public half": {e.Public, own.Public().Text()}, "an officer": {s.officers[0].Public().Text(), own.Public().Text()},
		"a date": {`"until": "2027-06-01`, `"until": "2027-07-01`}, "the quorum": {`"needed": 2`, `"needed": 1`}, "the generation": {`"generation": 2`, `"generation": 3`},
		"a word": {`"months"`, `"more": 1, "months"`}, "the version": {`"version": 1`, `"version": 2`}, "the end": {"\n}", "\n}{}"},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing changed", name)
		}
		if err := quorum.ParseManifest([]byte(bad), s.key); !fault.Is(err, fault.Internal) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := quorum.ParseManifest(good, suite.NewSecret(identity.ES256)); err == nil {
		t.Error("checks under another key")
	}
	if err := quorum.ParseManifest(good, identity.Secret{}); err == nil {
		t.Error("checks under no key")
	}
	one, two := filepath.Join(s.dir, "2026-11.logs.shares"), filepath.Join(s.dir, "2026-12.logs.shares")
	b, err := os.ReadFile(two)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(one, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rebuild(logs(november), s.officers...); !fault.Is(err, fault.Internal) {
		t.Errorf("another month's shares: %v", err)
	}
	if err := os.Remove(two); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rebuild(logs(november+1), s.officers...); !fault.Is(err, fault.Internal) {
		t.Errorf("no shares: %v", err)
	}
}

// An older manifest put in place of a running server's is not taken.
func TestAnOlderManifestIsNotTaken(t *testing.T) {
	s := founded(t, identity.ES256, 2, 3)
	old, err := os.ReadFile(filepath.Join(s.dir, "quorum.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Make(november+2, november+2, ends); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "quorum.json"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Refresh(); !fault.Is(err, fault.Internal) || !s.Ready(november+2) {
		t.Errorf("taken: %v", err)
	}
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
				quorum.On(s.Quorum, &quorum.Cut{Left: cuts})
				err := a.do(s)
				if err == nil {
					break
				}
				if !errors.Is(err, quorum.ErrCut) {
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

func TestOfficersFiles(t *testing.T) {
	never := func() ([]byte, error) { return nil, errors.New("asked") }
	word := func(w string) func() ([]byte, error) { return func() ([]byte, error) { return []byte(w), nil } }
	both(t, func(t *testing.T, of identity.Suite) {
		o, err := quorum.NewOfficer(of)
		must(t, err)
		plain, err := o.File(nil, "note")
		must(t, err)
		if again, err := quorum.ReadOfficer(plain, never); err != nil || again.Public().Text() != o.Public().Text() {
			t.Fatal(err)
		}
		sealed, err := o.File([]byte("a long passphrase"), "note")
		must(t, err)
		if again, err := quorum.ReadOfficer(sealed, word("a long passphrase")); err != nil || again.Public().Text() != o.Public().Text() {
			t.Fatal(err)
		}
		if _, err := o.File([]byte("short"), ""); !fault.Because(err, "passphrase_short") {
			t.Error(err)
		}
		other, _ := quorum.NewOfficer(of)
		var secret struct{ Private []byte }
		must(t, json.Unmarshal(plain, &secret))
		for name, bad := range map[string][]byte{
			"another half": bytes.Replace(plain, []byte(o.Public().Text()), []byte(other.Public().Text()), 1), "no half": bytes.Replace(plain, []byte(o.Public().Text()), []byte("x"), 1),
			"nothing": nil, "not JSON": plain[1:], "another version": bytes.Replace(plain, []byte(`"version": 1`), []byte(`"version": 2`), 1), "another word": bytes.Replace(plain, []byte(`"note"`), []byte(`"nota"`), 1),
			"both": bytes.Replace(sealed, []byte(`"version"`), fmt.Appendf(nil, `"private": %q, "version"`, "AAAA"), 1),
		} {
			if _, err := quorum.ReadOfficer(bad, word("a long passphrase")); !fault.Because(err, "officer_invalid") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := quorum.ReadOfficer(sealed, word("another passphrase")); !fault.Because(err, "officer_invalid") {
			t.Errorf("another passphrase: %v", err)
		}
		if text := fmt.Sprintf("%v %+v %#v %x", o, o, o, o); strings.Trim(text, "officer ") != "" {
			t.Errorf("an officer's key prints %s", text)
		}
	})
}

func FuzzManifest(f *testing.F) {
	s := founded(f, identity.ES256, 2, 3)
	good, err := os.ReadFile(filepath.Join(s.dir, "quorum.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"months":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if quorum.ParseManifest(b, s.key) == nil {
			var one, two any
			if json.Unmarshal(b, &one) != nil || json.Unmarshal(good, &two) != nil || fmt.Sprint(one) != fmt.Sprint(two) {
				t.Errorf("another manifest checks: %s", b)
			}
		}
	})
}

func FuzzShares(f *testing.F) {
	s := founded(f, identity.ES256, 2, 3)
	good, err := os.ReadFile(filepath.Join(s.dir, "2026-11.logs.shares"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) { quorum.ParseShares(b) })
}

func FuzzReadOfficer(f *testing.F) {
	o, _ := quorum.NewOfficer(identity.ES256)
	plain, _ := o.File(nil, "note")
	f.Add(plain)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := quorum.ReadOfficer(b, func() ([]byte, error) { return nil, errors.New("asked") })
		if err != nil {
			return
		}
		again, err := got.File(nil, "note")
		if err == nil {
			got, err = quorum.ReadOfficer(again, nil)
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// A copy of the files has what belongs together, or is none.
func TestFilesForACopy(t *testing.T) {
	if _, err := empty(t, identity.ES256, 3).Files(); !fault.Because(err, "officers_missing") {
		t.Errorf("of nobody: %v", err)
	}
	s := founded(t, identity.ES256, 2, 3)
	s.now = s.Months()[0].Until
	must(t, s.Destroy(s.Months()[0].ID))
	all, err := s.Files()
	if err != nil || len(all) != 4 || all[0].Name != "quorum.json" {
		t.Fatalf("%d files, %v", len(all), err)
	}
	dir := filepath.Join(t.TempDir(), "quorum")
	must(t, os.Mkdir(dir, 0o700))
	for _, f := range all {
		must(t, os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o600))
	}
	q, err := quorum.Open(dir, s.key, s.clock)
	must(t, err)
	if _, err := q.Rebuild(logs(november+1), s.officers...); err != nil {
		t.Errorf("the copy does not open: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(dir, all[1].Name), all[2].Text, 0o600))
	if _, err := q.Files(); !fault.Is(err, fault.Internal) {
		t.Errorf("other shares: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, all[1].Name)))
	if _, err := q.Files(); !fault.Is(err, fault.Internal) {
		t.Errorf("missing shares: %v", err)
	}
}

func BenchmarkLeave(b *testing.B) {
	for _, of := range []identity.Suite{identity.ES256, identity.SM} {
		b.Run(of.String(), func(b *testing.B) {
			s := founded(b, of, 3, 5)
			e := quorum.NewEscrow(s.Quorum, suite.NewSecret(of), nil)
			key, owner := suite.NewSecret(of), suite.Random(32)
			who := identity.Opened{Profile: identity.Profile{Number: "N1"}}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := e.Leave(who, logs(november), key, owner); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
