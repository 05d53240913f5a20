package acts_test

import (
	"context"
	"time"

	"netid/internal/act/attest"
	"netid/internal/identity"
	"netid/test/kit"
)

func offersAttestations(tx bool) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) (err error) {
		s.offer, err = s.Attest.Offer(ctx, s.Session, attest.Choice{Kinds: []string{"age", "person"}, Tx: tx})
		return err
	}
}

func takesUp(tx string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) (err error) {
		if tx == "right" {
			tx = s.offer.TxCode
		}
		held, err := s.Attest.Redeem(ctx, attest.Redemption{Code: s.offer.Code, TxCode: tx, Confirm: identity.Confirm{JKT: "wallet"}})
		if err == nil {
			s.held = held
		}
		return err
	}
}

// renewsAttestations is with a proof that is good once.
func renewsAttestations(ctx context.Context, s *scene) error {
	_, err := s.Attest.Renew(ctx, attest.Renewal{Token: s.held.Refresh, Confirm: identity.Confirm{JKT: "wallet"},
		Takes: []identity.TakeOnce{{ID: []byte("a proof"), Until: s.Now().Add(time.Minute)}}})
	return err
}

func ordersAttestations(_ context.Context, s *scene) error {
	g, err := s.Attest.Grant(s.held.Access)
	s.order = kit.Order(g, "age", 2)
	return err
}

func getsAttestations(ctx context.Context, s *scene) error {
	_, err := s.Attest.Issue(ctx, s.order)
	return err
}
