package law_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// ask is one question over facts that the law refuses, and how.
type ask struct {
	question string
	code     string
	kind     fault.Kind
	articles []int
	put      func(*law.Book) law.Verdict
}

func forbidden() []ask {
	ends := func(s string) identity.Document { return identity.Document{Expires: day(s)} }
	user := func(s identity.Standing, r identity.Regime, valid bool) func(*law.Book) law.Verdict {
		return func(b *law.Book) law.Verdict {
			return b.Uses(law.User{Standing: s, Regime: r, CertificateValid: valid})
		}
	}
	without := func(change func(*identity.Party)) identity.Party { p := party(); change(&p); return p }
	r := []string{"result"}
	return []ask{
		{"InForce", "not_in_force", fault.Forbidden, []int{16}, func(b *law.Book) law.Verdict { return b.InForce(day("2025-07-14")) }},
		{"InForce", "not_in_force", fault.Forbidden, []int{16}, func(b *law.Book) law.Verdict { return b.InForce(identity.Date{}) }},
		{"InForce", "not_in_force", fault.Forbidden, []int{16}, func(b *law.Book) law.Verdict { return b.InForce(identity.Date{Year: 2026, Month: 13, Day: 1}) }},
		{"Accepts", "document_kind_not_served", fault.Invalid, []int{15, 4}, func(b *law.Book) law.Verdict { return b.Accepts(identity.PermitTaiwan, nil) }},
		{"Holds", "document_expired", fault.Forbidden, []int{4}, func(b *law.Book) law.Verdict { return b.Holds(ends("2026-01-01"), day("2026-01-02")) }},
		{"Holds", "document_expired", fault.Forbidden, []int{4}, func(b *law.Book) law.Verdict { return b.Holds(identity.Document{}, day("2026-01-02")) }},
		{"Holds", "document_expired", fault.Forbidden, []int{4}, func(b *law.Book) law.Verdict {
			return b.Holds(identity.Document{Expires: identity.Date{Year: 9999, Month: 99, Day: 99}}, day("2026-01-02"))
		}},
		{"Holds", "document_expired", fault.Forbidden, []int{4}, func(b *law.Book) law.Verdict { return b.Holds(ends("2026-01-01"), identity.Date{}) }},
		{"Applies", "guardian_needed", fault.Forbidden, []int{4}, func(b *law.Book) law.Verdict { return b.Applies(law.Applicant{}) }},
		{"Guards", "guardian_not_verified", fault.Forbidden, []int{4, 5}, func(b *law.Book) law.Verdict { return b.Guards(law.Guardian{}) }},
		{"Informed", "notice_consent_missing", fault.Conflict, []int{11, 9}, func(b *law.Book) law.Verdict { return b.Informed(law.Notified{}) }},
		{"Separately", "separate_consent_missing", fault.Conflict, []int{9, 11}, func(b *law.Book) law.Verdict { return b.Separately("face", nil) }},
		{"Separately", "separate_consent_missing", fault.Conflict, []int{9, 11}, func(b *law.Book) law.Verdict { return b.Separately("enrolment", consents(true)) }},
		{"Compares", "face_not_for_children", fault.Forbidden, []int{9, 4}, func(b *law.Book) law.Verdict { return b.Compares(identity.Child) }},
		{"Compares", "face_not_for_children", fault.Forbidden, []int{9, 4}, func(b *law.Book) law.Verdict { return b.Compares("") }},
		{"Collects", "field_not_necessary", fault.Invalid, []int{9}, func(b *law.Book) law.Verdict { return b.Collects([]string{"name", ""}) }},
		{"OneNumber", "second_number", fault.Conflict, []int{2}, func(b *law.Book) law.Verdict { return b.OneNumber("A", "B") }},
		{"Offers", "other_method_missing", fault.Invalid, []int{6, 7}, func(b *law.Book) law.Verdict {
			return b.Offers(without(func(p *identity.Party) { p.Otherwise = []identity.Way{{Text: identity.Text{ZH: " ", EN: "-"}}} }))
		}},
		{"Offers", "purpose_missing", fault.Invalid, []int{5}, func(b *law.Book) law.Verdict {
			return b.Offers(without(func(p *identity.Party) { p.Purpose.Text = identity.Text{ZH: "\t"} }))
		}},
		{"Cites", "basis_missing", fault.Invalid, []int{8}, func(b *law.Book) law.Verdict {
			return b.Cites(without(func(p *identity.Party) { p.Bases = map[string]string{"name": "—"} }))
		}},
		{"Cites", "basis_missing", fault.Invalid, []int{8}, func(b *law.Book) law.Verdict {
			return b.Cites(without(func(p *identity.Party) { p.Bases = map[string]string{"": "a law"} }))
		}},
		{"Cites", "age_mark_not_registered", fault.Forbidden, []int{10}, func(b *law.Book) law.Verdict {
			return b.Cites(without(func(p *identity.Party) { p.AgeMarks = map[identity.AgeMark]string{"age_over_21": "a law"} }))
		}},
		{"Asks", "plaintext_not_allowed", fault.Forbidden, []int{7, 8}, func(b *law.Book) law.Verdict { return b.Asks(party(), []string{"result", "address"}) }},
		{"Asks", "plaintext_not_allowed", fault.Forbidden, []int{7, 8}, func(b *law.Book) law.Verdict {
			return b.Asks(without(func(p *identity.Party) { p.Bases = map[string]string{"name": " "} }), []string{"name"})
		}},
		{"Marks", "age_mark_not_registered", fault.Forbidden, []int{10}, func(b *law.Book) law.Verdict { return b.Marks(party(), identity.Over14) }},
		{"Uses", "certificate_frozen", fault.Forbidden, []int{2}, user(identity.FrozenByOwner, identity.Adult, true)},
		{"Uses", "certificate_frozen", fault.Forbidden, []int{2}, user(0, identity.Adult, true)},
		{"Uses", "number_held", fault.Forbidden, []int{4, 2}, user(identity.Held, identity.Adult, true)},
		{"Upheld", "number_held", fault.Forbidden, []int{4, 2}, func(b *law.Book) law.Verdict { return b.Upheld(law.Holder{Today: day("2026-01-01")}) }},
		{"Uses", "certificate_expired", fault.Forbidden, []int{2}, user(identity.Active, identity.Adult, false)},
		{"Uses", "guardian_needed", fault.Forbidden, []int{5}, user(identity.Active, identity.Child, true)},
		{"Uses", "guardian_needed", fault.Forbidden, []int{5}, user(identity.Active, "", true)},
		{"Answers", "more_than_approved", fault.Forbidden, []int{8}, func(b *law.Book) law.Verdict { return b.Answers(r, r, []string{"result", "name"}) }},
		{"Answers", "more_than_approved", fault.Forbidden, []int{8}, func(b *law.Book) law.Verdict { return b.Answers(nil, r, r) }},
		{"Answers", "more_than_approved", fault.Forbidden, []int{8}, func(b *law.Book) law.Verdict { return b.Answers(r, nil, r) }},
		{"Lasts", "standing_not_possible", fault.Forbidden, []int{8, 4, 9}, func(b *law.Book) law.Verdict {
			return b.Lasts(law.Lasting{Asked: []string{"result", "name"}, Mode: identity.ModeCert})
		}},
		{"Attests", "attestation_not_for_children", fault.Forbidden, []int{8, 5, 7, 10}, func(b *law.Book) law.Verdict { return b.Attests(identity.Child) }},
		{"InTerm", "basis_over", fault.Forbidden, []int{8, 7}, func(b *law.Book) law.Verdict {
			return b.InTerm(without(func(p *identity.Party) { p.BasesUntil = map[string]identity.Date{"name": day("2025-12-31")} }), names(), day("2026-01-01"))
		}},
		{"Discloses", "plaintext_not_consented", fault.Forbidden, []int{8, 7}, func(b *law.Book) law.Verdict { return b.Discloses(party(), names(), nil) }},
		{"Seals", "plaintext_not_sealed", fault.Invalid, []int{8}, func(b *law.Book) law.Verdict {
			return b.Seals(without(func(p *identity.Party) { p.Sealed = "" }))
		}},
		{"Current", "notice_changed", fault.Conflict, []int{11, 9}, func(b *law.Book) law.Verdict { return b.Current(nil) }},
		{"Reports", "report_unfounded", fault.Forbidden, []int{7, 8}, func(b *law.Book) law.Verdict { return b.Reports(false) }},
		{"Deletes", "erasure_ground_missing", fault.Invalid, []int{8}, func(b *law.Book) law.Verdict { return b.Deletes(false, " ") }},
		{"Sees", "not_yours", fault.NotFound, []int{9, 12}, func(b *law.Book) law.Verdict { return b.Sees(false) }},
		{"Freezes", "not_yours", fault.Forbidden, []int{4}, func(b *law.Book) law.Verdict { return b.Freezes(false) }},
		{"Claims", "right_unknown", fault.Invalid, []int{9}, func(b *law.Book) law.Verdict { return b.Claims(identity.RightCorrect, "address") }},
		{"Inherits", "heir_refused", fault.Forbidden, []int{9, 4}, func(b *law.Book) law.Verdict { return b.Inherits(law.Heir{}) }},
		{"Keeps", "retention_unknown", fault.Forbidden, []int{9, 12}, func(b *law.Book) law.Verdict { return b.Keeps("assisted-by-one").Verdict }},
	}
}

