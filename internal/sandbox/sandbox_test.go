package sandbox_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/sandbox"
)

func now() time.Time { return time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC) }

func found(t testing.TB, at time.Time) (*sandbox.Population, string) {
	t.Helper()
	dir := t.TempDir()
	p, err := sandbox.Found(dir, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func TestNobodyCanBeTakenForARealPerson(t *testing.T) {
	p, dir := found(t, now())
	seen := map[string]bool{}
	for _, c := range p.Cards() {
		who, ok := p.Persona(c.Owner)
		if !ok {
			t.Fatalf("%s is nobody's", c.ID)
		}
		if !strings.HasPrefix(who.Person.ZH, "沙盒·") || !strings.HasPrefix(who.Person.EN, "Sandbox ") || !strings.HasPrefix(who.Phone, "100") || len(who.Phone) != 11 {
			t.Errorf("%+v could be somebody", who)
		}
		synthetic, err := document.CheckNumber(c.Kind, c.Number, identity.Today(now()))
		if wrong := c.ID == "wrong-digit-card"; wrong != fault.Because(err, "id_number_invalid") || !wrong && (err != nil || !synthetic) {
			t.Errorf("%s: %s: synthetic %v, %v", c.ID, c.Number, synthetic, err)
		}
		if renewed := c.Owner == "renewing"; seen[c.ID] || seen[c.Number] && !renewed || c.Label.ZH == "" || c.Label.EN == "" || c.Note.ZH == "" || c.Note.EN == "" {
			t.Errorf("%s: twice, or without words", c.ID)
		}
		seen[c.ID], seen[c.Number] = true, true
	}
	for _, root := range p.CSCA() {
		if !strings.Contains(strings.ToLower(root.Subject.String()), "sandbox") {
			t.Errorf("the root %s does not say what it is", root.Subject)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "authority", "csca.pem")); err != nil || bytes.Count(b, []byte("BEGIN CERTIFICATE")) != 2 {
		t.Errorf("csca.pem: %v", err)
	}
}

func TestPersonas(t *testing.T) {
	for _, at := range []time.Time{now(), time.Date(2027, 2, 28, 16, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC),
		time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC)} {
		p, _ := found(t, at)
		var names []string
		for _, who := range p.Personas() {
			names = append(names, who.Name)
			if len(who.Cards) == 0 || who.DocumentNumber == "" {
				t.Errorf("%s has no card", who.Name)
			}
		}
		if strings.Join(names, " ") != "adult elder overseas lost-phone frozen revoked deceased hongkong taiwan hk-resident tw-resident foreigner guardian guardian-2 infant child-9 teen-16 turning-14 turning-18" {
			t.Fatalf("personas: %v", names)
		}
		ages := map[string]int{"adult": 31, "elder": 76, "overseas": 42, "child": 9, "youth": 16, "guardian": 38, "infant": 0, "child-9": 9, "teen-16": 16, "turning-14": 13, "turning-18": 17, "trial-1": 22, "trial-6": 57}
		for name, age := range ages {
			if who, ok := p.Persona(name); !ok || who.BirthDate.Age(identity.Today(at)) != age {
				t.Errorf("%s on %s: %v, born %s", name, at, ok, who.BirthDate)
			}
		}
		a, _ := p.Persona("adult")
		if a.DocumentKind != identity.ResidentCard || strings.Join(a.Cards, " ") != "adult-card adult-passport" {
			t.Errorf("adult: %+v", a)
		}
		if o, _ := p.Persona("overseas"); o.DocumentKind != identity.PassportAbroad {
			t.Errorf("overseas: %+v", o)
		}
		if _, ok := p.Persona("nobody"); ok {
			t.Error("nobody is somebody")
		}
	}
}

func TestFoundingIsOnceAndForAll(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	sets := make([][]byte, 4)
	for i := range sets {
		wg.Go(func() {
			p, err := sandbox.Found(dir, now)
			if err != nil {
				t.Error(err)
				return
			}
			sets[i], _ = json.Marshal(p.Cards())
		})
	}
	wg.Wait()
	for _, s := range sets {
		if !bytes.Equal(s, sets[0]) || len(s) == 0 {
			t.Fatal("two founders, two populations")
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "authority" {
		t.Errorf("left behind: %v %v", entries, err)
	}
	read := func() (all []byte) {
		for _, f := range []string{"register.json", "cards.json", "csca.pem", "sam.key"} {
			b, err := os.ReadFile(filepath.Join(dir, "authority", f))
			if err != nil {
				t.Fatal(err)
			}
			if i, err := os.Stat(filepath.Join(dir, "authority", f)); err != nil || i.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", f, i.Mode(), err)
			}
			all = append(all, b...)
		}
		return all
	}
	before := read()
	later, err := sandbox.Found(dir, func() time.Time { return now().AddDate(5, 0, 0) })
	if err != nil || !bytes.Equal(before, read()) || len(later.CSCA()) != 2 {
		t.Errorf("the second start changed something: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "authority", "sam.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.Found(dir, now); err == nil {
		t.Error("half a population passes for a whole one")
	}
	if _, err := sandbox.OpenRegister(t.TempDir()); err == nil {
		t.Error("a register where none is")
	}
}

func TestPresentOfNoCard(t *testing.T) {
	p, _ := found(t, now())
	for _, id := range []string{"", "../authority", "adult"} {
		if _, err := p.Present(id, make([]byte, 8)); !fault.Is(err, fault.NotFound) || !fault.Because(err, "card_unknown") {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestRegister(t *testing.T) {
	p, dir := found(t, now())
	r, err := sandbox.OpenRegister(dir)
	if err != nil {
		t.Fatal(err)
	}
	challenge := []byte("8 bytes!")
	decode := func(card string, challenge []byte) (identity.Document, identity.PersonHandle, error) {
		evidence, err := p.Present(card, challenge)
		if err != nil {
			t.Fatal(err)
		}
		var e document.CardEvidence
		if err := json.Unmarshal(evidence, &e); err != nil {
			t.Fatal(err)
		}
		return r.Decode(e.Transcript, []byte("8 bytes!"))
	}
	doc, who, err := decode("elder-card", challenge)
	if err != nil || !doc.Long || doc.Name != "沙盒·林老" || who == "" {
		t.Fatalf("%+v %v", doc, err)
	}
	elder, _ := p.Persona("elder")
	if !r.PhoneOnFile(who, elder.Phone) || r.PhoneOnFile(who, "10000000001") || r.PhoneOnFile("sandbox-nobody", elder.Phone) {
		t.Error("telephones on file")
	}
	if again, err := r.Resolve(doc); err != nil || again != who {
		t.Error("decode and resolve disagree")
	}
	for what, change := range map[string]func(*identity.Document){
		"another birth": func(d *identity.Document) { d.Birth.Day++ }, "another number": func(d *identity.Document) { d.Number = "990101195001011234" },
		"another kind": func(d *identity.Document) { d.Kind = identity.PassportAbroad }, "another expiry": func(d *identity.Document) { d.Long = false }} {
		other := doc
		change(&other)
		if _, err := r.Resolve(other); !fault.Because(err, "document_not_valid") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, _, err := decode("elder-card", []byte("another!")); !fault.Because(err, "chip_authentication_failed") {
		t.Errorf("a transcript of another challenge: %v", err)
	}
	if _, _, err := decode("lost-card", challenge); !fault.Because(err, "document_not_valid") {
		t.Errorf("a lost card: %v", err)
	}
	if _, _, err := r.Decode([]byte("x"), challenge); !fault.Because(err, "chip_authentication_failed") {
		t.Errorf("no transcript: %v", err)
	}
}

func BenchmarkFound(b *testing.B) {
	for b.Loop() {
		if _, err := sandbox.Found(b.TempDir(), now); err != nil {
			b.Fatal(err)
		}
	}
}
