package law_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
)

func operator() law.Operator {
	return law.Operator{Name: identity.Text{ZH: "示例市政务服务局", EN: "Example City Service Bureau"}, Contact: "privacy@netid.invalid"}
}

// agreed is a consent to exactly the words that were shown.
func agreed(n law.Notice, locale string, o law.Operator) identity.Consent {
	return identity.Consent{Subject: n.Subject, Version: n.Version, Locale: locale, Digest: n.Digest(locale, o), Given: true}
}

// A consent counts for the words that were shown: this text, this version,
// this language, this operator; and the last word counts.
func TestAConsentIsHeldAgainstItsWords(t *testing.T) {
	b := law.New().For(operator())
	other := law.Operator{Name: identity.Text{ZH: "另一家", EN: "Another"}, Contact: "x@netid.invalid"}
	for _, n := range law.Notices() {
		counts := func(consents ...identity.Consent) bool {
			if n.Sensitive {
				return b.Separately(n.Subject, consents).Allowed
			}
			return b.Informed(law.Notified{Notice: n, Consents: consents}).Allowed
		}
		zh, en := agreed(n, "zh-CN", operator()), agreed(n, "en", operator())
		change := func(with func(*identity.Consent)) identity.Consent { c := en; with(&c); return c }
		no := change(func(c *identity.Consent) { c.Given = false })
		for what, good := range map[string]bool{
			"in Chinese": counts(zh), "in English": counts(en), "after a refusal": counts(no, en), "beside another step's": counts(agreedOther(n), en, agreedOther(n)),
		} {
			if !good {
				t.Errorf("%s: a consent %s does not count", n.ID, what)
			}
		}
		for what, counted := range map[string]bool{
			"that was never given": counts(),
			"that was refused":     counts(no),
			"that was withdrawn":   counts(en, no),
			"to another step":      counts(agreedOther(n)),
			"to an older version":  counts(change(func(c *identity.Consent) { c.Version = "2025-07-15" })),
			"to other words":       counts(change(func(c *identity.Consent) { c.Digest = slices.Clone(c.Digest); c.Digest[31] ^= 1 })),
			"without a digest":     counts(change(func(c *identity.Consent) { c.Digest = nil })),
			"in another language":  counts(change(func(c *identity.Consent) { c.Locale = "zh-CN" })),
			"to another operator":  counts(agreed(n, "en", other)),
		} {
			if counted {
				t.Errorf("%s: a consent %s counts", n.ID, what)
			}
		}
	}
}

func agreedOther(n law.Notice) identity.Consent {
	for _, o := range law.Notices() {
		if o.ID != n.ID {
			return agreed(o, "en", operator())
		}
	}
	return identity.Consent{}
}

// Article 11, item 1: a notice by nobody is none.
func TestANoticeNamesItsOperator(t *testing.T) {
	n, _ := law.NoticeByID("enrolment")
	for what, change := range map[string]func(*law.Operator){
		"Chinese name": func(o *law.Operator) { o.Name.ZH = "" },
		"English name": func(o *law.Operator) { o.Name.EN = " " },
		"contact":      func(o *law.Operator) { o.Contact = "" },
	} {
		o := operator()
		change(&o)
		if law.New().For(o).Informed(law.Notified{Notice: n, Consents: []identity.Consent{agreed(n, "en", o)}}).Allowed {
			t.Errorf("a notice without the operator's %s informs", what)
		}
	}
}

func TestAnOldNoticeDoesNotInform(t *testing.T) {
	n, _ := law.NoticeByID("enrolment")
	n.Version, n.Effective = "2025-07-15", day("2025-07-15")
	if law.New().For(operator()).Informed(law.Notified{Notice: n, Consents: []identity.Consent{agreed(n, "en", operator())}}).Allowed {
		t.Error("a notice that is no longer in force informs")
	}
}

