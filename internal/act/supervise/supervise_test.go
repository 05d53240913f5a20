package supervise_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/supervise"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

const day = 24 * time.Hour

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// served are the parties of a test: what was sent back to review stands beside them.
type served struct {
	all     []identity.Party
	back    []identity.PartyID
	refuses error
}

func (s *served) Parties(context.Context) ([]identity.Party, error) { return slices.Clone(s.all), nil }

func (s *served) Recheck(_ context.Context, id identity.PartyID) (identity.Party, error) {
	if s.refuses != nil {
		return identity.Party{}, s.refuses
	}
	s.back = append(s.back, id)
	i := slices.IndexFunc(s.all, func(p identity.Party) bool { return p.ID == id })
	s.all[i].Standing = identity.PartySuspended
	return s.all[i], nil
}

// watched is a service of one party, admitted now, which asks for names.
func watched(t *testing.T) (*kit.Kit, *served, *supervise.Act) {
	t.Helper()
	k := kit.New(t, law.New())
	s := &served{all: []identity.Party{
		{ID: "shop", Name: identity.Text{ZH: "店", EN: "Shop"}, Since: k.Now(), Standing: identity.PartyActive, Bases: map[string]string{"name": "a law"}, KeepDays: 30, Purpose: identity.Purpose{Text: identity.Text{ZH: "买", EN: "buy"}}},
		{ID: "trial", Since: k.Now(), Standing: identity.PartyActive, Sandbox: true, Bases: map[string]string{"name": "a law"}},
	}}
	k.Supervise.Parties = s
	k.Supervise.Erasures = nil
	return k, s, k.Supervise
}

func one(t *testing.T, a *supervise.Act, ref string) supervise.Record {
	t.Helper()
	r, err := a.Read(t.Context(), ref)
	must(t, err)
	return r
}

func alarms(t *testing.T, a *supervise.Act) (all []string) {
	t.Helper()
	as, err := a.Alarms(t.Context())
	must(t, err)
	for _, one := range as {
		all = append(all, string(one.Duty)+" "+string(one.Stage))
	}
	return all
}

var done = supervise.Step{By: "Ann", What: "it was done", Number: "No. 7", Digest: strings.Repeat("0a", 32)}

// A duty that somebody wrote down is due by the law's day, is reminded of 30 days ahead,
// alarms afterwards, and returns when it is done.
func TestADutyAndItsDays(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	ref, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.AssessImpact, What: "the face step"})
	must(t, err)
	if r := one(t, a, ref); r.Due != identity.Today(k.Now()).AddMonths(12) || r.Stage(identity.Today(k.Now())) != law.Waits {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct {
		on   time.Duration
		want string
	}{{334 * day, ""}, {1 * day, "impact soon"}, {30 * day, "impact soon"}, {1 * day, "impact overdue"}, {400 * day, "impact overdue"}} {
		k.Advance(c.on)
		if got := strings.Join(alarms(t, a), ","); got != c.want {
			t.Errorf("on %s: %q, want %q", identity.Today(k.Now()), got, c.want)
		}
	}
	must(t, a.Do(ctx, ref, done))
	if r := one(t, a, ref); r.Due != identity.Today(k.Now()).AddMonths(12) || len(r.Entries) != 2 || r.Entries[1].Digest != done.Digest || len(alarms(t, a)) != 0 {
		t.Errorf("%+v", r)
	}
	officer, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.NamePerson, What: "more than ten million", Due: identity.Today(k.Now())})
	must(t, err)
	if r := one(t, a, officer); r.Due != identity.Today(k.Now()) {
		t.Errorf("a day before the law's: %+v", r)
	}
	must(t, a.Do(ctx, officer, done))
	if r := one(t, a, officer); r.Closed.IsZero() || r.Stage(identity.Today(k.Now())) != law.Met {
		t.Errorf("%+v", r)
	}
	refused(t, "done twice", a.Do(ctx, officer, done), fault.Conflict, "supervision_closed")
	all, err := a.Records(ctx)
	if err != nil || len(all) != 2 || all[0].Reference != ref {
		t.Errorf("what is over comes last: %+v %v", all, err)
	}
	for range 38 {
		must(t, a.Do(ctx, ref, done))
	}
	refused(t, "more than a record holds", a.Do(ctx, ref, done), fault.Conflict, "supervision_full")
	k.Close()
	for _, name := range []string{"netid.db", "netid.db-wal"} {
		if b, _ := os.ReadFile(filepath.Join(k.Dir, name)); bytes.Contains(b, []byte("the face step")) || bytes.Contains(b, []byte(ref)) {
			t.Errorf("%s holds the record in the clear", name)
		}
	}
}

