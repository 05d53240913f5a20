package law_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

func TestSixteenArticlesInOrder(t *testing.T) {
	all := law.Articles()
	if len(all) != 16 {
		t.Fatalf("%d articles", len(all))
	}
	ids := map[string]bool{}
	for i, a := range all {
		if a.Number != i+1 || a.Title.ZH == "" || a.Title.EN == "" || a.Summary.ZH == "" || a.Summary.EN == "" || a.Met.ZH == "" || a.Met.EN == "" || a.Effective.String() != "2025-07-15" {
			t.Errorf("article %d is incomplete", i+1)
		}
		if (a.Kind == law.IsRule) != (len(a.Rules) > 0) && a.Kind != law.IsDefinition {
			t.Errorf("article %d is a %s with %d rules", a.Number, a.Kind, len(a.Rules))
		}
		for _, r := range a.Rules {
			if ids[r.ID] || r.Code == "" || r.Refusal.ZH == "" || r.Refusal.EN == "" || r.Question.ZH == "" || r.Question.EN == "" || len(r.Acts) == 0 || len(r.Obligations) == 0 || r.Test == "" {
				t.Errorf("rule %s is incomplete or doubled", r.ID)
			}
			ids[r.ID] = true
		}
	}
}

func TestAVerdictStandsOnItsRule(t *testing.T) {
	b := law.New().For(operator())
	v := b.Uses(law.User{Standing: identity.Active, Regime: identity.Adult, CertificateValid: true})
	if g := v.Ground(); v.Err("x") != nil || !slices.Equal(g.Articles, []int{2, 4, 5}) || g.Version != law.Version || !strings.Contains(g.Rule, "a5-child-use") {
		t.Errorf("ground %+v", v.Ground())
	}
	err := b.Sees(false).Err("x")
	if !fault.Because(err, "not_yours") || !fault.Is(err, fault.NotFound) {
		t.Errorf("refusal %v", err)
	}
}

func TestInvertFlipsExactlyOneRule(t *testing.T) {
	plain := law.New().For(operator())
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			b, err := plain.Invert(r.ID)
			if err != nil {
				t.Fatal(err)
			}
			flipped := []string{}
			for name, ask := range questions() {
				if ask(b).Allowed != ask(plain).Allowed {
					flipped = append(flipped, name)
				}
			}
			if len(flipped) == 0 {
				t.Errorf("%s: no question notices", r.ID)
			}
		}
	}
}

// questions are all of them, over facts that the law allows.
func questions() map[string]func(*law.Book) law.Verdict {
	doc := identity.Document{Kind: identity.ResidentCard, Expires: day("2030-01-01")}
	notice, _ := law.NoticeByID("enrolment")
	ok := consents(true)
	return map[string]func(*law.Book) law.Verdict{
		"InForce": func(b *law.Book) law.Verdict { return b.InForce(day("2026-01-01")) },
		"Accepts": func(b *law.Book) law.Verdict { return b.Accepts(identity.ResidentCard, identity.DocumentKinds) },
		"Holds":   func(b *law.Book) law.Verdict { return b.Holds(doc, day("2026-01-01")) },
		"Upheld": func(b *law.Book) law.Verdict {
			return b.Upheld(law.Holder{Alive: true, Documents: []identity.Document{doc}, Today: day("2026-01-01")})
		},
		"Applies": func(b *law.Book) law.Verdict { return b.Applies(law.Applicant{Regime: identity.Adult}) },
		"Claims":  func(b *law.Book) law.Verdict { return b.Claims(identity.RightCorrect, "name") },
		"Inherits": func(b *law.Book) law.Verdict {
			return b.Inherits(law.Heir{Dead: true, Relative: true})
		},
		"Guards": func(b *law.Book) law.Verdict {
			return b.Guards(law.Guardian{Standing: identity.Active, Regime: identity.Adult, Related: true, Ward: identity.Child})
		},
		"Informed":   func(b *law.Book) law.Verdict { return b.Informed(law.Notified{Notice: notice, Consents: ok}) },
		"Separately": func(b *law.Book) law.Verdict { return b.Separately("document", ok) },
		"Compares":   func(b *law.Book) law.Verdict { return b.Compares(identity.Ward) },
		"Lasts": func(b *law.Book) law.Verdict {
			return b.Lasts(law.Lasting{Asked: []string{"result"}, Mode: identity.ModeCert})
		},
		"Collects":  func(b *law.Book) law.Verdict { return b.Collects([]string{"name"}) },
		"OneNumber": func(b *law.Book) law.Verdict { return b.OneNumber("", "A") },
		"Offers":    func(b *law.Book) law.Verdict { return b.Offers(party()) },
		"Cites":     func(b *law.Book) law.Verdict { return b.Cites(party()) },
		"Asks":      func(b *law.Book) law.Verdict { return b.Asks(party(), []string{"result", "name"}) },
		"Marks":     func(b *law.Book) law.Verdict { return b.Marks(party(), identity.Over18) },
		"Uses": func(b *law.Book) law.Verdict {
			return b.Uses(law.User{Standing: identity.Active, Regime: identity.Adult, CertificateValid: true})
		},
		"Answers":   func(b *law.Book) law.Verdict { r := []string{"result"}; return b.Answers(r, r, r) },
		"Sees":      func(b *law.Book) law.Verdict { return b.Sees(true) },
		"Withdraws": func(b *law.Book) law.Verdict { return b.Withdraws() },
		"Freezes":   func(b *law.Book) law.Verdict { return b.Freezes(true) },
		"Leaves":    func(b *law.Book) law.Verdict { return b.Leaves() },
		"Attests":   func(b *law.Book) law.Verdict { return b.Attests(identity.Ward) },
		"Discloses": func(b *law.Book) law.Verdict { return b.Discloses(party(), names(), yes("name", true)) },
		"InTerm":    func(b *law.Book) law.Verdict { return b.InTerm(party(), names(), day("2026-01-01")) },
		"Current":   func(b *law.Book) law.Verdict { return b.Current(notice.Mark("en", operator())) },
		"Reports":   func(b *law.Book) law.Verdict { return b.Reports(true) },
		"Deletes":   func(b *law.Book) law.Verdict { return b.Deletes(true, "") },
		"Seals":     func(b *law.Book) law.Verdict { return b.Seals(party()) },
		"Keeps":     func(b *law.Book) law.Verdict { return b.Keeps(identity.Erased).Verdict },
	}
}

