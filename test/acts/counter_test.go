package acts_test

import (
	"context"

	"netid/internal/identity"
)

const (
	hall  = identity.CounterID("hall-1")
	hall2 = identity.CounterID("hall-2")
)

// opened sets up two counters.
func opened(ctx context.Context, s *scene) error {
	for _, id := range []identity.CounterID{hall, hall2} {
		if _, _, err := s.Counter.Add(ctx, string(id)); err != nil {
			return err
		}
	}
	return nil
}

// atCounter is an enrolment at a counter up to a step; the slip on its screen is kept.
func atCounter(name string) func(context.Context, *scene) error {
	return ready(opened, func(ctx context.Context, s *scene) (err error) {
		if err = s.ToCounter(ctx, hall, name); err == nil {
			s.slip, err = s.Case(ctx)
		}
		return err
	})
}

func askSecond(ctx context.Context, s *scene) error { return s.Kit.Enrol.AskSecond(ctx, s.Draft) }
func agree(ctx context.Context, s *scene) error     { return s.Kit.Enrol.CaseAgree(ctx, hall2, s.slip) }
func finish(ctx context.Context, s *scene) error {
	_, err := s.Kit.Enrol.Finish(ctx, s.Draft)
	return err
}

func printed(ctx context.Context, s *scene) error {
	slip, _, err := s.Kit.Enrol.Slip(ctx, s.Draft)
	s.slip = slip.Grouped()
	return err
}

func challengeAt(ctx context.Context, s *scene) error {
	_, err := s.Kit.Enrol.CaseChallenge(ctx, s.slip)
	return err
}

func exchangeAt(ctx context.Context, s *scene) error {
	_, err := s.Kit.Enrol.CaseExchange(ctx, s.slip, s.Evidence())
	return err
}

func presentAt(ctx context.Context, s *scene) error {
	return s.Kit.Enrol.CasePresent(ctx, hall, s.slip, s.Evidence())
}

// atCounters are the acts of clerks, and those of who stands before one.
func atCounters(draft []string) []act {
	return []act{
		{name: "counter.Add", do: func(ctx context.Context, s *scene) error { _, _, err := s.Counter.Add(ctx, string(hall)); return err }},
		{name: "counter.Grant", do: func(ctx context.Context, s *scene) error {
			_, err := s.Counter.Grant(ctx, hall, make([]byte, 32))
			return err
		}},
		{name: "counter.Remove", ready: opened, do: func(ctx context.Context, s *scene) error { return s.Counter.Remove(ctx, string(hall)) }, heard: []string{"counter_unknown"}},
		{name: "enrol.AskClerk", ready: upTo("challenge"), do: func(ctx context.Context, s *scene) error { return s.Kit.Enrol.AskClerk(ctx, s.Draft) }},
		{name: "enrol.CaseChallenge", ready: atCounter("challenge"), do: challengeAt},
		{name: "enrol.CaseExchange", ready: ready(atCounter("challenge"), challengeAt), do: exchangeAt, again: ready(challengeAt, exchangeAt), heard: []string{"challenge_expired"}},
		{name: "enrol.CasePresent", ready: ready(atCounter("challenge"), challengeAt), do: presentAt, again: ready(challengeAt, presentAt), heard: draft},
		{name: "enrol.AskSecond", ready: atCounter("phone"), do: askSecond, heard: draft},
		{name: "enrol.CaseAgree", ready: ready(atCounter("phone"), askSecond), do: agree, heard: append([]string{"second_not_asked"}, draft...)},
		{name: "enrol.NoPhone", ready: ready(atCounter("phone"), askSecond, agree),
			do: func(ctx context.Context, s *scene) error { return s.Kit.Enrol.NoPhone(ctx, s.Draft) }, heard: draft},
		{name: "enrol.Finish", ready: atCounter("finish"), do: finish, heard: draft},
		{name: "enrol.Slip", ready: atCounter("finish"), do: printed, heard: draft},
		{name: "enrol.Resume", ready: ready(atCounter("finish"), printed), do: func(ctx context.Context, s *scene) error {
			_, err := s.Kit.Enrol.Resume(ctx, s.slip)
			return err
		}, heard: []string{"slip_over"}},
	}
}
