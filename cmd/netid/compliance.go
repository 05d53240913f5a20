package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netid/client"
	"netid/internal/act/enrol"
	"netid/internal/act/supervise"
	"netid/internal/disk"
	"netid/internal/dossier"
	"netid/internal/evidence"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/internal/vault"
	"netid/internal/web/shell"
)

type complianceCmd struct {
	Export  complianceExportCmd  `cmd:"" help:"Write the evidence pack for an auditor: rules, tests, figures, configuration, parties, in both languages, signed. Reads only, beside a running server or without one, and opens nobody's records."`
	Check   complianceCheckCmd   `cmd:"" help:"Check an evidence pack, offline. Exit 0 when it holds, 1 when not."`
	Explain complianceExplainCmd `cmd:"" help:"Say on which rules the decisions in a record or an export stand, by the rules' text of then."`
}

// manifestFile is the signed list of a pack.
const manifestFile = "MANIFEST"

type complianceExportCmd struct {
	storeFlag
	Article int    `placeholder:"N" help:"One article alone, 1 to 16; without it, all."`
	Config  string `placeholder:"FILE" type:"existingfile" help:"The server's configuration file: the operator, the region and what is offered are then in the pack."`
	Out     string `required:"" placeholder:"DIR" help:"A directory that is not there yet."`
}

func (c *complianceExportCmd) Run(s *surroundings) error {
	of, err := c.site()
	if err != nil {
		return err
	}
	if !lost(c.Out) {
		return fmt.Errorf("%s is there already: a pack is written into a directory of its own", c.Out)
	}
	r, err := openReading(s.ctx, of)
	if err != nil {
		return err
	}
	defer r.Close()
	facts, err := c.facts(s.ctx, r, of)
	if err != nil {
		return err
	}
	files, err := evidence.Pack(facts, shell.New(shell.Config{}).Say)
	if err != nil {
		return err
	}
	if files[manifestFile], err = r.keeper.Vouch(files, facts.Taken); err != nil {
		return err
	}
	if err := laid(c.Out, files); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d files in %s, signed by the ledger's key. Check them with: netid compliance check %s --key KEY\n", len(files), c.Out, c.Out)
	return nil
}

