package kit_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/store/storetest"
	"netid/internal/suite"
	"netid/internal/vault"
)

// turns are the versions of one key in a test's hand, newest first.
type turns struct {
	all atomic.Pointer[[]suite.Version]
}

func newTurns() *turns {
	k := &turns{}
	k.all.Store(&[]suite.Version{{Key: suite.NewSecret(identity.ES256)}})
	return k
}

func (k *turns) live() []suite.Version { return *k.all.Load() }

func (k *turns) rotate() {
	next := suite.Version{Turn: k.live()[0].Turn + 1, Key: suite.NewSecret(identity.ES256)}
	all := append([]suite.Version{next}, k.live()...)
	k.all.Store(&all)
}

// retired are the versions of before: what is left is the newest.
func (k *turns) retire() { all := k.live()[:1]; k.all.Store(&all) }

// crowd is many persons on a real store and shelf, without acts.
type crowd struct {
	t                                       *testing.T
	dir                                     string
	who, pseudonyms, history, shelfKey, own *turns
	store                                   *store.Store
	shelf                                   *vault.FileShelf
	vault                                   *vault.Vault
	people                                  []member
}

type member struct {
	id     identity.PersonID
	cert   identity.CertificateID
	number identity.Number
}

func newCrowd(t *testing.T) *crowd {
	c := &crowd{t: t, dir: t.TempDir(), who: newTurns(), pseudonyms: newTurns(), history: newTurns(), shelfKey: newTurns(), own: newTurns()}
	c.open()
	t.Cleanup(c.close)
	return c
}

