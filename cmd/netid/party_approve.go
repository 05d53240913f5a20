package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/roster"
	"netid/internal/suite"
)

type operatorCmd struct {
	Staff  operatorStaffCmd  `cmd:"" help:"The first two who work at the console; the others they invite there."`
	Rights operatorRightsCmd `cmd:"" help:"What citizens asked of a person, each with its printed day: list, answer."`
	Key    operatorKeyCmd    `cmd:"" help:"Make an operator's key: the operator runs this, on a machine of their own, and keeps the file."`
}

type operatorKeyCmd struct {
	Out     string `required:"" placeholder:"FILE" help:"Where the private key goes; must not exist."`
	Profile string `default:"international" placeholder:"NAME" help:"The service's profile: international, guomi or dual (default: ${default})."`
	Plain   bool   `help:"Do not seal the file under a passphrase."`
}

const operatorNote = "An operator's private key of a netid service: with another operator's it decides which parties take part. It never belongs on a machine that serves."

func (c *operatorKeyCmd) Run(s *surroundings) error {
	profile, err := suite.ParseProfile(c.Profile)
	if err != nil {
		return err
	}
	k, err := roster.NewKey(profile.Suite())
	if err != nil {
		return err
	}
	return writeKey(s, c.Out, c.Plain, "the operator's key", func(word []byte) ([]byte, error) { return k.File(word, operatorNote) }, k.Public())
}

// writeKey leaves the key that a person holds in a file of theirs, and prints
// the half that others are told.
func writeKey(s *surroundings, out string, plain bool, what string, file func(word []byte) ([]byte, error), public string) error {
	var word []byte
	if !plain {
		var err error
		if word, err = ask(what, suite.ShortestPassphrase, true); err != nil {
			return fmt.Errorf("%w; or --plain", err)
		}
		if len(word) == 0 {
			return errors.New("an empty passphrase seals nothing: give one, or --plain")
		}
	}
	b, err := file(word)
	if err == nil {
		err = writeNew(out, b)
	}
	if err == nil {
		fmt.Fprintln(s.out, public)
	}
	return err
}

type operatorKeyFlag struct {
	Key string `placeholder:"FILE" type:"existingfile" help:"Your operator's key (netid operator key)."`
}

// endorse signs what its operator has read.
func (f operatorKeyFlag) endorse(issuer string, id identity.PartyID, record []byte) (identity.Endorsement, error) {
	return f.endorseAs(issuer, "party", string(id), record)
}

type partyApproveCmd struct {
	doorFlag
	operatorKeyFlag
	ID     string `arg:"" help:"Client identifier."`
	Record string `placeholder:"DIGEST" help:"Which record you read, as this command prints it without --record: that one is signed, and no other."`
	Join   bool   `name:"join-sector" help:"Approve that it knows people by the names that another party of its sector has."`
}

// Run shows what is to be approved, and beside it what was before; named by its
// digest, it is signed here and nowhere else. The key does not leave this process.
func (c *partyApproveCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, partyPath(c.ID, ""), nil)
	if err != nil {
		return err
	}
	var p partyShown
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	var read struct {
		ID identity.PartyID `json:"id"`
	}
	if json.Unmarshal([]byte(p.Record), &read) != nil || string(read.ID) != c.ID {
		return errors.New("this party has no record to approve: in a sandbox it needs nobody")
	}
	digest := roster.Digest([]byte(p.Record))
	if c.Record == "" {
		if err := compare(s.out, p.Before, p.Record); err != nil {
			return err
		}
		for _, e := range p.Endorsed {
			fmt.Fprintf(s.out, "endorsed by %s\n", legible(cmp.Or(e.Name, e.Operator)))
		}
		fmt.Fprintf(s.out, "\nTo approve exactly this: netid party approve %s --record %s --key FILE\n", c.ID, digest)
		return nil
	}
	if c.Record != digest {
		return fmt.Errorf("%s is registered otherwise than what you read (now: %s): read it again", c.ID, digest)
	}
	if c.Key == "" {
		return errors.New("whose approval? --key FILE")
	}
	e, err := c.endorse(p.Issuer, read.ID, []byte(p.Record))
	if err != nil {
		return err
	}
	return c.tell(s, http.MethodPost, partyPath(c.ID, "/approve"), map[string]any{"endorsement": e.Text(), "join_sector": c.Join}, false)
}

type partyRejectCmd struct {
	doorFlag
	ID     string `arg:"" help:"Client identifier."`
	Reason string `required:"" help:"Why; it stands in the ledger, so name no person."`
	JSON   bool   `help:"Print the door's JSON."`
}

func (c *partyRejectCmd) Run(s *surroundings) error {
	return c.tell(s, http.MethodPost, partyPath(c.ID, "/reject"), map[string]any{"reason": c.Reason}, c.JSON)
}

type partySignCmd struct {
	operatorKeyFlag
	ID     string `arg:"" help:"Client identifier of an entry of the file."`
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"Configuration file (YAML)."`
}

// Run shows an entry of the configuration as it will be judged, and with a key
// prints the endorsement that belongs beside it. No server is asked.
func (c *partySignCmd) Run(s *surroundings) error {
	conf, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(conf.Parties, func(p partyEntry) bool { return p.ID == c.ID })
	if i < 0 {
		return fmt.Errorf("%s names no party %s", c.Config, c.ID)
	}
	p, err := conf.draft(conf.Parties[i])
	if err != nil {
		return fmt.Errorf("party %s: %w", c.ID, err)
	}
	if err := compare(s.errs, "", string(p.Record())); err != nil || c.Key == "" {
		return err
	}
	e, err := c.endorse(conf.Issuer, p.ID, p.Record())
	if err == nil {
		_, err = fmt.Fprintln(s.out, e.Text())
	}
	return err
}

// draft is an entry as a server of this configuration would judge it. Secrets
// are with the server, and no part of what is endorsed.
func (c config) draft(entry partyEntry) (identity.Party, error) {
	entry.SecretFile = ""
	in, err := entry.application()
	if err != nil {
		return identity.Party{}, err
	}
	profile, err := chosen(c.Profile)
	if err != nil {
		return identity.Party{}, err
	}
	side, err := c.MTLS.open()
	if err != nil {
		return identity.Party{}, err
	}
	vouched, err := openWallets(c.Wallets)
	if err != nil {
		return identity.Party{}, err
	}
	judge := &admit.Act{Keys: cover{suite.Cover{Suite: profile.Suite()}, profile, false, ways{side, vouched}}, Law: law.New(), Now: time.Now}
	return judge.Judge(in)
}

// compare prints a record line by line, or what of it changed.
func compare(w io.Writer, before, after string) error {
	all, err := identity.CompareRecords([]byte(before), []byte(after))
	for _, l := range all {
		fmt.Fprintln(w, l.Mark, legible(l.String()))
	}
	return err
}