func TestLint(t *testing.T) {
	for _, n := range law.Notices() {
		if wrong := n.Lint(); wrong != nil {
			t.Fatalf("%v", wrong)
		}
		for i, item := range n.Items {
			for what, change := range map[string]func(*law.NoticeItem){
				"is removed":            func(it *law.NoticeItem) { it.Key = "" },
				"has no Chinese":        func(it *law.NoticeItem) { it.Body.ZH = "" },
				"has no English":        func(it *law.NoticeItem) { it.Body.EN = " \n" },
				"has no Chinese title":  func(it *law.NoticeItem) { it.Title.ZH = "" },
				"has no English title":  func(it *law.NoticeItem) { it.Title.EN = "—" },
				"is called another way": func(it *law.NoticeItem) { it.Key = "weather" },
			} {
				if wrong := with(n, i, change).Lint(); !slices.ContainsFunc(wrong, func(s string) bool {
					return strings.Contains(s, strings.Fields(item.Key)[0]+" is missing")
				}) {
					t.Errorf("%s: %s %s, and the linter says %v", n.ID, item.Key, what, wrong)
				}
			}
			if strings.HasPrefix(item.Key, "who") {
				for _, place := range []string{"{operator}", "{contact}"} {
					gone := with(n, i, func(it *law.NoticeItem) { it.Body.EN = strings.ReplaceAll(it.Body.EN, place, "somebody") })
					if gone.Lint() == nil {
						t.Errorf("%s: a notice without %s passes", n.ID, place)
					}
				}
			}
		}
		twice := n
		twice.Items = append(slices.Clone(n.Items), n.Items[0])
		if twice.Lint() == nil {
			t.Errorf("%s: an item that is told twice passes", n.ID)
		}
		undated := n
		undated.Version = "1"
		if undated.Lint() == nil {
			t.Errorf("%s: a version that is not its day passes", n.ID)
		}
	}
	if (law.Notice{}).Lint() == nil {
		t.Error("no notice at all passes")
	}
}

func with(n law.Notice, i int, change func(*law.NoticeItem)) law.Notice {
	n.Items = slices.Clone(n.Items)
	change(&n.Items[i])
	return n
}

func TestNoticesAreWellWritten(t *testing.T) {
	for _, n := range law.Notices() {
		wellWritten(t, n.Title)
		for _, it := range n.Items {
			wellWritten(t, it.Title)
			wellWritten(t, it.Body)
			if !strings.HasSuffix(it.Body.ZH, "。") || !strings.HasSuffix(it.Body.EN, ".") {
				t.Errorf("%s: %s has no end", n.ID, it.Key)
			}
			for _, sentence := range strings.FieldsFunc(it.Body.ZH, func(r rune) bool { return strings.ContainsRune("。；：", r) }) {
				if len([]rune(sentence)) > 60 {
					t.Errorf("%s: %s: a sentence of %d characters: %s", n.ID, it.Key, len([]rune(sentence)), sentence)
				}
			}
		}
	}
}

// The words of each version stay what they were: texts holds them as they were
// reviewed. A new version is written with -update; a version that is there is never
// written over, because people have consented to it.
func TestEachVersionKeepsItsWords(t *testing.T) {
	open := law.Operator{Name: identity.Text{ZH: "{operator}", EN: "{operator}"}, Contact: "{contact}"}
	for _, n := range law.Notices() {
		for _, locale := range []string{"zh-CN", "en"} {
			file := filepath.Join("texts", fmt.Sprintf("%s.%s.%s.txt", n.ID, n.Version, locale))
			text := n.Text(locale, open)
			known, err := os.ReadFile(file)
			if os.IsNotExist(err) && *update {
				known, err = []byte(text), os.WriteFile(file, []byte(text), 0o644)
			}
			if err != nil {
				t.Fatalf("%v: a new version is written with -update", err)
			}
			if text != string(known) {
				t.Errorf("%s: the words have changed and the version has not: give it a new day in notices.go", file)
			}
		}
	}
}

