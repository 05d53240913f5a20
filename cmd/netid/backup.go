package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"netid/internal/archive"
	"netid/internal/fault"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/suite/keyring"
	"netid/internal/vault"
)

type backupCmd struct {
	dataFlag
	Out        string   `required:"" placeholder:"FILE" help:"Where the archive goes. A store's archive replaces no file; that of the shelf replaces the one before, in one step."`
	Recipient  []string `required:"" placeholder:"AGE_PUBLIC_KEY" help:"Whom it is sealed to (age1...); may be repeated. The private key does not belong on this machine."`
	Keys       bool     `help:"The shelf of person secrets and the officers' months alone. Keep ONE copy, the newest: an older one would bring erased persons back, and months that were destroyed."`
	WithMaster bool     `help:"In a sandbox: the plain master secret too. Otherwise it is in no backup, and has to be kept elsewhere."`
}

// Run makes one archive beside the running server.
func (c *backupCmd) Run(s *surroundings) error {
	to, err := archive.ParseRecipients(c.Recipient)
	if err != nil {
		return fmt.Errorf("--recipient: %w", err)
	}
	if c.WithMaster && (c.Keys || lost(authorityDir(c.Data)) || lost(masterFile(c.Data))) {
		return errors.New("--with-master is for the store of a sandbox, whose master is a plain file")
	}
	if !c.Keys && !lost(c.Out) {
		return fmt.Errorf("%s is there already", c.Out)
	}
	r, err := openReading(s.ctx, site{data: c.Data})
	if err != nil {
		return fmt.Errorf("%w (a store in PostgreSQL is copied by PostgreSQL's own means: see docs/operations.md)", err)
	}
	defer r.Close()
	b := &backup{backupCmd: c, surroundings: s, reading: r, part: filepath.Join(c.Data, "backup.part")}
	leave, err := b.enter()
	if err != nil {
		return err
	}
	defer leave()
	if c.Keys {
		return b.shelf(to)
	}
	return b.store(to)
}

// backup is one run.
type backup struct {
	*backupCmd
	*surroundings
	*reading
	part string // where the copy stands until it is sealed: sealed rows and keys, as beside it
}

// enter lets one backup at a time work here, and removes what one that was cut
// short left.
func (b *backup) enter() (leave func(), err error) {
	f, err := os.OpenFile(filepath.Join(keyringDir(b.Data), "backup.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another backup of %s is under way", b.Data)
	}
	err = errors.Join(os.RemoveAll(b.part), os.Mkdir(b.part, 0o700))
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { os.RemoveAll(b.part); f.Close() }, nil
}

func (b *backup) store(to []archive.Recipient) error {
	notes, _, err := b.remembered(nil) // before the copy: it must continue what was known
	if err != nil {
		return err
	}
	db := storeFile(b.part)
	if err := sqlite.Copy(b.ctx, storeFile(b.Data), db); err != nil {
		return fmt.Errorf("copy the store: %w", err)
	}
	report, head, err := wholeCopy(b.ctx, db, b.keeper, notes...)
	if err != nil {
		return err
	}
	names, err := b.keys()
	if err != nil {
		return err
	}
	if !lost(authorityDir(b.Data)) { // a sandbox's synthetic people: they never change
		people, err := files(b.Data, "authority", "")
		if err != nil {
			return err
		}
		names = append(names, people...)
	}
	if b.WithMaster {
		names = append(names, source{"keyring/master", masterFile(b.Data)})
	}
	w, err := archive.Create(b.Out, archive.Store, time.Now(), head, to...)
	if err != nil {
		return err
	}
	for _, f := range append([]source{{"netid.db", db}}, names...) {
		if err := w.Add(f.name, f.path); err != nil {
			w.Abandon()
			return err
		}
	}
	if err := w.Close(b.ring.Secret("backup")); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%s: the store with %d ledger entries, and its keyring.\n", b.Out, report.Size)
	if !b.WithMaster {
		fmt.Fprintln(b.out, "What opens the keyring (master secret, passphrase or hardware module) is not in it: keep that elsewhere, for without it this archive opens nobody.")
	}
	fmt.Fprintln(b.out, "The persons' secrets are not in it: run netid backup --keys after this, and keep only its newest copy.")
	return nil
}

// source is a file and its name in the archive.
type source struct{ name, path string }

