package citizen_test

import (
	"slices"
	"strings"
	"testing"

	"netid/client"
	"netid/internal/identity"
)

// told are two plain items and a match, with their terms.
func told() []client.Item {
	const law = "《中华人民共和国反洗钱法》第二十九条"
	return []client.Item{{Name: "name", Optional: true, Basis: law, Days: 1825}, {Name: "document_number", Optional: true, Basis: law, Days: 1825},
		{Name: "match_birthdate", Optional: true, Basis: law, Days: 1825}}
}

// Plain text is a line for each item, none of them chosen before the citizen
// chose; what the device signs is what they chose, and nothing of it is said to be
// kept back that was asked.
func TestPlainTextIsAskedItemByItem(t *testing.T) {
	for _, locale := range []string{"en", "zh-CN"} {
		w := newWorld()
		w.marks, w.plain = nil, told()
		b := newBrowser(t, w).signIn().bind()
		b.locale = locale
		page := b.get("/request?r=sealed").expect(t, 200, "")
		if strings.Contains(page.body, " checked") {
			t.Errorf("%s: something is chosen before the citizen chose", locale)
		}
		if strings.Contains(page.body, "class=\"tag\">沙盒：明文不加密") || strings.Contains(page.body, "not encrypted</span>") {
			t.Errorf("%s: a party with a key is said to have none", locale)
		}
		for _, must := range []string{"data-terms", "《中华人民共和国反洗钱法》第二十九条", "1825"} { // before anything is chosen (Art. 11)
			if strings.Count(page.body[:strings.Index(page.body, "choice-match_birthdate")], must) < 3 {
				t.Errorf("%s: %q is not said of each item", locale, must)
			}
		}
		lines := page.lines()
		st, err := client.ParseStatement([]byte(strings.Join(lines, "\n")))
		if err != nil || len(st.Items) != 4 {
			t.Fatalf("%s: %+v %v", locale, st, err)
		}
		for _, i := range st.Items[1:] {
			if i.Given || !i.Optional {
				t.Errorf("%s: %+v", locale, i)
			}
		}
		chosen := w.statement(locale, []string{"name", "match_birthdate"})
		form := []string{"r", "sealed", "locale", locale, "passcode", "24681357", "certificate", w.cert.ID.String(), "signature", b.sign(strings.Join(chosen.Lines(), "\n")),
			"choice-name", "give", "choice-document_number", "withhold", "choice-match_birthdate", "give"}
		b.post("/request/approve", slices.Delete(slices.Clone(form), len(form)-2, len(form))...).expect(t, 400, "choice_missing")
		b.post("/request/approve", form...).leads(t, "/authorize/answer?a=approved")
		if got := strings.Join(w.given, " "); got != "name match_birthdate" {
			t.Errorf("%s: given %q", locale, got)
		}
		w.party.Unsealed = true
		if page := b.get("/request?r=sealed"); !strings.Contains(page.body, map[string]string{"en": "plain text is not encrypted", "zh-CN": "明文不加密"}[locale]) {
			t.Errorf("%s: a sandbox without encryption does not say so", locale)
		}
	}
}

// The record says what was told in plain text, what a match said, on which
// consent, and what was stopped.
func TestPlainTextIsOnRecord(t *testing.T) {
	for locale, words := range map[string][]string{
		"en":    {"your name (in plain text)", "whether your birthday is the one that they hold (no)", "your document number", "See that consent", "you agreed", "compared too often"},
		"zh-CN": {"姓名（明文）", "生日与其持有的是否一致（否）", "证件号码", "查看这次同意", "您同意了", "核对太多次"},
	} {
		w := newWorld()
		b := newBrowser(t, w).signIn().bind()
		b.locale = locale
		at := slices.IndexFunc(w.events, func(e identity.Event) bool { return e.Kind == identity.Consented })
		consent, verified := b.get("/records/"+w.events[at].ID).expect(t, 200, ""), b.get("/records/"+w.events[at+1].ID).expect(t, 200, "")
		all := consent.body + verified.body + b.get("/records").expect(t, 200, "").body
		for _, want := range words {
			if !strings.Contains(all, want) {
				t.Errorf("%s: no %q", locale, want)
			}
		}
		if !strings.Contains(verified.body, "/records/"+w.events[at+1].Detail) {
			t.Errorf("%s: the record does not lead to the consent", locale)
		}
	}
}
