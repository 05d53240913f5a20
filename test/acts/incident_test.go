package acts_test

import (
	"context"

	"netid/internal/act/incident"
	"netid/internal/fault"
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
	return []act{
		{name: "incident.Open", do: broke, twice: "public"},
		{name: "incident.Note", ready: broke, do: note},
		{name: "incident.Report", ready: broke, do: report, heard: done},
		{name: "incident.Remove", ready: broke, do: remove, heard: done},
		{name: "incident.Tell", ready: broke, do: tell},
		{name: "incident.Examine", ready: broke, do: examine, heard: done},
		{name: "incident.Close", ready: ready(broke, report, remove, tell, examine), do: end, heard: []string{"incident_closed"}},
		{name: "incident.Break", do: glass, twice: "public"},
		{name: "incident.Inspect", ready: glass, do: func(ctx context.Context, s *scene) error {
			return fault.At("acts", s.Incident.Inspect(ctx, s.ref, "Bo", "it was needed"))
		}, heard: done},
	}
}