func day(s string) identity.Date {
	d, err := identity.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func party() identity.Party {
	return identity.Party{ID: "shop", Purpose: identity.Purpose{Text: identity.Text{ZH: "购物", EN: "Shopping"}}, Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}},
		AgeMarks: map[identity.AgeMark]string{identity.Over18: "a law"}, Bases: map[string]string{"name": "a law"}, KeepDays: 30, Sealed: "ECDH-ES"}
}

func names() []identity.PlainAsk { return []identity.PlainAsk{{Item: identity.ItemName}} }

func yes(item string, given ...bool) (all []identity.Consent) {
	for _, g := range given {
		all = append(all, identity.Consent{Subject: item, Given: g})
	}
	return all
}

func consents(given bool) []identity.Consent {
	var out []identity.Consent
	for subject, id := range map[string]string{"notice": "enrolment", "document": "document", "face": "face"} {
		n, _ := law.NoticeByID(id)
		out = append(out, identity.Consent{Subject: subject, Version: n.Version, Locale: "en", Digest: n.Digest("en", operator()), Given: given})
	}
	return out
}

func TestInForce(t *testing.T) {
	b := law.New().For(operator())
	if b.InForce(day("2025-07-14")).Allowed || !b.InForce(day("2025-07-15")).Allowed {
		t.Error("in force from 2025-07-15, not before")
	}
}

func TestAccepts(t *testing.T) {
	b := law.New().For(operator())
	served := []identity.DocumentKind{identity.ResidentCard}
	for kind, want := range map[identity.DocumentKind]bool{identity.ResidentCard: true, identity.PassportAbroad: false, "driving-licence": false} {
		if b.Accepts(kind, append(served, "driving-licence")).Allowed != want {
			t.Errorf("%s: want %v", kind, want)
		}
	}
}

func TestHolds(t *testing.T) {
	b := law.New().For(operator())
	for expires, want := range map[string]bool{"2026-11-22": false, "2026-11-23": true, "2026-11-24": true} {
		if b.Holds(identity.Document{Expires: day(expires)}, day("2026-11-23")).Allowed != want {
			t.Errorf("last day %s: want %v", expires, want)
		}
	}
	if !b.Holds(identity.Document{Long: true}, day("2026-11-23")).Allowed {
		t.Error("long-term validity refused")
	}
}

