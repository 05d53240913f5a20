package assist_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/assist"
	"netid/internal/act/look"
	"netid/internal/act/tally"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/officer"
	"netid/internal/suite"
	"netid/test/kit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

// scene is a service whose three officers have names, an authority, and a citizen.
type scene struct {
	*kit.Kit
	who       *kit.Citizen
	authority officer.Authority
}

func begin(t *testing.T, profile suite.Profile) *scene {
	t.Helper()
	k := kit.OpenAs(t, t.TempDir(), law.New(), profile)
	s := &scene{Kit: k, who: k.Adult(1)}
	must(t, s.who.Enrol(t.Context()))
	must(t, s.who.SignIn(t.Context()))
	var err error
	s.authority, err = officer.NewAuthority(identity.ES256)
	must(t, err)
	for n, name := range []string{"Ann", "Bo", "Cy"} {
		must(t, k.Assist.Name(t.Context(), assist.Officer{ID: s.id(n), Name: name}))
	}
	return s
}

func (s *scene) id(n int) string { return s.Officers.Keys[n].Public().ID() }

func (s *scene) today() time.Time { return s.Now().UTC().Truncate(24 * time.Hour) }

func (s *scene) ask(h law.Help) assist.Ask {
	a := assist.Ask{By: "Ed", Authority: "某市公安局", Citation: "Criminal Procedure Law Art. 54, paper 2026-17", Key: s.authority.Public().Text(), Help: string(h), Number: string(s.who.Grant.Number)}
	if h == law.AuthenticationLog {
		a.From, a.To = s.today(), s.today()
	}
	return a
}

func (s *scene) request(t *testing.T, a assist.Ask) string {
	t.Helper()
	ref, err := s.Assist.Request(t.Context(), a)
	must(t, err)
	return ref
}

// word is an officer's yes, made on a machine of theirs.
func (s *scene) word(t *testing.T, ref string, n int) string {
	t.Helper()
	p, err := s.Assist.Paper(t.Context(), ref, s.id(n))
	must(t, err)
	word, err := officer.Yes(p, s.Officers.Keys[n])
	must(t, err)
	return word
}

func (s *scene) approve(t *testing.T, ref string, officers ...int) {
	t.Helper()
	for _, n := range officers {
		_, err := s.Assist.Approve(t.Context(), ref, s.word(t, ref, n))
		must(t, err)
	}
}

