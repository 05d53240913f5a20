package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/ledger"
	"netid/internal/suite/keyring"
)

type keysCmd struct {
	List         keysListCmd         `cmd:"" help:"List the service's keys: id, use, algorithm, state, created, age."`
	Rotate       keysRotateCmd       `cmd:"" help:"Draw a new key of a use; a running server takes it over within a second."`
	Retire       keysRetireCmd       `cmd:"" help:"End a former key: its file is destroyed, a record stays."`
	Progress     keysProgressCmd     `cmd:"" help:"How far a running server came that wraps persons anew after a rotation."`
	RotateMaster keysRotateMasterCmd `cmd:"" help:"Put another master key in the place of the one that opens the keyring; the server must be stopped. Shares of the former one open nothing any more: make new ones."`
	Ceremony     ceremonyCmd         `cmd:"" help:"Split the recovery of the master key among people, or rebuild it."`
}

type keysListCmd struct{ dataFlag }

func (c *keysListCmd) Run(s *surroundings) error {
	ring, err := found(c.Data)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tUSE\tALGORITHM\tSTATE\tCREATED\tAGE\tLIFE")
	for _, e := range ring.List() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d days\t%s\n", e.ID, e.Use, e.Kind.Algorithm(), e.State, e.Created.Format(time.RFC3339), int(time.Since(e.Created).Hours()/24), keyring.ClassOf(e.Use))
	}
	return table.Flush()
}

type keysRotateCmd struct {
	dataFlag
	Use string `arg:"" optional:"" help:"What rotates: token, token-sm, ledger, ledger-sm, certificate, outbox, request, code, answer, access, challenge, nonce, session; what serves new entries only: vault-index, pepper, number, backup; what is then wrapped anew: vault-identity, vault-subject, vault-record, shelf."`
	All bool   `help:"Every use that rotates, one after the other."`
}

func (c *keysRotateCmd) Run(s *surroundings) error {
	if c.All == (c.Use != "") {
		return errors.New("name one use, or --all")
	}
	if err := keyed(c.Data); err != nil {
		return err
	}
	uses := []string{c.Use}
	if c.All {
		ring, err := found(c.Data)
		if err != nil {
			return err
		}
		uses = keyring.Rotatable(ring.Profile())
	}
	var failed error
	for _, use := range uses {
		e, err := rotated(c.Data, use)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", use, err))
			continue
		}
		fmt.Fprintf(s.out, "%s is the current key of %s\n", e.ID, e.Use)
	}
	return failed
}

// rotated draws a new key of a use; what signs the ledger's heads has a record
// of it for those who pinned the former one.
func rotated(data, use string) (keyring.Entry, error) {
	if keyring.Pinned(use) {
		return keyring.Succeed(keyringDir(data), master(data), use, ledger.Successor(origin))
	}
	return keyring.Rotate(keyringDir(data), master(data), use)
}

type keysRotateMasterCmd struct{ dataFlag }

// Run holds the server's own lock: a server keeps the master of its start, and
// would take nothing over that is under another.
func (c *keysRotateMasterCmd) Run(s *surroundings) error {
	if err := keyed(c.Data); err != nil {
		return err
	}
	held, err := lock(c.Data, syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer held.Close()
	if err := keyring.RotateMaster(keyringDir(c.Data), master(c.Data)); err != nil {
		return err
	}
	fmt.Fprintln(s.out, "The keyring is under another master key. Make new shares (netid keys ceremony split) and a new backup; archives of before open with the former one.")
	return nil
}

type keysRetireCmd struct {
	shelfFlag
	ID          string `arg:"" help:"Id of the key as keys list shows it, or at least its first eight characters."`
	Compromised bool   `help:"Do not wait until what the key made is over: it is refused from now on."`
}

// valued ties what was drawn or sealed to its flag, where it begins with a dash as one
// in sixty-four does.
func valued(args []string) (all []string) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if slices.Contains([]string{"--word", "--key", "--pseudonym", "--counter", "--second"}, a) && i+1 < len(args) && strings.HasPrefix(args[i+1], "-") && len(args[i+1]) > 40 {
			i++
			a += "=" + args[i]
		}
		all = append(all, a)
	}
	return all
}

// dashed lets a key id begin with a dash, as one in thirty-two thumbprints
// does: it goes behind "--", so that it is not read as a flag.
func dashed(args []string) []string {
	args = valued(args)
	if len(args) < 3 || args[0] != "keys" || args[1] != "retire" || slices.Contains(args, "--") {
		return args
	}
	var flags, ids []string
	for i, a := range args {
		name, _, _ := strings.Cut(a, "=")
		if strings.HasPrefix(a, "-") && !slices.Contains([]string{"--data", "--compromised", "--help", "-h"}, name) && args[i-1] != "--data" {
			ids = append(ids, a)
		} else {
			flags = append(flags, a)
		}
	}
	return append(append(flags, "--"), ids...)
}

func (c *keysRetireCmd) Run(s *surroundings) error {
	if err := keyed(c.Data); err != nil {
		return err
	}
	of, err := c.site()
	if err != nil {
		return err
	}
	if err := settled(s.ctx, of, c.ID); err != nil {
		return err
	}
	e, err := keyring.Retire(keyringDir(c.Data), master(c.Data), c.ID, c.Compromised)
	if fault.Because(err, "key_wraps") {
		e, err = c.emptied(s, of, e)
	}
	if err == nil {
		fmt.Fprintf(s.out, "%s of %s is destroyed\n", e.ID, e.Use)
	}
	return err
}

// emptied retires a key that wraps once nothing is wrapped under it any more.
// That it is compromised is no reason to lose persons with it.
func (c *keysRetireCmd) emptied(s *surroundings, of site, e keyring.Entry) (keyring.Entry, error) {
	w, err := openWrapped(s.ctx, of)
	if err != nil {
		return e, err
	}
	defer w.Close()
	if err := w.empty(s.ctx, e); err != nil {
		return e, err
	}
	return keyring.RetireEmptied(keyringDir(c.Data), master(c.Data), e.ID)
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
	if err := keyed(c.Data); err != nil {
		return err
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o700); err != nil {
			return err
		}
	}
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
	half := path + disk.Partial
	defer os.Remove(half)
	if err := (disk.Machine{}).Write(half, b); err != nil {
		return err
	}
	err := os.Link(half, path) // unlike a rename, it never replaces
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and nothing is written over: give another name", path)
	}
	return err
}
