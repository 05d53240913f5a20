package quorum_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
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
	key, owner = suite.NewSecret(s.key.Suite()), suite.Random(suite.TagSize)
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