func TestApplies(t *testing.T) {
	b := law.New().For(operator())
	for _, c := range []struct {
		law.Applicant
		want bool
	}{
		{law.Applicant{Regime: identity.Adult}, true},
		{law.Applicant{Regime: identity.Ward}, false},
		{law.Applicant{Regime: identity.Ward, GuardianConsents: true}, true},
		{law.Applicant{Regime: identity.Child}, false},
		{law.Applicant{Regime: identity.Child, GuardianConsents: true}, false},
		{law.Applicant{Regime: identity.Child, GuardianActs: true}, false},
		{law.Applicant{Regime: identity.Child, GuardianConsents: true, GuardianActs: true}, true},
		{law.Applicant{Regime: "nobody"}, false},
	} {
		if b.Applies(c.Applicant).Allowed != c.want {
			t.Errorf("%+v: want %v", c.Applicant, c.want)
		}
	}
}

// Each fact alone refuses a guardian.
func TestGuards(t *testing.T) {
	b := law.New().For(operator())
	for _, standing := range []identity.Standing{0, identity.Active, identity.FrozenByOwner, identity.FrozenByGuardian} {
		for _, regime := range []identity.Regime{"", identity.Child, identity.Ward, identity.Adult} {
			for _, ward := range []identity.Regime{"", identity.Child, identity.Ward, identity.Adult} {
				for _, related := range []bool{false, true} {
					want := standing == identity.Active && regime == identity.Adult && related && (ward == identity.Child || ward == identity.Ward)
					if f := (law.Guardian{Standing: standing, Regime: regime, Related: related, Ward: ward}); b.Guards(f).Allowed != want {
						t.Errorf("%+v: want %v", f, want)
					}
				}
			}
		}
	}
}

// Every birth date of two centuries, on the days around the birthdays that
// matter, one second before and at midnight in Asia/Shanghai, on servers of four zones:
// each alone, neither, both.
func TestGuardiansOfEveryBirthDate(t *testing.T) {
	b := law.New().For(operator())
	zones := []*time.Location{time.UTC, time.FixedZone("Asia/Shanghai", 8*3600), time.FixedZone("Pacific/Kiritimati", 14*3600), time.FixedZone("America/Adak", -10*3600)}
	// What the law answers by regime: nobody, consents, acts, both; a use alone and agreed to; may be guarded.
	says := func(r identity.Regime) (all [7]bool) {
		for n := range 4 {
			all[n] = b.Applies(law.Applicant{Regime: r, GuardianConsents: n&1 > 0, GuardianActs: n&2 > 0}).Allowed
		}
		for n := range 2 {
			all[4+n] = b.Uses(law.User{Standing: identity.Active, Regime: r, GuardianConsents: n > 0, CertificateValid: true}).Allowed
		}
		all[6] = b.Guards(law.Guardian{Standing: identity.Active, Regime: identity.Adult, Related: true, Ward: r}).Allowed
		return all
	}
	answers := map[identity.Regime][7]bool{identity.Child: says(identity.Child), identity.Ward: says(identity.Ward), identity.Adult: says(identity.Adult)}
	want := map[int][7]bool{
		13: {false, false, false, true, false, true, true},
		14: {false, true, false, true, true, true, true},
		17: {false, true, false, true, true, true, true},
		18: {true, true, true, true, true, true, false},
	}
	days := 0
	for d := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() <= 2100; d = d.AddDate(0, 0, 1) {
		birth := identity.Date{Year: d.Year(), Month: int(d.Month()), Day: d.Day()}
		days++
		for _, years := range []int{14, 18} {
			on := time.Date(d.Year()+years, d.Month(), d.Day(), 0, 0, 0, 0, zones[1]) // 29 February of a common year is 1 March
			for before, at := range []time.Time{on, on.Add(-time.Second)} {
				for _, z := range zones {
					today := identity.Today(at.In(z))
					if got := answers[identity.RegimeAt(birth, today)]; got != want[years-before] {
						t.Fatalf("born %s, at %s: %v", birth, at.In(z), got)
					}
				}
			}
		}
	}
	if days != 73414 {
		t.Errorf("%d days", days)
	}
}