// Every version can be read again, word for word, under the operator of whoever asks.
func TestEveryVersionIsReadAgain(t *testing.T) {
	for _, n := range law.Notices() {
		for _, locale := range []string{"zh-CN", "en"} {
			w, ok := law.NoticeAs(n.ID, n.Version, locale, operator())
			if !ok || w.Title != n.Title.In(locale) || len(w.Parts) != len(n.Items) || !slices.Equal(w.Digest, n.Digest(locale, operator())) {
				t.Errorf("%s %s: %+v", n.ID, locale, w)
			}
			for i, it := range n.In(locale, operator()).Items {
				if w.Parts[i] != (law.Part{Heading: it.Title.In(locale), Body: it.Body.In(locale)}) {
					t.Errorf("%s %s: %+v", n.ID, it.Key, w.Parts[i])
				}
			}
		}
	}
	if w, ok := law.NoticeAs("enrolment", "2026-11-23", "en", operator()); !ok || w.Version != "2026-11-23" || len(w.Parts) < 5 || strings.Contains(fmt.Sprint(w), "{operator}") || strings.Contains(fmt.Sprint(w), "{contact}") {
		t.Errorf("a version of before: %+v", w)
	}
	for _, bad := range [][3]string{{"enrolment", "2020-01-01", "en"}, {"enrolment", "2026-11-23", "fr"}, {"../notices", "2026-11-23", "en"}, {"", "", ""}} {
		if _, ok := law.NoticeAs(bad[0], bad[1], bad[2], operator()); ok {
			t.Errorf("there is %v", bad)
		}
	}
}

func TestDigestIsOfTheText(t *testing.T) {
	for _, n := range law.Notices() {
		want := suite.Digest([]byte(n.Text("zh-CN", operator())))
		if string(n.Digest("zh-CN", operator())) != string(want[:]) {
			t.Errorf("%s: the digest is of something else", n.ID)
		}
		page := n.In("en", operator())
		for _, it := range page.Items {
			if !strings.Contains(n.Text("en", operator()), it.Body.EN) {
				t.Errorf("%s: the page shows words that are not in the text", n.ID)
			}
		}
	}
}

// Each law's items are demanded by that law's name, in either language, and an item
// that has its key and speaks of something else is none.
func TestLintDemands(t *testing.T) {
	for _, n := range law.Notices() {
		for _, d := range law.Demands() {
			for _, key := range d.Items {
				i := slices.IndexFunc(n.Items, func(it law.NoticeItem) bool { return slices.Contains(strings.Fields(it.Key), key) })
				if i < 0 {
					continue // a demand on another notice: TestLint holds that none is missing
				}
				wrong := with(n, i, func(it *law.NoticeItem) { it.Key = strings.ReplaceAll(" "+it.Key+" ", " "+key+" ", " ") }).Lint()
				if !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, key+" is missing (") }) {
					t.Errorf("%s without %s: %v", n.ID, key, wrong)
				}
				if key == "impact" && !strings.Contains(strings.Join(wrong, "\n"), "PIPL Art. 30") {
					t.Errorf("%s: PIPL Art. 30 is not named: %v", n.ID, wrong)
				}
			}
		}
	}
	n, _ := law.NoticeByID("enrolment")
	for i, item := range n.Items {
		for _, key := range []string{"rights", "procedure", "retention", "others", "minors"} {
			if item.Key != key {
				continue
			}
			zh := with(n, i, func(it *law.NoticeItem) { it.Body.ZH = "今天天气很好。" })
			en := with(n, i, func(it *law.NoticeItem) { it.Body.EN = "The weather is fine." })
			if zh.Lint() == nil || en.Lint() == nil {
				t.Errorf("%s may speak of the weather", key)
			}
		}
	}
	face, _ := law.NoticeByID("face")
	for i, item := range face.Items {
		if item.Key == "retention" {
			wrong := with(face, i, func(it *law.NoticeItem) { it.Body.EN = "" }).Lint()
			if !strings.Contains(strings.Join(wrong, "\n"), "Face measures art. 5") {
				t.Errorf("the face measures are not named: %v", wrong)
			}
		}
	}
}