// freedoms are rights without a condition: no fact refuses them.
var freedoms = []string{"a4-voluntary", "a9-erase"}

func TestEveryRefusalSaysWhy(t *testing.T) {
	b, seen := law.New().For(operator()), map[string]bool{}
	for _, a := range forbidden() {
		v := a.put(b)
		err := v.Err("op")
		if v.Allowed || v.Code != a.code || v.Kind != a.kind || !fault.Because(err, a.code) || !fault.Is(err, a.kind) || !slices.Equal(v.Articles, a.articles) {
			t.Errorf("%s: %+v", a.question, v)
		}
		if v.Reason != law.Reasons()[a.code] {
			t.Errorf("%s: the verdict's sentence is not that of %s", a.question, a.code)
		}
		seen[v.Rule] = true
	}
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			if !seen[r.ID] && !slices.Contains(freedoms, r.ID) {
				t.Errorf("nothing is refused by %s", r.ID)
			}
		}
	}
}

func TestWhatIsAllowedSaysNothing(t *testing.T) {
	for name, put := range questions() {
		v := put(law.New().For(operator()))
		if !v.Allowed || v.Err("op") != nil || v.Code != "" || v.Reason != (identity.Text{}) || v.Rule == "" || len(v.Articles) == 0 || v.Version != law.Version {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Article 4 asks a guardian of whoever is under 18 for applying, article 5 of
// whoever is under 14 for using: from 14 on one uses alone.
func TestFrom14OnOneUsesAlone(t *testing.T) {
	for regime, want := range map[identity.Regime]bool{identity.Child: false, identity.Ward: true, identity.Adult: true} {
		if law.New().For(operator()).Uses(law.User{Standing: identity.Active, Regime: regime, CertificateValid: true}).Allowed != want {
			t.Errorf("%s: want %v", regime, want)
		}
	}
}

// With one rule inverted exactly the questions that ask it change, over
// allowed facts and over refused ones.
func TestInvertChangesNoOtherQuestion(t *testing.T) {
	plain := law.New().For(operator())
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			b, err := plain.Invert(r.ID)
			if err != nil {
				t.Fatal(err)
			}
			for name, put := range questions() {
				if got, want := put(b).Allowed, !slices.Contains(r.Asked, name); got != want {
					t.Errorf("%s inverted: %s answers %v", r.ID, name, got)
				}
			}
			for _, f := range forbidden() {
				if was := f.put(plain).Rule; was != r.ID && !slices.Contains(r.Asked, f.question) && f.put(b).Allowed {
					t.Errorf("%s inverted: %s no longer refuses by %s", r.ID, f.question, was)
				} else if was == r.ID && !f.put(b).Allowed {
					t.Errorf("%s inverted: %s still refuses", r.ID, f.question)
				}
			}
		}
	}
	if _, err := plain.Invert("a0-nothing"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown rule: %v", err)
	}
	if v := plain.InForce(day("2025-07-15")); !v.Allowed {
		t.Error("inverting changed the book it was made from")
	}
}

func TestAZeroBookRefusesEverything(t *testing.T) {
	for name, put := range questions() {
		if v := put(&law.Book{}); v.Allowed || !fault.Is(v.Err("op"), fault.Internal) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Whoever rewrites a sentence must not forget that two rules share it, that
// Chinese has its own punctuation, and that a code is a key.
func TestSentences(t *testing.T) {
	says := map[string]identity.Text{}
	for _, a := range law.Articles() {
		texts := []identity.Text{a.Title, a.Summary, a.Met, a.Citation()}
		for _, r := range a.Rules {
			if said, shared := says[r.Code]; shared && said != r.Refusal {
				t.Errorf("%s has two sentences", r.Code)
			}
			says[r.Code] = r.Refusal
			if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(r.Code) {
				t.Errorf("%s is no code", r.Code)
			}
			if !strings.HasSuffix(r.Refusal.ZH, "。") || !strings.HasSuffix(r.Refusal.EN, ".") || !strings.HasSuffix(r.Question.ZH, "？") || !strings.HasSuffix(r.Question.EN, "?") {
				t.Errorf("%s: a sentence without an end", r.ID)
			}
			texts = append(texts, r.Question, r.Refusal)
		}
		for _, text := range texts {
			wellWritten(t, text)
		}
	}
	if !maps.Equal(says, law.Reasons()) {
		t.Error("Reasons are not the rules' own")
	}
}

func wellWritten(t *testing.T, text identity.Text) {
	t.Helper()
	if !strings.ContainsFunc(text.ZH, han) || strings.ContainsFunc(text.EN, han) || text.EN == "" {
		t.Errorf("in the wrong language: %+v", text)
	}
	if strings.ContainsAny(text.ZH, ",;:?!") {
		t.Errorf("half-width punctuation: %s", text.ZH)
	}
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// The table of compliance says which act asks what: their source agrees, both ways.
func TestActsAskWhatTheArticlesSay(t *testing.T) {
	asks := calls(t, "../act")
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			for _, act := range r.Acts {
				if !slices.ContainsFunc(r.Asked, func(method string) bool { return slices.Contains(asks[act], method) }) {
					t.Errorf("%s: %s asks none of %v", r.ID, act, r.Asked)
				}
			}
			for act, methods := range asks {
				for _, m := range methods {
					if slices.Contains(r.Asked, m) && !slices.Contains(r.Acts, act) {
						t.Errorf("%s: %s asks %s and is not named", r.ID, act, m)
					}
				}
			}
		}
	}
}

// calls are the methods that each act calls on its Law.
func calls(t *testing.T, root string) map[string][]string {
	t.Helper()
	acts, err := fs.Glob(os.DirFS(root), "*/*.go")
	if err != nil || len(acts) == 0 {
		t.Fatalf("no acts under %s: %v", root, err)
	}
	found := map[string][]string{}
	for _, name := range acts {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), root+"/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		act, _, _ := strings.Cut(name, "/")
		ast.Inspect(file, func(n ast.Node) bool {
			method, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := method.X.(*ast.SelectorExpr); ok && of.Sel.Name == "Law" {
				found[act] = append(found[act], method.Sel.Name)
			}
			return true
		})
	}
	return found
}
