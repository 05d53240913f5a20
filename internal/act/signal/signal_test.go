package signal_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func because(t *testing.T, err error, why string) {
	t.Helper()
	if !fault.Because(err, why) {
		t.Errorf("%q wanted, got %v", why, err)
	}
}

func to(path string) identity.Signal {
	return identity.Signal{Endpoint: kit.Maker + path, Key: kit.MakersKey}
}

// adult is somebody who is enrolled and signed in.
func adult(t *testing.T) *kit.Citizen {
	t.Helper()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	must(t, c.Enrol(t.Context()))
	must(t, c.SignIn(t.Context()))
	return c
}

// knock signals the citizen, and gives which of their devices heard it.
func knock(t *testing.T, c *kit.Citizen) []string {
	t.Helper()
	left(t, c)
	_, err := c.Deliver.Round(t.Context())
	must(t, err)
	return c.Makers.Heard()
}

// left is a signal that waits to be delivered.
func left(t *testing.T, c *kit.Citizen) {
	t.Helper()
	o, err := c.Vault.Visit(t.Context(), c.Session)
	must(t, err)
	d, err := c.Signal.Leave(o)
	must(t, err)
	must(t, c.Store.Jot(t.Context(), d))
}

func waiting(t *testing.T, c *kit.Citizen) []identity.DeliveryRow {
	t.Helper()
	rows, err := c.Store.Deliveries(t.Context(), false, 100)
	must(t, err)
	return rows
}

func hosts(t *testing.T, c *kit.Citizen) (all []string) {
	t.Helper()
	v, err := c.Signal.View(t.Context(), c.Session)
	must(t, err)
	for _, d := range v.Devices {
		all = append(all, fmt.Sprint(d.Here, d.Host))
	}
	slices.Sort(all)
	return all
}

// Nothing is signalled before its owner says so; what they say stands in their records.
func TestOnAndOff(t *testing.T) {
	c := adult(t)
	ctx := t.Context()
	if heard := knock(t, c); heard != nil {
		t.Fatal("signalled without having been asked:", heard)
	}
	because(t, c.Signal.On(ctx, c.Session, identity.Signal{Endpoint: "https://elsewhere.example/a", Key: kit.MakersKey}), "signal_refused")
	must(t, c.Signal.On(ctx, c.Session, to("a")))
	must(t, c.Signal.On(ctx, c.Session, to("a"))) // as it is already
	if heard := knock(t, c); !slices.Equal(heard, []string{"a"}) {
		t.Error(heard)
	}
	must(t, c.Signal.On(ctx, c.Session, to("b"))) // the browser has a new address
	if heard, at := knock(t, c), hosts(t, c); !slices.Equal(heard, []string{"b"}) || !slices.Equal(at, []string{"truepush.example"}) {
		t.Error(heard, at)
	}
	must(t, c.Signal.Off(ctx, c.Session, c.Certificate.ID))
	must(t, c.Signal.Off(ctx, c.Session, c.Certificate.ID))
	if heard, at := knock(t, c), hosts(t, c); heard != nil || !slices.Equal(at, []string{"true"}) {
		t.Error(heard, at)
	}
	records, err := c.Look.Records(ctx, c.Session)
	must(t, err)
	var said []identity.EventKind
	for _, r := range records {
		if k := r.Event.Kind; k == identity.SignalsOn || k == identity.SignalsOff {
			if said = append(said, k); r.Event.Detail != c.Certificate.ID.String() {
				t.Error("of which device?", r.Event.Detail)
			}
		}
	}
	if !slices.Equal(said, []identity.EventKind{identity.SignalsOff, identity.SignalsOn, identity.SignalsOn}) {
		t.Error(said)
	}
}

func TestADeviceOfSomebodyElse(t *testing.T) {
	c := adult(t)
	other := c.Adult(2)
	must(t, other.Enrol(t.Context()))
	must(t, other.SignIn(t.Context()))
	must(t, c.Signal.On(t.Context(), c.Session, to("a")))
	because(t, c.Signal.Off(t.Context(), other.Session, c.Certificate.ID), "device_not_listed")
	if heard := knock(t, other); heard != nil {
		t.Error("another's device is signalled:", heard)
	}
	if heard := knock(t, c); !slices.Equal(heard, []string{"a"}) {
		t.Error(heard)
	}
}

