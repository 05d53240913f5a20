package acts_test

import (
	"context"
	"time"

	"netid/internal/act/incident"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// broke opens an incident, as Ann.
func broke(ctx context.Context, s *scene) (err error) {
	s.ref, err = s.Incident.Open(ctx, incident.Opening{By: "Ann", Kind: "key", Severity: "large", Known: s.Now(), What: "a key was seen"})
	return err
}

func glass(ctx context.Context, s *scene) (err error) {
	s.ref, err = s.Incident.Break(ctx, "Ann", "the store burned")
	return err
}

func stepped(do func(*incident.Act) func(context.Context, string, incident.Step) error, step incident.Step) func(context.Context, *scene) error {
	return func(ctx context.Context, s *scene) error { return do(s.Incident)(ctx, s.ref, step) }
}

type stepping = func(context.Context, string, incident.Step) error

// ofIncidents are the acts of what went wrong. Who notes again has two notes.
func ofIncidents() []act {
	wrote := incident.Step{By: "Bo", What: "it was done"}
	spared, closed := wrote, wrote
	spared.Spared, closed.Second = true, "Cy"
	note := stepped(func(a *incident.Act) stepping { return a.Note }, wrote)
	report := stepped(func(a *incident.Act) stepping { return a.Report }, wrote)
	remove := stepped(func(a *incident.Act) stepping { return a.Remove }, wrote)
	tell := stepped(func(a *incident.Act) stepping { return a.Tell }, spared)
	examine := stepped(func(a *incident.Act) stepping { return a.Examine }, wrote)
	end := stepped(func(a *incident.Act) stepping { return a.Close }, closed)
	done := []string{"incident_step_done"}
	stop := func(ctx context.Context, s *scene) error { return s.Incident.Stop(ctx, s.ref, law.StopIssue, wrote) }
	stopAt := func(s *scene) time.Time { return s.Now().UTC().Truncate(time.Second) }
	all := stepped(func(a *incident.Act) stepping {
		return func(ctx context.Context, ref string, s incident.Step) error {
			x := identity.Text{ZH: "说明", EN: "words"}
			s.Notice = &law.IncidentNotice{Kinds: x, Cause: x, Harm: x, Measures: x, Yourself: x, Contact: "12345"}
			return a.Notify(ctx, ref, s, incident.Whom{All: true})
		}
	}, wrote)
	return []act{
		{name: "incident.Open", do: broke, twice: "public"},
		{name: "incident.Note", ready: broke, do: note},
		{name: "incident.Report", ready: broke, do: report, heard: done},
		{name: "incident.Remove", ready: broke, do: remove, heard: done},
		{name: "incident.Tell", ready: broke, do: tell},
		{name: "incident.Examine", ready: broke, do: examine, heard: done},
		{name: "incident.Close", ready: ready(broke, report, remove, tell, examine), do: end, heard: []string{"incident_closed"}},
		{name: "incident.Stop", ready: broke, do: stop, heard: []string{"stop_stands"}},
		{name: "incident.Lift", ready: ready(broke, stop), do: func(ctx context.Context, s *scene) error {
			return s.Incident.Lift(ctx, law.StopIssue, stopAt(s), "Ann", "Bo", "it was done")
		}, heard: []string{"stop_unknown"}},
		{name: "incident.LiftEndorsed", ready: ready(broke, stop), do: func(ctx context.Context, s *scene) error {
			by, err := s.Lifts(ctx, law.StopIssue)
			if err != nil {
				return err
			}
			return s.Incident.LiftEndorsed(ctx, law.StopIssue, by[0], by[1], "it was done")
		}, heard: []string{"stop_unknown"}},
		{name: "incident.Notify", ready: broke, do: all, heard: done},
		{name: "incident.Seen", ready: ready(signedIn, broke, all), do: func(ctx context.Context, s *scene) error {
			told, err := s.Incident.Notices(ctx, s.Session)
			if err != nil {
				return err
			}
			if len(told) == 0 {
				return fault.New("acts", fault.NotFound, "incident_unknown")
			}
			return s.Incident.Seen(ctx, s.Session, told[0].Mark)
		}, heard: []string{"incident_unknown"}},
		{name: "incident.Reissue", ready: ready(broke, stop), do: func(ctx context.Context, s *scene) error {
			_, err := s.Incident.Reissue(ctx, s.ref, wrote, s.Now().Add(-time.Hour), s.Now().Add(-time.Minute))
			return err
		}},
		{name: "incident.Drilled", do: func(ctx context.Context, s *scene) error {
			d := incident.Drill{By: "Ann", What: "a drill", People: 3}
			for _, step := range incident.DrillSteps() {
				d.Took = append(d.Took, incident.Took{Step: step})
			}
			_, err := s.Incident.Drilled(ctx, d)
			return err
		}, twice: "public"},
		{name: "incident.Break", do: glass, twice: "public"},
		{name: "incident.Inspect", ready: glass, do: func(ctx context.Context, s *scene) error {
			return fault.At("acts", s.Incident.Inspect(ctx, s.ref, "Bo", "it was needed"))
		}, heard: done},
	}
}
