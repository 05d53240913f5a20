package acts_test

import (
	"context"
	"time"

	"netid/internal/act/assist"
	"netid/internal/law"
	"netid/internal/officer"
)

// asks writes down that an authority asks who the scene's citizen is.
func asks(ctx context.Context, s *scene) (err error) {
	key, err := officer.NewAuthority(s.Officers.Keys[0].Public().Suite())
	if err == nil {
		s.ref, err = s.Assist.Request(ctx, assist.Ask{By: "Ed", Authority: "an office", Citation: "a law", Key: key.Public().Text(), Help: string(law.RealIdentity), Number: string(s.Grant.Number)})
	}
	return err
}

func asksLog(ctx context.Context, s *scene) error {
	key, err := officer.NewAuthority(s.Officers.Keys[0].Public().Suite())
	if err == nil {
		today := s.Now().UTC().Truncate(24 * time.Hour)
		s.ref, err = s.Assist.Request(ctx, assist.Ask{By: "Ed", Authority: "an office", Citation: "a law", Key: key.Public().Text(), Help: string(law.AuthenticationLog), Number: string(s.Grant.Number), From: today, To: today})
	}
	return err
}

// asksAccount writes down that an authority asks whose an account at the shop is.
func asksAccount(ctx context.Context, s *scene) error {
	key, err := officer.NewAuthority(s.Officers.Keys[0].Public().Suite())
	if err != nil {
		return err
	}
	o, err := s.Vault.Open(ctx, s.Grant.Person)
	if err == nil {
		sub := s.Vault.Subject(o, "shop")
		s.ref, err = s.Assist.Request(ctx, assist.Ask{By: "Ed", Authority: "an office", Citation: "a law", Key: key.Public().Text(), Help: string(law.RealIdentity), Pseudonym: string(sub), At: "shop"})
	}
	return err
}

// approves gives the yes of an officer, by their name.
func approves(n int, name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		key := s.Officers.Keys[n]
		if all, err := s.Assist.Officers(ctx); err != nil || len(all) <= n {
			if err = s.Assist.Name(ctx, assist.Officer{ID: key.Public().ID(), Name: name}); err != nil {
				return err
			}
		}
		p, err := s.Assist.Paper(ctx, s.ref, key.Public().ID())
		if err != nil {
			return err
		}
		word, err := officer.Yes(p, key)
		if err == nil {
			_, err = s.Assist.Approve(ctx, s.ref, word)
		}
		return err
	}
}

// ofAssistance are the acts of lawful assistance.
func ofAssistance() []act {
	first, second := approves(0, "Ann"), approves(1, "Bo")
	open := func(ctx context.Context, s *scene) error { _, err := s.Assist.Release(ctx, s.ref); return err }
	name := func(ctx context.Context, s *scene) error {
		return s.Assist.Name(ctx, assist.Officer{ID: s.Officers.Keys[2].Public().ID(), Name: "Cy"})
	}
	late := func(_ context.Context, s *scene) error { s.Advance(73 * time.Hour); return nil }
	return []act{
		{name: "assist.Sweep", ready: ready(signedIn, asks, first, second, open, late), do: func(ctx context.Context, s *scene) error { return s.Assist.Sweep(ctx) }},
		{name: "assist.Request", ready: signedIn, do: asks},
		{name: "assist.Name", do: name, heard: []string{"officer_named"}},
		{name: "assist.Approve", ready: ready(signedIn, asks, first, nameOf(1, "Bo")), do: second, heard: []string{"approver_same"}},
		{name: "assist.Release", ready: ready(signedIn, asks, first, second), do: open, heard: []string{"assistance_opened"}},
		{name: "assist.Request, by a pseudonym", ready: signedIn, do: asksAccount},
		{name: "assist.Release, by a pseudonym", ready: ready(signedIn, asksAccount, first, second), do: open, heard: []string{"assistance_opened"}},
		{name: "assist.Rows", ready: ready(signedIn, asksLog, first, second, open), do: func(ctx context.Context, s *scene) error {
			_, err := s.Assist.Rows(ctx, s.ref, []byte("owner"))
			return err
		}, heard: []string{"assistance_opened"}},
		{name: "assist.Examine", ready: ready(signedIn, asks, first, second, open), do: func(ctx context.Context, s *scene) error {
			return s.Assist.Examine(ctx, s.ref, law.Hand{Name: "Di"}, "it was right")
		}, heard: []string{"assistance_reviewed"}},
	}
}

func nameOf(n int, name string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		return s.Assist.Name(ctx, assist.Officer{ID: s.Officers.Keys[n].Public().ID(), Name: name})
	}
}
