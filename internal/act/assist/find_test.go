package assist_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/assist"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/officer"
	"netid/internal/suite"
	"netid/test/kit"
)

// walker counts who is looked for, and does something before.
type walker struct {
	assist.Persons
	walks  atomic.Int32
	before func()
	fails  error
}

func (w *walker) NumberOfSubject(ctx context.Context, sector string, sub identity.Subject) (identity.Number, error) {
	w.walks.Add(1)
	if w.before != nil {
		w.before()
	}
	if w.fails != nil {
		return "", w.fails
	}
	return w.Persons.NumberOfSubject(ctx, sector, sub)
}

// shopping is a scene whose citizen has an account at a shop, by the pseudonym that the
// shop was given. There is another person, who has one there too, and another party.
type shopping struct {
	*scene
	sub, others identity.Subject
	*walker
}

func shop(t *testing.T, profile suite.Profile) *shopping {
	t.Helper()
	s := &shopping{scene: begin(t, profile)}
	for _, id := range []string{"shop", "bank"} {
		_, _, err := s.Admit.Register(t.Context(), admit.Application{ID: id, Name: id, RedirectURIs: []string{"https://" + id + ".example/cb"}, Sandbox: true})
		must(t, err)
	}
	other := s.Adult(2)
	must(t, other.Enrol(t.Context()))
	must(t, other.SignIn(t.Context()))
	s.sub, s.others = s.account(t, s.who), s.account(t, other)
	s.walker = &walker{Persons: s.Assist.Persons}
	s.Assist.Persons = s.walker
	return s
}

func (s *shopping) account(t *testing.T, c *kit.Citizen) identity.Subject {
	t.Helper()
	a, err := c.Approve(t.Context(), s.Request("shop", identity.ModeCert))
	must(t, err)
	v, err := s.Redeem(t.Context(), "shop", a.Code)
	must(t, err)
	return v.Subject
}

func (s *shopping) by(h law.Help, sub identity.Subject, at string) assist.Ask {
	a := s.ask(h)
	a.Number, a.Pseudonym, a.At = "", string(sub), at
	return a
}

func TestAPseudonymFindsOnePerson(t *testing.T) {
	for _, profile := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		t.Run(string(profile), func(t *testing.T) { account(t, shop(t, profile)) })
	}
}

// An authority has an account at a shop. It is given who that is, and their log; the
// number stays hidden from who works here and from the authority, and the person is told.
func account(t *testing.T, s *shopping) {
	ctx, keys := t.Context(), s.Officers.Keys[:2]
	ref := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	p, err := s.Assist.Paper(ctx, ref, s.id(0))
	must(t, err)
	if !strings.Contains(p.Text, "\npseudonym "+string(s.sub)+"\nat shop sector shop") || strings.Contains(p.Text, string(s.who.Grant.Number)) {
		t.Errorf("officers read %q", p.Text)
	}
	s.approve(t, ref, 0, 1)
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	a, err := officer.Who(r, s.Now(), keys...)
	must(t, err)
	if a.Identity == nil || a.Identity.Documents[0].Number != s.who.Document.Number || a.Pseudonym != s.sub || a.Party != "shop" || a.Number != "" {
		t.Errorf("%+v", a)
	}
	ref = s.request(t, s.by(law.AuthenticationLog, s.sub, "shop"))
	s.approve(t, ref, 1, 2)
	r, err = s.Assist.Release(ctx, ref)
	must(t, err)
	owner, err := officer.Owner(r, keys...)
	must(t, err)
	rows, err := s.Assist.Rows(ctx, ref, owner)
	must(t, err)
	if a, err := officer.Log(r, rows, s.Now(), keys...); err != nil || len(a.Log) != 2 || a.Number != "" {
		t.Errorf("%+v %v", a, err)
	}
	list, err := s.Assist.List(ctx)
	must(t, err)
	if b, _ := json.Marshal([]any{r, list, rows, p}); bytes.Contains(b, []byte(s.who.Grant.Number)) {
		t.Error("who works here learns the number behind an account")
	}
	if told, err := s.Assist.Told(ctx, s.who.Grant.Number); err != nil || len(told) != 2 {
		t.Errorf("told %+v %v", told, err)
	}
	for _, e := range s.public(t, identity.Assisted) {
		if strings.Contains(e.Detail, string(s.sub)) || strings.Contains(e.Detail, "shop") {
			t.Errorf("the public reads %q", e.Detail)
		}
	}
	if n := len(s.public(t, identity.Assisted)); n != 2 || s.walks.Load() != 2 {
		t.Errorf("%d are public, %d walks", n, s.walks.Load())
	}
}

