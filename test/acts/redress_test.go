package acts_test

import (
	"context"
	"errors"

	"netid/internal/act/admit"
	"netid/internal/law"
)

// forgets is a party that is asked to delete, and that knows the person.
func forgets(ctx context.Context, s *scene) error {
	if _, _, err := s.Admit.Register(ctx, admit.Application{ID: "leaves", Name: "Shop", RedirectURIs: []string{"https://leaves.example/cb"}, Sandbox: true,
		Leaving: admit.Leaving{BackChannel: "https://leaves.example/back", Erasures: "https://leaves.example/erasure"}}); err != nil {
		return err
	}
	return inside(ctx, s)
}

func askedToErase(ctx context.Context, s *scene) error {
	return s.Redress.Erase(ctx, s.Session, "leaves")
}

// wished keeps what the party was sent.
func wished(_ context.Context, s *scene) error {
	for _, w := range s.Wished() {
		s.said = w.Request
		return nil
	}
	return errors.New("nobody was asked")
}

func redresses() []act {
	done := func(ctx context.Context, s *scene) error { return s.Redress.Answer(ctx, "leaves", s.said, true, "") }
	return []act{
		{name: "look.Copied", ready: signedIn, do: func(ctx context.Context, s *scene) error { _, err := s.Look.Copied(ctx, s.Session); return err }, twice: "exported"},
		{name: "enrol.AgreeAnew", ready: signedIn, do: agreedAnew},
		{name: "redress.Erase", ready: ready(signedIn, forgets), do: askedToErase, heard: []string{"erasure_waits"}},
		{name: "redress.Answer", ready: ready(signedIn, forgets, askedToErase, wished), do: done},
		{name: "redress.Answer, about somebody who left", ready: ready(signedIn, forgets, askedToErase, wished, left), do: done},
		{name: "redress.Report", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error {
			return s.Redress.Report(ctx, s.Session, "leaves", "plaintext", s.there.Receipt)
		}, heard: []string{"report_made"}},
	}
}

// agreedAnew is a yes to the same words in another language than that of the enrolment.
func agreedAnew(ctx context.Context, s *scene) error {
	n, _ := law.NoticeByID("enrolment")
	return s.Kit.Enrol.AgreeAnew(ctx, s.Session, n.Version, "en")
}

func left(ctx context.Context, s *scene) error {
	_, err := s.Kit.Erase.Erase(ctx, s.Session, s.Passcode)
	return err
}
