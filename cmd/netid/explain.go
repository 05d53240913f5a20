package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/web/shell"
)

type complianceExplainCmd struct {
	File string `arg:"" help:"A record or an export, as the citizen's pages give it; - reads it from the standard input. Nothing is proven by this: netid verify does that."`
	Lang string `default:"en" env:"LC_ALL,LC_MESSAGES,LANG" placeholder:"zh|en" help:"The language of what is said."`
}

func (c *complianceExplainCmd) Run(s *surroundings) error {
	text, err := (&verifyCmd{File: c.File}).text(s.in)
	if err != nil {
		return err
	}
	events, err := eventsIn(text)
	if err != nil {
		return err
	}
	words, locale := shell.New(shell.Config{}), shell.English
	if strings.HasPrefix(strings.ToLower(c.Lang), "zh") {
		locale = shell.Chinese
	}
	book, unknown := law.New(), 0
	for _, e := range events {
		fmt.Fprintf(s.out, "%s  %s\n", e.Time.Format(time.RFC3339), shown(string(e.Kind)))
		for _, g := range e.Grounds {
			texts, known := book.Explain(g)
			if !known {
				unknown++
				fmt.Fprintf(s.out, "  %s\n", words.Say(locale, "explain.unknown", shown(g.Rule), shown(g.Version)))
			}
			for _, w := range texts {
				fmt.Fprintf(s.out, "  %s\n", words.Say(locale, "explain.rule", w.Rule, w.Version, w.Question.In(locale), strings.Trim(fmt.Sprint(w.Articles), "[]")))
				if w.Ended != "" {
					fmt.Fprintf(s.out, "  %s\n", words.Say(locale, "explain.ended", w.Ended))
				}
			}
		}
	}
	if unknown > 0 {
		return errors.New("some decisions name a rule or a version that this program does not know")
	}
	return nil
}

// eventsIn reads the events of an export, or the one of a record.
func eventsIn(text []byte) ([]identity.Event, error) {
	type entry struct {
		Event string `json:"event"`
	}
	var x struct {
		entry
		Events []entry `json:"events"`
	}
	if err := json.Unmarshal(text, &x); err != nil || x.Event == "" && len(x.Events) == 0 {
		return nil, errors.New("this is neither a record nor a file of everything about somebody")
	}
	if x.Event != "" {
		x.Events = append(x.Events, x.entry)
	}
	events := make([]identity.Event, len(x.Events))
	for i, one := range x.Events {
		if err := json.Unmarshal([]byte(one.Event), &events[i]); err != nil {
			return nil, fmt.Errorf("record %d is not one: %w", i+1, err)
		}
	}
	return events, nil
}