// N04: nobody is looked for when a request is written down, read, listed or approved, nor
// by an opening that is not to be: the answer to "is there one" needs two officers.
func TestNobodyIsLookedForBeforeTwoApproved(t *testing.T) {
	s := shop(t, "")
	ctx := t.Context()
	ref := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	nobody := s.request(t, s.by(law.RealIdentity, identity.Subject(identity.NewHandle().Text()), "shop"))
	for _, one := range []string{ref, nobody} {
		_, err := s.Assist.Release(ctx, one)
		refused(t, "nobody approved", err, fault.Forbidden, "approval_required")
		s.approve(t, one, 0)
		_, err = s.Assist.Release(ctx, one)
		refused(t, "one approved", err, fault.Forbidden, "approval_required")
		s.approve(t, one, 1)
		_, err = s.Assist.Read(ctx, one)
		must(t, err)
	}
	a, err := s.Assist.Read(ctx, ref)
	must(t, err)
	b, err := s.Assist.Read(ctx, nobody)
	must(t, err)
	if a.Reference, b.Reference, a.Pseudonym, b.Pseudonym = "", "", "", ""; len(a.Approvals) != 2 || !jsonEqual(a, b) {
		t.Errorf("before an opening it shows whether there is somebody: %+v %+v", a, b)
	}
	if n := s.walks.Load(); n != 0 {
		t.Errorf("somebody was looked for %d times before", n)
	}
	s.Advance(15*time.Minute + time.Second)
	_, err = s.Assist.Release(ctx, ref)
	refused(t, "late", err, fault.Gone, "assistance_over")
	if n := s.walks.Load(); n != 0 {
		t.Error("somebody was looked for by an opening that was late")
	}
	again := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	s.approve(t, again, 0, 1)
	_, err = s.Assist.Release(ctx, again)
	must(t, err)
	_, err = s.Assist.Release(ctx, again)
	refused(t, "twice", err, fault.Conflict, "assistance_opened")
	if n := s.walks.Load(); n != 1 {
		t.Errorf("control: %d walks for one opening and one that was refused", n)
	}
}

func jsonEqual(a, b assist.Request) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

// A pseudonym of another party, of nobody and of who left say the same: there is nothing.
// The request stays as it was, no event is left, and nobody else is told.
func TestAPseudonymThatIsNobodys(t *testing.T) {
	s := shop(t, "")
	ctx := t.Context()
	nothing := func(what string, a assist.Ask) {
		t.Helper()
		ref := s.request(t, a)
		s.approve(t, ref, 0, 1)
		r, err := s.Assist.Release(ctx, ref)
		refused(t, what, err, fault.NotFound, "assistance_nothing")
		if len(r.Months) != 0 || r.Identity != nil || r.Request.Reference != "" {
			t.Errorf("%s: something came out", what)
		}
		if kept, err := s.Assist.Read(ctx, ref); err != nil || !kept.Opened.IsZero() || kept.Walk != 0 {
			t.Errorf("%s: %+v %v", what, kept, err)
		}
	}
	for _, help := range []law.Help{law.RealIdentity, law.AuthenticationLog} {
		nothing("at another party", s.by(help, s.sub, "bank"))
		nothing("nobody's", s.by(help, identity.Subject(identity.NewHandle().Text()), "shop"))
	}
	_, err := s.Erase.Erase(ctx, s.who.Session, s.who.Passcode)
	must(t, err)
	nothing("who it was, of somebody who left", s.by(law.RealIdentity, s.sub, "shop"))
	nothing("the log of somebody who left", s.by(law.AuthenticationLog, s.sub, "shop"))
	if n := len(s.public(t, identity.Assisted)); n != 0 {
		t.Errorf("%d openings are public", n)
	}
	ref := s.request(t, s.by(law.RealIdentity, s.others, "shop"))
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Release(ctx, ref)
	must(t, err)
	if told, err := s.Assist.Told(ctx, s.who.Grant.Number); err != nil || len(told) != 0 {
		t.Errorf("another is told: %+v %v", told, err)
	}
}

