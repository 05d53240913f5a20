package evidence_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/evidence"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

func decode(t *testing.T, b []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func facts(article int) evidence.Facts {
	return evidence.Facts{Taken: time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC), Article: article, Head: []byte("a head"), Keys: "a key", Setting: evidence.Setting{Profile: "dual"}, Faces: 3,
		Kept: evidence.Supervised{Duties: []evidence.DutyRow{{Duty: law.AssessImpact, Basis: law.AssessImpact.Basis(), Due: identity.Date{Year: 2027, Month: 12, Day: 1}, Stage: law.Waits, Steps: []evidence.StepRow{{What: "the |face| step", Number: "No. 7"}}}},
			Emergencies: []evidence.EmergencyRow{{Citation: "a law on floods", People: law.Figure(3), Stands: law.Goes}}, Exports: []evidence.ExportRow{{Region: "US", Record: "2026-17", Until: identity.Date{Year: 2027, Month: 1, Day: 31}}}, Tickets: evidence.CountTickets(12, 3)},
		Parties: []identity.Party{{ID: "shop", Name: identity.Text{ZH: "某店", EN: "Some Shop"}, SecretDigest: []byte("digest-of-it"), JWKS: []byte(`{"keys":[]}`), Reason: "complained about", Endorsed: []identity.Endorsement{{Operator: "Ann"}},
			Purpose: identity.Purpose{Text: identity.Text{ZH: "|登录|退出\\|", EN: "<b>sign</b>\n# in"}}, Bases: map[string]string{"name": "a law"}, AgeMarks: map[identity.AgeMark]string{identity.Over18: "another law"},
			BasesUntil: map[string]identity.Date{"name": {Year: 2027, Month: 6, Day: 30}}, Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}, URL: "https://shop.example/counter"}}, Standing: identity.PartyActive}},
		Counts: evidence.Counts{Entries: 60, Months: []evidence.Published{{Month: "2026-10", Lines: []evidence.Line{{Name: "refused", Of: "guardian_needed", Few: true}, {Name: "enrolled", Count: 40}}}}, Kinds: map[string]uint64{"party-admitted": 14, "erased": 12, "restored": 2}, Rules: map[string]uint64{"a8-basis 2025-07-15": 14}, Sealed: map[string]uint64{"2026-11": 22, "2026-12": 10}}}
}

// bare is a catalogue that says keys and places.
func bare(locale, key string, args ...any) string {
	return strings.TrimSpace(key + " " + fmt.Sprint(args...))
}

// What supervision asks for is told in both languages, with nobody's count; where there is none
// the lists are empty, and not absent.
func TestSupervisionIsInThePack(t *testing.T) {
	pack, err := evidence.Pack(facts(0), bare)
	if err != nil {
		t.Fatal(err)
	}
	for name, all := range map[string][]string{
		"report.zh-CN.md":  {"| `impact` | 《个人信息保护法》第五十五条", "the \\|face\\| step No. 7", "| a law on floods | <10 |", "| US | 2026-17 |"},
		"report.en.md":     {"| `impact` | PIPL Articles 55 and 56", "2027-12-01 | waits | 1 |", "evidence.supervision.tickets 12<10"},
		"supervision.json": {`"given": "12"`, `"used": "\u003c10"`, `"people": "\u003c10"`, `"number": "No. 7"`},
	} {
		for _, has := range all {
			if !bytes.Contains(pack[name], []byte(has)) {
				t.Errorf("%s does not say %s\n%s", name, has, pack[name])
			}
		}
	}
	none := facts(0)
	none.Kept = evidence.Supervised{}
	if pack, err = evidence.Pack(none, bare); err != nil || bytes.Contains(pack["supervision.json"], []byte("null")) || !bytes.Contains(pack["supervision.json"], []byte(`"given": "0"`)) {
		t.Errorf("%s %v", pack["supervision.json"], err)
	}
}

// Each article's pack, and that of all, is whole.
func TestEachArticlesPackIsComplete(t *testing.T) {
	for n := range len(law.Articles()) + 1 {
		pack, err := evidence.Pack(facts(n), bare)
		if err != nil {
			t.Fatal(err)
		}
		complete(t, pack, n)
		again, err := evidence.Pack(facts(n), bare)
		for name, b := range pack {
			if err != nil || !bytes.Equal(b, again[name]) {
				t.Errorf("article %d: %s is another each time (%v)", n, name, err)
			}
		}
	}
	for _, n := range []int{-1, 17} {
		if _, err := evidence.Pack(facts(n), bare); !fault.Because(err, "article_unknown") {
			t.Errorf("article %d: %v", n, err)
		}
	}
}