// keys copies the sealed keys, and a master that is itself sealed, aside and opens them there, so that a rotation
// that meets the copy does not tear it.
func (b *backup) keys() ([]source, error) {
	var err error
	for range 5 {
		var all []source
		if all, err = files(b.Data, "keyring", ".key", ".json", ".sealed", ".hsm"); err != nil {
			return nil, err
		}
		dir := keyringDir(b.part)
		if err = errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
			return nil, err
		}
		for i, f := range all {
			text, e := os.ReadFile(f.path)
			all[i].path = filepath.Join(b.part, filepath.FromSlash(f.name))
			err = errors.Join(err, e, os.WriteFile(all[i].path, text, 0o600))
		}
		if err == nil {
			_, err = keyring.OpenExisting(dir, master(b.Data))
		}
		if err == nil {
			return all, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, fmt.Errorf("keyring: %w", err)
}

// ringOf puts the sealed keys of this moment into the shelf's archive, without
// what opens them: a store that is put back has the keyring of its own day,
// and the shelf may be under a later key.
func (b *backup) ringOf(w *archive.Writing) error {
	names, err := b.keys() // after the shelf was read: the keys of every slot are among them
	if err != nil {
		return err
	}
	for _, f := range names {
		if strings.HasSuffix(f.name, ".key") || strings.HasSuffix(f.name, ".json") {
			if err := w.Add(f.name, f.path); err != nil {
				return err
			}
		}
	}
	return nil
}

// files lists the plain files of a directory with one of the endings.
func files(data, dir string, endings ...string) (all []source, err error) {
	entries, err := os.ReadDir(filepath.Join(data, dir))
	for _, e := range entries {
		for _, end := range endings {
			if e.Type().IsRegular() && strings.HasSuffix(e.Name(), end) {
				all = append(all, source{dir + "/" + e.Name(), filepath.Join(data, dir, e.Name())})
				break
			}
		}
	}
	return all, err
}

func (b *backup) shelf(to []archive.Recipient) error {
	head, err := b.reading.store.Head(b.ctx) // before the shelf: the copy has the secret of everybody in it
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	// A restore believes the size that this head says, and by it that a shelf is new
	// enough; the archive's own MAC would vouch for whatever stands in the store's row.
	if head != nil {
		if _, _, err := b.keeper.CheckHead(head); err != nil {
			return fmt.Errorf("the store's head was altered: %w", err)
		}
	}
	shelf, err := vault.OpenShelfCopy(shelfFile(b.Data), b.ring.Versions("shelf"))
	if err != nil {
		return fmt.Errorf("shelf: %w", err)
	}
	defer shelf.Close()
	w, err := archive.Create(b.Out, archive.Keys, time.Now(), head, to...)
	if err != nil {
		return err
	}
	if err := w.Put("keyring/people.shelf", shelf.Size(), shelf); err != nil {
		w.Abandon()
		return err
	}
	if err := b.ringOf(w); err != nil {
		w.Abandon()
		return err
	}
	months, err := b.quorum(w)
	if err != nil {
		w.Abandon()
		return err
	}
	if err := w.Close(b.ring.Secret("backup")); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%s: the officers' quorum, %d months' keys that are not destroyed.\n", b.Out, months)
	fmt.Fprintf(b.out, "%s: the shelf, %d persons' secrets, %d destroyed, %d that do not open. Keep this copy alone: destroy every older one.\n",
		b.Out, shelf.Held, shelf.Destroyed, shelf.Odd)
	return nil
}

// quorum adds the officers' files: like the shelf they are kept as one newest
// copy, since an older one has months whose keys were destroyed since.
func (b *backup) quorum(w *archive.Writing) (months int, err error) {
	q, err := officersOf(b.Data, b.ring, time.Now)
	if err != nil {
		return 0, err
	}
	files, err := q.Files()
	if err != nil {
		return 0, fmt.Errorf("officers: %w", err)
	}
	for _, f := range files {
		if err := w.Put("keyring/quorum/"+f.Name, int64(len(f.Text)), bytes.NewReader(f.Text)); err != nil {
			return 0, err
		}
	}
	return len(files) - 1, nil
}

// wholeCopy opens a copy and reads its ledger whole: one that does not verify is no backup.
func wholeCopy(ctx context.Context, path string, k *ledger.Keeper, remembered ...[]byte) (report ledger.Report, head []byte, err error) {
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return report, nil, fmt.Errorf("the copy: %w", err)
	}
	s, err := store.Open(ctx, db, k, time.Now)
	if err != nil {
		return report, nil, fmt.Errorf("the copy: %w", err)
	}
	defer s.Close()
	err = s.Snapshot(ctx, func(rows ledger.Rows) (err error) {
		report, err = ledger.Verify(ctx, rows, k, remembered...)
		return err
	})
	if err != nil {
		return report, nil, fmt.Errorf("the copy: %w", err)
	}
	if p, bad := report.First(); bad {
		return report, nil, fmt.Errorf("the ledger of the copy does not hold (%s: %s): netid ledger verify tells more", place(p), p.What)
	}
	if head, err = s.Head(ctx); fault.Is(err, fault.NotFound) {
		return report, nil, nil
	}
	return report, head, err
}
