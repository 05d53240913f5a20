package kit_test

import (
	"fmt"
	"sync"
	"testing"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
	"netid/internal/vault"
	"netid/test/kit"
)

// node is a second process over the same store: it knows the index keys that
// reached it so far.
func node(k *kit.Kit, index ...suite.Version) *enrol.Act {
	v := vault.New(vault.Secrets{Identity: k.Ring.Versions("vault-identity"), Subject: k.Ring.Versions("vault-subject"), Record: k.Ring.Versions("vault-record"),
		Index: func() []suite.Version { return index }, Service: k.Ring.Secret("vault-service"), Pepper: k.Ring.Versions("pepper")}, k.Store, k.Shelf, k.Now)
	e := k.Enrol
	return &enrol.Act{Store: e.Store, Cover: e.Cover, Desk: e.Desk, Register: e.Register, Faces: e.Faces, Post: e.Post, Vault: &vault.Guarded{Vault: v, Tries: k.Store, Now: k.Now}, Book: e.Book, Law: e.Law,
		Operator: e.Operator, Issuer: e.Issuer, Sandbox: true, Message: e.Message, Warning: e.Warning, Notice: e.Notice, Pace: e.Pace, Now: e.Now}
}

// confirm ends the enrolment of so many browsers of one person at once, half of
// them at each node, and gives the numbers that came of it.
func confirm(t *testing.T, k *kit.Kit, person, browsers int, another bool, nodes ...*enrol.Act) (numbers map[identity.Number]int, tired int) {
	t.Helper()
	var ready []*kit.Citizen
	for i := range browsers {
		c := k.Adult(person)
		c.Telephone = kit.Phone(identity.PersonHandle(suite.Random(16))) // a telephone gets few codes
		if another {
			c.Document.Kind, c.Document.Number, c.Document.Origin = identity.PassportAbroad, fmt.Sprintf("E9%07d", person), identity.CheckedHere
		}
		for _, s := range c.Steps(t.Context())[:10] {
			if err := s.Do(); err != nil {
				t.Fatalf("%d %s: %v", i, s.Name, err)
			}
		}
		ready = append(ready, c)
	}
	numbers = map[identity.Number]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, c := range ready {
		all.Go(func() {
			v, err := k.Enrol.View(t.Context(), c.Draft)
			if err == nil {
				c.Grant, err = nodes[i%len(nodes)].Confirm(t.Context(), c.Draft, c.Device.JWK, c.Device.Sign([]byte(v.Proof)))
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				numbers[c.Grant.Number]++
			case fault.Because(err, "try_again"):
				tired++
			default:
				t.Errorf("browser %d: %v", i, err)
			}
		})
	}
	all.Wait()
	return numbers, tired
}

// Up to 64 browsers of one person at two nodes, at every stage of a rotation of the
// index key: one number. Even when a version is in use that did not reach the
// other node, nobody gets a second one: that node refuses until it knows.
func TestOnePersonOneNumberAcrossARotation(t *testing.T) {
	k := kit.New(t, law.New())
	k.Enrol.Pace = enrol.Pace{Hourly: 100, Daily: 100, Budget: 1000} // here it is not about how many codes one person may ask for
	zero, one := suite.Version{Key: suite.NewSecret(identity.ES256)}, suite.Version{Turn: 1, Key: suite.NewSecret(identity.ES256)}
	given := map[int]identity.Number{}
	for person, stage := range []struct {
		name string
		a, b []suite.Version // the first makes
		many int             // browsers
	}{
		{"before", []suite.Version{zero}, []suite.Version{zero}, 8},
		{"announced at one", []suite.Version{zero, one}, []suite.Version{zero}, 8},
		{"announced at both", []suite.Version{zero, one}, []suite.Version{zero, one}, 8},
		{"in use at one", []suite.Version{one, zero}, []suite.Version{zero, one}, 64},
		{"in use at both", []suite.Version{one, zero}, []suite.Version{one, zero}, 8},
		{"in use at one, unknown to the other", []suite.Version{one, zero}, []suite.Version{zero}, 8},
	} {
		a, b := node(k, stage.a...), node(k, stage.b...)
		// Of a crowd at two nodes one or another may be beaten to the guard too often, and is asked to try again.
		numbers, tired := confirm(t, k, person, stage.many, false, a, b)
		if len(numbers) != 1 || tired > stage.many/2 {
			t.Errorf("%s: %d numbers of one person, %d refused", stage.name, len(numbers), tired)
		}
		for n := range numbers {
			given[person] = n
		}
		for earlier, number := range given { // whoever came before keeps their number, with a second document too
			numbers, tired := confirm(t, k, earlier, 1, earlier%2 == 0, a)
			if numbers[number] != 1 || tired > 0 {
				t.Errorf("%s: person %d of before got %v", stage.name, earlier, numbers)
			}
		}
	}
	if len(given) != 6 {
		t.Error("not all enrolled")
	}
	late := node(k, zero)
	if numbers, tired := confirm(t, k, 10, 1, false, node(k, one, zero)); len(numbers) != 1 || tired != 0 {
		t.Fatal(numbers, tired)
	}
	if numbers, tired := confirm(t, k, 10, 1, false, late); len(numbers) != 0 || tired != 1 {
		t.Errorf("a node that does not know the version gave %v to somebody who has a number", numbers)
	}
}