// complete: every rule of the article with its text, version, function, act, event and
// test; every row of obligations; the source; both reports; and the rest.
func complete(t *testing.T, pack map[string][]byte, n int) {
	t.Helper()
	read := func(name string) []byte {
		if len(pack[name]) == 0 {
			t.Errorf("article %d: %s is missing", n, name)
		}
		return pack[name]
	}
	var rules []struct {
		Article int
		Source  string
		Rules   []struct {
			Rule                          string
			Texts                         []law.Wording
			Functions, Obligations, Tests []string
			AskedBy                       []string `json:"asked_by"`
			KeptIn, Refusal               string
		}
	}
	decode(t, read("rules.json"), &rules)
	want := law.Articles()
	if n > 0 {
		want = want[n-1 : n]
	}
	if len(rules) != len(want) {
		t.Fatalf("article %d: %d articles", n, len(rules))
	}
	for i, a := range want {
		if rules[i].Article != a.Number || len(rules[i].Rules) != len(a.Rules) || !bytes.Contains(read(rules[i].Source), []byte("package law")) {
			t.Errorf("article %d is not whole", a.Number)
		}
		for j, r := range a.Rules {
			got := rules[i].Rules[j]
			if got.Rule != r.ID || len(got.Texts) == 0 || got.Texts[len(got.Texts)-1].Question != r.Question || len(got.Functions) == 0 || len(got.AskedBy) == 0 || len(got.Tests) < 2 || len(got.Obligations) == 0 {
				t.Errorf("rule %s is not whole: %+v", r.ID, got)
			}
			for _, locale := range []string{"zh-CN", "en"} {
				if !bytes.Contains(read("report."+locale+".md"), []byte(r.Question.In(locale))) {
					t.Errorf("the report in %s does not ask %s", locale, r.ID)
				}
			}
		}
	}
	var rows []law.Obligation
	decode(t, read("obligations.json"), &rows)
	for _, o := range law.Obligations() {
		if (n == 0 || o.Article() == n) && !slices.ContainsFunc(rows, func(r law.Obligation) bool { return r.ID == o.ID }) {
			t.Errorf("article %d: row %s is missing", n, o.ID)
		}
	}
	for name, has := range map[string]string{"figures.json": `"party-admitted"`, "configuration.json": `"profile": "dual"`, "parties.json": `"Some Shop"`, "retention.json": `"verified"`, "notices.json": `"enrolment"`, "supervision.json": `"a law on floods"`,
		"ledger-head.txt": "a head", "ledger-keys.txt": "a key", "notices/face.2026-11-23.zh-CN.txt": "人脸", "report.zh-CN.md": "某店", "report.en.md": "guardian_needed | <10 |"} {
		if !bytes.Contains(read(name), []byte(has)) {
			t.Errorf("article %d: %s has no %s:\n%s", n, name, has, read(name))
		}
	}
	for _, secret := range []string{"secret", "jwks", "digest-of-it", "Ann", "complained about"} {
		if bytes.Contains(read("parties.json"), []byte(secret)) {
			t.Errorf("the register has %s: what a party proves itself by, or who approved it", secret)
		}
	}
}

// A count of fewer than ten people is not said, nor can it be worked out where it is the only one.
func TestSmallCountsAreNotSaid(t *testing.T) {
	pack, err := evidence.Pack(facts(0), bare)
	if err != nil {
		t.Fatal(err)
	}
	var f evidence.Figures
	decode(t, pack["figures.json"], &f)
	if want := []evidence.Figure{{"erased", "-"}, {"party-admitted", "14"}, {"restored", "<10"}}; !slices.Equal(f.Public, want) {
		t.Errorf("%v", f.Public)
	}
	if f.Unsigned != nil || !bytes.Contains(pack["report.en.md"], []byte("evidence.figures.unsigned | evidence.figures.unchecked |")) {
		t.Error("what nobody looked at is said to be right")
	}
	if want := []evidence.Figure{{"2026-11", "22"}, {"2026-12", "10"}}; !slices.Equal(f.Sealed, want) || f.Faces != "<10" || f.Erased != "0" {
		t.Errorf("%v, faces %s, erased %s", f.Sealed, f.Faces, f.Erased)
	}
}

// The ledger's size is public, and is the sum of all lists: a small count in one list is not the
// size less what the others say.
func TestSmallCountsAreNotDifferences(t *testing.T) {
	for name, c := range map[string]evidence.Counts{
		"erased":      {Entries: 55, Kinds: map[string]uint64{"party-admitted": 20}, Sealed: map[string]uint64{"2026-11": 32}, Erased: 3},
		"held":        {Entries: 57, Kinds: map[string]uint64{"party-admitted": 20}, Sealed: map[string]uint64{"2026-11": 32}, Held: 5},
		"a month":     {Entries: 74, Kinds: map[string]uint64{"party-admitted": 40}, Sealed: map[string]uint64{"2026-11": 4}, Erased: 30},
		"erased both": {Entries: 66, Kinds: map[string]uint64{"party-admitted": 20}, Sealed: map[string]uint64{"2026-11": 44}, Erased: 1, Held: 1},
	} {
		f := facts(0)
		f.Counts = c
		pack, err := evidence.Pack(f, bare)
		if err != nil {
			t.Fatal(err)
		}
		var said evidence.Figures
		decode(t, pack["figures.json"], &said)
		hidden := 0
		for _, one := range append(append(said.Public, said.Sealed...), evidence.Figure{Count: said.Erased}, evidence.Figure{Count: said.Held}) {
			if one.Count == "-" {
				hidden++
			}
		}
		if hidden != 1 {
			t.Errorf("%s: %+v", name, said)
		}
	}
}