// public is how many public events of a kind the ledger has.
func (s *scene) public(t *testing.T, kind identity.EventKind) (all []identity.Event) {
	t.Helper()
	rows, err := s.Store.Entries(t.Context(), 0, 10000)
	must(t, err)
	for _, r := range rows {
		if r.State != identity.EntryPublic {
			continue
		}
		e, _, err := ledger.OpenEntry(identity.Keys{}, r)
		must(t, err)
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

func TestAnAssistanceFromEndToEnd(t *testing.T) {
	for _, profile := range []suite.Profile{suite.International, suite.Guomi, suite.Dual} {
		t.Run(string(profile), func(t *testing.T) { whole(t, begin(t, profile)) })
	}
}

// An authority asks for a log and for an identity; two officers say yes, enough of them
// open, and the authority alone reads the answer.
func whole(t *testing.T, s *scene) {
	ctx, keys := t.Context(), s.Officers.Keys[:2]
	ref := s.request(t, s.ask(law.AuthenticationLog))
	s.approve(t, ref, 0, 2)
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	owner, err := officer.Owner(r, keys...)
	must(t, err)
	rows, err := s.Assist.Rows(ctx, ref, owner)
	must(t, err)
	a, err := officer.Log(r, rows, s.Now(), keys...)
	must(t, err)
	if len(a.Log) != 1 || a.Log[0].Kind != identity.SignedIn || a.Identity != nil || len(rows) < 3 {
		t.Errorf("of %d rows the log is %+v", len(rows), a)
	}
	b, err := officer.Seal(r, a)
	must(t, err)
	if got, err := s.authority.Read(b); err != nil || len(got.Log) != 1 || got.Event != r.Request.Event {
		t.Errorf("%+v %v", got, err)
	}
	stranger, _ := officer.NewAuthority(identity.ES256)
	if _, err := stranger.Read(b); !fault.Because(err, "sealed_invalid") {
		t.Errorf("another authority: %v", err)
	}

	ref = s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 1, 0)
	r, err = s.Assist.Release(ctx, ref)
	must(t, err)
	a, err = officer.Who(r, s.Now(), keys...)
	must(t, err)
	if a.Identity == nil || a.Identity.Name == "" || len(a.Identity.Documents) != 1 || a.Identity.Documents[0].Number != s.who.Document.Number || len(a.Log) != 0 {
		t.Errorf("%+v", a.Identity)
	}
	if _, err := officer.Who(r, s.Now(), keys[0]); !fault.Because(err, "quorum_short") {
		t.Errorf("by one officer: %v", err)
	}
	for _, e := range s.public(t, identity.Assisted) {
		if !strings.Contains(e.Detail, "某市公安局") || strings.Contains(e.Detail, string(s.who.Grant.Number)) || strings.Contains(e.Detail, a.Identity.Name) {
			t.Errorf("the public reads %q", e.Detail)
		}
	}
	if n := len(s.public(t, identity.Assisted)); n != 2 {
		t.Errorf("%d openings are public", n)
	}
	must(t, s.Tally.Keep(ctx))
	report, err := s.Tally.Report(ctx)
	must(t, err)
	if i := slices.IndexFunc(report.Running.Lines, func(l tally.Line) bool { return l.Name == "assisted" }); i < 0 || report.Running.Lines[i].Count != 2 {
		t.Errorf("the page counts %+v", report.Running.Lines)
	}
}

// N01, N02: nothing opens without the yes of two officers, each by their own key, neither
// of whom asked.
func TestTwoOfficersApprove(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	in := s.ask(law.RealIdentity)
	in.By = "Cy"
	ref := s.request(t, in)
	open := func() error { _, err := s.Assist.Release(ctx, ref); return err }
	refused(t, "nobody approved", open(), fault.Forbidden, "approval_required")
	_, err := s.Assist.Approve(ctx, ref, s.word(t, ref, 2))
	refused(t, "who asked", err, fault.Forbidden, "requester_approves")
	s.approve(t, ref, 0)
	refused(t, "one approved", open(), fault.Forbidden, "approval_required")
	_, err = s.Assist.Approve(ctx, ref, s.word(t, ref, 0))
	refused(t, "the same again", err, fault.Forbidden, "approver_same")
	other := s.request(t, in)
	_, err = s.Assist.Approve(ctx, ref, s.word(t, other, 1))
	refused(t, "another paper's word", err, fault.Forbidden, "approval_invalid")
	_, err = s.Assist.Approve(ctx, ref, "made up")
	refused(t, "no word", err, fault.Forbidden, "approval_invalid")
	p, err := s.Assist.Paper(ctx, ref, s.id(1))
	must(t, err)
	if _, err := officer.Yes(p, s.Officers.Keys[0]); !fault.Because(err, "sealed_invalid") {
		t.Errorf("another officer's key: %v", err)
	}
	p.Text = strings.Replace(p.Text, "real-identity", "authentication-log", 1)
	if _, err := officer.Yes(p, s.Officers.Keys[1]); !fault.Because(err, "sealed_invalid") {
		t.Errorf("another text: %v", err)
	}
	s.approve(t, ref, 1)
	_, err = s.Assist.Approve(ctx, other, s.word(t, other, 2))
	refused(t, "who asked the other", err, fault.Forbidden, "requester_approves")
	must(t, open())
	refused(t, "a key has a second name", s.Assist.Name(ctx, assist.Officer{ID: s.id(0), Name: "Di"}), fault.Conflict, "officer_named")
	refused(t, "somebody who is no officer", s.Assist.Name(ctx, assist.Officer{ID: "0011223344556677", Name: "Di"}), fault.NotFound, "officer_unnamed")
	_, err = s.Assist.Paper(ctx, other, "0011223344556677")
	refused(t, "a paper for nobody", err, fault.Forbidden, "officer_unnamed")
	third := s.request(t, s.ask(law.RealIdentity))
	s.approve(t, third, 0, 1)
	_, err = s.Assist.Approve(ctx, third, s.word(t, third, 2))
	refused(t, "a third", err, fault.Conflict, "assistance_decided")
}

// A key without a name approves nothing, and no two keys are one person's.
func TestOneOfficerHasOneKey(t *testing.T) {
	k := kit.New(t, law.New())
	ctx := t.Context()
	must(t, k.Assist.Name(ctx, assist.Officer{ID: k.Officers.Keys[0].Public().ID(), Name: "Ann"}))
	refused(t, "one person, two keys", k.Assist.Name(ctx, assist.Officer{ID: k.Officers.Keys[1].Public().ID(), Name: "Ann"}), fault.Conflict, "officer_named")
	all, err := k.Assist.Officers(ctx)
	if err != nil || len(all) != 1 || all[0].Name != "Ann" {
		t.Error(all, err)
	}
}

// N03: an approval is for one opening, of what was asked, for a quarter of an hour.
func TestAnOpeningIsOnceAndSoon(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	ref := s.request(t, s.ask(law.AuthenticationLog))
	s.approve(t, ref, 0, 1)
	s.Advance(15*time.Minute + time.Second)
	_, err := s.Assist.Release(ctx, ref)
	refused(t, "late", err, fault.Gone, "assistance_over")
	in := s.ask(law.AuthenticationLog)
	ref = s.request(t, in)
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Rows(ctx, ref, []byte("owner"))
	refused(t, "rows before", err, fault.Forbidden, "approval_required")
	s.Advance(15 * time.Minute)
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	if again, err := s.Assist.Release(ctx, ref); !fault.Because(err, "assistance_opened") || len(again.Months) != 0 {
		t.Errorf("twice: %v", err)
	}
	owner, err := officer.Owner(r, s.Officers.Keys...)
	must(t, err)
	_, err = s.Assist.Rows(ctx, ref, owner)
	must(t, err)
	_, err = s.Assist.Rows(ctx, ref, owner)
	refused(t, "rows twice", err, fault.Conflict, "assistance_opened")
	ref = s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Release(ctx, ref)
	must(t, err)
	_, err = s.Assist.Rows(ctx, ref, owner)
	refused(t, "a log on an identity's request", err, fault.Forbidden, "approval_required")
	ref = s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 0)
	s.Advance(7*24*time.Hour + time.Second)
	_, err = s.Assist.Approve(ctx, ref, s.word(t, ref, 1))
	refused(t, "decided after a week", err, fault.Gone, "assistance_over")
}