func TestWhatIsNoRecord(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	today := identity.Today(k.Now())
	for _, d := range []law.Duty{"", "x", law.ReviewMethods, law.AnswerErasure, law.EndKeeping, law.FileFaces} {
		_, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: d, What: "x"})
		refused(t, "a duty by hand: "+string(d), err, fault.Invalid, "supervision_duty_unknown")
	}
	for _, due := range []identity.Date{today.Yesterday(), today.AddMonths(13), {Year: 2027, Month: 2, Day: 30}} {
		_, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.AssessRisk, What: "x", Due: due})
		refused(t, "a day: "+due.String(), err, fault.Invalid, "supervision_day_invalid")
	}
	ref, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.AssessRisk, What: "x"})
	must(t, err)
	for _, s := range []string{"", "—", " x", "two\nlines", "turned\u202eback", strings.Repeat("长", 301), "\xff"} {
		refused(t, s, a.Do(ctx, ref, supervise.Step{By: "Ann", What: s, Number: "1"}), fault.Invalid, "supervision_text_invalid")
	}
	for _, s := range []string{"it was 11010519491231002X", "号码１３８００１３８０００"} {
		refused(t, s, a.Do(ctx, ref, supervise.Step{By: "Ann", What: s, Number: "1"}), fault.Invalid, "supervision_names_somebody")
		_, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.AssessRisk, What: s})
		refused(t, s, err, fault.Invalid, "supervision_names_somebody")
	}
	refused(t, "a long name", a.Do(ctx, ref, supervise.Step{By: strings.Repeat("长", 61), What: "x", Number: "1"}), fault.Invalid, "supervision_text_invalid")
	refused(t, "no document", a.Do(ctx, ref, supervise.Step{By: "Ann", What: "x"}), fault.Invalid, "supervision_document_missing")
	for _, s := range []supervise.Step{{By: "Ann", What: "x", Number: "none"}, {By: "Ann", What: "x", Number: "7\n8"}, {By: "Ann", What: "x", Digest: "0a"}, {By: "Ann", What: "x", Digest: strings.Repeat("z", 64)}} {
		refused(t, "a document", a.Do(ctx, ref, s), fault.Invalid, "supervision_document_invalid")
	}
	refused(t, "no record", a.Do(ctx, "none", done), fault.NotFound, "supervision_unknown")
	_, err = a.Read(ctx, "none")
	refused(t, "no record", err, fault.NotFound, "supervision_unknown")
}

// A party's other lawful ways are looked at each year from its admission; 30 days after
// nobody did, it goes back to review, again and again until somebody does (Arts 6, 7).
func TestOtherWaysAreReviewedEachYear(t *testing.T) {
	k, s, a := watched(t)
	ctx := t.Context()
	sweep := func(back ...identity.PartyID) {
		t.Helper()
		must(t, a.Sweep(ctx))
		if !slices.Equal(s.back, back) {
			t.Errorf("on %s back to review: %v, want %v", identity.Today(k.Now()), s.back, back)
		}
	}
	sweep()
	r := one(t, a, "methods-shop")
	if r.Due != identity.Today(k.Now()).AddMonths(12) || r.Party != "shop" {
		t.Errorf("%+v", r)
	}
	if _, err := a.Read(ctx, "methods-trial"); err == nil {
		t.Error("a party of made-up people is reviewed")
	}
	k.Advance(335 * day)
	sweep()
	if got := alarms(t, a); !slices.Equal(got, []string{"methods soon"}) {
		t.Error(got)
	}
	k.Advance(31 * day)
	sweep()
	if got := alarms(t, a); !slices.Equal(got, []string{"methods overdue"}) {
		t.Error(got)
	}
	k.Advance(29 * day)
	sweep() // the 30th day
	k.Advance(1 * day)
	sweep("shop")
	sweep("shop") // it does not take part: nothing more
	s.all[0].Standing = identity.PartyActive
	sweep("shop", "shop") // two approved it anew, and nobody looked
	s.all[0].Standing = identity.PartyActive
	must(t, a.Do(ctx, "methods-shop", supervise.Step{By: "Ann", What: "the counter is open"}))
	sweep("shop", "shop")
	if r := one(t, a, "methods-shop"); r.Due != identity.Today(k.Now()).AddMonths(12) {
		t.Errorf("%+v", r)
	}
	k.Advance(400 * day)
	s.refuses = errors.New("down")
	if a.Sweep(ctx) == nil {
		t.Error("a party that goes on is not said")
	}
	s.refuses, s.all[0].Standing = nil, identity.PartyRemoved
	sweep("shop", "shop")
	if r := one(t, a, "methods-shop"); r.Closed.IsZero() || r.Entries[len(r.Entries)-1].By != "netid" {
		t.Errorf("a party that is gone has other ways: %+v", r)
	}
	sweep("shop", "shop")
	if n := len(one(t, a, "methods-shop").Entries); n != 3 {
		t.Errorf("it ended more than once: %d entries", n)
	}
}

