package acts_test

import (
	"context"
	"time"

	"netid/internal/act/present"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/suite"
)

// asksWallets are questions to wallets: a row is put, and replaced by its answer once.
func asksWallets() []act {
	name := identity.Handle{1}.Text()
	in := func(s *scene) *present.Act {
		return &present.Act{Store: s.Store, Cover: suite.Cover{Suite: s.Profile.Suite()}, Law: law.New(), Issuer: "https://netid.example"}
	}
	put := func(name string) func(context.Context, *scene) error {
		return func(ctx context.Context, s *scene) error {
			return in(s).Put(ctx, name, []byte("question"), s.Now().Add(5*time.Minute))
		}
	}
	return []act{
		{name: "present.Put", ready: signedIn, do: func(ctx context.Context, s *scene) error { return put(identity.NewHandle().Text())(ctx, s) }},
		{name: "present.Replace", ready: ready(signedIn, put(name)), do: func(ctx context.Context, s *scene) error {
			return in(s).Replace(ctx, name, []byte("question"), []byte("answer"))
		}, heard: []string{"request_used"}},
	}
}
