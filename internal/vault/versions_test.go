package vault_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// turning is a key that a test rotates and retires.
type turning struct {
	mu   sync.Mutex
	all  []suite.Version // newest first
	last int
}

func newTurning(first identity.Secret) *turning {
	return &turning{all: []suite.Version{{Key: first}}}
}

func (k *turning) live() []suite.Version {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all
}

// announce makes a version that opens and does not make yet.
func (k *turning) announce() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last++
	next := suite.Version{Turn: k.last, Key: suite.NewSecret(identity.ES256)}
	k.all = append([]suite.Version{k.all[0], next}, k.all[1:]...)
}

// use makes the announced one the one that makes.
func (k *turning) use() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append([]suite.Version{k.all[1], k.all[0]}, k.all[2:]...)
}

func (k *turning) rotate() { k.announce(); k.use() }

// retire leaves the newest alone.
func (k *turning) retire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = k.all[:1:1]
}

// turningScene is a scene whose keys turn, all of them.
func turningScene(t *testing.T) (scene, map[string]*turning) {
	keys := map[string]*turning{"identity": newTurning(secret(1)), "subject": newTurning(secret(2)), "record": newTurning(secret(3)),
		"index": newTurning(secret(4)), "pepper": newTurning(secret(6)), "shelf": newTurning(secret(9))}
	path := t.TempDir() + "/people.shelf"
	shelf, err := vault.OpenShelf(path, keys["shelf"].live)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shelf.Close() })
	r := newRows()
	v := vault.New(vault.Secrets{Identity: keys["identity"].live, Subject: keys["subject"].live, Record: keys["record"].live,
		Index: keys["index"].live, Service: secret(5), Pepper: keys["pepper"].live}, r, shelf, time.Now)
	return scene{v, r, shelf, path}, keys
}

// Whatever is rotated, and however often: who was there before opens, and who
// comes after, each under the versions of their time.
func TestEverybodyOpensAcrossRotations(t *testing.T) {
	s, keys := turningScene(t)
	var people []made
	for n := range byte(4) {
		people = append(people, s.enrol(t, n, "1990-01-01"))
		for _, k := range keys {
			k.announce()
		}
		people = append(people, s.enrol(t, n+4, "1991-01-01"))
		for _, k := range keys {
			k.use()
		}
	}
	for _, m := range people {
		s.opens(t, s.Vault, s.rows, m)
		if !s.PasscodeMatches(m.opened, passcode(t)) {
			t.Error("a passcode of an earlier pepper")
		}
		for _, names := range s.indexesOf(m.person, m.opened) {
			if len(names) != 5 {
				t.Fatalf("%d names of a value, 5 versions are live", len(names))
			}
		}
		e, err := s.Erasure(ctx, m.opened)
		if err != nil || len(e.Indexes) != 4*5 {
			t.Fatalf("%d names of four values are erased: %v", len(e.Indexes), err)
		}
		before := len(s.rows.indexes)
		s.rows.erase(e)
		if before-len(s.rows.indexes) != 4 {
			t.Errorf("%d of 4 claims are erased", before-len(s.rows.indexes))
		}
	}
	if len(s.rows.indexes) != 0 {
		t.Error("an index outlives its person")
	}
	verifier := s.NewVerifier(passcode(t))
	if verifier[0] != 5 {
		t.Errorf("a new passcode is under version %d", verifier[0])
	}
	forged := append([]byte{9}, verifier[1:]...)
	if s.PasscodeMatches(identity.Opened{Profile: identity.Profile{Verifier: forged}}, passcode(t)) {
		t.Error("a version that never was")
	}
}

