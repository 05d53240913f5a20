package authority_test

import (
	"slices"
	"sync"
	"testing"

	connector "netid/internal/connector/authority"
	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
)

// What the register tells comes over the wire signed, in order, and is what it
// itself answers by from then on (attack K08).
func TestTheRegisterTellsWhatItKnows(t *testing.T) {
	dir := t.TempDir()
	p, url, hangUp := sitIn(t, dir)
	defer hangUp()
	teller := p.Teller(dir, now)
	keys, err := teller.Keys()
	if err != nil {
		t.Fatal(err)
	}
	register := connector.New(url, token)
	feed, desk := register.Feed(keys), document.NewDesk(p.Trust, register, false, now)
	reads := func(card string, want bool) {
		t.Helper()
		challenge := []byte{1, 2, 3, 4, 5, 6, 7, 8}
		evidence, err := p.Present(card, challenge)
		if err != nil {
			t.Fatal(err)
		}
		kind := identity.ResidentCard
		if card == "adult-passport" {
			kind = identity.PassportAbroad
		}
		_, _, err = desk.Read(t.Context(), kind, evidence, challenge)
		if want && err != nil || !want && !fault.Because(err, "document_not_valid") {
			t.Errorf("%s: %v", card, err)
		}
	}
	var said []identity.News
	tell := func(persona, word, card string) {
		t.Helper()
		n, err := teller.Tell(persona, word, card, identity.Date{})
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, n)
	}
	reads("adult-card", true)
	for _, word := range []string{"lost", "replaced", "expired"} {
		tell("adult", word, "")
		reads("adult-card", false)
		reads("adult-passport", true)
		tell("adult", "good", "")
		reads("adult-card", true)
	}
	tell("adult", "lost", "adult-passport")
	reads("adult-passport", false)
	tell("elder", "deceased", "")
	reads("elder-card", false)
	tell("elder", "alive", "")
	reads("elder-card", true)
	for _, want := range []int{1, 2} { // the child has two, and the first is told to be it no more, then again
		tell("child-9", "guardianship", "")
		n := said[len(said)-1]
		of, err := register.Guardians(t.Context(), n.Person)
		if err != nil || len(of) != want || slices.Contains(of, n.Guardian) == n.Ended {
			t.Errorf("%+v: guardians %v %v", n, of, err)
		}
		wards, err := register.Wards(t.Context(), n.Guardian)
		if err != nil || slices.Contains(wards, n.Person) == n.Ended {
			t.Errorf("%+v: wards %v %v", n, wards, err)
		}
	}
	tell("crowd-7", "deceased", "")
	for after := range said {
		got, err := feed.News(t.Context(), uint64(after))
		if err != nil || len(got) != len(said)-after || got[0] != said[after] {
			t.Fatalf("after %d: %+v %v", after, got, err)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := p.Teller(dir, now).Tell("trial-1", "lost", "", identity.Date{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := feed.News(t.Context(), uint64(len(said))); err != nil || len(got) != 8 || got[7].Seq != uint64(len(said)+8) {
		t.Errorf("told by eight at once: %+v %v", got, err)
	}
	if p.Teller(dir, now).Name() != teller.Name() {
		t.Error("another node of the sandbox speaks for another register")
	}
	for _, wrong := range [][3]string{{"nobody", "lost", ""}, {"adult", "found", ""}, {"adult", "lost", "elder-card"}, {"adult", "", ""}} {
		if _, err := teller.Tell(wrong[0], wrong[1], wrong[2], identity.Date{}); !fault.Because(err, "card_unknown") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if _, err := connector.New(url, "another token, long enough").Feed(keys).News(t.Context(), 0); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without the token: %v", err)
	}
}
