package sqlite

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
)

// The log file (https://www.sqlite.org/walformat.html): a header of 32 bytes,
// then frames of a header of 24 bytes and one page. Frames of the current run
// of the log carry the salt of its header.
const (
	logHeader   = 32
	frameHeader = 24
	saltLength  = 8
	readAhead   = 128 << 10 // a system call for each frame would cost more than copying its page
)

// position is a place in the log: in which run of it, and how many frames.
type position struct {
	salt   [saltLength]byte
	frames int64
}

// logged gives the numbers of the pages that were written to the log after a
// position, and where the log ends now. Reading beside SQLite is safe: its locks
// are on the -shm, and the caller is the only writer. A frame that was rolled
// back may be among them, which costs a look at its page and no more.
func logged(path string, after position) (pages map[uint32]struct{}, end position, err error) {
	log, err := os.Open(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, position{}, nil
	}
	if err != nil {
		return nil, after, err
	}
	defer log.Close()
	var head [logHeader]byte
	if _, err := log.ReadAt(head[:], 0); err != nil {
		return nil, position{}, whole(err)
	}
	size := int64(binary.BigEndian.Uint32(head[8:]))
	end.salt = [saltLength]byte(head[16:])
	if end.salt == after.salt {
		end.frames = after.frames
	}
	pages = map[uint32]struct{}{}
	from := logHeader + end.frames*(frameHeader+size)
	frames := bufio.NewReaderSize(io.NewSectionReader(log, from, math.MaxInt64-from), readAhead)
	for ; ; end.frames++ {
		var frame [frameHeader]byte
		if _, err := io.ReadFull(frames, frame[:]); err != nil {
			return pages, end, whole(err)
		}
		if [saltLength]byte(frame[8:]) != end.salt {
			return pages, end, nil
		}
		pages[binary.BigEndian.Uint32(frame[:])] = struct{}{}
		if _, err := frames.Discard(int(size)); err != nil {
			end.frames++
			return pages, end, whole(err)
		}
	}
}

// whole makes the end of the file no error.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
