package kit_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	"netid/internal/act/enrol"
	"netid/internal/act/guard"
	"netid/internal/act/signin"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/test/kit"
)

// Who holds somebody's card and any telephone walks through an enrolment, and who
// has a number types it at "I lost my phone". Neither is told by a page who is
// enrolled here, and neither can measure it: these tests count what a step does
// (queries, commits, hashes, signatures, passcodes derived) through the interfaces
// that the acts declare, and hold it to be the same (K14).

// tally counts by word.
type tally struct {
	mu sync.Mutex // guards n
	n  map[string]int
}

func (c *tally) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
}

// taken runs a step and gives what it did.
func (c *tally) taken(k *kit.Kit, do func() error) (map[string]int, error) {
	reads, commits := k.Store.Reads(), k.Store.Commits()
	c.mu.Lock()
	c.n = map[string]int{}
	c.mu.Unlock()
	err := do()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n["reads"], c.n["commits"] = int(k.Store.Reads()-reads), int(k.Store.Commits()-commits)
	return maps.Clone(c.n), err
}

// countedCover counts hashes, signatures checked, and what is sealed and opened.
type countedCover struct {
	signin.Cover // the larger of the two that acts declare
	*tally
}

func (c countedCover) Digest(parts ...[]byte) [32]byte {
	c.count("digest")
	return c.Cover.Digest(parts...)
}
func (c countedCover) Equal(a, b []byte) bool      { c.count("equal"); return c.Cover.Equal(a, b) }
func (c countedCover) Random(n int) []byte         { c.count("random"); return c.Cover.Random(n) }
func (c countedCover) ID(h identity.Handle) []byte { c.count("digest"); return c.Cover.ID(h) }
func (c countedCover) Seal(h identity.Handle, v any) ([]byte, error) {
	c.count("seal")
	return c.Cover.Seal(h, v)
}
func (c countedCover) Open(h identity.Handle, b []byte, v any) error {
	c.count("unseal")
	return c.Cover.Open(h, b, v)
}
func (c countedCover) VerifyES256(jwk, message, signature []byte) error {
	c.count("signature")
	return c.Cover.VerifyES256(jwk, message, signature)
}

// countedVault counts what the vault does for an enrolment. A passcode that is
// derived and one that is compared are one piece of work, by far the largest.
type countedVault struct {
	enrol.Vault
	*tally
}

func (v countedVault) NewVerifier(p identity.Passcode) []byte {
	v.count("passcode")
	return v.Vault.NewVerifier(p)
}
func (v countedVault) PasscodeMatches(o identity.Opened, p identity.Passcode) bool {
	v.count("passcode")
	return v.Vault.PasscodeMatches(o, p)
}
func (v countedVault) HandleIndex(h identity.PersonHandle) [][]byte {
	v.count("index")
	return v.Vault.HandleIndex(h)
}
func (v countedVault) DocumentIndex(kind identity.DocumentKind, number string) [][]byte {
	v.count("index")
	return v.Vault.DocumentIndex(kind, number)
}
func (v countedVault) CounterIndex(kind string, parts ...[]byte) []byte {
	v.count("index")
	return v.Vault.CounterIndex(kind, parts...)
}
func (v countedVault) Find(ctx context.Context, names [][]byte) (identity.PersonID, error) {
	v.count("find")
	return v.Vault.Find(ctx, names)
}
func (v countedVault) Open(ctx context.Context, id identity.PersonID) (identity.Opened, error) {
	v.count("open")
	return v.Vault.Open(ctx, id)
}

// countedRegister counts what the authority is asked.
type countedRegister struct {
	enrol.Register
	*tally
}

func (r countedRegister) PhoneOnFile(ctx context.Context, h identity.PersonHandle, phone string) (bool, error) {
	r.count("authority")
	return r.Register.PhoneOnFile(ctx, h, phone)
}
func (r countedRegister) Guardians(ctx context.Context, h identity.PersonHandle) ([]identity.PersonHandle, error) {
	r.count("authority")
	return r.Register.Guardians(ctx, h)
}

func counting(k *kit.Kit) *tally {
	c := &tally{n: map[string]int{}}
	k.Enrol.Cover = countedCover{k.Signin.Cover, c}
	k.Enrol.Vault = countedVault{k.Enrol.Vault, c}
	k.Enrol.Register = countedRegister{k.Enrol.Register, c}
	k.Guard.Register = countedKin{k.Guard.Register, c}
	k.Signin.Cover = countedCover{k.Signin.Cover, c}
	return c
}

