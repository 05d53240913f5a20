package incident_test

import (
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

	"bytes"

	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func opening(now time.Time) incident.Opening {
	return incident.Opening{By: "Ann", Kind: "leak", Severity: "large", Known: now, Affected: 3000, What: "a copy of a table was seen"}
}

func opened(t *testing.T) (*kit.Kit, string) {
	t.Helper()
	k := kit.New(t, law.New())
	ref, err := k.Incident.Open(t.Context(), opening(k.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return k, ref
}

func notice() *law.IncidentNotice {
	x := identity.Text{ZH: "说明", EN: "words"}
	return &law.IncidentNotice{Kinds: x, Cause: x, Harm: x, Measures: x, Yourself: x, Contact: "12345"}
}

func step(by string) incident.Step { return incident.Step{By: by, What: "it was done"} }

// An incident goes its way: nothing closes it before the law has what it needs, and then two do, once.
func TestAnIncidentFromEndToEnd(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	closing := step("Bo")
	closing.Second = "Cy"
	for _, do := range []func() error{
		func() error { return a.Report(ctx, ref, step("Ann")) },
		func() error { return a.Remove(ctx, ref, step("Ann")) },
		func() error { s := step("Ann"); s.Notice = notice(); return a.Tell(ctx, ref, s) },
	} {
		refused(t, "closed early", a.Close(ctx, ref, closing), fault.Conflict, "incident_needs")
		if err := do(); err != nil {
			t.Fatal(err)
		}
		refused(t, "done twice", do(), fault.Conflict, "incident_step_done")
	}
	refused(t, "no review", a.Close(ctx, ref, closing), fault.Conflict, "incident_unreviewed")
	refused(t, "reviewed by the opener", a.Examine(ctx, ref, step("Ann")), fault.Forbidden, "reviewer_same")
	if err := a.Examine(ctx, ref, step("Bo")); err != nil {
		t.Fatal(err)
	}
	refused(t, "reviewed twice", a.Examine(ctx, ref, step("Cy")), fault.Conflict, "incident_step_done")
	closing.Second = "Bo"
	refused(t, "closed by one", a.Close(ctx, ref, closing), fault.Forbidden, "approver_same")
	closing.Second = "Cy"
	if err := a.Close(ctx, ref, closing); err != nil {
		t.Fatal(err)
	}
	refused(t, "closed twice", a.Close(ctx, ref, closing), fault.Conflict, "incident_closed")
	refused(t, "noted afterwards", a.Note(ctx, ref, step("Ann")), fault.Conflict, "incident_closed")
	i, err := a.Read(ctx, ref)
	if err != nil || len(i.Entries) != 6 || len(i.Needs(k.Now())) != 0 || i.Closed.IsZero() || !slices.Equal(i.Closers, []string{"Bo", "Cy"}) {
		t.Errorf("%+v %v", i, err)
	}
	k.Close()
	for _, name := range []string{"netid.db", "netid.db-wal"} {
		if b, _ := os.ReadFile(filepath.Join(k.Dir, name)); bytes.Contains(b, []byte("a copy of a table")) || bytes.Contains(b, []byte(ref)) {
			t.Errorf("%s holds the incident in the clear", name)
		}
	}
}

func TestWhatIsNoIncident(t *testing.T) {
	k, ref := opened(t)
	ctx := t.Context()
	for what, change := range map[string]func(*incident.Opening){
		"kind": func(o *incident.Opening) { o.Kind = "x" }, "severity": func(o *incident.Opening) { o.Severity = "" }, "count": func(o *incident.Opening) { o.Affected = -1 },
		"no moment": func(o *incident.Opening) { o.Known = time.Time{} }, "a moment to come": func(o *incident.Opening) { o.Known = k.Now().Add(time.Minute) },
	} {
		o := opening(k.Now())
		change(&o)
		_, err := k.Incident.Open(ctx, o)
		refused(t, what, err, fault.Invalid, "incident_invalid")
	}
	for _, s := range []string{"", "—", " x", "two\nlines", "turned\u202eback", strings.Repeat("长", 401), "\xff"} {
		refused(t, s, k.Incident.Note(ctx, ref, incident.Step{By: "Ann", What: s}), fault.Invalid, "incident_text_invalid")
	}
	for _, s := range []string{"it was 11010519491231002X", "call 13800138000", "号码１３８００１３８０００"} {
		refused(t, s, k.Incident.Note(ctx, ref, incident.Step{By: "Ann", What: s}), fault.Invalid, "incident_names_somebody")
		_, err := k.Incident.Break(ctx, "Ann", s)
		refused(t, s, err, fault.Invalid, "incident_names_somebody")
	}
	long := strings.Repeat("长", 61) // a name is shorter than a text, also where both are one
	refused(t, "a long name", k.Incident.Note(ctx, ref, incident.Step{By: long, What: long}), fault.Invalid, "incident_text_invalid")
	less, s := -1, step("Ann")
	s.Affected = &less
	refused(t, "less than nobody", k.Incident.Note(ctx, ref, s), fault.Invalid, "incident_invalid")
	*s.Affected = 40
	for n := 1; n < 18; n++ {
		if err := k.Incident.Note(ctx, ref, s); err != nil {
			t.Fatal(n, err)
		}
	}
	refused(t, "too many", k.Incident.Note(ctx, ref, s), fault.Conflict, "incident_full")
	if i, err := k.Incident.Read(ctx, ref); err != nil || i.Affected != 40 {
		t.Error(i, err)
	}
	refused(t, "unknown", k.Incident.Report(ctx, "0", step("Ann")), fault.NotFound, "incident_unknown")
	_, err := k.Incident.Document(ctx, "0")
	refused(t, "unknown", err, fault.NotFound, "incident_unknown")
}

// Nobody was told by a notice that the law would not take.
func TestNoticesOfIncidents(t *testing.T) {
	k, ref := opened(t)
	short, long, both := notice(), notice(), step("Ann")
	short.Harm.EN, long.Cause.ZH, both.Notice, both.Spared = "", strings.Repeat("长", 501), notice(), true
	for what, s := range map[string]incident.Step{"neither": step("Ann"), "both": both, "short": {By: "Ann", What: "told", Notice: short}, "long": {By: "Ann", What: "told", Notice: long}} {
		refused(t, what, k.Incident.Tell(t.Context(), ref, s), fault.Invalid, "incident_notice_invalid")
	}
	if err := k.Incident.Tell(t.Context(), ref, incident.Step{By: "Ann", What: "the copy was sealed", Spared: true}); err != nil {
		t.Fatal(err)
	}
	if i, _ := k.Incident.Read(t.Context(), ref); i.Spared != "the copy was sealed" || slices.Contains(i.Needs(k.Now()), "told") {
		t.Errorf("%+v", i)
	}
}

func TestTheReportToTheAuthorities(t *testing.T) {
	k, ref := opened(t)
	k.Advance(25 * time.Hour)
	d, err := k.Incident.Document(t.Context(), ref)
	if err != nil || !d.Due.Equal(d.Incident.Known.Add(24*time.Hour)) || !slices.Contains(d.Needs, "report overdue") {
		t.Fatalf("%+v %v", d, err)
	}
	for text, wants := range map[string][]string{d.Text.ZH: {ref, "个人信息泄露", "较大", "3000 人", "已超过报告时限", "a copy of a table"}, d.Text.EN: {ref, "leak", "large", "3000", "the term is over", "not yet"}} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in\n%s", want, text)
			}
		}
	}
	s := step("Ann")
	s.Notice = notice()
	if err := k.Incident.Tell(t.Context(), ref, s); err != nil {
		t.Fatal(err)
	}
	if d, err = k.Incident.Document(t.Context(), ref); err != nil || !strings.Contains(d.Text.ZH, "可能造成的危害：说明") || !strings.Contains(d.Text.EN, "Cause: words") {
		t.Error(d.Text, err)
	}
}