// Of many who open at once, one does.
func TestManyOpenAtOnce(t *testing.T) {
	s := begin(t, "")
	ref := s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 0, 1)
	var all sync.WaitGroup
	var mu sync.Mutex
	opened := 0
	for range 16 {
		all.Go(func() {
			r, err := s.Assist.Release(t.Context(), ref)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				opened++
			} else if !fault.Because(err, "assistance_opened") || r.Identity != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(s.public(t, identity.Assisted)); opened != 1 || n != 1 {
		t.Errorf("%d opened, %d are public", opened, n)
	}
}

// N04: one person by a number, or by a document for the log alone; nothing else finds.
func TestNobodyIsSearched(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	for what, c := range map[string]struct {
		change func(*assist.Ask)
		reason string
	}{
		"nobody":                   {func(a *assist.Ask) { a.Number = "" }, "assistance_way_invalid"},
		"two ways":                 {func(a *assist.Ask) { a.Kind, a.Document = "resident-id-card", "1" }, "assistance_way_invalid"},
		"a list":                   {func(a *assist.Ask) { a.Number += "," + a.Number }, "net_number_invalid"},
		"a wildcard":               {func(a *assist.Ask) { a.Number = a.Number[:4] + "*" }, "net_number_invalid"},
		"no such kind of document": {func(a *assist.Ask) { a.Number, a.Kind, a.Document = "", "library-card", "1" }, "assistance_way_invalid"},
		"a third help":             {func(a *assist.Ask) { a.Help = "location" }, "assistance_unknown"},
		"no days":                  {func(a *assist.Ask) { a.From, a.To = time.Time{}, time.Time{} }, "assistance_box_invalid"},
		"days backwards":           {func(a *assist.Ask) { a.From = a.To.AddDate(0, 0, 1) }, "assistance_box_invalid"},
		"a day to come":            {func(a *assist.Ask) { a.To = a.To.AddDate(0, 0, 1) }, "assistance_box_invalid"},
		"more than a year":         {func(a *assist.Ask) { a.From = a.To.AddDate(0, 0, -366) }, "assistance_box_invalid"},
		"an hour":                  {func(a *assist.Ask) { a.From = a.From.Add(time.Hour) }, "assistance_box_invalid"},
		"an identity of days":      {func(a *assist.Ask) { a.Help = "real-identity" }, "assistance_box_invalid"},
		"no authority":             {func(a *assist.Ask) { a.Authority = " " }, "assistance_text_invalid"},
		"no law":                   {func(a *assist.Ask) { a.Citation = "17" }, "assistance_text_invalid"},
		"somebody's number":        {func(a *assist.Ask) { a.Citation = "of 11010519491231002X" }, "assistance_text_invalid"},
		"no requester":             {func(a *assist.Ask) { a.By = "" }, "assistance_text_invalid"},
		"no key":                   {func(a *assist.Ask) { a.Key = "" }, "assistance_key_invalid"},
		"a secret without a law":   {func(a *assist.Ask) { a.Secret = &assist.Secret{Until: s.Now().Add(time.Hour)} }, "assistance_secret_invalid"},
		"a secret without an end":  {func(a *assist.Ask) { a.Secret = &assist.Secret{Citation: "a law"} }, "assistance_secret_invalid"},
		"a secret for ever": {func(a *assist.Ask) {
			a.Secret = &assist.Secret{Citation: "a law", Until: s.Now().Add(366 * 24 * time.Hour)}
		}, "assistance_secret_invalid"},
		"a secret that was already": {func(a *assist.Ask) { a.Secret = &assist.Secret{Citation: "a law", Until: s.Now()} }, "assistance_secret_invalid"},
	} {
		a := s.ask(law.AuthenticationLog)
		c.change(&a)
		_, err := s.Assist.Request(ctx, a)
		refused(t, what, err, fault.Invalid, c.reason)
	}
	a := s.ask(law.RealIdentity)
	a.Number, a.Kind, a.Document = "", string(s.who.Document.Kind), s.who.Document.Number
	_, err := s.Assist.Request(ctx, a)
	refused(t, "an identity by its document", err, fault.Invalid, "assistance_way_invalid")
}

// A document finds the log of who enrolled by it; its number is not kept, and one that
// nobody has is refused no sooner than it would open.
func TestALogByADocument(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	a := s.ask(law.AuthenticationLog)
	a.Number, a.Kind, a.Document = "", string(s.who.Document.Kind), s.who.Document.Number
	ref := s.request(t, a)
	if p, err := s.Assist.Paper(ctx, ref, s.id(0)); err != nil || strings.Contains(p.Text, string(s.who.Grant.Number)) {
		t.Errorf("the paper says who it is: %v", err)
	}
	s.approve(t, ref, 0, 1)
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	list, err := s.Assist.List(ctx)
	must(t, err)
	if b, _ := json.Marshal([]any{r, list}); bytes.Contains(b, []byte(s.who.Grant.Number)) || bytes.Contains(b, []byte(a.Document)) {
		t.Error("who works here learns a number, or the document was kept")
	}
	if told, err := s.Assist.Told(ctx, s.who.Grant.Number); err != nil || len(told) != 1 {
		t.Errorf("the person is not told: %v", err)
	}
	a.Document = kit.New(t, law.New()).Adult(77).Document.Number
	ref = s.request(t, a)
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Release(ctx, ref)
	refused(t, "nobody's", err, fault.NotFound, "assistance_nothing")
	if n := len(s.public(t, identity.Assisted)); n != 1 {
		t.Errorf("%d are public", n)
	}
}

// stopped is a ledger that takes nothing any more.
type stopped struct{ ledger.Store }

func (stopped) Commit(context.Context, identity.Change) error {
	return fault.New("stopped", fault.Unavailable, "try_again")
}

// N06: stopping the ledger stops every release. Nothing comes out, nothing is spent.
func TestStoppingTheLedgerStopsEveryRelease(t *testing.T) {
	s := begin(t, "")
	for _, help := range []law.Help{law.RealIdentity, law.AuthenticationLog} {
		ref := s.request(t, s.ask(help))
		s.approve(t, ref, 0, 1)
		dead := *s.Assist
		dead.Book = ledger.NewBook(stopped{s.Store}, s.Escrow, s.Now)
		r, err := dead.Release(t.Context(), ref)
		refused(t, string(help), err, fault.Unavailable, "try_again")
		if len(r.Months) != 0 || r.Identity != nil || r.Request.Reference != "" {
			t.Errorf("%s: something came out", help)
		}
		if kept, err := s.Assist.Read(t.Context(), ref); err != nil || !kept.Opened.IsZero() {
			t.Errorf("%s: opened without an event: %v", help, err)
		}
		if r, err := s.Assist.Release(t.Context(), ref); err != nil || len(r.Months) == 0 {
			t.Errorf("control, %s: %v", help, err)
		}
	}
}

// N09: the person reads of it at once, or when a law lets go; another person never.
func TestThePersonIsTold(t *testing.T) {
	s := begin(t, "")
	ctx, n := t.Context(), s.who.Grant.Number
	ref := s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 0, 1)
	told := func() []assist.Told {
		all, err := s.Assist.Told(ctx, n)
		must(t, err)
		return all
	}
	if len(told()) != 0 {
		t.Error("told before it was opened")
	}
	_, err := s.Assist.Release(ctx, ref)
	must(t, err)
	if all := told(); len(all) != 1 || all[0].Help != law.RealIdentity || all[0].Authority != "某市公安局" {
		t.Errorf("%+v", all)
	}
	s.Advance(time.Minute)
	later := s.ask(law.AuthenticationLog)
	later.Secret = &assist.Secret{Citation: "Counter-Espionage Law Art. 40", Until: s.Now().Add(48 * time.Hour)}
	ref = s.request(t, later)
	if p, _ := s.Assist.Paper(ctx, ref, s.id(0)); !strings.Contains(p.Text, "Counter-Espionage") {
		t.Error("officers do not read that it is kept from the person")
	}
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Release(ctx, ref)
	must(t, err)
	if len(told()) != 1 {
		t.Error("a law keeps it back, and it shows")
	}
	s.Advance(48 * time.Hour)
	if all := told(); len(all) != 2 || all[0].Late == nil {
		t.Errorf("its day came: %+v", all)
	}
	for _, other := range []identity.Number{"", identity.NewNumber()} {
		if all, err := s.Assist.Told(ctx, other); err != nil || len(all) != 0 {
			t.Errorf("another reads %+v %v", all, err)
		}
	}
}