// A claim takes the newest name, and names all that exclude it: those of the
// same value under every other version, and any version that it does not know.
func TestAClaimExcludesEveryOtherVersion(t *testing.T) {
	s, keys := turningScene(t)
	o := s.enrol(t, 0, "1990-01-01").opened
	index := keys["index"]
	before := s.HandleIndex("x")
	if c := s.Claim(o, before); c.Index[0] != 1 || len(c.Others) != 0 || !bytes.Equal(c.Beyond, []byte{2}) {
		t.Errorf("%x", c)
	}
	index.announce()
	during := s.Claim(o, s.HandleIndex("x"))
	if during.Index[0] != 1 || len(during.Others) != 1 || during.Others[0][0] != 2 || !bytes.Equal(during.Beyond, []byte{3}) {
		t.Errorf("announced: %x", during)
	}
	index.use()
	after := s.Claim(o, s.HandleIndex("x"))
	if !bytes.Equal(after.Index, during.Others[0]) || !bytes.Equal(after.Others[0], during.Index) || !bytes.Equal(during.Index, before[0]) {
		t.Errorf("the two claims do not name each other: %x %x", during, after)
	}
	s.rows.indexes[string(before[0])] = s.Claim(o, before).Body // composed before, stored now
	if id, err := s.Find(ctx, s.HandleIndex("x")); err != nil || id != o.ID {
		t.Error(err)
	}
	if none := s.Claim(o, nil); none.Index != nil || none.Body != nil {
		t.Error("a claim of nothing")
	}
}

// A rotation gives nobody another set of tries.
func TestCountersStay(t *testing.T) {
	s, keys := turningScene(t)
	before := s.CounterIndex("passcode", []byte("x"))
	keys["index"].rotate()
	keys["index"].rotate()
	if !bytes.Equal(before, s.CounterIndex("passcode", []byte("x"))) || bytes.Equal(before, s.CounterIndex("passcode", []byte("y"))) {
		t.Error("another counter")
	}
}

