package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
)

// Histories lets clients of one or more stores over one database use codes
// while the person is frozen and thawed, withdraws from the party, and the
// party is suspended and let in again, all at once, and asks a checker whether
// there is one order of it all that explains every answer (linearizability). A
// code that was good twice, or good after a withdrawal that was answered, has none.
func Histories(t *testing.T, stores ...*store.Store) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for round := range 6 {
		h := newHistory(t, stores, rand.NewPCG(seed, uint64(round)))
		if verdict := porcupine.CheckOperationsTimeout(model(), h.run(t), time.Minute); verdict != porcupine.Ok {
			t.Fatalf("round %d, seed %d: %s", round, seed, verdict)
		}
	}
}

// ask is one operation, told the answer that its caller got: "" or the guard's reason.
type ask struct {
	what       string
	code       int    // redeem
	generation uint64 // redeem, withdraw: as read before
}

// world is what the model knows of one person at one party.
type world struct {
	frozen     bool
	suspended  bool
	generation uint64
	used       uint64 // bits: codes
}

// step says which answer an operation must get, and what it changes then.
func (w world) step(a ask) (string, world) {
	switch a.what {
	case "freeze", "thaw":
		if w.frozen == (a.what == "freeze") {
			return "standing_changed", w
		}
		w.frozen = !w.frozen
	case "suspend", "resume":
		w.suspended = a.what == "suspend"
	case "withdraw":
		if w.generation != a.generation {
			return "link_changed", w
		}
		w.generation++
	case "redeem":
		switch { // in the order of the change: entry, then guards as they stand
		case w.used>>a.code&1 == 1:
			return "already_recorded", w
		case w.frozen:
			return "standing_changed", w
		case w.generation != a.generation:
			return "link_changed", w
		case w.suspended:
			return "party_suspended", w
		}
		w.used |= 1 << a.code
	}
	return "", w
}

func model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return world{} },
		Step: func(state, input, output any) (bool, any) {
			answer, next := state.(world).step(input.(ask))
			return answer == output.(string), next
		},
		Equal:             func(a, b any) bool { return a.(world) == b.(world) },
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %q", in, out) },
	}
}

// history is one person and one party with what clients did about them.
type history struct {
	stores []*store.Store
	chance []*rand.Rand // one a client
	person *Person
	party  identity.Party
	codes  [][]byte
	clock  atomic.Int64

	mu  sync.Mutex // guards ops
	ops []porcupine.Operation
}

func newHistory(t *testing.T, stores []*store.Store, source *rand.PCG) *history {
	t.Helper()
	ctx := context.Background()
	h := &history{stores: stores, person: NewPerson(1), party: party("history-" + fmt.Sprint(source.Uint64()))}
	for range 12 {
		h.codes = append(h.codes, Entry().ID)
	}
	for range 8 {
		h.chance = append(h.chance, rand.New(rand.NewPCG(source.Uint64(), source.Uint64())))
	}
	ok(t, stores[0].Commit(ctx, identity.Change{Entry: Entry(), Verbs: []identity.Verb{
		identity.OpenPerson{ID: h.person.ID, Keys: h.person.Keys, Profile: h.person.Profile}, identity.AdmitParty{Party: h.party}}}))
	return h
}

// run has every client do some operations, on one store or another.
func (h *history) run(t *testing.T) []porcupine.Operation {
	var clients sync.WaitGroup
	for id, chance := range h.chance {
		clients.Go(func() {
			for range 12 {
				h.do(t, id, chance)
			}
		})
	}
	clients.Wait()
	return h.ops
}

func (h *history) do(t *testing.T, client int, chance *rand.Rand) {
	ctx := context.Background()
	s := h.stores[chance.IntN(len(h.stores))]
	a := ask{what: []string{"redeem", "redeem", "redeem", "redeem", "freeze", "thaw", "thaw", "withdraw", "suspend", "resume"}[chance.IntN(10)]}
	if a.what == "redeem" || a.what == "withdraw" {
		generation, err := s.Link(ctx, h.person.Link)
		if err != nil {
			t.Error(err)
			return
		}
		a.code, a.generation = chance.IntN(len(h.codes)), generation
	}
	h.record(t, client, s, a)
}

// record does one operation and keeps the answer that its caller got.
func (h *history) record(t *testing.T, client int, s *store.Store, a ask) {
	called := h.clock.Add(1)
	err := s.Commit(context.Background(), h.change(a))
	returned := h.clock.Add(1)
	if err != nil && !fault.Is(err, fault.Conflict) {
		t.Errorf("%+v: %v", a, err)
		return
	}
	answer := ""
	if err != nil {
		answer = fault.Public(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: a, Call: called, Output: answer, Return: returned})
}

func (h *history) change(a ask) identity.Change {
	c := identity.Change{Entry: Entry()}
	standing := map[bool]identity.Standing{true: identity.FrozenByOwner, false: identity.Active}
	switch a.what {
	case "freeze", "thaw":
		frozen := a.what == "freeze"
		c.Verbs = []identity.Verb{identity.SetStanding{ID: h.person.ID, From: standing[!frozen], To: standing[frozen], CertOwner: h.person.CertOwn}}
	case "suspend", "resume":
		p := h.party
		if a.what == "suspend" {
			p.Standing = identity.PartySuspended
		}
		c.Verbs = []identity.Verb{identity.AmendParty{Party: p}}
	case "withdraw":
		c.Verbs = []identity.Verb{identity.CutLink{Index: h.person.Link, Owner: h.person.LinkOwn, From: a.generation}}
	case "redeem":
		c.Entry.ID = h.codes[a.code]
		c.Verbs = []identity.Verb{identity.GuardPerson{ID: h.person.ID, Standing: identity.Active, Epoch: 1},
			identity.GuardLink{Index: h.person.Link, Generation: a.generation}, identity.GuardParty{ID: h.party.ID}}
	}
	return c
}

// histories is the suite's part: one store, and the checker's own eyes.
func histories(t *testing.T, open Open) {
	s := open(t)
	Histories(t, s)
	Check(t, s)
	h := newHistory(t, []*store.Store{s}, rand.NewPCG(1, 2))
	h.record(t, 0, s, ask{what: "redeem"}) // before anything else: good for certain
	good := h.run(t)
	for i, op := range good { // the same history with one answer that is not true
		if op.Output != "" || op.Input.(ask).what != "redeem" {
			continue
		}
		forged := append([]porcupine.Operation(nil), good...)
		last := good[len(good)-1].Return
		forged = append(forged, porcupine.Operation{ClientId: 99, Input: op.Input, Call: last + 1, Output: "", Return: last + 2})
		if verdict := porcupine.CheckOperationsTimeout(model(), forged, time.Minute); verdict != porcupine.Illegal {
			t.Errorf("a code that was good twice (operation %d) passes: %s", i, verdict)
		}
		return
	}
	t.Error("no code was ever good: the history shows nothing")
}