type countedKin struct {
	guard.Register
	*tally
}

func (r countedKin) Guardians(ctx context.Context, h identity.PersonHandle) ([]identity.PersonHandle, error) {
	r.count("authority")
	return r.Register.Guardians(ctx, h)
}

// step is what an outsider met at one: what it did, what it said, and the page after it.
type step struct {
	name string
	did  map[string]int
	said string
	page enrol.View
}

// walk goes through an enrolment of somebody's document up to the step that ends
// it, with a passcode that is not theirs and one wrong code on the way.
func walk(t *testing.T, c *tally, whose *kit.Citizen) (all []step) {
	t.Helper()
	ctx := t.Context()
	o := *whose
	o.Passcode, o.Device, o.Telephone = "58213649", kit.NewDevice(), ""
	o.Draft = identity.Handle{}
	steps := o.Steps(ctx)
	at := slices.IndexFunc(steps, func(s kit.Step) bool { return s.Name == "code" })
	steps = slices.Insert(steps, at, kit.Step{Name: "a wrong code", Do: func() error { return o.Kit.Enrol.Code(ctx, o.Draft, "no code") }},
		kit.Step{Name: "another code", Do: func() error { return o.Kit.Enrol.Phone(ctx, o.Draft, o.Phone(), "zh-CN") }})
	at = slices.IndexFunc(steps, func(s kit.Step) bool { return s.Name == "confirm" })
	for _, s := range steps[:at] {
		did, err := c.taken(o.Kit, s.Do)
		if err != nil && s.Name != "a wrong code" {
			t.Fatalf("%s: %v", s.Name, err)
		}
		view, err2 := o.Kit.Enrol.View(ctx, o.Draft)
		if err2 != nil {
			t.Fatal(err2)
		}
		view.Proof, view.Expires = "", view.Expires.Add(-view.Expires.Sub(kit.Start)) // random, and the clock's
		all = append(all, step{s.Name, did, fmt.Sprint(err), view})
	}
	return all
}

func same(t *testing.T, name string, want, got []step) {
	t.Helper()
	if len(want) != len(got) || len(want) < 10 {
		t.Fatalf("%s: %d steps, %d", name, len(want), len(got))
	}
	for i, w := range want {
		if !reflect.DeepEqual(w.did, got[i].did) {
			t.Errorf("%s, %s: %v\nwho is not enrolled: %v", name, w.name, got[i].did, w.did)
		}
		if w.said != got[i].said || !reflect.DeepEqual(w.page, got[i].page) {
			t.Errorf("%s, %s: %s %+v\nwho is not enrolled: %s %+v", name, w.name, got[i].said, got[i].page, w.said, w.page)
		}
	}
}

