package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/issue"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/internal/roster"
	"netid/internal/suite/keyring"
)

type incidentDrillCmd struct {
	saidFlags
	People int    `default:"3000" help:"How many synthetic people (default: ${default})."`
	Dir    string `placeholder:"DIR" help:"Where the copy is made; it is removed afterwards (default: the system's place for such files)."`
}

// Run takes the way through a leaked key on a copy, and writes its times down at the service.
func (c *incidentDrillCmd) Run(s *surroundings) error {
	dir, err := os.MkdirTemp(c.Dir, "netid-drill-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	took, err := drill(s.ctx, dir, c.People)
	if err != nil {
		return fmt.Errorf("the drill did not come to its end: %w", err)
	}
	for _, t := range took {
		fmt.Fprintf(s.out, "%s\t%s\n", t.Step, time.Duration(t.MS)*time.Millisecond)
	}
	return c.opens(s, "/admin/drills", map[string]any{"by": c.By, "what": c.What, "people": c.People, "took": took})
}

// exercise is one drill: a house without doors over a store of synthetic people.
type exercise struct {
	*house
	issue  *issue.Act
	ref    string
	again  incident.Again
	leaked keyring.Entry
	now    keyring.Entry // the key that took its place
	people int
	began  time.Time
	took   []incident.Took
}

// drill fills dir with synthetic people and takes every step of a leaked certificate key
// there, by the acts that a true one would take; each step is checked before the next.
func drill(ctx context.Context, dir string, people int) ([]incident.Took, error) {
	quiet := &surroundings{ctx: ctx, out: io.Discard, errs: io.Discard}
	if err := (&populateCmd{People: people, Data: dir, Step: 65536}).Run(quiet); err != nil {
		return nil, err
	}
	pause(ctx, 1100*time.Millisecond) // the last certificate's second is over
	e, err := exercising(ctx, dir, people)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	for n, step := range []func(context.Context) error{e.halt, e.rotate, e.reissue, e.notify, e.report, e.lift, e.fetch} {
		e.began = time.Now()
		name := incident.DrillSteps()[n]
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		e.took = append(e.took, incident.Took{Step: name, MS: time.Since(e.began).Milliseconds()})
	}
	return e.took, ctx.Err()
}

func exercising(ctx context.Context, dir string, people int) (*exercise, error) {
	s := settings{Issuer: "http://localhost", Data: dir, Site: site{data: dir}, Master: keyring.MasterFile(masterFile(dir)), Operator: trialOperator(), Sandbox: true, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	h := &house{settings: s}
	e := &exercise{house: h, people: people}
	open := func() (err error) {
		if h.roster, err = roster.New(s.Issuer, nil); err != nil {
			return err
		}
		if h.lock, err = s.Site.lock(); err != nil {
			return err
		}
		if err = h.open(ctx); err != nil {
			return err
		}
		h.anchor = h.roots()
		minter, err := h.minter()
		if err != nil {
			return err
		}
		persons := vaultOf(h.ring, h.store, h.shelf, h.Now)
		persons.Origin = h.Issuer
		e.issue = h.acts(persons, minter).issue
		h.incident.Wards = nobody{} // the crowd are adults, and no register is asked
		h.alive, h.stop = context.WithCancelCause(ctx)
		return h.ring.Err()
	}
	if err := open(); err != nil {
		h.Close()
		return nil, err
	}
	return e, nil
}

type nobody struct{}

func (nobody) Minors(context.Context, identity.Session, func(string, identity.Regime, identity.Opened) error) error {
	return nil
}

func (e *exercise) done() incident.Step { return incident.Step{By: "drill", What: "a step of a drill"} }

// halt opens the incident and stops issuance, which then is refused.
func (e *exercise) halt(ctx context.Context) (err error) {
	e.ref, err = e.incident.Open(ctx, incident.Opening{By: "drill", Kind: "key", Severity: "large", Known: time.Now(), Affected: e.people, What: "a key is said to be out", Drill: true})
	if err == nil {
		err = e.incident.Stop(ctx, e.ref, law.StopIssue, e.done())
	}
	if err == nil && !fault.Because(e.incident.Stopped(ctx, identity.Issued), "issuance_stopped") {
		err = errors.New("issuance goes on")
	}
	return err
}

// rotate draws another key of certificates and destroys the one that is out.
func (e *exercise) rotate(context.Context) error {
	for _, k := range e.ring.List() {
		if k.Use == "certificate" && k.State == keyring.Current {
			e.leaked = k
		}
	}
	var err error
	if e.now, err = keyring.Rotate(keyringDir(e.Data), e.Master, "certificate"); err != nil {
		return err
	}
	if _, err = keyring.Retire(keyringDir(e.Data), e.Master, e.leaked.ID, true); err != nil {
		return err
	}
	_, err = e.ring.Refresh()
	return err
}

// reissue goes on until every certificate that was made under the key has another place.
func (e *exercise) reissue(ctx context.Context) (err error) {
	until := time.Now().UTC().Truncate(time.Second)
	if e.again, err = e.incident.Reissue(ctx, e.ref, e.done(), e.leaked.Created.Add(-time.Second), until); err != nil {
		return err
	}
	for {
		p, err := e.recall.Reissue(ctx, admin.Reissued(e.again), e.again.At)
		switch {
		case err != nil:
			return err
		case p.Ended && (p.Total != uint64(e.people) || p.Odd != 0):
			return fmt.Errorf("%d of %d were issued again, %d cannot be read", p.Total, e.people, p.Odd)
		case p.Ended:
			return nil
		}
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// notify tells the people, and looks whether some of them are told.
func (e *exercise) notify(ctx context.Context) error {
	x := identity.Text{ZH: "演练", EN: "a drill"}
	s := e.done()
	s.Notice = &law.IncidentNotice{Kinds: x, Cause: x, Harm: x, Measures: x, Yourself: x, Contact: "drill"}
	if err := e.incident.Notify(ctx, e.ref, s, incident.Whom{From: e.again.From, Until: e.again.Until}); err != nil {
		return err
	}
	return e.each(ctx, max(1, e.people/100), func(s identity.Session, _ identity.Certificate) error {
		all, err := e.incident.Notices(ctx, s)
		if err != nil || len(all) != 1 || !all[0].Drill {
			return fmt.Errorf("somebody reads %d notices: %w", len(all), err)
		}
		return e.incident.Seen(ctx, s, all[0].Mark)
	})
}

// report makes the document for the authorities.
func (e *exercise) report(ctx context.Context) error {
	if err := errors.Join(e.incident.Report(ctx, e.ref, e.done()), e.incident.Remove(ctx, e.ref, e.done())); err != nil {
		return err
	}
	d, err := e.incident.Document(ctx, e.ref)
	if err == nil && (d.Incident.Reported.After(d.Due) || !strings.Contains(d.Text.ZH, "演练")) {
		err = errors.New("the report is late, or does not say that it is a drill")
	}
	return err
}

func (e *exercise) lift(ctx context.Context) error {
	all, err := e.incident.Stops(ctx)
	for _, s := range all {
		if err == nil {
			err = e.incident.Lift(ctx, s.Scope, s.At, "drill", "second of the drill", "a step of a drill")
		}
	}
	if err == nil {
		err = e.incident.Stopped(ctx, identity.Issued)
	}
	return err
}

// fetch has every device come for what it holds: signed by the new key, at the new moment.
func (e *exercise) fetch(ctx context.Context) error {
	n := 0
	err := e.each(ctx, 1, func(s identity.Session, was identity.Certificate) error {
		c, token, err := e.issue.Again(ctx, s)
		if err != nil {
			return err
		}
		if n++; !c.Issued.Equal(e.again.At) || signedBy(token) != e.now.ID {
			return errors.New("a certificate is as it was")
		}
		return nil
	})
	if err == nil && n != e.people {
		err = fmt.Errorf("%d of %d came", n, e.people)
	}
	return err
}

// signedBy is the key that a token names.
func signedBy(token string) string {
	head, _, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	var h struct{ KID string }
	if err != nil || json.Unmarshal(b, &h) != nil {
		return ""
	}
	return h.KID
}

// each gives every n-th certificate with a session by it.
func (e *exercise) each(ctx context.Context, n int, do func(identity.Session, identity.Certificate) error) error {
	var after []byte
	for i := 0; ; {
		rows, err := e.store.CertificatesAfter(ctx, after, 500)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			after = row.ID[:]
			if i++; i%n != 0 {
				continue
			}
			c, err := e.incident.Vault.OpenCertificate(row)
			if err != nil {
				return err
			}
			if err := do(identity.Session{Person: c.Person, Certificate: c.ID, Epoch: 1, At: time.Now()}, c); err != nil {
				return err
			}
		}
	}
}

type incidentDrillsCmd struct{ doorFlag }

func (c *incidentDrillsCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/drills", nil)
	if err != nil {
		return err
	}
	var all struct{ Drills []incident.Drill }
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	for _, d := range all.Drills {
		fmt.Fprintf(s.out, "%s\tDRILL\t%s\t%d people", d.Reference, d.At.Format(time.RFC3339), d.People)
		for _, t := range d.Took {
			fmt.Fprintf(s.out, "\t%s %s", t.Step, time.Duration(t.MS)*time.Millisecond)
		}
		fmt.Fprintln(s.out)
	}
	return nil
}
