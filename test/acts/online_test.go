package acts_test

import (
	"context"

	"netid/internal/act/admit"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// drawn is a code, and a venue that may ask about it.
func drawn(ctx context.Context, s *scene) error {
	if err := offeredOnce(ctx, s); err != nil {
		return err
	}
	return drawnAgain(ctx, s)
}

func offeredOnce(ctx context.Context, s *scene) (err error) {
	set := []byte(`{"keys":[` + string(kit.NewDevice().JWK) + `]}`)
	if _, _, err = s.Admit.Register(ctx, admit.Application{ID: "gate", Name: "Gate", NameZH: "门", RedirectURIs: []string{"https://gate.example/"}, JWKS: set, Details: []string{identity.DetailVenue}, Sandbox: true}); err != nil && !fault.Because(err, "party_exists") {
		return err
	}
	s.offered, err = s.Authorize.Offer(ctx, s.Session, false, "en")
	return err
}

func drawnAgain(ctx context.Context, s *scene) error {
	d, err := s.Authorize.Draw(ctx, s.Session, s.offered.Request, authorize.Approval{Locale: "en", Certificate: s.Certificate.ID.String(), Signature: s.Device.Sign(s.offered.Statement.Bytes())})
	s.shown = d.Code
	return err
}

func scanned(ctx context.Context, s *scene) error {
	_, err := s.Scan(ctx, "gate", s.shown)
	return err
}