// Power that one used alone is another's to review; what nobody did in time alarms.
func TestBreakGlassAndAlarms(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	glass, err := a.Break(ctx, "Ann", "the store burned")
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "by oneself", a.Inspect(ctx, glass, "Ann", "fine"), fault.Forbidden, "reviewer_same")
	refused(t, "unknown", a.Inspect(ctx, ref, "Bo", "fine"), fault.NotFound, "incident_unknown")
	alarms := func(want ...incident.Alarm) {
		t.Helper()
		if got, err := a.Alarms(ctx); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v %v, want %v", got, err, want)
		}
	}
	alarms()
	k.Advance(25 * time.Hour)
	alarms(incident.Alarm{Reference: ref, What: "report"})
	k.Advance(48 * time.Hour)
	alarms(incident.Alarm{Reference: ref, What: "report"}, incident.Alarm{Reference: glass, What: "review"})
	second, err := a.Break(ctx, "Ann", "once more")
	if err == nil {
		err = a.Inspect(ctx, second, "Bo", "it was needed")
	}
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "twice", a.Inspect(ctx, second, "Cy", "fine"), fault.Conflict, "incident_step_done")
	k.Advance(100 * time.Hour)
	alarms(incident.Alarm{Reference: ref, What: "report"}, incident.Alarm{Reference: glass, What: "review"})
}

// 64 close it at once: one does.
func TestOneCloses(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	spared := step("Ann")
	spared.Spared = true
	if err := errors.Join(a.Report(ctx, ref, step("Ann")), a.Remove(ctx, ref, step("Ann")), a.Tell(ctx, ref, spared), a.Examine(ctx, ref, step("Bo"))); err != nil {
		t.Fatal(err)
	}
	closing := step("Ann")
	closing.Second = "Bo"
	var all sync.WaitGroup
	var did atomic.Int32
	for range 64 {
		all.Go(func() {
			if err := a.Close(context.Background(), ref, closing); err == nil {
				did.Add(1)
			} else if !fault.Because(err, "incident_closed") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if did.Load() != 1 {
		t.Error(did.Load(), "closed it")
	}
}

// The public ledger has kind, severity and moments: no reference, no count, no word that somebody wrote.
func TestWhatTheLedgerSaysOfAnIncident(t *testing.T) {
	at := time.Date(2026, 11, 29, 1, 0, 0, 0, time.UTC)
	i := incident.Incident{Reference: "feed", Kind: "leak", Severity: "large", Opener: "Ann", Known: at, Reported: at.Add(time.Hour), Affected: 777, Entries: []incident.Entry{{By: "Ann", At: at, What: "seen"}}}
	g := incident.Glass{Reference: "feed", By: "Ann", Why: "fire", At: at}
	if got, want := incident.Said(i, g), []string{"leak large known 2026-11-29T01:00:00Z reported 2026-11-29T02:00:00Z", "used 2026-11-29T01:00:00Z"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