func TestUses(t *testing.T) {
	b := law.New().For(operator())
	good := law.User{Standing: identity.Active, Regime: identity.Adult, CertificateValid: true}
	for want, change := range map[string]func(*law.User){
		"":                    func(*law.User) {},
		"certificate_frozen":  func(u *law.User) { u.Standing = identity.FrozenByOwner },
		"number_held":         func(u *law.User) { u.Standing = identity.Held },
		"certificate_expired": func(u *law.User) { u.CertificateValid = false },
		"guardian_needed":     func(u *law.User) { u.Regime = identity.Child },
	} {
		u := good
		change(&u)
		if err := b.Uses(u).Err("x"); (err == nil) != (want == "") || err != nil && !fault.Because(err, want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if !b.Uses(law.User{Standing: identity.Active, Regime: identity.Child, GuardianConsents: true, CertificateValid: true}).Allowed {
		t.Error("a child whose guardian consents is refused")
	}
}

// A number stands on a living person and one valid document, whichever.
func TestUpheld(t *testing.T) {
	b, today := law.New().For(operator()), day("2026-11-28")
	good, over, long := identity.Document{Expires: day("2026-11-28")}, identity.Document{Expires: day("2026-11-27")}, identity.Document{Long: true}
	for _, c := range []struct {
		name string
		law.Holder
		want bool
	}{
		{"its last day", law.Holder{Alive: true, Documents: []identity.Document{good}, Today: today}, true},
		{"the day after", law.Holder{Alive: true, Documents: []identity.Document{over}, Today: today}, false},
		{"one of two", law.Holder{Alive: true, Documents: []identity.Document{over, good}, Today: today}, true},
		{"long-term", law.Holder{Alive: true, Documents: []identity.Document{long}, Today: today}, true},
		{"none", law.Holder{Alive: true, Today: today}, false},
		{"one whose last day is not known", law.Holder{Alive: true, Documents: []identity.Document{{}}, Today: today}, false},
		{"dead", law.Holder{Documents: []identity.Document{long}, Today: today}, false},
		{"on no day", law.Holder{Alive: true, Documents: []identity.Document{good}}, false},
	} {
		if got := b.Upheld(c.Holder).Allowed; got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	for _, s := range []identity.Standing{identity.Held, identity.Closed, identity.Held | identity.Closed, 1 << 6} {
		if err := b.Uses(law.User{Standing: s, Regime: identity.Adult, CertificateValid: true}).Err("x"); !fault.Because(err, "number_held") {
			t.Errorf("%d: %v", s, err)
		}
	}
}

func TestOffers(t *testing.T) {
	b, p := law.New().For(operator()), party()
	p.Otherwise = []identity.Way{{}}
	if err := b.Offers(p).Err("x"); !fault.Because(err, "other_method_missing") {
		t.Error(err)
	}
	p = party()
	p.Purpose = identity.Purpose{}
	if err := b.Offers(p).Err("x"); !fault.Because(err, "purpose_missing") {
		t.Error(err)
	}
}

func TestCites(t *testing.T) {
	b, p := law.New().For(operator()), party()
	p.Bases = map[string]string{"name": ""}
	if err := b.Cites(p).Err("x"); !fault.Because(err, "basis_missing") {
		t.Error(err)
	}
	p = party()
	p.AgeMarks = map[identity.AgeMark]string{identity.Over60: "  "}
	if err := b.Cites(p).Err("x"); !fault.Because(err, "age_mark_not_registered") {
		t.Error(err)
	}
}

func TestAsks(t *testing.T) {
	b := law.New().For(operator())
	for item, want := range map[string]bool{"result": true, "name": true, "id_number": false} {
		if b.Asks(party(), []string{"result", item}).Allowed != want {
			t.Errorf("%s: want %v", item, want)
		}
	}
}

// Attestations are for who decides alone over each use of them.
func TestAttests(t *testing.T) {
	b := law.New().For(operator())
	for regime, want := range map[identity.Regime]bool{identity.Adult: true, identity.Ward: true, identity.Child: false, "": false, "toddler": false} {
		if v := b.Attests(regime); v.Allowed != want {
			t.Errorf("%q: %+v", regime, v)
		}
	}
	for _, c := range []struct {
		answered []string
		want     bool
	}{{[]string{"attest_age"}, true}, {[]string{"age_over_18"}, false}, {[]string{"attest_person"}, false}} {
		if v := b.Answers([]string{"attest_age", "age_over_18"}, []string{"attest_age", "age_over_18"}, c.answered); v.Allowed != c.want {
			t.Errorf("%q: %+v", c.answered, v)
		}
	}
}

// Plain text needs a basis, a purpose and a consent, each of its own: one of
// them never stands in for another, nor one item's for another item's.
func TestDiscloses(t *testing.T) {
	b, match := law.New().For(operator()), []identity.PlainAsk{{Item: identity.ItemName, Match: true}}
	for name, c := range map[string]struct {
		want     bool
		party    func(*identity.Party)
		items    []identity.PlainAsk
		consents []identity.Consent
	}{
		"agreed":                        {true, nil, names(), yes("name", true)},
		"no consent":                    {false, nil, names(), nil},
		"refused":                       {false, nil, names(), yes("name", false)},
		"taken back":                    {false, nil, names(), yes("name", true, false)},
		"of another item":               {false, nil, names(), yes("birthdate", true)},
		"to a match, and not the value": {false, nil, names(), yes("match_name", true)},
		"to the value, and not a match": {false, nil, match, yes("name", true)},
		"to a match":                    {true, nil, match, yes("match_name", true)},
		"no basis":                      {false, func(p *identity.Party) { p.Bases = nil }, names(), yes("name", true)},
		"a basis of blanks":             {false, func(p *identity.Party) { p.Bases["name"] = " " }, names(), yes("name", true)},
		"no purpose":                    {false, func(p *identity.Party) { p.Purpose.Text = identity.Text{} }, names(), yes("name", true)},
		"one of two":                    {false, nil, append(names(), match...), yes("name", true)},
	} {
		p := party()
		if c.party != nil {
			c.party(&p)
		}
		if b.Discloses(p, c.items, c.consents).Allowed != c.want {
			t.Errorf("%s: want %v", name, c.want)
		}
	}
}

// A basis carries its item through its last day, and no other item's end counts.
func TestInTerm(t *testing.T) {
	b, p := law.New().For(operator()), party()
	p.BasesUntil = map[string]identity.Date{"name": day("2026-06-30"), "phone_number": day("2020-01-01")}
	match := []identity.PlainAsk{{Item: identity.ItemName, Match: true}}
	for on, want := range map[string]bool{"2026-06-29": true, "2026-06-30": true, "2026-07-01": false, "2027-01-01": false} {
		if b.InTerm(p, names(), day(on)).Allowed != want || b.InTerm(p, match, day(on)).Allowed != want {
			t.Errorf("%s: want %v", on, want)
		}
	}
	birth := []identity.PlainAsk{{Item: identity.ItemBirth}}
	if !b.InTerm(p, birth, day("2030-01-01")).Allowed || b.InTerm(p, append(birth, names()...), day("2030-01-01")).Allowed || !b.InTerm(p, nil, day("2030-01-01")).Allowed {
		t.Error("an end of one item is an end of that item")
	}
}

func TestSeals(t *testing.T) {
	b := law.New().For(operator())
	for name, c := range map[string]struct {
		want   bool
		change func(*identity.Party)
	}{
		"a key":                                  {true, func(*identity.Party) {}},
		"no key":                                 {false, func(p *identity.Party) { p.Sealed = "" }},
		"no time of keeping":                     {false, func(p *identity.Party) { p.KeepDays = 0 }},
		"a sandbox party that says so":           {true, func(p *identity.Party) { p.Sealed, p.Sandbox, p.Unsealed = "", true, true }},
		"a sandbox party that does not":          {false, func(p *identity.Party) { p.Sealed, p.Sandbox = "", true }},
		"a party outside of it that says it too": {false, func(p *identity.Party) { p.Sealed, p.Unsealed = "", true }},
	} {
		p := party()
		if c.change(&p); b.Seals(p).Allowed != c.want {
			t.Errorf("%s: want %v", name, c.want)
		}
	}
}

func TestMarks(t *testing.T) {
	b := law.New().For(operator())
	if !b.Marks(party(), identity.Over18).Allowed || b.Marks(party(), identity.Over60).Allowed {
		t.Error("registered marks only")
	}
}

func TestAnswers(t *testing.T) {
	b := law.New().For(operator())
	for _, c := range []struct {
		asked, approved, answered []string
		want                      bool
	}{
		{[]string{"result"}, []string{"result"}, []string{"result"}, true},
		{[]string{"result", "age_over_18"}, []string{"result"}, []string{"result"}, true},
		{[]string{"result", "age_over_18"}, []string{"result"}, []string{"result", "age_over_18"}, false},
		{[]string{"result"}, []string{"result", "age_over_18"}, []string{"result", "age_over_18"}, false},
		{[]string{"result"}, []string{"result"}, nil, false},
	} {
		if b.Answers(c.asked, c.approved, c.answered).Allowed != c.want {
			t.Errorf("%+v", c)
		}
	}
}

// One consent covers for later the bare result, to sign in, by the device, for 90 days.
func TestLasts(t *testing.T) {
	b := law.New().For(operator())
	good := law.Lasting{Asked: []string{"result"}, Mode: identity.ModeCert, Days: 90}
	with := func(change func(*law.Lasting)) law.Lasting {
		f := good
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		f    law.Lasting
		want bool
	}{
		"bare":           {good, true},
		"to sign in":     {with(func(f *law.Lasting) { f.Intent = identity.IntentSignIn }), true},
		"just now":       {with(func(f *law.Lasting) { f.Days = 0 }), true},
		"too long":       {with(func(f *law.Lasting) { f.Days = 91 }), false},
		"of tomorrow":    {with(func(f *law.Lasting) { f.Days = -1 }), false},
		"an age mark":    {with(func(f *law.Lasting) { f.Asked = []string{"result", "age_over_18"} }), false},
		"plaintext":      {with(func(f *law.Lasting) { f.Asked = []string{"result", "name"} }), false},
		"no result":      {with(func(f *law.Lasting) { f.Asked = []string{"name"} }), false},
		"nothing":        {with(func(f *law.Lasting) { f.Asked = nil }), false},
		"a new account":  {with(func(f *law.Lasting) { f.Intent = identity.IntentRegister }), false},
		"the same again": {with(func(f *law.Lasting) { f.Intent = identity.IntentReverify }), false},
		"a passcode":     {with(func(f *law.Lasting) { f.Mode = identity.ModeCertPwd }), false},
		"a face":         {with(func(f *law.Lasting) { f.Mode = identity.ModeCertFace }), false},
		"no mode":        {with(func(f *law.Lasting) { f.Mode = "" }), false},
	} {
		v := b.Lasts(c.f)
		if v.Allowed != c.want || !c.want && v.Code != "standing_not_possible" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestCollects(t *testing.T) {
	b := law.New().For(operator())
	if !b.Collects([]string{"name", "phone"}).Allowed || b.Collects([]string{"name", "religion"}).Allowed {
		t.Error("the list is closed")
	}
}

func TestOneNumber(t *testing.T) {
	b := law.New().For(operator())
	if !b.OneNumber("", "A").Allowed || !b.OneNumber("A", "A").Allowed || b.OneNumber("A", "B").Allowed || b.OneNumber("", "").Allowed {
		t.Error("one person, one number")
	}
}

func TestCompares(t *testing.T) {
	b := law.New()
	for regime, want := range map[identity.Regime]bool{identity.Adult: true, identity.Ward: true, identity.Child: false, "": false} {
		if b.Compares(regime).Allowed != want {
			t.Errorf("%q: %t", regime, !want)
		}
	}
}

func TestSeparately(t *testing.T) {
	b := law.New().For(operator())
	if !b.Separately("document", consents(true)).Allowed || b.Separately("document", consents(false)).Allowed || b.Separately("document", nil).Allowed || b.Separately("shoe-size", consents(true)).Allowed {
		t.Error("each sensitive step has its own given consent")
	}
	old := consents(true)
	for i := range old {
		old[i].Version = "2020-01-01"
	}
	if b.Separately("face", old).Allowed {
		t.Error("a consent to an old wording counts")
	}
	taken := append(consents(true), consents(false)...)
	if b.Separately("face", taken).Allowed {
		t.Error("the last word counts")
	}
}

func TestInformed(t *testing.T) {
	b := law.New().For(operator())
	n, _ := law.NoticeByID("enrolment")
	if !b.Informed(law.Notified{Notice: n, Consents: consents(true)}).Allowed || b.Informed(law.Notified{Notice: n}).Allowed {
		t.Error("notice and consent come first")
	}
	for i := range n.Items {
		cut := n
		cut.Items = slices.Delete(slices.Clone(n.Items), i, i+1)
		if len(cut.Lint()) != 1 || b.Informed(law.Notified{Notice: cut, Consents: consents(true)}).Allowed {
			t.Errorf("a notice without %q passes", n.Items[i].Key)
		}
	}
}

func TestFreedoms(t *testing.T) {
	b := law.New().For(operator())
	if !b.Withdraws().Allowed || !b.Leaves().Allowed || !b.Freezes(true).Allowed || b.Freezes(false).Allowed || !b.Sees(true).Allowed || b.Sees(false).Allowed {
		t.Error("one's own, always; another's, never")
	}
}

// A wording, a language and an operator each have a mark of their own.
func TestCurrent(t *testing.T) {
	b, n := law.New().For(operator()), law.Notices()[0]
	other := law.Operator{Name: identity.Text{ZH: "另一家", EN: "Another"}, Contact: "x@netid.invalid"}
	before, _ := law.NoticeAs("enrolment", "2026-11-23", "en", operator())
	for what, mark := range map[string][]byte{"none": nil, "another notice's": law.Notices()[1].Mark("en", operator()), "another operator's": n.Mark("en", other), "an older version's": before.Digest[:8]} {
		if b.Current(mark).Allowed {
			t.Errorf("%s is current", what)
		}
	}
	if !b.Current(n.Mark("zh-CN", operator())).Allowed || !b.Current(n.Mark("en", operator())).Allowed || law.New().Current(n.Mark("en", operator())).Allowed {
		t.Error("the words in force, in both languages, of a book that names its operator")
	}
}

func TestReports(t *testing.T) {
	if b := law.New().For(operator()); !b.Reports(true).Allowed || b.Reports(false).Allowed {
		t.Error("whoever was asked reports, and nobody else")
	}
}

func TestDeletes(t *testing.T) {
	b := law.New().For(operator())
	if !b.Deletes(true, "").Allowed || !b.Deletes(false, "a law").Allowed || b.Deletes(false, " —").Allowed {
		t.Error("done, or a law that says why not")
	}
}

// What is kept, for how long and by which law; the last record of a month has its whole term.
func TestKeeps(t *testing.T) {
	b := law.New().For(operator())
	november := identity.MonthAt(time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC))
	for kind, want := range map[identity.EventKind]struct {
		class identity.Class
		ends  string
	}{
		identity.SignedIn: {identity.Logs, "2027-06-01"}, identity.Issued: {identity.Logs, "2027-06-01"}, identity.Frozen: {identity.Logs, "2027-06-01"},
		identity.Thawed: {identity.Logs, "2027-06-01"}, identity.Exported: {identity.Logs, "2027-06-01"},
		identity.DocumentTold: {identity.Logs, "2027-06-01"}, identity.HeldByNews: {identity.Logs, "2027-06-01"}, identity.ClosedByNews: {identity.Logs, "2027-06-01"},
		identity.Reopened: {identity.Logs, "2027-06-01"}, identity.GuardianTold: {identity.Logs, "2027-06-01"},
		identity.Consented: {identity.Proofs, "2029-12-01"}, identity.Verified: {identity.Proofs, "2029-12-01"}, identity.Withdrawn: {identity.Proofs, "2029-12-01"},
		identity.Enrolled: {identity.Proofs, "2029-12-01"}, identity.DocumentAdded: {identity.Proofs, "2029-12-01"},
		identity.NoticeAgreed: {identity.Proofs, "2029-12-01"}, identity.ErasureAsked: {identity.Proofs, "2029-12-01"}, identity.ErasureAnswered: {identity.Proofs, "2029-12-01"}, identity.Reported: {},
		identity.Declined: {}, identity.Erased: {}, identity.PartyAdmitted: {}, identity.Restored: {}, identity.Expired: {},
		identity.GuardianReview: {}, identity.PartyInvited: {}, identity.PartyProposed: {}, identity.PartyApproved: {}, identity.OperatorsNamed: {}, identity.PartyReturned: {}, identity.PartyHalted: {}, identity.PartyResumed: {}, identity.PartyGone: {}, identity.PartyCertified: {},
		identity.RightAsked: {identity.Logs, "2027-06-01"}, identity.WishSaid: {identity.Logs, "2027-06-01"}, identity.HeirCopied: {identity.Proofs, "2029-12-01"},
		identity.RightAnswered: {}, identity.RightLate: {},
		identity.FiguresPublished: {}, identity.Recalled: {}, identity.CounterAdded: {}, identity.CounterGone: {},
	} {
		r := b.Keeps(kind)
		if !r.Allowed || r.Class != want.class || (r.Class == identity.Unkept) != (r.Months == 0 && r.Basis == identity.Text{}) {
			t.Errorf("%s: %+v", kind, r)
		}
		if want.class == identity.Unkept {
			continue
		}
		ends := law.Ends(identity.Period{Month: november, Class: r.Class})
		if ends.Format("2006-01-02") != want.ends || r.Basis.ZH == "" || r.Basis.EN == "" {
			t.Errorf("%s: until %s, %v", kind, ends, r.Basis)
		}
		for at, class := range map[time.Time]identity.Class{ends.Add(-time.Second): want.class, ends: identity.Unkept} {
			if c, err := b.Outlasts(kind, november, at); err != nil || c != class {
				t.Errorf("%s at %s: %s, %v", kind, at, c, err)
			}
		}
	}
	oldest := law.OldestHeld(november.Begins())
	if now := november.Begins(); !now.Before(law.Ends(identity.Period{Month: oldest, Class: identity.Proofs})) || now.Before(law.Ends(identity.Period{Month: oldest - 1, Class: identity.Proofs})) {
		t.Errorf("held since %s", oldest)
	}
	for _, kind := range []identity.EventKind{"", "assisted-by-one"} {
		if _, err := b.Class(kind); !fault.Because(err, "retention_unknown") {
			t.Errorf("%q: %v", kind, err)
		}
		if _, err := b.Outlasts(kind, november, time.Time{}); !fault.Because(err, "retention_unknown") {
			t.Errorf("%q: %v", kind, err)
		}
	}
}

func TestNotices(t *testing.T) {
	op := law.Operator{Name: identity.Text{ZH: "某机构", EN: "Some body"}, Contact: "x@netid.invalid"}
	for _, n := range law.Notices() {
		if m := n.Lint(); len(m) > 0 {
			t.Errorf("misses %v", m)
		}
		for _, locale := range []string{"zh-CN", "en"} {
			text := n.Text(locale, op)
			if strings.ContainsAny(text, "{}") || string(n.Digest(locale, op)) == string(n.Digest(locale, law.Operator{Contact: "y"})) && n.ID == "enrolment" {
				t.Errorf("%s in %s: places not filled or digest blind", n.ID, locale)
			}
		}
		if string(n.Digest("en", op)) == string(n.Digest("zh-CN", op)) {
			t.Error("two texts, one digest")
		}
	}
	if n, _ := law.NoticeByID("enrolment"); !strings.Contains(n.Text("zh-CN", op), "某机构") {
		t.Error("the operator is not named")
	}
	for code, text := range law.Reasons() {
		if text.ZH == "" || text.EN == "" {
			t.Errorf("%s has no words", code)
		}
	}
}

// What a person answers is a closed list, and its words are closed lists too: nobody's name gets in.
func TestClaims(t *testing.T) {
	b := law.New().For(operator())
	for _, c := range []struct {
		right identity.Right
		about string
		want  bool
	}{
		{identity.RightExplain, "document_not_valid", true}, {identity.RightExplain, "", false}, {identity.RightExplain, "林一", false}, {identity.RightExplain, "a b", false},
		{identity.RightExplain, strings.Repeat("a", 49), false},
		{identity.RightCorrect, "name", true}, {identity.RightCorrect, "address", false}, {identity.RightCorrect, "document_not_valid", false},
		{"", "name", false}, {"anything", "name", false},
	} {
		if got := b.Claims(c.right, c.about).Allowed; got != c.want {
			t.Errorf("%s %q: %v", c.right, c.about, got)
		}
	}
	asked := time.Date(2026, 11, 30, 15, 59, 0, 0, time.UTC) // the last minute of the day in Shanghai
	if due := law.Due(asked); !due.Equal(time.Date(2026, 12, 15, 16, 0, 0, 0, time.UTC)) {
		t.Error(due)
	}
	if len(law.Explained("document_expired")) != 1 || law.Explained("no_such_reason") != nil {
		t.Error("what stood behind a refusal is not found")
	}
}

func TestInherits(t *testing.T) {
	b := law.New().For(operator())
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	good := law.Heir{Dead: true, Relative: true, Since: now.AddDate(0, 0, -31), Now: now}
	erases := good
	erases.Erases = true
	with := func(h law.Heir, change func(*law.Heir)) law.Heir { change(&h); return h }
	for name, c := range map[string]struct {
		h    law.Heir
		want bool
	}{
		"a copy": {good, true}, "an end": {erases, true},
		"of the living":              {with(good, func(h *law.Heir) { h.Dead = false }), false},
		"by a stranger":              {with(good, func(h *law.Heir) { h.Relative = false }), false},
		"a copy, against the wish":   {with(good, func(h *law.Heir) { h.Wish = identity.WishErase }), false},
		"an end, with the wish":      {with(erases, func(h *law.Heir) { h.Wish = identity.WishErase }), true},
		"an end, against the wish":   {with(erases, func(h *law.Heir) { h.Wish = identity.WishClosed }), false},
		"a copy of what is closed":   {with(good, func(h *law.Heir) { h.Wish = identity.WishClosed }), false},
		"an end, too soon":           {with(erases, func(h *law.Heir) { h.Since = now.AddDate(0, 0, -29) }), false},
		"an end, of nobody knows":    {with(erases, func(h *law.Heir) { h.Since = time.Time{} }), false},
		"an end, of a living person": {with(erases, func(h *law.Heir) { h.Dead = false }), false},
	} {
		if got := b.Inherits(c.h).Allowed; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