// The citizen's copy of their data has what their page has: neither more nor sooner, and
// nothing of another's.
func TestTheCopyOfTheirDataSaysIt(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	other := s.Adult(2)
	must(t, other.Enrol(ctx))
	must(t, other.SignIn(ctx))
	has := func(c *kit.Citizen) (all []look.Assisted) {
		t.Helper()
		b, err := s.Look.Export(ctx, c.Session)
		must(t, err)
		_, err = client.CheckExport(bytes.NewReader(b), s.Keeper.VerifierKey())
		must(t, err)
		var file struct {
			Person struct {
				Given []look.Assisted `json:"given_to_authorities"`
			} `json:"person"`
		}
		must(t, json.Unmarshal(b, &file))
		if file.Person.Given == nil {
			t.Error("a copy that does not say that there is nothing")
		}
		return file.Person.Given
	}
	ref := s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 0, 1)
	if len(has(s.who)) != 0 {
		t.Error("told before it was opened")
	}
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	if all := has(s.who); len(all) != 1 || all[0].Help != "real-identity" || all[0].Authority != "某市公安局" || all[0].Event != r.Request.Event || !all[0].Time.Equal(r.Request.Opened) || all[0].KeptBy != "" {
		t.Errorf("%+v", all)
	}
	s.Advance(time.Minute) // of one second the order is by chance
	until := s.Now().Add(time.Hour)
	later := s.ask(law.AuthenticationLog)
	later.Secret = &assist.Secret{Citation: "Counter-Espionage Law Art. 40", Until: until}
	ref = s.request(t, later)
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Release(ctx, ref)
	must(t, err)
	if len(has(s.who)) != 1 {
		t.Error("a law keeps it back, and the copy has it")
	}
	s.Advance(time.Hour)
	must(t, s.who.SignIn(ctx))
	must(t, other.SignIn(ctx))
	if all := has(s.who); len(all) != 2 || all[0].KeptBy != "Counter-Espionage Law Art. 40" || !all[0].KeptUntil.Equal(until) {
		t.Errorf("its day came: %+v", all)
	}
	if all := has(other); len(all) != 0 {
		t.Errorf("another has %+v", all)
	}
}

