package law_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
)

const rulesFile = "testdata/rules.txt"

// What each rule asked, by its version, is pinned: events of three years name it.
// A changed question is a new Since, with the text of before among Former; -update
// adds a new version and never changes or drops one that is there.
func TestEachRuleKeepsItsWords(t *testing.T) {
	pinned, err := os.ReadFile(rulesFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	known, now := strings.Split(strings.TrimSpace(string(pinned)), "\n"), []string{}
	for _, id := range law.New().Rules() {
		for _, w := range law.New().Wordings(id) {
			now = append(now, fmt.Sprintf("%s %s %v | %s | %s", w.Rule, w.Version, w.Articles, w.Question.ZH, w.Question.EN))
		}
	}
	for _, line := range known {
		if line != "" && !slices.Contains(now, line) {
			t.Errorf("a text of a rule is gone or changed, and decisions stand on it:\n%s", line)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(rulesFile, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, line := range now {
		if !slices.Contains(known, line) {
			t.Errorf("a text that is not pinned yet (run with -update):\n%s", line)
		}
	}
}

// A decision of before a change is explained by the text of then.
func TestOldDecisionsStayExplainable(t *testing.T) {
	old := law.Wording{Version: "2025-07-15", Articles: []int{4}, Question: identity.Text{ZH: "旧问？", EN: "The old question?"}, Refusal: identity.Text{ZH: "旧。", EN: "Old."}}
	changed := law.Changed("a4-valid-document", "2026-12-01", old)
	doc, today := identity.Document{Long: true}, day("2026-12-02")
	now := changed.Holds(doc, today)
	if now.Version != "2026-12-01" || law.New().Holds(doc, today).Version != law.Version {
		t.Fatalf("a decision names %s", now.Version)
	}
	for version, want := range map[string]string{"2025-07-15": old.Question.EN, "2026-12-01": "Is the document valid today?"} {
		texts, ok := changed.Explain(identity.Ground{Rule: "a4-valid-document", Version: version})
		if !ok || len(texts) != 1 || texts[0].Question.EN != want || texts[0].Rule != "a4-valid-document" {
			t.Errorf("%s: %v %+v", version, ok, texts)
		}
		if ended := texts[0].Ended; (version == "2025-07-15") != (ended == "2026-12-01") {
			t.Errorf("%s ended %q", version, ended)
		}
	}
	for _, g := range []identity.Ground{{}, {Rule: "a4-valid-document"}, {Rule: "a4-valid-document", Version: "2026-11-30"}, {Rule: "a0-nothing", Version: law.Version}, {Rule: "a4-valid-document a2-unexpired", Version: "2025-07-15 2025-07-15 2025-07-15"}} {
		if texts, ok := changed.Explain(g); ok {
			t.Errorf("%+v is explained by %+v", g, texts)
		}
	}
}

// Where one answer stands on several rules, of which one changed, the event names the version of each.
func TestVersionsOfSeveralRules(t *testing.T) {
	user := law.User{Standing: identity.Active, Regime: identity.Adult, CertificateValid: true}
	if v := law.New().Uses(user); v.Version != law.Version {
		t.Errorf("one version, and the event has %q", v.Version)
	}
	changed := law.Changed("a2-unexpired", "2026-12-01", law.Wording{Version: law.Version, Question: identity.Text{EN: "Before?"}})
	v := changed.Uses(user)
	if v.Version != "2025-07-15 2025-07-15 2026-12-01 2025-07-15" {
		t.Fatalf("the event has %q for %q", v.Version, v.Rule)
	}
	texts, ok := changed.Explain(v.Ground())
	if !ok || len(texts) != 4 || texts[2].Version != "2026-12-01" {
		t.Errorf("%v %+v", ok, texts)
	}
}

// Every text that people consented to is among the versions of its notice, the present one last.
func TestFormerNoticesAreKept(t *testing.T) {
	files, err := filepath.Glob("texts/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		id, rest, _ := strings.Cut(filepath.Base(file), ".")
		version, locale, _ := strings.Cut(strings.TrimSuffix(rest, ".txt"), ".")
		n, _ := law.NoticeByID(id)
		all := n.Wordings()
		if text, ok := n.TextAt(version, locale, operator()); !ok || strings.Contains(text, "{") || !slices.Contains(all, version) || all[len(all)-1] != n.Version {
			t.Errorf("%s: %v, among %v", file, ok, all)
		}
	}
}

// A16-1: what somebody agreed to on a day follows the notice of that day, by Beijing's date.
func TestAConsentFollowsTheNoticeOfItsDay(t *testing.T) {
	b := law.New().For(operator())
	n, _ := law.NoticeByID("enrolment")
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	of := func(version, when string) identity.Consent {
		text, ok := n.TextAt(version, "en", operator())
		if !ok {
			t.Fatal(version)
		}
		return identity.Consent{Subject: n.Subject, Version: version, Locale: "en", Digest: law.DigestOf(text), Given: true, Time: at(when)}
	}
	for _, c := range []struct {
		version, when string
		follows       bool
	}{
		{"2026-11-23", "2026-11-26T23:59:59+08:00", true}, {"2026-11-23", "2026-11-27T00:00:00+08:00", false},
		{"2026-11-27", "2026-11-26T23:59:59+08:00", false}, {"2026-11-27", "2026-11-27T00:00:00+08:00", true},
		{"2026-11-23", "2026-11-22T23:59:59+08:00", false}, {n.Version, "2030-01-01T00:00:00+08:00", true},
	} {
		if got := b.Followed(of(c.version, c.when)); got != c.follows {
			t.Errorf("%s given %s: %v", c.version, c.when, got)
		}
	}
	whole := of("2026-11-23", "2026-11-24T12:00:00+08:00")
	for what, change := range map[string]func(*identity.Consent){
		"refused": func(c *identity.Consent) { c.Given = false }, "to other words": func(c *identity.Consent) { c.Digest = law.DigestOf("other") },
		"in another language": func(c *identity.Consent) { c.Locale = "zh-CN" }, "to nothing": func(c *identity.Consent) { c.Subject = "weather" },
	} {
		c := whole
		change(&c)
		if b.Followed(c) {
			t.Errorf("a consent %s counts", what)
		}
	}
	if law.New().Followed(whole) {
		t.Error("a book that knows no operator knows what was shown")
	}
	// and it does not count for what comes after the change
	if b.Informed(law.Notified{Notice: n, Consents: []identity.Consent{whole}}).Allowed {
		t.Error("a consent to the words of before serves for the present ones")
	}
}