// A pseudonym is one whole one, at one party that there is; whether it takes part any more
// is no matter.
func TestAPseudonymIsOfAParty(t *testing.T) {
	s := shop(t, "")
	ctx := t.Context()
	for what, c := range map[string]struct {
		change func(*assist.Ask)
		kind   fault.Kind
		reason string
	}{
		"no party":             {func(a *assist.Ask) { a.At = "" }, fault.Invalid, "assistance_way_invalid"},
		"no pseudonym":         {func(a *assist.Ask) { a.Pseudonym = "" }, fault.Invalid, "assistance_way_invalid"},
		"a number too":         {func(a *assist.Ask) { a.Number = string(s.who.Grant.Number) }, fault.Invalid, "assistance_way_invalid"},
		"a document too":       {func(a *assist.Ask) { a.Kind, a.Document = "resident-id-card", "1" }, fault.Invalid, "assistance_way_invalid"},
		"a number and a party": {func(a *assist.Ask) { a.Number, a.Pseudonym = string(s.who.Grant.Number), "" }, fault.Invalid, "assistance_way_invalid"},
		"half a pseudonym":     {func(a *assist.Ask) { a.Pseudonym = a.Pseudonym[:20] }, fault.Invalid, "pseudonym_invalid"},
		"a wildcard":           {func(a *assist.Ask) { a.Pseudonym = a.Pseudonym[:42] + "*" }, fault.Invalid, "pseudonym_invalid"},
		"two":                  {func(a *assist.Ask) { a.Pseudonym += a.Pseudonym }, fault.Invalid, "pseudonym_invalid"},
		"every party":          {func(a *assist.Ask) { a.At = "*" }, fault.Invalid, "party_id_invalid"},
		"an unknown party":     {func(a *assist.Ask) { a.At = "nowhere" }, fault.NotFound, "party_unknown"},
		"a third help":         {func(a *assist.Ask) { a.Help = "location" }, fault.Invalid, "assistance_unknown"},
	} {
		a := s.by(law.RealIdentity, s.sub, "shop")
		c.change(&a)
		_, err := s.Assist.Request(ctx, a)
		refused(t, what, err, c.kind, c.reason)
	}
	_, err := s.Admit.Remove(ctx, "shop", "over")
	must(t, err)
	ref := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	s.approve(t, ref, 0, 1)
	if _, err = s.Assist.Release(ctx, ref); err != nil {
		t.Errorf("at a party that was removed: %v", err)
	}
}

// The quarter of an hour counts at the beginning of an opening: how long it takes to find
// the person is no matter, to the opening as to the rows, which have what was left of it.
func TestALongWalkIsInTime(t *testing.T) {
	s := shop(t, "")
	ctx := t.Context()
	ref := s.request(t, s.by(law.AuthenticationLog, s.sub, "shop"))
	s.approve(t, ref, 0, 1)
	s.Advance(14 * time.Minute)
	s.before = func() { s.Advance(time.Hour) }
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	if !r.Request.Opened.Equal(s.Now().UTC().Truncate(time.Second)) || r.Request.Walk != 3600 {
		t.Errorf("opened %s after %d s", r.Request.Opened, r.Request.Walk)
	}
	owner, err := officer.Owner(r, s.Officers.Keys...)
	must(t, err)
	late := *s.Assist
	late.Now = func() time.Time { return s.Now().Add(time.Minute + time.Second) }
	_, err = late.Rows(ctx, ref, owner)
	refused(t, "rows after what was left", err, fault.Gone, "assistance_over")
	s.Advance(time.Minute)
	if _, err = s.Assist.Rows(ctx, ref, owner); err != nil {
		t.Errorf("rows in what was left: %v", err)
	}
	s.before = nil
	ref = s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	s.approve(t, ref, 0, 1)
	s.Advance(15*time.Minute + time.Second)
	_, err = s.Assist.Release(ctx, ref)
	refused(t, "begun too late", err, fault.Gone, "assistance_over")
}

