package main

import (
	"context"
	"fmt"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/vault"
	"netid/internal/web/shell"
)

// countFaces tells the operator, once a day and at the start, how near the number
// is at which the face measures ask for a filing, and when that is due.
func (h *house) countFaces(ctx context.Context, faces *enrol.Act, said identity.Date) identity.Date {
	today := identity.Today(h.Now())
	if today == said {
		return said
	}
	t, err := faces.MarkFaces(ctx, law.FaceAlarm, law.FaceFiling)
	if err != nil {
		h.Log.Error("count the persons who used the face step", "err", err)
		return said // again in an hour
	}
	switch {
	case !t.Filing.IsZero():
		reached := identity.Today(t.Filing)
		h.Log.Warn("a filing for face recognition is due: netid face filing writes its draft", "persons", t.Persons, "reached", reached.String(), "due", law.FilingDue(reached).String())
	case !t.Alarm.IsZero():
		h.Log.Warn("the number of persons nears that at which a filing for face recognition is due", "persons", t.Persons, "filing_at", law.FaceFiling)
	}
	return today
}

type faceCmd struct {
	Filing faceFilingCmd `cmd:"" help:"Write the draft of the filing that the measures on face recognition ask for, with the number of persons and its dates. Reads only, beside a running server or without one."`
}

type faceFilingCmd struct{ storeFlag }

// Run writes it in both languages.
func (c *faceFilingCmd) Run(s *surroundings) error {
	of, err := c.site()
	if err != nil {
		return err
	}
	r, err := openReading(s.ctx, of)
	if err != nil {
		return err
	}
	defer r.Close()
	t, err := (&enrol.Act{Store: r.store, Vault: &vault.Guarded{Vault: vaultOf(r.ring, r.store, nil, time.Now), Tries: r.store, Now: time.Now}}).FaceTally(s.ctx)
	if err != nil {
		return err
	}
	words := shell.New(shell.Config{})
	for _, locale := range []string{shell.Chinese, shell.English} {
		for _, line := range filing(words, locale, t, time.Now()) {
			fmt.Fprintln(s.out, line)
		}
	}
	return nil
}

// filing is the draft in one language. What only the operator knows is left to fill in.
func filing(words *shell.Shell, locale string, t enrol.Tally, now time.Time) []string {
	say := func(key string, args ...any) string { return words.Say(locale, key, args...) }
	since, reached, due := say("filing.never"), say("filing.never"), say("filing.never")
	if !t.Since.IsZero() && t.Persons > 0 {
		since = shell.Day(locale, t.Since)
	}
	if !t.Filing.IsZero() {
		d := law.FilingDue(identity.Today(t.Filing))
		reached = shell.Day(locale, t.Filing)
		due = shell.Day(locale, time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, time.UTC))
	}
	return []string{
		"# " + say("filing.title"), "", say("filing.draft", shell.When(locale, now)), "",
		"1. " + say("filing.who"), "2. " + say("filing.purpose"),
		"3. " + say("filing.number", t.Persons, since), "   " + say("filing.marks", reached, due), "   " + say("filing.days"),
		"4. " + say("filing.rules"), "5. " + say("filing.assessment"), "6. " + say("filing.else"), "",
	}
}