// Slots are sealed anew beside puts and ends; the header comes last. Any state
// of the file in between opens with the live versions, and the finished one
// with the newest alone.
func TestReseal(t *testing.T) {
	s, keys := turningScene(t)
	key := keys["shelf"]
	want := map[uint64]identity.Secret{}
	for n := range byte(20) {
		want[put(t, s.shelf, secret(100+n))] = secret(100 + n)
	}
	end := func(slot uint64) {
		if err := s.shelf.Destroy(slot); err != nil {
			t.Fatal(err)
		}
		delete(want, slot)
	}
	end(3)
	key.rotate()
	want[put(t, s.shelf, secret(50))] = secret(50)
	if whole, slots, err := s.shelf.Resealed(); whole || slots != 21 || err != nil {
		t.Error(whole, slots, err)
	}
	if n, err := s.shelf.Left(0); n != 20 || err != nil { // 19 slots and the header
		t.Error(n, err)
	}
	next, err := s.shelf.Reseal(0, 8)
	if next != 9 || err != nil {
		t.Fatal(next, err)
	}
	end(5)
	end(15)
	check := func(name string, open func(string, suite.Versions) (*vault.FileShelf, error), keys suite.Versions) {
		t.Helper()
		shelf, err := open(s.path, keys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer shelf.Close()
		for slot := uint64(1); slot <= 21; slot++ {
			got, err := shelf.Get(slot)
			if w, living := want[slot]; living && (err != nil || got != w) || !living && !fault.Because(err, "person_erased") {
				t.Errorf("%s: slot %d: %v", name, slot, err)
			}
		}
	}
	check("halfway", vault.OpenShelfReadOnly, key.live)
	for next > 0 {
		if next, err = s.shelf.Reseal(next, 8); err != nil {
			t.Fatal(err)
		}
	}
	if whole, _, err := s.shelf.Resealed(); !whole || err != nil {
		t.Error("not whole", err)
	}
	if n, err := s.shelf.Left(0); n != 0 || err != nil {
		t.Error(n, err)
	}
	key.retire()
	check("in the end", vault.OpenShelfReadOnly, key.live)
	if _, err := vault.OpenShelfReadOnly(s.path, suite.Only(secret(9))); err == nil {
		t.Error("the former key opens the header")
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := s.shelf.Reseal(1, 100); next != 0 || err != nil {
		t.Fatal(next, err)
	}
	if again, err := os.ReadFile(s.path); err != nil || !bytes.Equal(again, b) {
		t.Error("what is done was done again")
	}
}

// What opens under no version is left as it is, whatever stands there: nobody's
// slot after a cut, or a damaged one that somebody may yet repair.
func TestResealLeavesWhatDoesNotOpen(t *testing.T) {
	s, keys := turningScene(t)
	first, second := put(t, s.shelf, secret(50)), put(t, s.shelf, secret(51))
	overwrite(t, s.path, int64(first)*64+10, []byte("damage"))
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	keys["shelf"].rotate()
	if next, err := s.shelf.Reseal(1, 100); next != 0 || err != nil {
		t.Fatal(next, err)
	}
	after, err := os.ReadFile(s.path)
	if err != nil || !bytes.Equal(before[64:128], after[64:128]) || bytes.Equal(before[128:], after[128:]) {
		t.Error(hex.EncodeToString(after), err)
	}
	if got, err := s.shelf.Get(second); err != nil || got != secret(51) {
		t.Error(err)
	}
}

// Each 64-byte write of a reseal is a moment at which the power may go: every
// prefix of its writes is a shelf that opens whole under the live versions, and
// a reseal of it finishes.
func TestResealIsCutAfterEachSlot(t *testing.T) {
	s, keys := turningScene(t)
	for n := range byte(6) {
		put(t, s.shelf, secret(50+n))
	}
	if err := s.shelf.Destroy(4); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	keys["shelf"].rotate()
	if next, err := s.shelf.Reseal(1, 100); next != 0 || err != nil {
		t.Fatal(next, err)
	}
	done, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	order := []int{1, 2, 3, 4, 5, 6, 0}
	for cut := range len(order) + 1 {
		state := bytes.Clone(old)
		for _, slot := range order[:cut] {
			copy(state[slot*64:], done[slot*64:slot*64+64])
		}
		path := t.TempDir() + "/people.shelf"
		if err := os.WriteFile(path, state, 0o600); err != nil {
			t.Fatal(err)
		}
		shelf, err := vault.OpenShelf(path, keys["shelf"].live)
		if err != nil {
			t.Fatalf("after %d writes: %v", cut, err)
		}
		if whole, _, err := shelf.Resealed(); err != nil || whole != (cut == len(order)) {
			t.Errorf("after %d writes: whole %v, %v", cut, whole, err)
		}
		for _, again := range []bool{false, true} {
			if again {
				if next, err := shelf.Reseal(1, 2); err != nil || next != 3 {
					t.Fatal(next, err)
				}
				if next, err := shelf.Reseal(3, 100); err != nil || next != 0 {
					t.Fatal(next, err)
				}
			}
			for slot := uint64(1); slot <= 6; slot++ {
				got, err := shelf.Get(slot)
				if slot == 4 && !fault.Because(err, "person_erased") || slot != 4 && (err != nil || got != secret(49+byte(slot))) {
					t.Errorf("after %d writes, again %v, slot %d: %v", cut, again, slot, err)
				}
			}
		}
		if n, err := shelf.Left(0); n != 0 || err != nil {
			t.Errorf("after %d writes and the rest: %d left, %v", cut, n, err)
		}
		shelf.Close()
	}
}

// Puts, ends and reads of many hands while all is sealed anew, again and again.
func TestResealBesideEverything(t *testing.T) {
	s, keys := turningScene(t)
	var all sync.WaitGroup
	stop := make(chan struct{})
	for hand := range byte(6) {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					if n > 1 { // one that is held, and one that is not
						return
					}
				default:
				}
				k := secret(60 + hand)
				slot, err := s.shelf.Put(k)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := s.shelf.Get(slot); err != nil || got != k {
					t.Errorf("slot %d: %v", slot, err)
				}
				if n%2 == 0 {
					if err := s.shelf.Destroy(slot); err != nil {
						t.Error(err)
					}
					if _, err := s.shelf.Get(slot); !fault.Because(err, "person_erased") {
						t.Errorf("slot %d lives: %v", slot, err)
					}
				}
			}
		})
	}
	for range 6 {
		keys["shelf"].rotate()
		for next := uint64(1); next > 0; {
			var err error
			if next, err = s.shelf.Reseal(next, 16); err != nil {
				t.Fatal(err)
			}
		}
		keys["shelf"].retire() // at once: nothing is under it
	}
	close(stop)
	all.Wait()
	copied, err := vault.OpenShelfCopy(s.path, keys["shelf"].live)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	b := make([]byte, copied.Size())
	for read := 0; read < len(b); {
		n, err := copied.Read(b[read:])
		if err != nil {
			t.Fatal(err)
		}
		read += n
	}
	if copied.Odd > 0 || copied.Held == 0 || copied.Destroyed == 0 {
		t.Errorf("%d held, %d destroyed, %d that do not open", copied.Held, copied.Destroyed, copied.Odd)
	}
}
