package kit

import (
	"context"
	"encoding/json"
	"slices"

	"netid/internal/identity"
)

// Notice is what a party's server was told.
type Notice struct {
	Party string
	identity.LogoutNotice
}

// servers are those of the parties, as far as the outbox knows them.
type servers struct{ k *Kit }

func (s servers) Send(_ context.Context, _ identity.DeliveryID, party, text string) error {
	if s.k.Down != nil {
		if err := s.k.Down(party); err != nil {
			return err
		}
	}
	n := Notice{Party: party}
	if err := json.Unmarshal([]byte(text), &n.LogoutNotice); err != nil {
		return err
	}
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	s.k.told = append(s.k.told, n)
	return nil
}

// Told delivers what waits, and gives all that parties' servers were told so far.
func (k *Kit) Told() []Notice {
	k.t.Helper()
	_, err := k.Deliver.Round(context.Background())
	must(k.t, err)
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.told)
}

// Wish is what a party's server was asked to delete.
type Wish struct {
	Party identity.PartyID
	identity.ErasureNotice
}

// erasers are the parties' servers as they are asked to delete.
type erasers struct{ k *Kit }

func (s erasers) Send(_ context.Context, _ identity.DeliveryID, party, text string) error {
	if s.k.Down != nil {
		if err := s.k.Down(party); err != nil {
			return err
		}
	}
	w := Wish{Party: identity.PartyID(party)}
	if err := json.Unmarshal([]byte(text), &w.ErasureNotice); err != nil {
		return err
	}
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	s.k.wished = append(s.k.wished, w)
	return nil
}

// Wished delivers what waits, and gives all that parties' servers were asked to delete so far.
func (k *Kit) Wished() []Wish {
	k.t.Helper()
	_, err := k.Deliver.Round(context.Background())
	must(k.t, err)
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.wished)
}
