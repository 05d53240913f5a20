package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"netid/internal/archive"
	"netid/internal/disk"
	"netid/internal/fault"
	"netid/internal/ledger"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

type restoreCmd struct {
	From     string `placeholder:"FILE" help:"Archive of the store." type:"existingfile"`
	Keys     string `placeholder:"FILE" help:"The newest archive of the shelf." type:"existingfile"`
	Identity string `placeholder:"AGE_KEY_FILE" help:"The private key that both were sealed to." type:"existingfile"`
	Data     string `required:"" placeholder:"DIR" help:"Where the data directory is made; it must be empty or absent. With --raise alone: the one that was put back."`
	Store    string `env:"NETID_STORE" placeholder:"postgres://…" help:"With --raise alone: the database that was put back, when the store is not in the data directory."`
	Shelf    string `env:"NETID_SHELF" placeholder:"postgres://…" help:"The shelf's database, with --store."`
	Raise    bool   `help:"Raise the single-use epoch: every code, challenge and session from before is dead, and persons who were erased after the copy are removed from it."`
}

// Run puts archives back, or raises the epoch, or both.
func (c *restoreCmd) Run(s *surroundings) error {
	given := 0
	for _, f := range []string{c.From, c.Keys, c.Identity} {
		if f != "" {
			given++
		}
	}
	if given != 3 && (given != 0 || !c.Raise) {
		return errors.New("restore needs --from, --keys and --identity; or --raise alone, for a store that was put back")
	}
	if given == 3 && c.Store != "" {
		return errors.New("archives are of an embedded store: a store in PostgreSQL is put back by PostgreSQL's own means (docs/operations.md)")
	}
	if given == 3 {
		if err := c.place(s); err != nil {
			return err
		}
	}
	if c.Raise {
		at, err := withTrial(siteOf(c.Data, c.Store, c.Shelf))
		if err != nil {
			return err
		}
		return raise(s, at)
	}
	fmt.Fprintf(s.out, "It is not served before: netid restore --raise --data %s\n", c.Data)
	return nil
}