// Somebody else looks at each opening within 72 hours, or it alarms; the auditors are
// paged in its commit (N14).
func TestAnOpeningIsReviewed(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	ref := s.request(t, s.ask(law.RealIdentity))
	refused(t, "nothing to review", s.Assist.Examine(ctx, ref, law.Hand{Name: "Di"}, "it was right"), fault.Conflict, "assistance_unopened")
	s.approve(t, ref, 0, 1)
	paged := 0
	page := s.Assist.Page
	s.Assist.Page = func(what, ref string) (identity.Verb, error) { paged++; return page(what, ref) }
	_, err := s.Assist.Release(ctx, ref)
	must(t, err)
	if paged != 1 {
		t.Error("no auditor is paged")
	}
	late := func() []string {
		refs, err := s.Assist.Overdue(ctx)
		must(t, err)
		return refs
	}
	s.Advance(72 * time.Hour)
	if len(late()) != 0 {
		t.Error("late too soon")
	}
	for _, by := range []string{"Ed", "Ann", "Bo"} {
		refused(t, by, s.Assist.Examine(ctx, ref, law.Hand{Name: by}, "it was right"), fault.Forbidden, "reviewer_same")
	}
	refused(t, "no words", s.Assist.Examine(ctx, ref, law.Hand{Name: "Di"}, ""), fault.Invalid, "assistance_text_invalid")
	s.Advance(time.Second)
	if !slices.Equal(late(), []string{ref}) {
		t.Error("not late")
	}
	must(t, s.Assist.Sweep(ctx))
	must(t, s.Assist.Sweep(ctx))
	if paged != 2 {
		t.Errorf("paged %d times, want once for the opening and once since nobody reviewed it", paged)
	}
	must(t, s.Assist.Examine(ctx, ref, law.Hand{Name: "Di"}, "it was right"))
	refused(t, "twice", s.Assist.Examine(ctx, ref, law.Hand{Name: "Di"}, "it was right"), fault.Conflict, "assistance_reviewed")
	if !slices.Equal(late(), []string{ref}) || len(s.public(t, identity.AssistReviewed)) != 1 {
		t.Error("a late review mends the term, or is not public")
	}
	second := s.request(t, s.ask(law.RealIdentity))
	s.approve(t, second, 0, 1)
	_, err = s.Assist.Release(ctx, second)
	must(t, err)
	must(t, s.Assist.Examine(ctx, second, law.Hand{Name: "Di"}, "it was right"))
	s.Advance(100 * time.Hour)
	if !slices.Equal(late(), []string{ref}) {
		t.Error("reviewed in time, and late")
	}
	_, err = s.Assist.Read(ctx, "none")
	refused(t, "no request", err, fault.NotFound, "assistance_missing")
}

