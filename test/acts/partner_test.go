package acts_test

import (
	"context"
	"encoding/json"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/partner"
	"netid/internal/identity"
	"netid/test/kit"
)

const companyHost = "company.example"

// company founds an organisation whose host names it, and lets a colleague in.
func company(ctx context.Context, s *scene) (err error) {
	if s.worker, err = s.Organisation(ctx); err != nil {
		return err
	}
	if s.word, err = s.Partner.Invite(ctx, s.worker.Who, partner.Admin); err != nil {
		return err
	}
	if s.colleague, err = s.Colleague(ctx, s.word); err != nil {
		return err
	}
	s.passkey = kit.NewDevice()
	s.Published = map[string]string{"https://" + companyHost + "/.well-known/netid-party.txt": string(s.worker.Who.Organisation)}
	s.word, err = s.Partner.Invite(ctx, s.worker.Who, partner.Viewer)
	return err
}

func owned(ctx context.Context, s *scene) error {
	s.PartyKeys = map[identity.PartyID][]byte{"shop": s.passkey.JWK}
	by := s.worker.Who
	return s.Partner.Claim(ctx, by, "shop", string(s.passkey.Sign([]byte(s.Partner.Audience(by.Organisation)))))
}

func released(ctx context.Context, s *scene) error {
	return s.Partner.Release(ctx, s.worker.Who, "shop", true)
}

// drafted is a company with an application that nobody was handed, and its name as the scene's party.
func drafted(ctx context.Context, s *scene) (err error) {
	if err = s.Partner.Prove(ctx, s.worker.Who, companyHost); err == nil {
		s.registered, err = s.Drafted(ctx, s.worker)
	}
	return err
}

func overlapped(ctx context.Context, s *scene) error {
	return s.Partner.Upload(ctx, s.worker.Who, s.registered, kit.PublicKey("next"), s.Now().Add(time.Hour))
}

func lodging(s *scene) admit.Application {
	return admit.Application{ID: "lodged", Name: "Shop", Purpose: "Sign in", RedirectURIs: []string{"https://company.example/cb"}, Otherwise: kit.Declared().Otherwise,
		JWKS: json.RawMessage(`{"keys":[` + string(kit.PublicKey("one")) + `]}`)}
}

// ofPartners are the acts of organisations. Who tries again to join or to found has
// another answer to another challenge: it is another member, or finds the link taken.
func ofPartners() []act {
	return []act{
		{name: "partner.Found", do: func(ctx context.Context, s *scene) error { _, err := s.Organisation(ctx); return err }, twice: "public"},
		{name: "partner.Invite", ready: company, do: func(ctx context.Context, s *scene) error {
			_, err := s.Partner.Invite(ctx, s.worker.Who, partner.Viewer)
			return err
		}, twice: "public"},
		{name: "partner.Join", ready: company, do: func(ctx context.Context, s *scene) error { _, err := s.Colleague(ctx, s.word); return err }, heard: []string{"partner_invitation_over"}},
		{name: "partner.Appoint", ready: company, do: func(ctx context.Context, s *scene) error {
			return s.Partner.Appoint(ctx, s.worker.Who, s.colleague.Who.Member, partner.Viewer)
		}, twice: "public"},
		{name: "partner.Remove", ready: company, do: func(ctx context.Context, s *scene) error {
			return s.Partner.Remove(ctx, s.worker.Who, s.colleague.Who.Member)
		}, heard: []string{"partner_member_unknown"}},
		{name: "partner.SignIn", ready: company, do: func(ctx context.Context, s *scene) error {
			sealed, err := s.Partner.Challenge()
			if err != nil {
				return err
			}
			_, err = s.Partner.SignIn(ctx, sealed, s.worker.Who.Organisation, s.worker.Who.Member, s.worker.Device.Sign([]byte(s.Partner.SignInText(sealed))))
			return err
		}},
		{name: "partner.SignOut", ready: company, do: func(ctx context.Context, s *scene) error { return s.Partner.SignOut(ctx, s.worker.Cookie) }},
		{name: "partner.Issue", ready: company, do: func(ctx context.Context, s *scene) error { _, err := s.Partner.Issue(ctx, s.worker.Who); return err }, twice: "public"},
		{name: "partner.Strike", ready: ready(company, func(ctx context.Context, s *scene) error {
			token, err := s.Partner.Issue(ctx, s.worker.Who)
			if err == nil {
				s.bearer, err = s.Partner.Bearer(ctx, token)
			}
			return err
		}), do: func(ctx context.Context, s *scene) error { return s.Partner.Strike(ctx, s.worker.Who, s.bearer.Member) }, heard: []string{"partner_token_unknown"}},
		{name: "partner.Prove", ready: company, do: func(ctx context.Context, s *scene) error { return s.Partner.Prove(ctx, s.worker.Who, companyHost) }, heard: []string{"partner_has_it"}},
		{name: "partner.Claim", ready: company, do: owned, heard: []string{"partner_has_it"}},
		{name: "partner.Release", ready: ready(company, owned), do: released, heard: []string{"partner_application_unknown"}},
		{name: "partner.Draft", ready: ready(company, drafted), do: func(ctx context.Context, s *scene) error {
			_, err := s.Partner.Draft(ctx, s.worker.Who, s.registered, kit.Declared())
			return err
		}, twice: "public"},
		{name: "partner.Draft, new", ready: company, do: func(ctx context.Context, s *scene) error {
			_, err := s.Partner.Draft(ctx, s.worker.Who, "", kit.Declared())
			return err
		}, twice: "public"},
		{name: "partner.Tested", ready: ready(company, drafted), do: func(ctx context.Context, s *scene) error {
			return s.Partner.Tested(ctx, s.worker.Who, s.registered, []byte(`{"checks":[{"outcome":"passed"}]}`))
		}, twice: "public"},
		{name: "partner.Upload", ready: ready(company, drafted), do: overlapped, twice: "public", again: overlapped},
		{name: "partner.Publish", ready: ready(company, drafted), do: func(ctx context.Context, s *scene) error {
			return s.Partner.Publish(ctx, s.worker.Who, s.registered, "https://company.example/keys")
		}, twice: "public"},
		{name: "partner.Count", ready: ready(company, drafted), do: func(ctx context.Context, s *scene) error {
			s.Partner.Answered(s.registered, partner.Asked, 0)
			return s.Partner.Count(ctx)
		}},
		{name: "admit.Lodge", do: func(ctx context.Context, s *scene) error {
			_, err := s.Admit.Lodge(ctx, lodging(s), "word")
			return err
		}},
		{name: "admit.Rekey", ready: func(ctx context.Context, s *scene) error {
			_, err := s.Admit.Lodge(ctx, lodging(s), "word")
			return err
		}, do: func(ctx context.Context, s *scene) error {
			_, err := s.Admit.Rekey(ctx, "lodged", "word", nil, "https://company.example/keys")
			return err
		}},
		{name: "partner.Leave", ready: ready(company, owned, released), do: func(ctx context.Context, s *scene) error { return s.Partner.Leave(ctx, s.worker.Who) }, heard: []string{"partner_signed_out"}},
	}
}
