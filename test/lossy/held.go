package lossy

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// held is a file's content in memory, and what of it no sync wrote back yet.
type held struct {
	disk *disk

	mu     sync.Mutex // guards all below
	path   string     // in the directory behind
	loaded bool
	bytes  []byte
	dirty  []span
	cut    bool // its length changed
}

type span struct{ from, to int64 }

func (h *held) place() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.path
}

func (h *held) moved(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.path = path
}

// size is the length that was written, once anything of the file is held.
func (h *held) size() (uint64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return uint64(len(h.bytes)), h.loaded
}

// load reads the file behind, once. The caller holds mu.
func (h *held) load() syscall.Errno {
	if h.loaded {
		return 0
	}
	b, err := os.ReadFile(h.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return gofs.ToErrno(err)
	}
	h.bytes, h.loaded = b, true
	return 0
}

func (h *held) open(truncate bool) syscall.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	errno := h.load()
	if truncate {
		h.bytes, h.dirty, h.cut = nil, nil, true
	}
	return errno
}

func (h *held) resize(size uint64) syscall.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	if errno := h.load(); errno != 0 {
		return errno
	}
	if errno := h.grow(int64(size)); errno != 0 {
		return errno
	}
	h.bytes, h.cut = h.bytes[:size], true
	return 0
}

// grow makes the file at least so long, with zeros, where there is room. The
// caller holds mu.
func (h *held) grow(size int64) syscall.Errno {
	if size <= int64(len(h.bytes)) {
		return 0
	}
	if !h.disk.trouble.takes(size - int64(len(h.bytes))) {
		return syscall.ENOSPC
	}
	if size > int64(cap(h.bytes)) {
		more := make([]byte, len(h.bytes), size*3/2+64<<10)
		copy(more, h.bytes)
		h.bytes = more
	}
	was := len(h.bytes)
	h.bytes = h.bytes[:size]
	clear(h.bytes[was:])
	return 0
}

func (h *held) write(p []byte, at int64) syscall.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	end := at + int64(len(p))
	if errno := h.grow(end); errno != 0 {
		return errno
	}
	copy(h.bytes[at:], p)
	if n := len(h.dirty); n > 0 && h.dirty[n-1].to == at {
		h.dirty[n-1].to = end
		return 0
	}
	h.dirty = append(h.dirty, span{at, end})
	return 0
}

func (h *held) read(into []byte, at int64) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at >= int64(len(h.bytes)) {
		return 0
	}
	return copy(into, h.bytes[at:])
}

// sync writes back what no sync wrote before. Where it stands in the directory
// behind, the machine under this test does not lose power.
func (h *held) sync() syscall.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.disk.liar || !h.loaded || len(h.dirty) == 0 && !h.cut {
		return 0
	}
	if h.disk.trouble.fails(h.path) {
		h.dirty = nil
		return syscall.EIO
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0 // unlinked meanwhile: nobody will look for it
	}
	if err != nil {
		return gofs.ToErrno(err)
	}
	defer f.Close()
	if h.cut {
		err = f.Truncate(int64(len(h.bytes)))
	}
	for _, s := range h.dirty {
		if to := min(s.to, int64(len(h.bytes))); err == nil && s.from < to {
			_, err = f.WriteAt(h.bytes[s.from:to], s.from)
		}
	}
	if err != nil {
		return gofs.ToErrno(err)
	}
	h.dirty, h.cut = nil, false
	return 0
}

// handle is an open file.
type handle struct{ *held }

func (h handle) Read(_ context.Context, into []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	return fuse.ReadResultData(into[:h.read(into, at)]), 0
}

func (h handle) Write(_ context.Context, p []byte, at int64) (uint32, syscall.Errno) {
	if errno := h.write(p, at); errno != 0 {
		return 0, errno
	}
	return uint32(len(p)), 0
}

func (h handle) Fsync(context.Context, uint32) syscall.Errno { return h.sync() }

func (h handle) Allocate(_ context.Context, at, size uint64, mode uint32) syscall.Errno {
	if mode != 0 {
		return syscall.ENOTSUP
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	errno := h.grow(int64(at + size))
	h.cut = true
	return errno
}