// From ten million people on somebody is in charge, by name, within 30 days.
func TestALargeServiceNamesWhoIsInCharge(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	n := law.LargeScale - 1
	a.People = func(context.Context) (int, error) { return n, nil }
	must(t, a.Sweep(ctx))
	if _, err := a.Read(ctx, "officer"); err == nil {
		t.Error("a duty of a smaller one")
	}
	n++
	must(t, a.Sweep(ctx))
	if r := one(t, a, "officer"); r.Count != n || r.Due != law.NamePerson.Due(identity.Today(k.Now())) {
		t.Errorf("%+v", r)
	}
	must(t, a.Do(ctx, "officer", done))
	must(t, a.Sweep(ctx))
	if r := one(t, a, "officer"); r.Closed.IsZero() || len(r.Entries) != 2 {
		t.Errorf("named, and asked again: %+v", r)
	}
	a.People = func(context.Context) (int, error) { return 0, errors.New("down") }
	if a.Sweep(ctx) == nil {
		t.Error("a count that cannot be read is nought")
	}
}

// A service of real people owes its assessment at once and its audits within their year,
// without anybody writing it down, each once; one of made-up people owes nothing.
func TestWhatTheServiceOwesByItself(t *testing.T) {
	k, s, a := watched(t)
	ctx := t.Context()
	s.all = nil
	must(t, a.Sweep(ctx))
	if all, err := a.Records(ctx); err != nil || len(all) != 0 {
		t.Errorf("a sandbox owes %+v %v", all, err)
	}
	a.Sandbox = false
	for range 2 {
		must(t, a.Sweep(ctx))
	}
	all, err := a.Records(ctx)
	if err != nil || len(all) != 4 || all[0].Duty != law.AssessImpact || all[0].Due != identity.Today(k.Now()) || all[1].Due != identity.Today(k.Now()).AddMonths(12) {
		t.Fatalf("%+v %v", all, err)
	}
	must(t, a.Do(ctx, "impact", done))
	k.Advance(day)
	must(t, a.Sweep(ctx))
	if got := alarms(t, a); len(got) != 0 || len(one(t, a, "impact").Entries) != 2 {
		t.Error(got)
	}
}

// The nearest day comes first, and what is over last.
func TestTheNearestComesFirst(t *testing.T) {
	k, s, a := watched(t)
	ctx := t.Context()
	s.all = append(s.all, identity.Party{ID: "quiet", Since: k.Now(), Standing: identity.PartyActive})
	today := identity.Today(k.Now())
	var refs []string
	for i, months := range []int{3, 1, 12, 2, 0, 0} {
		d := law.AssessRisk
		if months == 0 {
			d, months = law.NamePerson, 0
		}
		ref, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: d, What: "x", Due: today.AddMonths(months)})
		must(t, err)
		if refs = append(refs, ref); i >= 4 {
			must(t, a.Do(ctx, ref, done))
		}
	}
	all, err := a.Records(ctx)
	must(t, err)
	var is []string
	for _, r := range all[:4] {
		is = append(is, r.Reference)
	}
	if want := []string{refs[1], refs[3], refs[0], refs[2]}; !slices.Equal(is, want) || all[4].Closed.IsZero() || all[5].Closed.IsZero() {
		t.Errorf("%v, want %v", is, want)
	}
	if ds, err := a.PartyDuties(ctx); err != nil || len(ds) != 2 {
		t.Errorf("who asks for no plain text owes nothing: %+v %v", ds, err)
	}
}

