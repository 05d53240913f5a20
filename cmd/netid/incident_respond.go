package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/roster"
)

type incidentStopCmd struct {
	incidentStepCmd
	Scope string `default:"issuance" enum:"issuance,use" help:"issuance: no new numbers, certificates, devices and attestations; use: besides, nobody signs in or is verified (default: ${default})."`
}

func (c *incidentStopCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/incidents/"+url.PathEscape(c.Ref)+"/stop", map[string]string{"by": c.By, "what": c.What, "scope": c.Scope})
	return err
}

// incidentLiftCmd is for two operators, each with a key of their own: the first prints a
// signature, the second hands it in with theirs. At the console two lift by their passkeys.
type incidentLiftCmd struct {
	doorFlag
	operatorKeyFlag
	Scope string `arg:"" enum:"issuance,use" help:"What goes on."`
	What  string `placeholder:"TEXT" help:"With --with: one line, why."`
	With  string `placeholder:"SIGNATURE" help:"The other operator's signature, as this command printed it."`
}

func (c *incidentLiftCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/stops", nil)
	if err != nil {
		return err
	}
	var stand struct {
		Issuer string
		Stops  []struct{ Scope, Record string }
	}
	if err := json.Unmarshal(answer, &stand); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	record := ""
	for _, one := range stand.Stops {
		if one.Scope == c.Scope {
			record = one.Record
		}
	}
	if record == "" {
		return errors.New("nothing of this scope is stopped")
	}
	fmt.Fprintln(s.errs, legible(record))
	if c.Key == "" {
		return errors.New("whose signature? --key FILE")
	}
	mine, err := c.endorseAs(stand.Issuer, "stop", c.Scope, []byte(record))
	if err != nil {
		return err
	}
	if c.With == "" {
		fmt.Fprintln(s.out, mine.Text())
		return nil
	}
	_, err = c.ask(s.ctx, http.MethodPost, "/admin/stops/"+c.Scope+"/lift", map[string]any{"what": c.What, "endorsements": []string{c.With, mine.Text()}})
	return err
}

// endorseAs signs a record of a kind of thing.
func (f operatorKeyFlag) endorseAs(issuer, kind, name string, record []byte) (identity.Endorsement, error) {
	b, err := os.ReadFile(f.Key)
	if err != nil {
		return identity.Endorsement{}, err
	}
	k, err := roster.ReadKey(b, func() ([]byte, error) { return ask("the operator's key", 0, false) })
	if err != nil {
		return identity.Endorsement{}, fmt.Errorf("%s: %w", f.Key, err)
	}
	return k.Endorse(issuer, kind, name, record)
}

type incidentStopsCmd struct{ doorFlag }

func (c *incidentStopsCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/stops", nil)
	if err != nil {
		return err
	}
	var all struct{ Stops []incident.Stop }
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	for _, one := range all.Stops {
		fmt.Fprintf(s.out, "%s\tsince %s\tincident %s\tby %s: %s\n", one.Scope, one.At.Format(time.RFC3339), one.Incident, legible(one.By), legible(one.What))
	}
	return nil
}

type incidentNoticeCmd struct {
	incidentStepCmd
	Notice string    `required:"" placeholder:"FILE" type:"existingfile" help:"The notice, JSON: kinds, cause, harm, measures, yourself (each zh and en), contact."`
	All    bool      `help:"It concerns everybody."`
	From   time.Time `placeholder:"TIME" help:"It concerns who had a certificate that was issued from then on (RFC 3339)."`
	Until  time.Time `placeholder:"TIME" help:"With --from: and before then."`
	Party  []string  `placeholder:"CLIENT" help:"It concerns who used this party; may be repeated."`
}

func (c *incidentNoticeCmd) Run(s *surroundings) error {
	b, err := os.ReadFile(c.Notice)
	if err != nil {
		return err
	}
	var n law.IncidentNotice
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("%s: %w", c.Notice, err)
	}
	w := incident.Whom{All: c.All, From: c.From, Until: c.Until}
	for _, p := range c.Party {
		w.Parties = append(w.Parties, identity.PartyID(p))
	}
	_, err = c.ask(s.ctx, http.MethodPost, "/admin/incidents/"+url.PathEscape(c.Ref)+"/notice", map[string]any{"by": c.By, "what": c.What, "notice": n, "whom": w})
	return err
}

type incidentReissueCmd struct {
	incidentStepCmd
	From  time.Time `placeholder:"TIME" help:"Certificates that were issued from then on (RFC 3339): since when others may have had the key. Only the first time."`
	Until time.Time `placeholder:"TIME" help:"And before then. Only the first time (default: now)."`
}

// Run tells how far it is until it is over. Cut short, the server goes on.
func (c *incidentReissueCmd) Run(s *surroundings) error {
	in := struct {
		By    string    `json:"by"`
		What  string    `json:"what"`
		From  time.Time `json:"issued_from,omitzero"`
		Until time.Time `json:"issued_until,omitzero"`
	}{c.By, c.What, c.From, c.Until}
	if in.Until.IsZero() {
		in.Until = time.Now().Truncate(time.Second)
	}
	for {
		answer, err := c.ask(s.ctx, http.MethodPost, "/admin/incidents/"+url.PathEscape(c.Ref)+"/reissue", in)
		if err != nil {
			return err
		}
		var p recall.Progress
		if err := json.Unmarshal(answer, &p); err != nil {
			return fmt.Errorf("the answer is not understood: %w", err)
		}
		fmt.Fprintf(s.errs, "%d certificates looked at, %d to issue again\n", p.Looked, p.Total)
		if p.Ended {
			fmt.Fprintf(s.out, "%d certificates are issued again; %d cannot be read\n", p.Total, p.Odd)
			return nil
		}
		if pause(s.ctx, time.Second); s.ctx.Err() != nil {
			return errors.New("cut short; the server goes on, and the same command tells how far it is")
		}
	}
}