func (c *crowd) open() {
	c.t.Helper()
	db, err := sqlite.Open(filepath.Join(c.dir, "netid.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.store, err = store.Open(context.Background(), db, storetest.Keeper(), time.Now); err != nil {
		c.t.Fatal(err)
	}
	if c.shelf, err = vault.OpenShelf(filepath.Join(c.dir, "people.shelf"), c.shelfKey.live); err != nil {
		c.t.Fatal(err)
	}
	c.vault = c.over(c.store, c.shelf)
}

func (c *crowd) over(rows vault.Rows, shelf vault.Shelf) *vault.Vault {
	return vault.New(vault.Secrets{Identity: c.who.live, Subject: c.pseudonyms.live, Record: c.history.live, Index: c.own.live,
		Service: c.own.live()[0].Key, Pepper: c.own.live}, rows, shelf, time.Now)
}

func (c *crowd) close() { c.store.Close(); c.shelf.Close() }

// compose makes a person with a certificate, and does not store them yet.
func (c *crowd) compose() (member, []identity.Verb) {
	o, keys, err := c.vault.Create(identity.NewPersonID())
	if err != nil {
		c.t.Error(err)
		return member{}, nil
	}
	m := member{id: o.ID, cert: identity.NewCertificateID(), number: identity.NewNumber()}
	o.Profile = identity.Profile{Number: m.number, Root: suite.Random(32), Enrolled: time.Unix(1, 0).UTC(), Expires: time.Unix(2, 0).UTC()}
	row, err := c.vault.SealCertificate(o, identity.Certificate{ID: m.cert, Person: o.ID, Device: []byte("{}")})
	if err != nil {
		c.t.Error(err)
	}
	return m, []identity.Verb{identity.OpenPerson{ID: o.ID, Keys: keys, Profile: c.vault.SealProfile(o, o.Profile)}, identity.BindCertificate{Certificate: row, Standing: identity.Active}}
}

// grow enrols so many, a hundred to an event.
func (c *crowd) grow(n int) {
	c.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(n))
	for range 64 {
		all.Go(func() {
			for {
				var some []member
				var verbs []identity.Verb
				for len(some) < 100 && left.Add(-1) >= 0 {
					m, v := c.compose()
					some, verbs = append(some, m), append(verbs, v...)
				}
				if len(some) == 0 {
					return
				}
				if err := c.store.Commit(c.t.Context(), identity.Change{Entry: storetest.Entry(), Verbs: verbs}); err != nil {
					c.t.Error(err)
					return
				}
				mu.Lock()
				c.people = append(c.people, some...)
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

var errPower = errors.New("the power is gone")

// mains is a store whose power goes at a step: before it is written, or after.
type mains struct {
	*store.Store
	left  int
	after bool
	steps *int
}

func (m *mains) Jot(ctx context.Context, notes ...identity.Note) error {
	if m.left == 0 {
		if m.after {
			m.Store.Jot(ctx, notes...)
		}
		return errPower
	}
	m.left--
	*m.steps++
	return m.Store.Jot(ctx, notes...)
}

// rewrap wraps everybody anew; at the power cuts that chance gives it opens all
// anew and goes on. It says how many there were.
func (c *crowd) rewrap(batch int, chance func() int, meanwhile func()) (cuts, steps int, last map[string]identity.Rewrap) {
	c.t.Helper()
	last = map[string]identity.Rewrap{}
	for ; ; cuts++ {
		power := chance()
		a := &vault.Anew{Vault: c.vault, Shelf: c.shelf, Store: &mains{c.store, power, power%2 == 0, &steps}, Batch: batch,
			Rest: func(ctx context.Context) error { meanwhile(); return ctx.Err() },
			Said: func(p identity.Rewrap) {
				if was := last[p.What]; was.Target == p.Target && p.Done < was.Done {
					c.t.Errorf("%s went back from %d to %d", p.What, was.Done, p.Done)
				}
				last[p.What] = p
			}}
		_, err := a.Run(c.t.Context())
		if err == nil {
			states, err := c.store.Rewraps(c.t.Context()) // what was said last may have been cut
			if err != nil {
				c.t.Fatal(err)
			}
			for _, p := range states {
				last[p.What] = p
			}
			return cuts, steps, last
		}
		if !errors.Is(err, errPower) {
			c.t.Fatal(err)
		}
		c.close()
		c.open()
	}
}

// whole looks that each of the people opens, as who they are.
func (c *crowd) whole(v *vault.Vault, gone map[identity.PersonID]bool) (living int) {
	c.t.Helper()
	for _, m := range c.people {
		if gone[m.id] {
			continue
		}
		o, err := v.Open(c.t.Context(), m.id)
		if err != nil || o.Profile.Number != m.number {
			c.t.Fatalf("a person: %v", err)
		}
		row, err := c.store.Certificate(c.t.Context(), m.cert)
		if err != nil {
			c.t.Fatal(err)
		}
		if cert, err := v.OpenCertificate(row); err != nil || cert.Person != m.id {
			c.t.Fatalf("a certificate: %v", err)
		}
		living++
	}
	return living
}

func (c *crowd) left() (n int) {
	c.t.Helper()
	for kek, keys := range map[vault.KEK]*turns{vault.IdentityKEK: c.who, vault.SubjectKEK: c.pseudonyms, vault.RecordKEK: c.history} {
		for _, v := range keys.live()[1:] {
			p, certs, err := c.vault.Left(c.t.Context(), c.store, kek, v.Turn)
			if err != nil {
				c.t.Fatal(err)
			}
			n += p + certs
		}
	}
	for _, v := range c.shelfKey.live()[1:] {
		slots, err := c.shelf.Left(v.Turn)
		if err != nil {
			c.t.Fatal(err)
		}
		n += slots
	}
	return n
}

// dice gives numbers that look random and are the same in every run.
func dice(seed uint64) func(n int) int {
	return func(n int) int {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed % uint64(n))
	}
}

// Everybody is wrapped under newer keys while people enrol, change and leave,
// with the power going every few batches. Nobody is lost, nothing stays under
// the former keys, and without these an old copy of the store opens nobody.
func TestEverybodyIsWrappedAnewAcrossPowerCuts(t *testing.T) {
	c := newCrowd(t)
	c.grow(2000)
	roll := dice(20261128)
	gone := map[identity.PersonID]bool{}

	old := filepath.Join(t.TempDir(), "old.db")
	if err := sqlite.Copy(t.Context(), filepath.Join(c.dir, "netid.db"), old); err != nil {
		t.Fatal(err)
	}
	_, before := c.compose() // composed under the keys of before, and late
	for _, k := range []*turns{c.who, c.pseudonyms, c.history, c.shelfKey} {
		k.rotate()
	}
	if n := c.left(); n < 5*2000 {
		t.Fatalf("only %d are under the former keys", n)
	}
	turn, late := 0, 0
	cuts, steps, last := c.rewrap(61, func() int { return 5 + roll(24) }, func() {
		turn++
		switch turn % 4 {
		case 1:
			c.grow(3)
		case 2: // who leaves: the rows, then the secret
			m := c.people[roll(len(c.people))]
			if gone[m.id] {
				return
			}
			gone[m.id] = true
			o, err := c.vault.Open(t.Context(), m.id)
			if err != nil {
				t.Fatal(err)
			}
			e := identity.ErasePerson{ID: o.ID, CertOwner: c.vault.CertOwner(o), EventOwner: suite.Random(32), Slot: o.Slot}
			if turn%8 == 2 { // and whose rows go later than the secret, as on a machine that stopped
				e.Slot = 0
			} else if err := c.store.Commit(t.Context(), identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{e}}); err != nil {
				t.Fatal(err)
			}
			if err := c.vault.Shred(o.Slot); err != nil {
				t.Fatal(err)
			}
		case 3: // what is sealed under a person's own keys moves beside the pass
			m := &c.people[roll(len(c.people))]
			if gone[m.id] {
				return
			}
			o, err := c.vault.Open(t.Context(), m.id)
			if err != nil {
				t.Fatal(err)
			}
			o.Profile.Number = identity.NewNumber()
			if err := c.store.Commit(t.Context(), identity.Change{Entry: storetest.Entry(), Verbs: []identity.Verb{identity.SetProfile{ID: o.ID, Profile: c.vault.SealProfile(o, o.Profile)}}}); err != nil {
				t.Fatal(err)
			}
			m.number = o.Profile.Number
		case 0:
			states, err := c.store.Rewraps(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range states {
				if p.What != identity.RewrapPersons { // its pass has not begun: what is stored now, it will meet
					continue
				}
				late++
				if err := c.store.Commit(t.Context(), identity.Change{Entry: storetest.Entry(), Verbs: before}); !fault.Because(err, "keys_moved") {
					t.Fatalf("somebody is stored under keys of before: %v", err)
				}
			}
		}
	})
	living := c.whole(c.vault, gone)
	if n := c.left(); n > 0 || last[identity.RewrapPersons].Odd+last[identity.RewrapCertificates].Odd > 0 {
		t.Fatalf("%d are left under former keys, %+v", n, last)
	}
	t.Logf("%d persons live, %d left meanwhile; %d power cuts in %d steps; %d late commits refused", living, len(gone), cuts, steps, late)
	if cuts < 5 || len(gone) < 5 || living < 1900 || late == 0 {
		t.Error("nothing was proven")
	}
	for what, total := range map[string]uint64{identity.RewrapPersons: 1900, identity.RewrapCertificates: 1900, identity.RewrapShelf: 2000} {
		if p := last[what]; !p.Ended || p.Done < total || p.Total < total {
			t.Errorf("%+v", p)
		}
	}
	if cuts, steps, _ := c.rewrap(61, func() int { return 1000 }, func() {}); cuts+steps > 0 {
		t.Error("what is done was done again")
	}

	db, err := sqlite.OpenReadOnly(old)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := store.Open(t.Context(), db, storetest.Keeper(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	then := c.over(copied, c.shelf)
	m := c.people[0]
	for i := 0; gone[m.id]; i++ {
		m = c.people[i]
	}
	if _, err := then.Open(t.Context(), m.id); err != nil {
		t.Fatal("control: the copy does not open before the keys are retired:", err)
	}
	for _, k := range []*turns{c.who, c.pseudonyms, c.history, c.shelfKey} {
		k.retire()
	}
	c.close()
	c.open()
	if n := c.whole(c.vault, gone); n != living {
		t.Errorf("%d of %d live without the former keys", n, living)
	}
	then = c.over(copied, c.shelf)
	for _, m := range c.people[:100] {
		if _, err := then.Open(t.Context(), m.id); err == nil {
			t.Fatal("an old copy opens with today's keys")
		}
		if row, err := copied.Certificate(t.Context(), m.cert); err == nil {
			if _, err := then.OpenCertificate(row); err == nil {
				t.Fatal("a certificate of an old copy opens with today's keys")
			}
		}
	}
	b, err := os.ReadFile(filepath.Join(c.dir, "people.shelf"))
	if err != nil || len(b)%64 != 0 {
		t.Fatal(len(b), err)
	}
	storetest.Check(t, c.store)
}

// A version that is retired while another rotation is under way, and a pass
// that is overtaken by the next rotation: the later one finishes both.
func TestARotationDuringAPass(t *testing.T) {
	c := newCrowd(t)
	c.grow(300)
	c.pseudonyms.rotate()
	n := 0
	c.rewrap(20, func() int { return 1000 }, func() {
		if n++; n == 4 || n == 9 {
			c.history.rotate()
		}
	})
	if left := c.left(); left > 0 {
		t.Fatalf("%d are left", left)
	}
	if n := c.whole(c.vault, nil); n != 300 {
		t.Error(n)
	}
}

// A row that opens under no key stands in nobody's way, is counted, and stays as it is.
func TestADamagedRowIsCounted(t *testing.T) {
	c := newCrowd(t)
	c.grow(50)
	rows, err := c.store.KeysAfter(t.Context(), nil, 50)
	if err != nil {
		t.Fatal(err)
	}
	hurt := rows[7]
	hurt.Keys.Subject = append([]byte("damage"), hurt.Keys.Subject[6:]...)
	if err := c.store.Jot(t.Context(), identity.BeginRewrap{What: identity.RewrapPersons, Target: 1},
		identity.StepRewrap{What: identity.RewrapPersons, Target: 1, Ended: true, Persons: []identity.SwapKeys{{ID: hurt.ID, From: rows[7].Keys, To: hurt.Keys}}}); err != nil {
		t.Fatal(err)
	}
	c.pseudonyms.rotate()
	c.history.rotate()
	_, _, last := c.rewrap(9, func() int { return 1000 }, func() {})
	if p := last[identity.RewrapPersons]; p.Odd != 1 || p.Done != 50 || !p.Ended {
		t.Errorf("%+v", p)
	}
	if again, err := c.store.Person(t.Context(), hurt.ID); err != nil || !bytes.Equal(again.Keys.Subject, hurt.Keys.Subject) {
		t.Error("it was touched", err)
	}
	if left := c.left(); left > 0 {
		t.Error(left)
	}
}

// TestRewrapAtScale wraps as many persons anew as NETID_PERSONS says, without
// rest, and measures it; method and numbers are in docs/performance.md.
func TestRewrapAtScale(t *testing.T) {
	persons, err := strconv.Atoi(os.Getenv("NETID_PERSONS"))
	if err != nil || persons < 1 {
		t.Skip("make rewrap: minutes, and 3 GB of disk")
	}
	c := newCrowd(t)
	began := time.Now()
	c.grow(persons)
	t.Logf("%d persons with a certificate each in %v", persons, time.Since(began).Round(time.Second))
	for _, k := range []*turns{c.who, c.pseudonyms, c.history, c.shelfKey} {
		k.rotate()
	}
	roll := dice(7)
	peak, slowest := resident(t), time.Duration(0)
	var probe sync.WaitGroup
	stop := make(chan struct{})
	var commits atomic.Int64
	probe.Go(func() { // somebody else's commits meanwhile
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			at := time.Now()
			if c.store.Commit(context.Background(), identity.Change{Entry: storetest.Entry()}) == nil {
				slowest = max(slowest, time.Since(at))
				commits.Add(1)
			}
		}
	})
	began = time.Now()
	at, _, last := time.Now(), 0, map[string]identity.Rewrap{}
	batches := 0
	a := &vault.Anew{Vault: c.vault, Shelf: c.shelf, Store: c.store, Batch: 128,
		Rest: func(context.Context) error {
			if batches++; batches%256 == 0 {
				peak = max(peak, resident(t))
			}
			return nil
		},
		Said: func(p identity.Rewrap) {
			if last[p.What] = p; p.Ended {
				t.Logf("%s: %d in %v", p.What, p.Done, time.Since(at).Round(time.Millisecond))
				at = time.Now()
			}
		}}
	if _, err := a.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	close(stop)
	probe.Wait()
	t.Logf("all in %v and %d batches, at most %d MB resident; %d commits of others meanwhile, the slowest %v", took.Round(time.Millisecond), batches, peak>>20, commits.Load(), slowest.Round(time.Millisecond))
	began = time.Now()
	if n := c.left(); n > 0 {
		t.Fatalf("%d are left", n)
	}
	t.Logf("counted that nothing is left under four former keys in %v", time.Since(began).Round(time.Millisecond))
	for range min(persons, 10_000) {
		i := roll(len(c.people))
		o, err := c.vault.Open(t.Context(), c.people[i].id)
		if err != nil || o.Profile.Number != c.people[i].number {
			t.Fatal(err)
		}
	}
}