// What a party wrote stays words: no column, no tag, no heading of its own.
func TestPartiesWordsAreInert(t *testing.T) {
	pack, err := evidence.Pack(facts(0), bare)
	if err != nil {
		t.Fatal(err)
	}
	if en, zh := string(pack["report.en.md"]), string(pack["report.zh-CN.md"]); strings.Contains(en, "<b>") || strings.Contains(en, "\n# in") || strings.Contains(zh, " |登录") || !strings.Contains(zh, `退出\\\|`) { // a backslash of theirs ends no escape of ours
		t.Error("a party's words are marks of the report")
	}
}

// rows are a ledger of sealed, public and altered entries.
type rows struct {
	ledger.Rows
	all  []identity.EntryRow
	fail error
}

func (r rows) Entries(_ context.Context, from uint64, limit int) ([]identity.EntryRow, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	all := r.all[min(int(from), len(r.all)):]
	return all[:min(limit, len(all))], nil
}

func public(t *testing.T, index uint64, e identity.Event) identity.EntryRow {
	t.Helper()
	canonical, err := ledger.Canonical(e)
	if err != nil {
		t.Fatal(err)
	}
	salt := bytes.Repeat([]byte{7}, 32)
	body, err := json.Marshal(map[string]string{"salt": base64.RawURLEncoding.EncodeToString(salt), "event": string(canonical)})
	if err != nil {
		t.Fatal(err)
	}
	return identity.EntryRow{Index: index, Leaf: ledger.Leaf(salt, canonical), Body: body, State: identity.EntryPublic}
}

// Public entries are counted by kind and rule, sealed ones by month alone; one that was
// altered is counted as that; and no key is asked for.
func TestCount(t *testing.T) {
	day := int32(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	all := []identity.EntryRow{
		public(t, 0, identity.Event{Kind: identity.PartyAdmitted, Grounds: []identity.Ground{{Rule: "a5-purpose a6-other-ways", Version: "2025-07-15"}, {Rule: "a8-basis a10-age-mark", Version: "2025-07-15 2026-12-01"}, {Rule: "a1-nothing"}}}),
		public(t, 1, identity.Event{Kind: identity.Erased}),
		{Index: 2, EntryKey: identity.EntryKey{Day: day}, State: identity.EntrySealed, Body: []byte("sealed")},
		{Index: 3, EntryKey: identity.EntryKey{Day: day + 3}, State: identity.EntrySealed, Body: []byte("sealed")},
		{Index: 4, EntryKey: identity.EntryKey{Day: day}, State: identity.EntryErased},
		public(t, 7, identity.Event{Kind: identity.FiguresPublished, Detail: `{"month":"2026-11","lines":[{"name":"refused","of":"guardian_needed","count":0,"fewer_than_ten":true}],"total":[]}`}),
		public(t, 8, identity.Event{Kind: identity.FiguresPublished, Detail: "{"}),
		{Index: 5, EntryKey: identity.EntryKey{Day: day}, State: identity.EntryHeldLog, Body: []byte("sealed")},
	}
	altered := public(t, 6, identity.Event{Kind: identity.Restored})
	altered.Body = bytes.Replace(altered.Body, []byte("restored"), []byte("expired!"), 1)
	for range 3000 { // beyond one batch
		all = append(all, identity.EntryRow{Index: uint64(len(all) + 1), EntryKey: identity.EntryKey{Day: day}, State: identity.EntrySealed})
	}
	all = slices.Insert(all, 6, altered)
	c, err := evidence.Count(t.Context(), rows{all: all})
	if err != nil || c.Entries != 3009 || c.Kinds["party-admitted"] != 1 || c.Kinds["erased"] != 1 || len(c.Kinds) != 3 || c.Sealed["2026-11"] != 3001 || c.Sealed["2026-12"] != 1 || c.Erased != 1 || c.Held != 1 || c.Broken != 2 || len(c.Months) != 1 || c.Months[0].Lines[0].Of != "guardian_needed" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, rule := range []string{"a5-purpose 2025-07-15", "a6-other-ways 2025-07-15", "a8-basis 2025-07-15", "a10-age-mark 2026-12-01", "a1-nothing"} {
		if c.Rules[rule] != 1 {
			t.Errorf("%s: %v", rule, c.Rules)
		}
	}
	failed := errors.New("the disk is away")
	if _, err := evidence.Count(t.Context(), rows{fail: failed}); !errors.Is(err, failed) {
		t.Error(err)
	}
}
