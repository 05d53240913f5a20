package acts_test

import (
	"context"

	"netid/internal/act/authorize"
	"netid/test/kit"
)

// crossing is a request across two devices, as a scene goes through it.
type crossing struct{ kept, number string }

func across() []act {
	arrived := func(ctx context.Context, s *scene) error {
		shown, err := s.Authorize.Screen(ctx, s.sealed, kit.Browser, "here")
		if err != nil {
			return err
		}
		s.crossing.kept, err = s.Authorize.Arrive(shown.Code)
		return err
	}
	scan := func(ctx context.Context, s *scene) error { return s.Authorize.Scan(ctx, s.Session, s.crossing.kept) }
	handed := func(ctx context.Context, s *scene) error {
		_, err := s.Authorize.Screen(ctx, s.sealed, kit.Browser, "here")
		return err
	}
	approve := func(ctx context.Context, s *scene) error {
		shown, err := s.Authorize.Scanned(ctx, s.Session, s.crossing.kept, "en")
		if err != nil {
			return err
		}
		return s.Authorize.ApproveAcross(ctx, s.Session, s.crossing.kept, authorize.Approval{Locale: "en", Passcode: s.Passcode,
			Certificate: s.Certificate.ID.String(), Signature: s.Device.Sign(shown.Statement.Bytes())})
	}
	numbered := func(ctx context.Context, s *scene) error {
		shown, err := s.Authorize.Scanned(ctx, s.Session, s.crossing.kept, "en")
		s.crossing.number = shown.Match
		return err
	}
	match := func(ctx context.Context, s *scene) error {
		_, err := s.Authorize.Match(ctx, s.sealed, kit.Browser, s.crossing.number)
		return err
	}
	// The kit's clock stands still, so a number that was wrong twice is one that ends it.
	wrong := func(ctx context.Context, s *scene) error {
		s.crossing.number = "no"
		for range 2 {
			if err := match(ctx, s); err == nil {
				return nil
			}
		}
		return nil
	}
	decline := func(ctx context.Context, s *scene) error {
		return s.Authorize.DeclineAcross(ctx, s.Session, s.crossing.kept)
	}
	return []act{
		{name: "authorize.Scan", ready: ready(signedIn, asked, arrived), do: scan},
		{name: "authorize.Screen, hands the request over", ready: ready(signedIn, asked, arrived, scan), do: handed},
		{name: "authorize.ApproveAcross", ready: ready(signedIn, asked, arrived, scan, handed), do: approve, heard: []string{"across_over"}},
		{name: "authorize.DeclineAcross", ready: ready(signedIn, asked, arrived, scan, handed), do: decline, heard: []string{"across_over"}},
		{name: "authorize.Match", ready: ready(signedIn, asked, arrived, scan, handed, approve, numbered), do: match, heard: []string{"request_used"}},
		{name: "authorize.Match, the third that is wrong", ready: ready(signedIn, asked, arrived, scan, handed, approve, wrong), do: match},
		{name: "logout.Disown", ready: ready(signedIn, logsOut, inside), do: func(ctx context.Context, s *scene) error {
			return s.Logout.Disown(ctx, s.Session, s.there.Receipt)
		}, heard: []string{"undo_late"}},
	}
}
