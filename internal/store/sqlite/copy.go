package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"os"
	"slices"

	"netid/internal/fault"
)

// Copy writes the store at from, as it is at one moment, to a new file at to,
// beside a running server. The copy is marked as one, has no log and no outbox, and holds
// nothing of deleted or moved rows. An erasure that meets it is complete all
// the same; its bytes leave the original's log once the copy is done.
func Copy(ctx context.Context, from, to string) error {
	const op = "sqlite.Copy"
	d, err := OpenReadOnly(from) // refuses what is no store of this version
	if err != nil {
		return fault.At(op, err)
	}
	d.Close()
	values := readValues()
	values["_pragma"] = slices.DeleteFunc(values["_pragma"], func(p string) bool { return p == "query_only(ON)" }) // it would forbid VACUUM INTO, which writes nothing here
	values.Add("_pragma", "secure_delete(ON)")                                                                     // the new file takes it over
	db, err := connectReading(from, values)
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer db.Close()
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // SQLite takes an empty file as it is, mode and all
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	defer f.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	if err := mark(ctx, to); err != nil {
		return fault.Wrap(op, fault.Unavailable, "store_unavailable", err)
	}
	return fault.Wrap(op, fault.Unavailable, "store_unavailable", errors.Join(clearGaps(f), f.Sync()))
}

// mark says in the copy that it is one: however it is put in place, it is not
// served before its single-use epoch is raised: without its code, nobody but the raise
// can take the mark away again. What waits to be delivered is
// taken out: it is for minutes, a copy may be kept for years, and no erasure
// reaches the addresses in it.
func mark(ctx context.Context, path string) error {
	db, err := connect(path, 1, url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(DELETE)", "synchronous(FULL)", "secure_delete(ON)"}})
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "UPDATE single_use SET copied = 1, code = x''")
	if err == nil {
		_, err = db.ExecContext(ctx, "DELETE FROM outbox")
	}
	return errors.Join(err, db.Close())
}

// clearGaps is wipe for a file that nobody has open: building the copy may
// move rows, and their old places would outlast them.
func clearGaps(f *os.File) error {
	var head [fileHeader]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint16(head[16:]))
	if size == 1 {
		size = 1 << 16
	}
	page := make([]byte, size)
	for number := uint32(1); ; number++ {
		at := int64(number-1) * int64(size)
		if _, err := f.ReadAt(page, at); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		dirty, err := clearGap(number, page)
		if err != nil {
			return err
		}
		if !dirty {
			continue
		}
		if _, err := f.WriteAt(page, at); err != nil {
			return err
		}
	}
}
