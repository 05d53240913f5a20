package enrol_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// home is somebody who is enrolled and signed in.
func home(t *testing.T, k *kit.Kit, n int) *kit.Citizen {
	t.Helper()
	c := k.Adult(n)
	if err := c.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func data(t *testing.T, c *kit.Citizen) identity.Person {
	t.Helper()
	p, err := c.Look.Data(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func held(t *testing.T, k *kit.Kit, d identity.Document) (who identity.PersonID, is bool) {
	t.Helper()
	id, err := k.Vault.Find(t.Context(), k.Vault.DocumentIndex(d.Kind, d.Number))
	if err != nil && !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	return id, err == nil
}

// What becomes of a person's documents, their name and their birth, and of the
// blind indexes, by each thing that can happen to a card. The number stays.
func TestDocumentsOfOnePerson(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := home(t, k, 1)
	number, card := c.Grant.Number, c.Document
	passport := card
	passport.Kind, passport.Number, passport.Name, passport.Origin, passport.Active = identity.PassportAbroad, "EI9900001", "SANDBOX CE SHI", identity.CheckedHere, true
	renewed := card
	renewed.Expires.Year += 10
	renamed := renewed
	renamed.Name = "沙盒·改名"
	corrected := renamed
	corrected.Number, corrected.Birth = "990101199003080001", identity.Date{Year: 1990, Month: 3, Day: 8}
	book := passport
	book.Number, book.Name = "EI9900002", "SANDBOX GAI MING"
	for _, step := range []struct {
		doc  identity.Document
		word string
		name string
		docs []identity.Document
		free []identity.Document // whose number is anybody's again
	}{
		{passport, "added", card.Name, []identity.Document{card, passport}, nil},
		{renewed, "renewed", card.Name, []identity.Document{passport, renewed}, nil},
		{renamed, "renamed", "沙盒·改名", []identity.Document{passport, renamed}, nil},
		{corrected, "renumbered", "沙盒·改名", []identity.Document{passport, corrected}, []identity.Document{card}},
		{book, "renumbered", "沙盒·改名", []identity.Document{corrected, book}, []identity.Document{passport}},
		{book, "renewed", "沙盒·改名", []identity.Document{corrected, book}, nil},
	} {
		if err := c.Add(ctx, step.doc); err != nil {
			t.Fatalf("%s: %v", step.word, err)
		}
		if c.Grant.Number != number || !c.Grant.Again {
			t.Fatalf("%s: number %s", step.word, c.Grant.Number)
		}
		p := data(t, c)
		if p.Name != step.name || p.Birth != step.doc.Birth || len(p.Documents) != len(step.docs) || p.Phone != c.Phone() {
			t.Fatalf("%s: %+v", step.word, p)
		}
		for i, d := range step.docs {
			if p.Documents[i] != d {
				t.Errorf("%s: document %d is %+v", step.word, i, p.Documents[i])
			}
			if who, is := held(t, k, d); !is || who != c.Grant.Person {
				t.Errorf("%s: the number of %s leads to nobody", step.word, d.Kind)
			}
		}
		for _, d := range step.free {
			if _, is := held(t, k, d); is {
				t.Errorf("%s: the number that was given up is still theirs", step.word)
			}
		}
		records, err := k.Look.Records(ctx, c.Session)
		if err != nil || records[0].Event.Kind != identity.DocumentAdded || !strings.HasSuffix(records[0].Event.Detail, "/"+step.word) {
			t.Fatalf("%s: %+v %v", step.word, records[0].Event, err)
		}
	}
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	for _, d := range []identity.Document{card, passport, corrected, book} {
		if _, is := held(t, k, d); is {
			t.Errorf("the number of %s outlives its person", d.Kind)
		}
	}
}

// A number that was given up is another's from then on (two people had been
// given one): before, they are refused and nobody is made one with anybody (K10).
func TestContestedNumbers(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := home(t, k, 1)
	other := k.Adult(2)
	other.Document.Number = c.Document.Number
	if err := other.Enrol(ctx); !fault.Because(err, "document_contested") || !fault.Is(err, fault.Conflict) {
		t.Fatalf("a number that somebody has: %v", err)
	}
	third := home(t, k, 3)
	taken := c.Document
	if err := third.Add(ctx, taken); !fault.Because(err, "document_contested") {
		t.Fatalf("a number that somebody has, beside one's own: %v", err)
	}
	if p := data(t, third); len(p.Documents) != 1 || p.Documents[0] != third.Document {
		t.Fatalf("%+v", p.Documents)
	}
	corrected := c.Document
	corrected.Number = "990101199003070009"
	if err := c.Add(ctx, corrected); err != nil {
		t.Fatal(err)
	}
	again := k.Adult(2)
	again.Document.Number = taken.Number
	if err := again.Enrol(ctx); err != nil {
		t.Fatalf("after it was given up: %v", err)
	}
}

// Somebody else's document is refused word for word like one that the register
// does not know, whether its holder is enrolled, a child, or nobody here (K08, K10, K14).
func TestAnothersDocumentTellsNothing(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c, neighbour := home(t, k, 1), home(t, k, 2)
	child := k.Person(5, identity.Date{Year: 2020, Month: 1, Day: 1})
	var heard []string
	for _, of := range []*kit.Citizen{neighbour, k.Adult(4), child, nil} {
		doc, steps := c.Document, []kit.Step(nil)
		if of != nil {
			doc = of.Document
			mine := *c
			mine.Handle = of.Handle
			steps = mine.Adding(ctx, doc)
			c.Draft = mine.Draft
		} else {
			k.Desk.Refuse = fault.New("register", fault.Invalid, "document_not_valid")
			steps = c.Adding(ctx, doc)
		}
		var err error
		for _, s := range steps {
			if err = s.Do(); err != nil {
				if s.Name != "card" {
					t.Fatalf("%s: %v", s.Name, err)
				}
				break
			}
		}
		if !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v", err)
		}
		heard = append(heard, fault.Public(err))
	}
	for _, word := range heard {
		if word != "document_not_valid" {
			t.Errorf("heard %v", heard)
		}
	}
	if p := data(t, c); len(p.Documents) != 1 || p.Documents[0] != c.Document {
		t.Errorf("%+v", p.Documents)
	}
}

func TestKeepRefuses(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c, other := home(t, k, 1), home(t, k, 2)
	renewed := c.Document
	renewed.Expires.Year++
	before := func(c *kit.Citizen) {
		t.Helper()
		for _, s := range c.Adding(ctx, renewed)[:5] {
			if err := s.Do(); err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
		}
	}
	if _, err := k.Enrol.Add(ctx, identity.Session{}, string(identity.ResidentCard)); !fault.Because(err, "session_over") {
		t.Errorf("nobody signed in: %v", err)
	}
	for kind, want := range map[string]string{"driving-licence": "document_kind_unknown", string(identity.PermitTaiwan): "document_kind_not_served"} {
		if _, err := k.Enrol.Add(ctx, c.Session, kind); !fault.Because(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	before(c)
	if v, err := k.Enrol.View(ctx, c.Draft); err != nil || v.Next != enrol.StepKeep || !v.Adds || v.Before == nil || v.Before.Expires != c.Document.Expires || v.Document.Expires != renewed.Expires {
		t.Fatalf("%+v %v", v, err)
	}
	for name, c := range map[string]struct {
		do   func() error
		want string
	}{
		"another's session": {func() error { _, err := k.Enrol.Keep(ctx, other.Session, c.Draft, other.Passcode); return err }, "draft_unknown"},
		"no session":        {func() error { _, err := k.Enrol.Keep(ctx, identity.Session{}, c.Draft, c.Passcode); return err }, "session_over"},
		"a wrong passcode":  {func() error { _, err := k.Enrol.Keep(ctx, c.Session, c.Draft, "73914629"); return err }, "passcode_wrong"},
		"as an enrolment":   {func() error { _, err := k.Enrol.Confirm(ctx, c.Draft, c.Device.JWK, nil); return err }, "step_order"},
		"a telephone":       {func() error { return k.Enrol.Phone(ctx, c.Draft, c.Phone(), "en") }, "step_order"},
		"a passcode":        {func() error { return k.Enrol.Passcode(ctx, c.Draft, "73914629", "73914629") }, "step_order"},
	} {
		if err := c.do(); !fault.Because(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := k.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode); !fault.Because(err, "draft_unknown") {
		t.Errorf("kept twice: %v", err)
	}
	before(c)
	if _, err := k.Erase.Erase(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode); err == nil {
		t.Error("kept for somebody who erased themselves")
	}
	enrolling := k.Adult(7)
	for _, s := range enrolling.Steps(ctx)[:10] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Enrol.Keep(ctx, other.Session, enrolling.Draft, other.Passcode); !fault.Because(err, "step_order") {
		t.Errorf("an enrolment kept: %v", err)
	}
}

// The register may say of a handle what it did not say when the card was read;
// the commit holds it again.
func TestKeepAsksAgainWhoseItIs(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := home(t, k, 1)
	for _, s := range c.Adding(ctx, c.Document)[:5] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	k.Enrol.Vault = elsewhere{k.Vault}
	if _, err := k.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode); !fault.Because(err, "document_not_valid") {
		t.Error(err)
	}
}

// A session that ended while the document was kept keeps nothing: the person's
// epoch is held in the commit.
func TestKeepHoldsTheEpoch(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := home(t, k, 1)
	for _, s := range c.Adding(ctx, c.Document)[:5] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	k.Enrol.Vault = raised{k.Vault}
	if _, err := k.Enrol.Keep(ctx, c.Session, c.Draft, c.Passcode); !fault.Because(err, "try_again") {
		t.Error(err)
	}
}

type raised struct{ enrol.Vault }

func (r raised) Visit(ctx context.Context, s identity.Session) (identity.Opened, error) {
	o, err := r.Vault.Visit(ctx, s)
	o.Epoch++
	return o, err
}

type elsewhere struct{ enrol.Vault }

func (elsewhere) Find(context.Context, [][]byte) (identity.PersonID, error) {
	return identity.NewPersonID(), nil
}

// Two windows of one person at once: one document stands, its number is theirs,
// and the ledger is whole.
func TestTwoDocumentsOfAKindAtOnce(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := home(t, k, 1)
	var wg sync.WaitGroup
	errs, docs := make([]error, 5), make([]identity.Document, 5) // as many as may type a passcode at once
	for i := range errs {
		mine := *c
		docs[i] = c.Document
		docs[i].Number = docs[i].Number[:16] + "9" + string(rune('0'+i))
		steps := mine.Adding(ctx, docs[i])
		for _, s := range steps[:5] {
			if err := s.Do(); err != nil {
				t.Fatal(err)
			}
		}
		wg.Go(func() { errs[i] = steps[5].Do() })
	}
	wg.Wait()
	p := data(t, c)
	if len(p.Documents) != 1 {
		t.Fatalf("%+v", p.Documents)
	}
	kept := 0
	for i, err := range errs {
		_, is := held(t, k, docs[i])
		if is != (docs[i] == p.Documents[0]) {
			t.Errorf("%s: held %v, kept %s", docs[i].Number, is, p.Documents[0].Number)
		}
		switch {
		case err == nil:
			kept++
		case !fault.Because(err, "try_again"):
			t.Error(err)
		}
	}
	if report, err := ledger.Verify(ctx, k.Store, k.Keeper); err != nil || len(report.Problems) != 0 || kept == 0 {
		t.Errorf("%d kept, %v %v", kept, report.Problems, err)
	}
}