// Who erased themselves: the log that law keeps still opens, who it was does not.
func TestOfSomebodyWhoLeft(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	identityAsked, logAsked := s.ask(law.RealIdentity), s.ask(law.AuthenticationLog)
	before := s.request(t, identityAsked)
	s.approve(t, before, 0, 1)
	r, err := s.Assist.Release(ctx, before)
	must(t, err)
	_, err = s.Erase.Erase(ctx, s.who.Session, s.who.Passcode)
	must(t, err)
	ref := s.request(t, identityAsked)
	s.approve(t, ref, 0, 1)
	_, err = s.Assist.Release(ctx, ref)
	refused(t, "who it was", err, fault.NotFound, "assistance_nothing")
	if _, err := officer.Who(r, s.Now(), s.Officers.Keys...); err != nil {
		t.Errorf("control: what was handed out before opens: %v", err)
	}
	ref = s.request(t, logAsked)
	s.approve(t, ref, 0, 1)
	r, err = s.Assist.Release(ctx, ref)
	must(t, err)
	owner, err := officer.Owner(r, s.Officers.Keys...)
	must(t, err)
	rows, err := s.Assist.Rows(ctx, ref, owner)
	must(t, err)
	if a, err := officer.Log(r, rows, s.Now(), s.Officers.Keys...); err != nil || len(a.Log) != 1 {
		t.Errorf("%+v %v", a.Log, err)
	}
}

// What was changed is read as it now is: the officers' copy follows no change, and need not.
func TestAnIdentityThatChanged(t *testing.T) {
	s := begin(t, "")
	ctx := t.Context()
	for _, step := range s.who.Moving(ctx, s.Adult(9).Phone()) {
		must(t, step.Do())
	}
	ref := s.request(t, s.ask(law.RealIdentity))
	s.approve(t, ref, 0, 1)
	r, err := s.Assist.Release(ctx, ref)
	must(t, err)
	if a, err := officer.Who(r, s.Now(), s.Officers.Keys...); err != nil || a.Identity.Documents[0].Number != s.who.Document.Number {
		t.Errorf("%+v %v", a.Identity, err)
	}
}

// The files hold nothing of a request in the clear.
func TestARequestIsSealed(t *testing.T) {
	s := begin(t, "")
	ref := s.request(t, s.ask(law.RealIdentity))
	s.Close()
	for _, name := range []string{"netid.db", "netid.db-wal"} {
		b, _ := os.ReadFile(filepath.Join(s.Dir, name))
		if bytes.Contains(b, []byte("paper 2026-17")) || bytes.Contains(b, []byte(ref)) || bytes.Contains(b, []byte(s.who.Grant.Number)) {
			t.Errorf("%s holds a request in the clear", name)
		}
	}
}
