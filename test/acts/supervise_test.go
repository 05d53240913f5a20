package acts_test

import (
	"context"

	"netid/internal/act/supervise"
	"netid/internal/law"
)

// assessed is a duty that Ann wrote down.
func assessed(ctx context.Context, s *scene) (err error) {
	s.ref, err = s.Supervise.Open(ctx, supervise.Opening{By: "Ann", Duty: law.AssessImpact, What: "the face step"})
	return err
}

func urgent(ctx context.Context, s *scene) (err error) {
	s.ref, err = s.Supervise.Begin(ctx, supervise.Need{By: "Ann", Approver: "Bo", Citation: "a law", What: "a flood", Affected: 3, Began: s.Now()})
	return err
}

// ofSupervision are the records of what supervision asks.
func ofSupervision() []act {
	step := supervise.Step{By: "Ann", What: "it was done", Number: "No. 7"}
	do := func(ctx context.Context, s *scene) error { return s.Supervise.Do(ctx, s.ref, step) }
	end := func(ctx context.Context, s *scene) error { return s.Supervise.End(ctx, s.ref, step) }
	tell := func(ctx context.Context, s *scene) error { return s.Supervise.Tell(ctx, s.ref, step) }
	done := []string{"supervision_done"}
	return []act{
		{name: "supervise.Open", do: assessed, twice: "public"},
		{name: "supervise.Do", ready: assessed, do: do, twice: "public"},
		{name: "supervise.Begin", do: urgent, twice: "public"},
		{name: "supervise.End", ready: urgent, do: end, heard: done},
		{name: "supervise.Tell", ready: ready(urgent, end), do: tell, heard: done},
		{name: "supervise.Sweep", ready: ready(invited, entered), do: func(ctx context.Context, s *scene) error { return s.Supervise.Sweep(ctx) }},
	}
}