// laid writes the files, the signed list last: a pack that was cut short has none.
func laid(dir string, files map[string][]byte) error {
	names := slices.Sorted(maps.Keys(files))
	names = append(slices.DeleteFunc(names, func(n string) bool { return n == manifestFile }), manifestFile)
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := disk.Write(path, files[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *complianceExportCmd) facts(ctx context.Context, r *reading, of site) (evidence.Facts, error) {
	f := evidence.Facts{Taken: time.Now(), Article: c.Article, Sandbox: !lost(authorityDir(of.data))}
	var decided []publicly
	err := r.store.Snapshot(ctx, func(rows ledger.Rows) (err error) { // counts and head of one moment
		if f.Counts, err = evidence.Count(ctx, rows); err != nil {
			return err
		}
		if f.Counts.Broken == 0 { // else rows cannot be read, and the pack says that
			if decided, err = byTwo(ctx, rows); err != nil {
				return err
			}
		}
		if f.Head, err = rows.Head(ctx); fault.Is(err, fault.NotFound) {
			err = nil // nothing was ever recorded
		}
		return err
	})
	if err != nil {
		return f, err
	}
	if f.Counts.Broken == 0 {
		_, wrong, err := r.decisions(ctx, decided, io.Discard)
		if err != nil {
			return f, err
		}
		n := uint64(wrong)
		f.Unsigned = &n
	}
	f.Keys = r.keeper.VerifierKey() + "\n"
	if len(f.Head) > 0 {
		f.Keys = r.keeper.Keys(f.Head)
	}
	if f.Parties, err = r.store.Parties(ctx); err != nil {
		return f, err
	}
	t, err := (&enrol.Act{Store: r.store, Vault: &vault.Guarded{Vault: vaultOf(r.ring, r.store, nil, time.Now), Tries: r.store, Now: time.Now}}).FaceTally(ctx)
	if err != nil {
		return f, err
	}
	f.Faces = uint64(t.Persons)
	if f.Kept, err = kept(ctx, r); err != nil {
		return f, err
	}
	algorithms := suite.Inventory(r.ring.Profile())
	keys, err := inventory(r.ring, c.Data, algorithms)
	if err != nil {
		return f, err
	}
	f.Setting = evidence.Setting{Ledger: origin, Profile: string(r.ring.Profile()), Algorithms: algorithms, Keys: keys}
	return f, c.configured(&f)
}

// kept are the records of supervision, without who wrote them.
func kept(ctx context.Context, r *reading) (k evidence.Supervised, err error) {
	a := &supervise.Act{Dossiers: dossier.New(r.store, r.ring.Secret("dossier"), r.ring.Versions("dossier-body")), Now: time.Now}
	all, err := a.Kept(ctx)
	now := time.Now()
	for _, d := range all.Records {
		row := evidence.DutyRow{Duty: d.Duty, Basis: d.Duty.Basis(), Party: string(d.Party), Opened: d.Opened, Due: d.Due, Stage: d.Stage(identity.Today(now)), Steps: []evidence.StepRow{}}
		if d.Count > 0 {
			row.Count = law.Figure(uint64(d.Count))
		}
		for _, e := range d.Entries {
			row.Steps = append(row.Steps, evidence.StepRow{At: e.At, What: e.What, Number: e.Number, Digest: e.Digest})
		}
		k.Duties = append(k.Duties, row)
	}
	for _, e := range all.Emergencies {
		k.Emergencies = append(k.Emergencies, evidence.EmergencyRow{Citation: e.Citation, People: law.Figure(uint64(max(0, e.Affected))), Began: e.Began, Ended: e.Ended, Told: e.Told, Stands: e.Urgency(now)})
	}
	for _, e := range all.Exports {
		k.Exports = append(k.Exports, evidence.ExportRow{Region: e.Region, Record: e.Record, Office: e.Office, What: e.What, Until: e.Until, At: e.At})
	}
	used := 0
	for _, t := range all.Tickets {
		if !t.Used.IsZero() {
			used++
		}
	}
	k.Tickets = evidence.CountTickets(len(all.Tickets), used)
	return k, err
}

// configured adds what the configuration file says: what it turns on, and never an address of a
// database, a token or a key's place.
func (c *complianceExportCmd) configured(f *evidence.Facts) error {
	if f.Sandbox {
		f.Operator = trialOperator()
	}
	if c.Config == "" {
		return nil
	}
	conf, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	f.Operator = law.Operator{Name: identity.Text{ZH: conf.Operator.NameZH, EN: conf.Operator.NameEN}, Contact: conf.Operator.Contact}
	f.Setting.Issuer, f.Setting.Region = conf.Issuer, conf.Region
	f.Setting.Offered = &evidence.Services{Face: conf.Face != "", Signals: append([]string{}, conf.Push...), MTLS: conf.MTLS.Listen != "", News: conf.NewsKeys != "", Operators: len(conf.Operators), Database: "embedded"}
	if conf.Store != "" {
		f.Setting.Offered.Database = "postgresql"
	}
	return nil
}

type complianceCheckCmd struct {
	Dir string `arg:"" type:"existingdir" help:"The pack."`
	Key string `placeholder:"FILE|KEY" help:"The ledger's verifier key, or its /ledger/keys kept as a file, from elsewhere than the pack."`
}

func (c *complianceCheckCmd) Run(s *surroundings) error {
	pack, err := os.OpenRoot(c.Dir) // a list that names a file outside of it opens nothing
	if err != nil {
		return err
	}
	defer pack.Close()
	list, err := pack.ReadFile(manifestFile)
	if err != nil {
		return fmt.Errorf("%s is no evidence pack, or was cut short: %w", c.Dir, err)
	}
	key, given := "", c.Key != ""
	if given {
		key, err = keyOrFile(c.Key)
	} else {
		var own []byte
		own, err = pack.ReadFile("ledger-keys.txt")
		key = string(own)
	}
	if err != nil {
		return err
	}
	e, err := client.CheckEvidence(list, key)
	if err != nil {
		return fmt.Errorf("the pack does not hold: %w", err)
	}
	for _, f := range e.Files {
		content, err := pack.ReadFile(f.Name)
		if err == nil {
			err = e.CheckFile(f.Name, content)
		}
		if err != nil {
			return fmt.Errorf("the pack does not hold: %w", err)
		}
	}
	if head, err := pack.ReadFile("ledger-head.txt"); err == nil && len(head) > 0 {
		if _, err := client.CheckHead(head, key); err != nil {
			return fmt.Errorf("the pack does not hold: its ledger's head: %w", err)
		}
	}
	fmt.Fprintf(s.out, "The pack holds: %d files, as %s signed them at %s.\n", len(e.Files), e.Origin, e.Time.Format(time.RFC3339))
	if !given {
		fmt.Fprintf(s.out, "Not proven: that the key is the service's. It was taken from the pack itself; give --key from elsewhere.\n")
	}
	return nil
}