// What a party leaves unanswered is a case at once, ended by its answers or closed by
// somebody, and another where more come (Art. 8).
func TestUnansweredErasuresAreACase(t *testing.T) {
	_, s, a := watched(t)
	ctx := t.Context()
	n := supervise.Asked{}
	a.Erasures = func(context.Context) (map[identity.PartyID]supervise.Asked, error) {
		return map[identity.PartyID]supervise.Asked{"shop": n, "trial": {Overdue: 9}}, nil
	}
	stands := func(overdue, count int, open bool) {
		t.Helper()
		n.Overdue = overdue
		must(t, a.Sweep(ctx))
		r := one(t, a, "erasures-shop")
		if r.Count != count || r.Closed.IsZero() != open || open != slices.Contains(alarms(t, a), "erasures overdue") {
			t.Errorf("%d overdue: %+v", overdue, r)
		}
	}
	must(t, a.Sweep(ctx))
	if _, err := a.Read(ctx, "erasures-shop"); err == nil {
		t.Error("a case of nothing")
	}
	stands(2, 2, true)
	stands(3, 3, true)
	stands(0, 0, false)
	stands(1, 1, true)
	must(t, a.Do(ctx, "erasures-shop", supervise.Step{By: "Ann", What: "the party was warned"}))
	stands(1, 1, false)
	stands(2, 2, true)
	must(t, a.Do(ctx, "erasures-shop", supervise.Step{By: "Ann", What: "the party was warned"}))
	stands(1, 1, false) // fewer are left, and the next one more is a case
	stands(2, 2, true)
	s.all = s.all[:1]
	duties, err := a.PartyDuties(ctx)
	if err != nil || len(duties) != 1 || duties[0].Asked.Overdue != 2 || duties[0].KeepDays != 30 || !slices.Equal(duties[0].Items, []string{"name"}) || duties[0].Gone != (identity.Date{}) {
		t.Errorf("%+v %v", duties, err)
	}
	a.Erasures = func(context.Context) (map[identity.PartyID]supervise.Asked, error) { return nil, errors.New("down") }
	if a.Sweep(ctx) == nil {
		t.Error("counts that cannot be read are nought")
	}
}

// A party that may ask for plain text no more confirms, by the day that it registered, what
// it deleted (Art. 8; PIPL Arts 19, 47).
func TestPlainTextIsGoneByItsDay(t *testing.T) {
	k, s, a := watched(t)
	ctx := t.Context()
	must(t, a.Sweep(ctx))
	if _, err := a.Read(ctx, "retention-shop"); err == nil {
		t.Error("a party that takes part keeps what it said")
	}
	s.all[0].Standing, s.all[0].Stood = identity.PartySuspended, k.Now()
	k.Advance(time.Hour)
	must(t, a.Sweep(ctx))
	gone := law.KeptUntil(identity.Today(k.Now()), 30)
	if r := one(t, a, "retention-shop"); r.Due != gone || r.Stage(identity.Today(k.Now())) != law.Soon {
		t.Errorf("%+v", r)
	}
	if d, err := a.PartyDuties(ctx); err != nil || d[0].Gone != gone {
		t.Errorf("%+v %v", d, err)
	}
	s.all[0].Standing = identity.PartyActive
	must(t, a.Sweep(ctx))
	if r := one(t, a, "retention-shop"); r.Closed.IsZero() {
		t.Errorf("it takes part again: %+v", r)
	}
	k.Advance(day)
	last := identity.Today(k.Now())
	s.all[0].BasesUntil = map[string]identity.Date{"name": last}
	must(t, a.Sweep(ctx))
	if r := one(t, a, "retention-shop"); r.Closed.IsZero() {
		t.Errorf("the last day of a basis is a day of it: %+v", r)
	}
	k.Advance(day)
	must(t, a.Sweep(ctx))
	if r := one(t, a, "retention-shop"); !r.Closed.IsZero() || r.Due != law.KeptUntil(identity.Today(last.End()), 30) {
		t.Errorf("%+v", r)
	}
	must(t, a.Do(ctx, "retention-shop", supervise.Step{By: "Ann", What: "the party confirmed it"}))
	must(t, a.Sweep(ctx))
	if r := one(t, a, "retention-shop"); r.Closed.IsZero() {
		t.Errorf("confirmed, and asked again: %+v", r)
	}
}