// One walk at a time: another opening is refused meanwhile and nothing of it is spent, and
// openings of persons who are named otherwise go on beside it.
func TestOneIsLookedForAtATime(t *testing.T) {
	s := shop(t, "")
	ctx := t.Context()
	ref, other, plain := s.request(t, s.by(law.RealIdentity, s.sub, "shop")), s.request(t, s.by(law.RealIdentity, s.others, "shop")), s.request(t, s.ask(law.RealIdentity))
	for _, one := range []string{ref, other, plain} {
		s.approve(t, one, 0, 1)
	}
	began, goes := make(chan struct{}), make(chan struct{})
	s.before = func() { close(began); <-goes }
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := s.Assist.Release(ctx, ref); err != nil {
			t.Error(err)
		}
	})
	<-began
	for _, one := range []string{ref, other} {
		_, err := s.Assist.Release(ctx, one)
		refused(t, "beside it", err, fault.TooMany, "assistance_busy")
	}
	_, err := s.Assist.Release(ctx, plain)
	must(t, err)
	s.before = nil
	close(goes)
	all.Wait()
	_, err = s.Assist.Release(ctx, ref)
	refused(t, "twice", err, fault.Conflict, "assistance_opened")
	if _, err = s.Assist.Release(ctx, other); err != nil || len(s.public(t, identity.Assisted)) != 3 {
		t.Errorf("afterwards: %v", err)
	}
}

// What changes the record during a walk makes neither the walk nor the quarter of an hour
// begin again; and where another opened it, this one gives nothing.
func TestTheRecordMovesDuringAWalk(t *testing.T) {
	s := shop(t, "")
	ctx := t.Context()
	moved := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	s.approve(t, moved, 0, 1)
	s.before = func() {
		var r assist.Request
		version, err := s.Assist.Dossiers.Read(ctx, "assistance", moved, &r)
		must(t, err)
		kept, err := s.Assist.Dossiers.Keep("assistance", moved, version, r)
		must(t, err)
		must(t, s.Assist.Store.Jot(ctx, kept))
		s.Advance(time.Hour)
	}
	if r, err := s.Assist.Release(ctx, moved); err != nil || r.Request.Walk != 3600 || s.walks.Load() != 1 {
		t.Errorf("%d walks of %d s: %v", s.walks.Load(), r.Request.Walk, err)
	}
	ref := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	s.approve(t, ref, 0, 1)
	elsewhere := *s.Assist // another process: it has a turn of its own
	elsewhere.Walks, elsewhere.Persons = new(sync.Mutex), s.walker.Persons
	s.before = func() {
		_, err := elsewhere.Release(ctx, ref)
		must(t, err)
	}
	r, err := s.Assist.Release(ctx, ref)
	refused(t, "opened elsewhere", err, fault.Conflict, "assistance_opened")
	if r.Identity != nil || s.walks.Load() != 2 || len(s.public(t, identity.Assisted)) != 2 {
		t.Errorf("%d walks, something comes out: %v", s.walks.Load(), r.Identity != nil)
	}
}

// A walk that fails, or whose asker went away, leaves the request as it was.
func TestAWalkThatFailsLeavesNothing(t *testing.T) {
	s := shop(t, "")
	ref := s.request(t, s.by(law.RealIdentity, s.sub, "shop"))
	s.approve(t, ref, 0, 1)
	s.fails = fault.New("x", fault.Unavailable, "store_unavailable")
	_, err := s.Assist.Release(t.Context(), ref)
	refused(t, "the store fails", err, fault.Unavailable, "store_unavailable")
	s.fails = nil
	within, stop := context.WithCancel(t.Context())
	s.before = stop
	if _, err = s.Assist.Release(within, ref); err == nil {
		t.Error("who went away opened it")
	}
	if r, err := s.Assist.Read(t.Context(), ref); err != nil || !r.Opened.IsZero() || r.Walk != 0 || len(s.public(t, identity.Assisted)) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	s.before = nil
	if _, err = s.Assist.Release(t.Context(), ref); err != nil {
		t.Errorf("control: %v", err)
	}
}