// A signal ends with its device, however that ends; the others go on.
func TestItEndsWithItsDevice(t *testing.T) {
	ctx := t.Context()
	c := adult(t)
	second, err := c.Another(ctx, "tablet")
	must(t, err)
	must(t, c.Signal.On(ctx, c.Session, to("first")))
	for name, end := range map[string]func() error{
		"turned off from the other": func() error { return c.Signal.Off(ctx, c.Session, second.Certificate.ID) },
		"its service says that it is gone": func() error {
			c.Makers.Answer = func(at string) error {
				if at == "second" {
					return fault.New("test", fault.Gone, "signal_over")
				}
				return nil
			}
			return nil
		},
	} {
		c.Makers.Answer = nil
		must(t, second.Signal.On(ctx, second.Session, to("second")))
		both(t, c)
		must(t, end())
		one(t, name, c, second)
	}
	c.Makers.Answer = nil
	must(t, second.Signal.On(ctx, second.Session, to("second")))
	both(t, c)
	c.Session, err = c.Signin.Remove(ctx, c.Session, second.Certificate.ID.String(), c.Passcode)
	must(t, err)
	one(t, "removed", c, second)
}

func both(t *testing.T, c *kit.Citizen) {
	t.Helper()
	if heard := knock(t, c); !slices.Equal(heard, []string{"first", "second"}) {
		t.Fatal(heard)
	}
}

func one(t *testing.T, name string, c, second *kit.Citizen) {
	t.Helper()
	knock(t, c) // at which a service may say so
	if heard := knock(t, c); !slices.Equal(heard, []string{"first"}) {
		t.Error(name, heard)
	}
	gone(t, second)
}

func TestItEndsWithTheCertificateAndThePerson(t *testing.T) {
	ctx := t.Context()
	c := adult(t)
	lost, erased := c.Adult(2), c.Adult(3)
	for _, one := range []*kit.Citizen{lost, erased} {
		must(t, one.Enrol(ctx))
		must(t, one.SignIn(ctx))
	}
	for _, one := range []*kit.Citizen{c, lost, erased} {
		must(t, one.Signal.On(ctx, one.Session, to("a")))
	}
	silent := func(what string, one *kit.Citizen) {
		t.Helper()
		if err := one.Signal.Send(ctx, identity.DeliveryID{}, address(t, one), ""); err != nil || c.Makers.Heard() != nil {
			t.Error(what, err)
		}
	}
	must(t, c.Issue.Freeze(ctx, c.Session))
	silent("frozen: who cannot answer is signalled", c)

	number, codes, err := c.Signin.Codes(ctx, lost.Session, lost.Passcode)
	must(t, err)
	must(t, c.Signin.Lost(ctx, string(number), codes[0].Digits(), true))
	gone(t, lost)

	o, err := c.Vault.Open(ctx, erased.Session.Person)
	must(t, err)
	place := c.Vault.SignalPlace(o, erased.Certificate.ID)
	_, err = c.Erase.Erase(ctx, erased.Session, erased.Passcode)
	must(t, err)
	if _, err := c.Store.Draft(ctx, place); !fault.Is(err, fault.NotFound) {
		t.Error("the address of an erased person is kept:", err)
	}
	silent("erased", erased)

	must(t, c.Issue.Thaw(ctx, c.Session, c.Passcode))
	c.Advance(200 * 24 * time.Hour)
	silent("the certificate is over", c)
	must(t, c.Store.Sweep(ctx, c.Now()))
	gone(t, c)
}

func gone(t *testing.T, c *kit.Citizen) {
	t.Helper()
	o, err := c.Vault.Open(t.Context(), c.Session.Person)
	must(t, err)
	if _, err := c.Store.Draft(t.Context(), c.Vault.SignalPlace(o, c.Certificate.ID)); !fault.Is(err, fault.NotFound) {
		t.Error("the address is kept:", err)
	}
}

func address(t *testing.T, c *kit.Citizen) string {
	t.Helper()
	b, err := c.Session.Person.MarshalText()
	must(t, err)
	return string(b)
}

// Whoever asks makes nobody's telephone ring all day: what waits is one signal,
// and after twenty in a day there is none.
func TestNobodyIsPestered(t *testing.T) {
	c := adult(t)
	must(t, c.Signal.On(t.Context(), c.Session, to("a")))
	for range 10 {
		left(t, c)
	}
	if n := len(waiting(t, c)); n != 1 {
		t.Errorf("%d wait", n)
	}
	_, err := c.Deliver.Round(t.Context())
	must(t, err)
	heard := len(c.Makers.Heard())
	for range 30 {
		heard += len(knock(t, c))
		c.Advance(time.Minute)
	}
	if heard != 20 || len(waiting(t, c)) > 0 {
		t.Errorf("signalled %d times, %d wait", heard, len(waiting(t, c)))
	}
	c.Advance(24 * time.Hour)
	if knock(t, c) == nil {
		t.Error("and never again")
	}
}