func TestEnrolmentTellsAnOutsiderNothing(t *testing.T) {
	k := kit.New(t, law.New())
	count := counting(k)
	c := k.Adult(1)
	first := walk(t, count, c)
	for _, s := range first { // the counters count
		want := map[string]string{"start": "seal", "card": "unseal", "phone": "index", "passcode": "passcode"}[s.name]
		if s.did["commits"] == 0 || want != "" && s.did[want] == 0 || s.name != "start" && s.did["reads"] == 0 {
			t.Errorf("%s: %v", s.name, s.did)
		}
	}
	member := func() {
		t.Helper()
		if err := c.Enrol(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.Advance(25 * 60 * 60 * 1e9) // another day: no telephone is asked too often
	}
	member()
	same(t, "enrolled", first, walk(t, count, c))
	if err := k.Issue.Freeze(t.Context(), c.Session); err != nil {
		t.Fatal(err)
	}
	same(t, "frozen", first, walk(t, count, c))
	if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	k.Advance(25 * 60 * 60 * 1e9)
	same(t, "erased", first, walk(t, count, c))
	member()
	same(t, "enrolled again", first, walk(t, count, c))
}

// A minor's application takes the same whether or not a guardian is enrolled.
func TestAMinorsApplicationTellsNothingOfTheGuardian(t *testing.T) {
	k := kit.New(t, law.New())
	count := counting(k)
	ctx := t.Context()
	mother := k.Adult(1)
	apply := func(n int) (all []step) {
		teen := k.Person(n, identity.Date{Year: 2010, Month: 3, Day: 7}).Of(mother)
		if err := teen.Until(ctx, "confirm"); err != nil {
			t.Fatal(err)
		}
		for _, s := range []kit.Step{{Name: "ask", Do: func() error { return k.Enrol.AskGuardian(ctx, teen.Draft) }},
			{Name: "hear", Do: func() error { return k.Enrol.HearGuardian(ctx, teen.Draft) }}} {
			did, err := count.taken(k, s.Do)
			all = append(all, step{name: s.Name, did: did, said: fmt.Sprint(err)})
		}
		return all
	}
	without := apply(2)
	if err := mother.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	for i, s := range apply(3) {
		if w := without[i]; !reflect.DeepEqual(w.did, s.did) || w.said != s.said || s.did["reads"] < 8 {
			t.Errorf("%s: %v %s\nwho is not enrolled: %v %s", s.name, s.did, s.said, w.did, w.said)
		}
	}
}

// A wrong code for a number that is somebody's takes what it takes for one that is
// nobody's, and is refused in the same words.
func TestALostPhoneTellsAnOutsiderNothing(t *testing.T) {
	k := kit.New(t, law.New())
	count := counting(k)
	ctx := t.Context()
	lost := func(n identity.Number) (map[string]int, error) {
		return count.taken(k, func() error { return k.Signin.Lost(ctx, string(n), identity.NewRecoveryCode().Digits(), true) })
	}
	none, refusal := lost(identity.NewNumber())
	if refusal == nil || none["reads"] < 3 || none["digest"] == 0 || none["equal"] == 0 {
		t.Fatalf("%v %v", none, refusal)
	}
	c := k.Adult(1)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	number := c.Grant.Number
	var codes []identity.RecoveryCode
	for _, change := range []struct {
		name string
		do   func() error
	}{
		{"without codes", func() error { return nil }},
		{"with codes", func() (err error) { _, codes, err = k.Signin.Codes(ctx, c.Session, c.Passcode); return err }},
		{"frozen", func() error { return k.Issue.Freeze(ctx, c.Session) }},
		{"with a code that was used", func() error { return k.Signin.Lost(ctx, string(number), codes[0].Digits(), false) }},
	} {
		if err := change.do(); err != nil {
			t.Fatal(change.name, err)
		}
		if did, err := lost(number); !reflect.DeepEqual(did, none) || fault.Public(err) != fault.Public(refusal) {
			t.Errorf("a number %s: %v %v\nof nobody: %v %v", change.name, did, err, none, refusal)
		}
	}
}

// An index key is never retired: who was claimed under the newest is looked for
// under the others, too, as nobody is.
func TestAfterARotationNobodyIsFoundSlower(t *testing.T) {
	k := kit.New(t, law.New())
	k.Enrol = node(k, suite.Version{Turn: 1, Key: suite.NewSecret(identity.ES256)}, suite.Version{Key: suite.NewSecret(identity.ES256)})
	k.Enrol.Guardians = k.Guard
	c := k.Adult(1)
	if err := c.Until(t.Context(), "issue"); err != nil {
		t.Fatal(err)
	}
	reads := func(h identity.PersonHandle) uint64 {
		before := k.Store.Reads()
		if _, err := k.Enrol.Vault.Find(t.Context(), k.Enrol.Vault.HandleIndex(h)); (err == nil) != (h == c.Handle) {
			t.Errorf("%s: %v", h, err)
		}
		return k.Store.Reads() - before
	}
	if found, missing := reads(c.Handle), reads("nobody's"); found != missing || found != 2 {
		t.Errorf("%d queries for who is there, %d for nobody", found, missing)
	}
}

// BenchmarkOutsider compares by the clock what the tests above compare by count:
// go test -run - -bench Outsider -benchtime 8x ./test/kit (a passcode is tried ten
// times a month).
func BenchmarkOutsider(b *testing.B) {
	for _, enrolled := range []bool{false, true} {
		name := map[bool]string{false: "nobody", true: "enrolled"}[enrolled]
		k := kit.New(b, law.New())
		k.Enrol.Pace = enrol.Pace{Hourly: 1 << 20, Daily: 1 << 20}
		c, number := k.Adult(1), identity.NewNumber()
		if enrolled {
			if err := c.Enrol(b.Context()); err != nil {
				b.Fatal(err)
			}
			number = c.Grant.Number
		}
		b.Run("passcode/"+name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				o := *c
				o.Passcode = "58213649"
				if err := o.Until(b.Context(), "passcode"); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := k.Enrol.Passcode(b.Context(), o.Draft, o.Passcode, o.Passcode); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("lost/"+name, func(b *testing.B) {
			for b.Loop() {
				if err := k.Signin.Lost(b.Context(), string(number), identity.NewRecoveryCode().Digits(), true); err == nil {
					b.Fatal("a guess")
				}
			}
		})
	}
}
