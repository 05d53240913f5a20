package kit

import (
	"context"
	"slices"
	"sync"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Makers stand in for the push services of browsers' makers: they take what
// begins with Maker, and say what the test has them say.
type Makers struct {
	mu     sync.Mutex
	heard  []string
	Answer func(endpoint string) error // nil: they take everything
}

// Maker is the one whose addresses are taken, and MakersKey the key that they know.
const (
	Maker     = "https://push.example/"
	MakersKey = "key"
)

func (*Makers) Key() (public, id string) { return "point", MakersKey }
func (*Makers) Hosts() []string          { return []string{"push.example"} }

func (*Makers) Check(s identity.Signal) error {
	if len(s.Endpoint) < len(Maker) || s.Endpoint[:len(Maker)] != Maker || s.Key != MakersKey {
		return fault.New("kit.Makers", fault.Invalid, "signal_refused")
	}
	return nil
}

func (m *Makers) Carry(_ context.Context, s identity.Signal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = append(m.heard, s.Endpoint[len(Maker):])
	if m.Answer == nil {
		return nil
	}
	return m.Answer(s.Endpoint[len(Maker):])
}

// Heard is whom they were asked to signal since the last look, in no order of their own.
func (m *Makers) Heard() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	heard := m.heard
	m.heard = nil
	slices.Sort(heard)
	return heard
}

// signals is the sender that the outbox has before there is the act.
type signals struct{ *Kit }

func (k signals) Send(ctx context.Context, id identity.DeliveryID, address, text string) error {
	return k.Signal.Send(ctx, id, address, text)
}
