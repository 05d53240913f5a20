package acts_test

import (
	"context"
	"errors"
	"time"

	"netid/internal/identity"
	"netid/test/kit"
)

// claims asks for a correction, and answers it.
func claims(ctx context.Context, s *scene) error {
	_, err := s.Rights.Ask(ctx, s.Session, identity.RightCorrect, "name")
	return err
}

func claimsUnknown(ctx context.Context, s *scene) error {
	_, err := s.Rights.AskUnknown(ctx, "document_not_valid")
	return err
}

func answersClaim(ctx context.Context, s *scene) error {
	all, err := s.Rights.Queue(ctx)
	if err == nil {
		err = s.Rights.Answer(ctx, all[0].Ref, true, "")
	}
	return err
}

func remindsOfClaims(ctx context.Context, s *scene) error {
	_, err := s.Rights.Remind(ctx)
	return err
}

// late is a claim whose day has passed.
func late(_ context.Context, s *scene) error {
	s.Advance(17 * 24 * time.Hour)
	return nil
}

func wishes(ctx context.Context, s *scene) error {
	return s.Rights.Say(ctx, s.Session, identity.WishErase, s.Passcode)
}

// bereaved is somebody whose relative, s.Citizen, has died; s.guardian is who is left.
func bereaved(ctx context.Context, s *scene) error {
	if err := signedIn(ctx, s); err != nil {
		return err
	}
	heir := s.Adult(8)
	if err := errors.Join(heir.Enrol(ctx), heir.SignIn(ctx)); err != nil {
		return err
	}
	s.guardian = heir
	s.Of(heir)
	s.Tell(s.Hears(identity.PersonDeceased))
	if err := followed(ctx, s); err != nil {
		return err
	}
	s.Advance(31 * 24 * time.Hour)
	if err := heir.SignIn(ctx); err != nil {
		return err
	}
	all, err := s.Rights.Departed(ctx, heir.Session)
	if err == nil && len(all) == 1 {
		s.ref = all[0].Ref
	}
	return err
}

func byHeir(do func(ctx context.Context, s *scene, heir *kit.Citizen) error) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error { return do(ctx, s, s.guardian) }
}

// ofRights are the acts by which rights are used.
func ofRights() []act {
	return []act{
		{name: "rights.Ask", ready: signedIn, do: claims, heard: []string{"right_open"}},
		{name: "rights.AskUnknown", ready: signedIn, do: claimsUnknown},
		{name: "rights.Answer", ready: ready(signedIn, claims), do: answersClaim, heard: []string{"claim_answered"}},
		{name: "rights.Remind", ready: ready(signedIn, claims, late), do: remindsOfClaims},
		{name: "rights.Say", ready: signedIn, do: wishes, twice: string(identity.WishSaid)},
		{name: "rights.Copy", ready: bereaved, do: byHeir(func(ctx context.Context, s *scene, heir *kit.Citizen) error {
			_, err := s.Rights.Copy(ctx, heir.Session, s.ref, heir.Passcode)
			return err
		}), twice: string(identity.HeirCopied)},
		{name: "erase.EraseDead", ready: bereaved, do: byHeir(func(ctx context.Context, s *scene, heir *kit.Citizen) error {
			_, err := s.Kit.Erase.EraseDead(ctx, heir.Session, s.ref, heir.Passcode)
			return err
		}), heard: []string{"heir_refused"}},
	}
}
