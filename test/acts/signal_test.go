package acts_test

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// signalled has the person's device signalled at an address.
func signalled(at string) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error {
		return s.Signal.On(ctx, s.Session, identity.Signal{Endpoint: kit.Maker + at, Key: kit.MakersKey})
	}
}

func signals() []act {
	off := func(ctx context.Context, s *scene) error { return s.Signal.Off(ctx, s.Session, s.Certificate.ID) }
	return []act{
		{name: "signal.On", ready: signedIn, do: signalled("a")},
		{name: "signal.On, at another address", ready: ready(signedIn, signalled("a")), do: signalled("b")},
		{name: "signal.Off", ready: ready(signedIn, signalled("a")), do: off},
		{name: "signal.Send, to nobody any more", ready: ready(signedIn, signalled("a")), do: func(ctx context.Context, s *scene) error {
			s.Makers.Answer = func(string) error { return fault.New("test", fault.Gone, "signal_over") }
			address, err := s.Session.Person.MarshalText()
			if err != nil {
				return err
			}
			return s.Signal.Send(ctx, identity.NewDeliveryID(), string(address), "")
		}},
	}
}
