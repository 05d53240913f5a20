package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"netid/internal/ledger"
	"netid/internal/suite/keyring"
)

type keysCmd struct {
	List     keysListCmd   `cmd:"" help:"List the service's keys: id, use, algorithm, state, created, age."`
	Rotate   keysRotateCmd `cmd:"" help:"Draw a new key of a use; a running server takes it over within a second."`
	Retire   keysRetireCmd `cmd:"" help:"End a former key: its file is destroyed, a record stays."`
	Ceremony ceremonyCmd   `cmd:"" help:"Split the recovery of the master key among people, or rebuild it."`
}

type keysListCmd struct{ dataFlag }

func (c *keysListCmd) Run(s *surroundings) error {
	ring, err := keyring.OpenExisting(keyringDir(c.Data), master(c.Data))
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tUSE\tALGORITHM\tSTATE\tCREATED\tAGE")
	for _, e := range ring.List() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d days\n", e.ID, e.Use, e.Kind.Algorithm(), e.State, e.Created.Format(time.RFC3339), int(time.Since(e.Created).Hours()/24))
	}
	return table.Flush()
}

type keysRotateCmd struct {
	dataFlag
	Use string `arg:"" help:"token, certificate, ledger, request, code, answer, access, challenge or session; token-sm and ledger-sm where the suite sm is in use."`
}

func (c *keysRotateCmd) Run(s *surroundings) error {
	var e keyring.Entry
	var err error
	if signsHeads(c.Use) {
		e, err = keyring.Succeed(keyringDir(c.Data), master(c.Data), c.Use, ledger.Successor(origin))
	} else {
		e, err = keyring.Rotate(keyringDir(c.Data), master(c.Data), c.Use)
	}
	if err == nil {
		fmt.Fprintf(s.out, "%s is the current key of %s\n", e.ID, e.Use)
	}
	return err
}

type keysRetireCmd struct {
	dataFlag
	ID          string `arg:"" help:"Id of the key as keys list shows it, or at least its first eight characters."`
	Compromised bool   `help:"Do not wait until what the key made is over: it is refused from now on."`
}

func (c *keysRetireCmd) Run(s *surroundings) error {
	if err := settled(s.ctx, c.Data, c.ID); err != nil {
		return err
	}
	e, err := keyring.Retire(keyringDir(c.Data), master(c.Data), c.ID, c.Compromised)
	if err == nil {
		fmt.Fprintf(s.out, "%s of %s is destroyed\n", e.ID, e.Use)
	}
	return err
}

type ceremonyCmd struct {
	Split   ceremonySplitCmd   `cmd:"" help:"Make shares of the master key. Give each to another person."`
	Rebuild ceremonyRebuildCmd `cmd:"" help:"Rebuild the master key from shares."`
}

type ceremonySplitCmd struct {
	dataFlag
	Shares    int    `default:"5" help:"How many shares (default: ${default})."`
	Threshold int    `default:"3" help:"How many of them rebuild the key (default: ${default})."`
	Out       string `placeholder:"DIR" help:"Write each share to a file of its own in DIR, instead of printing them all."`
}

func (c *ceremonySplitCmd) Run(s *surroundings) error {
	shares, err := keyring.SplitMaster(keyringDir(c.Data), master(c.Data), c.Threshold, c.Shares)
	if err != nil {
		return err
	}
	for i, share := range shares {
		if c.Out == "" {
			fmt.Fprintf(s.out, "%s\n", share)
			continue
		}
		path := filepath.Join(c.Out, fmt.Sprintf("share-%d.txt", i+1))
		if err := writeNew(path, share); err != nil {
			return err
		}
		fmt.Fprintln(s.out, path)
	}
	return nil
}

type ceremonyRebuildCmd struct {
	Share []string `arg:"" type:"existingfile" help:"Files of shares."`
	Out   string   `required:"" placeholder:"FILE" help:"Where the key goes, 64 hexadecimal digits; must not exist. It is what NETID_MASTER_KEY takes."`
}

func (c *ceremonyRebuildCmd) Run(s *surroundings) error {
	var forms [][]byte
	for _, path := range c.Share {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		forms = append(forms, b)
	}
	key, err := keyring.RebuildMaster(forms)
	if err != nil {
		return err
	}
	if err := writeNew(c.Out, []byte(hex.EncodeToString(key.Bytes())+"\n")); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "the master key is in %s\n", c.Out)
	return nil
}

// writeNew makes a file that was not there, readable to its owner alone, whole
// or not at all.
func writeNew(path string, b []byte) error {
	half := path + ".new"
	f, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(half)
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(half, path) // unlike a rename, it never replaces
}