// place reads and checks everything beside the directory and moves it there in
// one step, so that a cut at any point leaves nothing there or all of it. What
// it leaves is marked as a copy, and not served before its epoch is raised.
func (c *restoreCmd) place(s *surroundings) error {
	target, err := filepath.Abs(c.Data)
	if err != nil {
		return err
	}
	if there, err := os.ReadDir(target); err == nil && len(there) > 0 {
		return fmt.Errorf("%s is not empty: nothing is put over what is there", c.Data)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	stage := target + ".restoring"
	leave, err := claim(stage)
	if err != nil {
		return err
	}
	defer leave()
	r, err := c.unpack(stage)
	if err != nil {
		return err
	}
	said, err := r.check(s.ctx)
	if err != nil {
		return err
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty directory
		return err
	}
	if err := disk.Sync(stage, keyringDir(stage), quorumDir(stage)); err != nil { // before its name says that it is all there
		return err
	}
	if err := os.Rename(stage, target); err != nil {
		return err
	}
	if err := disk.Sync(filepath.Dir(target)); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %s\n", c.Data, said)
	return nil
}

// claim makes the directory where an archive is looked at, and removes what a
// restore that was cut short left: a second copy of the shelf is not kept.
func claim(stage string) (leave func(), err error) {
	f, err := os.Open(stage)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(stage, 0o700); err == nil {
			f, err = os.Open(stage)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another restore works in %s", stage)
	}
	left, err := os.ReadDir(stage)
	for _, e := range left {
		err = errors.Join(err, os.RemoveAll(filepath.Join(stage, e.Name())))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { os.RemoveAll(stage); f.Close() }, nil
}

// restored are two archives laid out in a directory that nobody serves.
type restored struct {
	dir         string
	store, keys archive.Manifest
}

func (c *restoreCmd) unpack(stage string) (restored, error) {
	r := restored{dir: stage}
	f, err := os.Open(c.Identity)
	if err != nil {
		return r, err
	}
	defer f.Close()
	with, err := archive.ParseIdentities(f)
	if err != nil {
		return r, fmt.Errorf("%s: %w", c.Identity, err)
	}
	if r.store, err = layOut(c.From, archive.Store, stage, with); err != nil {
		return r, err
	}
	aside := asideIn(stage)
	if r.keys, err = layOut(c.Keys, archive.Keys, aside, with); err != nil {
		return r, err
	}
	return r, errors.Join(os.Rename(shelfFile(aside), shelfFile(stage)), os.Rename(quorumDir(aside), quorumDir(stage)))
}

// asideIn is where the shelf's archive is laid out: of it the shelf is taken,
// and from its keyring what that of the store lacks to read it.
func asideIn(stage string) string { return filepath.Join(stage, "keys.part") }

func (r restored) adopt() error {
	aside := asideIn(r.dir)
	if !lost(filepath.Join(keyringDir(aside), "manifest.json")) { // an archive of before keys of the shelf changed has none
		for _, use := range []string{"shelf", "backup"} {
			if _, err := keyring.Adopt(keyringDir(r.dir), keyringDir(aside), master(r.dir), use); fault.Because(err, "key_versions") {
				return fmt.Errorf("the shelf's archive: %w", err)
			}
			// Another failure is one master too few: whether anything is missing for it, opening all of it tells.
		}
	}
	return os.RemoveAll(aside)
}

func layOut(path string, kind archive.Kind, stage string, with []archive.Identity) (archive.Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return archive.Manifest{}, err
	}
	defer f.Close()
	m, err := archive.Read(f, stage, with...)
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	if m.Kind != kind {
		return m, fmt.Errorf("%s is an archive of the %s, not of the %s", path, m.Kind, kind)
	}
	return m, nil
}

// check opens all of it, as a server would, and leaves the newest head that is
// known beside the keys.
func (r restored) check(ctx context.Context) (said string, err error) {
	if err := r.adopt(); err != nil {
		return "", err
	}
	ring, err := keyring.OpenExisting(keyringDir(r.dir), master(r.dir))
	if err != nil {
		return "", fmt.Errorf("keyring: %w (what opens the keyring is in no backup: give it as docs/operations.md says, %s and the like)", err, masterEnv)
	}
	for _, m := range []archive.Manifest{r.store, r.keys} {
		if err := m.Check(ring.Secrets("backup")()...); err != nil {
			return "", fmt.Errorf("archive of the %s: %w", m.Kind, err)
		}
	}
	keeper := keeperOf(ring)
	report, head, err := wholeCopy(ctx, storeFile(r.dir), keeper)
	if err != nil {
		return "", err
	}
	if string(head) != r.store.Head {
		return "", errors.New("the store is not at the head that its archive names")
	}
	known, signed, err := newestKnown(keeper, r.keys.Head)
	if err != nil {
		return "", fmt.Errorf("archive of the keys: %w", err)
	}
	if known < report.Size {
		return "", fmt.Errorf("the archive of the shelf (of %d ledger entries) is older than that of the store (%d): give the newest", known, report.Size)
	}
	officers, err := officersOf(r.dir, ring, time.Now)
	if err != nil {
		return "", err
	}
	if _, err := officers.Files(); err != nil {
		return "", fmt.Errorf("officers: %w", err)
	}
	shelf, err := vault.OpenShelfCopy(shelfFile(r.dir), ring.Versions("shelf"))
	if err != nil {
		return "", fmt.Errorf("shelf: %w", err)
	}
	defer shelf.Close()
	if _, err := io.Copy(io.Discard, shelf); err != nil {
		return "", fmt.Errorf("shelf: %w", err)
	}
	if signed {
		if err := disk.Write(headFile(r.dir), []byte(r.keys.Head)); err != nil {
			return "", err
		}
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} { // of a reader
		if err := os.Remove(storeFile(r.dir) + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return fmt.Sprintf("the store of %s with %d ledger entries (%d were known), and the shelf of %s: %d persons' secrets, %d destroyed, %d that do not open.",
		r.store.Made.Format("2006-01-02 15:04:05Z"), report.Size, known, r.keys.Made.Format("2006-01-02 15:04:05Z"), shelf.Held, shelf.Destroyed, shelf.Odd), nil
}

// newestKnown is the size that an archive's head says. When all keys that signed
// it came after the archive of the store was made, this keyring can't check
// them; but the archive's own list is under a key of the keyring, and the head in it.
func newestKnown(keeper *ledger.Keeper, head string) (size uint64, signed bool, err error) {
	if head == "" {
		return 0, false, nil
	}
	if size, _, err = keeper.CheckRemembered([]byte(head)); err == nil {
		return size, true, nil
	}
	size, err = ledger.HeadSize([]byte(head))
	return size, false, err
}