// A service that does not answer is asked again until the signal is of no use,
// and keeps no other device waiting.
func TestAServiceIsDown(t *testing.T) {
	ctx := t.Context()
	c := adult(t)
	second, err := c.Another(ctx, "")
	must(t, err)
	must(t, c.Signal.On(ctx, c.Session, to("down")))
	must(t, second.Signal.On(ctx, second.Session, to("up")))
	c.Makers.Answer = func(at string) error {
		if at == "down" {
			return fault.New("test", fault.Unavailable, "signal_unavailable")
		}
		return nil
	}
	if heard := knock(t, c); !slices.Equal(heard, []string{"down", "up"}) || len(waiting(t, c)) != 1 {
		t.Error(heard, len(waiting(t, c)))
	}
	c.Advance(10 * time.Minute)
	if _, err := c.Deliver.Round(ctx); err != nil || len(waiting(t, c)) != 0 || c.Makers.Heard() != nil {
		t.Error("it is still tried:", err)
	}
}

// What is put before a guardian is one commit with the signal, of as many rows and
// of the same size whether or not any device of theirs is signalled; and the
// guardian hears of it, nobody else.
func TestAGuardianIsSignalled(t *testing.T) {
	ctx := t.Context()
	k := kit.New(t, law.New())
	_, _, err := k.Admit.Register(ctx, admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true})
	must(t, err)
	mother := k.Adult(1)
	must(t, mother.Enrol(ctx))
	must(t, mother.SignIn(ctx))
	child := k.Person(3, identity.Date{Year: 2017, Month: 3, Day: 7}).Of(mother)
	must(t, child.EnrolMinor(ctx, mother))
	must(t, child.Signal.On(ctx, child.Session, to("child")))
	_, err = k.Deliver.Round(ctx)
	must(t, err)
	k.Makers.Heard()

	ask := func() (rows []identity.DeliveryRow, commits, reads uint64) {
		commits, reads = k.Store.Commits(), k.Store.Reads()
		if _, waits, err := child.ApproveMinor(ctx, k.Request("shop", identity.ModeCert)); err != nil || waits == "" {
			t.Fatal(waits, err)
		}
		return waiting(t, mother), k.Store.Commits() - commits, k.Store.Reads() - reads
	}
	ask() // the first lies in a place of its own
	must(t, mother.Answer(ctx, identity.GuardianNo))
	_, err = k.Deliver.Round(ctx)
	must(t, err)
	without, commits, reads := ask()
	_, err = k.Deliver.Round(ctx)
	must(t, err)
	if heard := k.Makers.Heard(); heard != nil {
		t.Error("nobody turned it on, and heard:", heard)
	}
	must(t, mother.Answer(ctx, identity.GuardianNo))
	must(t, mother.Signal.On(ctx, mother.Session, to("mother")))
	with, again, lookups := ask()
	if len(with) != 1 || len(without) != 1 || len(with[0].Body) != len(without[0].Body) || commits != again || reads != lookups {
		t.Errorf("asking tells who is signalled: %d and %d rows, %d and %d commits, %d and %d reads", len(without), len(with), commits, again, reads, lookups)
	}
	_, err = k.Deliver.Round(ctx)
	must(t, err)
	if heard := k.Makers.Heard(); !slices.Equal(heard, []string{"mother"}) {
		t.Error(heard)
	}
}

// Many at once, on one device: it ends in one state, and every change is a record.
func TestAtOnce(t *testing.T) {
	c := adult(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			err := c.Signal.On(t.Context(), c.Session, to(fmt.Sprint(i)))
			if err != nil && !fault.Because(err, "draft_moved") && !fault.Because(err, "draft_exists") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if heard := knock(t, c); len(heard) != 1 {
		t.Error(heard)
	}
}

// What happened since the session was read is a guard of the commit.
func TestASessionThatIsOverMeanwhile(t *testing.T) {
	ctx := t.Context()
	c := adult(t)
	second, err := c.Another(ctx, "")
	must(t, err)
	must(t, c.Signal.On(ctx, c.Session, to("first")))
	o, err := c.Vault.Visit(ctx, c.Session)
	must(t, err)
	_, err = c.Signal.Book.Record(ctx, o, identity.Event{Kind: identity.DeviceRemoved, Grounds: []identity.Ground{}}, identity.RevokeCertificate{ID: second.Certificate.ID})
	must(t, err)
	because(t, c.Signal.Off(ctx, second.Session, c.Certificate.ID), "certificate_gone")
	before := c.Session
	before.Found = &o
	must(t, c.Issue.Freeze(ctx, c.Session))
	because(t, c.Signal.Off(ctx, before, c.Certificate.ID), "standing_changed")
	because(t, c.Signal.On(ctx, before, to("b")), "standing_changed")
}