// The filing for faces begins when their number is reached, once, with its term.
func TestFacesAreFiledInTime(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	var reached time.Time
	a.Faces = func(context.Context) (int, time.Time, error) { return law.FaceFiling, reached, nil }
	must(t, a.Sweep(ctx))
	if _, err := a.Read(ctx, "face-filing"); err == nil {
		t.Error("a filing for fewer")
	}
	reached = k.Now()
	must(t, a.Sweep(ctx))
	r := one(t, a, "face-filing")
	if r.Due != law.FilingDue(identity.Today(reached)) || r.Count != law.FaceFiling {
		t.Errorf("%+v", r)
	}
	must(t, a.Do(ctx, "face-filing", done))
	must(t, a.Sweep(ctx))
	if r := one(t, a, "face-filing"); r.Closed.IsZero() || len(r.Entries) != 2 {
		t.Errorf("filed, and asked again: %+v", r)
	}
}

// Of 64 at once who begin and do, each record is one and each done is done once.
func TestManyAtOnce(t *testing.T) {
	_, _, a := watched(t)
	ctx := t.Context()
	ref, err := a.Open(ctx, supervise.Opening{By: "Ann", Duty: law.NamePerson, What: "x"})
	must(t, err)
	var n atomic.Int32
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			if err := a.Sweep(ctx); err != nil {
				t.Error(err)
			}
			switch err := a.Do(ctx, ref, done); {
			case err == nil:
				n.Add(1)
			case !fault.Because(err, "supervision_closed"):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	all, err := a.Records(ctx)
	if n.Load() != 1 || err != nil || len(all) != 2 || len(one(t, a, ref).Entries) != 2 || len(one(t, a, "methods-shop").Entries) != 1 {
		t.Errorf("done %d times: %+v %v", n.Load(), all, err)
	}
}

// What the ledger says is a duty and a day: no reference, no party, no word of anybody.
func TestWhatTheLedgerSaysOfSupervision(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	must(t, a.Sweep(ctx))
	ref, err := a.Begin(ctx, supervise.Need{By: "Ann", Approver: "Bo", Citation: "a law", What: "a flood", Began: k.Now()})
	must(t, err)
	must(t, a.Do(ctx, "methods-shop", done))
	var said []string
	must(t, k.Store.Snapshot(ctx, func(rows ledger.Rows) error {
		all, err := rows.Entries(ctx, 0, 100)
		for _, row := range all {
			e, _, err := ledger.OpenEntry(identity.Keys{}, row)
			if err != nil {
				return err
			}
			if e.Kind == identity.Supervised {
				said = append(said, e.Detail)
			}
			if e.Party != "" || e.Name != nil {
				t.Errorf("%+v", e)
			}
		}
		return err
	}))
	for _, s := range []string{ref, "shop", "Ann", "Bo", "flood", "law"} {
		if strings.Contains(strings.Join(said, "\n"), s) {
			t.Errorf("%q is in %q", s, said)
		}
	}
	if len(said) != 3 {
		t.Error(said)
	}
}

// All that there is is read as one, and a failure to read any of it is one.
func TestAllOfIt(t *testing.T) {
	k, _, a := watched(t)
	ctx := t.Context()
	must(t, a.Sweep(ctx))
	if _, err := k.Ticket(ctx, "0a1b2c3d", "allow"); err != nil {
		t.Fatal(err)
	}
	all, err := a.All(ctx)
	if err != nil || len(all.Records) != 1 || len(all.Tickets) != 1 || len(all.Parties) != 2 || all.Exports == nil || all.Emergencies == nil || all.Alarms == nil {
		t.Errorf("%+v %v", all, err)
	}
	if kept, err := a.Kept(ctx); err != nil || len(kept.Records) != 1 || len(kept.Parties) != 0 {
		t.Errorf("%+v %v", kept, err)
	}
	k.Close()
	if _, err := a.All(ctx); err == nil {
		t.Error("nothing is read, and that is all")
	}
}
