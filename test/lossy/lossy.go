// Package lossy is a file system on which a power cut can be played: what is
// written stays in memory until the file is synced, and killing the process
// that serves it loses the rest. kill -9 of a server alone shows nothing of
// that kind, since the kernel keeps what it was given.
//
// It owns the keeping and the losing, and refuses to know who writes. It runs
// as a process of its own (FUSE), so that it can be killed.
//
// Invariant: what a sync acknowledged is in the directory behind, byte for
// byte; names (create, rename, link, unlink) are there at once, as after a
// journal's commit. A liar acknowledges syncs and does nothing: a store on it
// must lose, or whoever looks for losses is blind. A disk in Trouble answers
// errors, and what a failed sync was to write back it never writes back unless it
// is written again, as Linux does.
package lossy

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Serve mounts the directory behind at mount and serves it until it is
// unmounted or the process dies. It calls ready once files can be opened.
func Serve(behind, mount string, liar bool, trouble *Trouble, ready func()) error {
	second := time.Second
	root := &node{disk: &disk{behind, liar, trouble}}
	s, err := fs.Mount(mount, root, &fs.Options{EntryTimeout: &second, AttrTimeout: &second,
		MountOptions: fuse.MountOptions{DirectMount: true, AllowOther: true, FsName: "lossy", MaxWrite: 1 << 20}})
	if err != nil {
		return err
	}
	ready()
	s.Wait()
	return nil
}

// disk is what all nodes share.
type disk struct {
	behind  string
	liar    bool
	trouble *Trouble
}

// node is a file or a directory. A file's bytes are in held once it was opened.
type node struct {
	fs.Inode
	disk *disk
	held *held // nil for a directory
}

func (n *node) path() string {
	if n.held != nil {
		return n.held.place()
	}
	return filepath.Join(n.disk.behind, n.Path(nil))
}

func (n *node) below(name string) string { return filepath.Join(n.path(), name) }

// child gives the inode of a name, the one that is known already if it is.
func (n *node) child(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	path := n.below(name)
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return nil, fs.ToErrno(err)
	}
	if known := n.GetChild(name); known != nil {
		known.Operations().(*node).describe(&st, &out.Attr)
		return known, 0
	}
	made := &node{disk: n.disk}
	if st.Mode&syscall.S_IFMT == syscall.S_IFREG {
		made.held = &held{path: path, disk: n.disk}
	}
	made.describe(&st, &out.Attr)
	return n.NewInode(ctx, made, fs.StableAttr{Mode: st.Mode, Ino: st.Ino}), 0
}

func (n *node) describe(st *syscall.Stat_t, a *fuse.Attr) {
	a.FromStat(st)
	if n.held != nil {
		if size, ok := n.held.size(); ok {
			a.Size = size
		}
	}
}

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.child(ctx, name, out)
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if !n.disk.trouble.takes(1) {
		return nil, syscall.ENOSPC
	}
	if err := os.Mkdir(n.below(name), os.FileMode(mode&0o777)); err != nil {
		return nil, fs.ToErrno(err)
	}
	n.own(ctx, name)
	return n.child(ctx, name, out)
}

// own gives what was made to whoever asked for it.
func (n *node) own(ctx context.Context, name string) {
	if caller, ok := fuse.FromContext(ctx); ok {
		os.Chown(n.below(name), int(caller.Uid), int(caller.Gid))
	}
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if !n.disk.trouble.takes(1) {
		return nil, nil, 0, syscall.ENOSPC
	}
	f, err := os.OpenFile(n.below(name), os.O_CREATE|os.O_RDWR, os.FileMode(mode&0o777))
	if err != nil {
		return nil, nil, 0, fs.ToErrno(err)
	}
	f.Close()
	n.own(ctx, name)
	inode, errno := n.child(ctx, name, out)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	file := inode.Operations().(*node).held
	if errno := file.open(flags&syscall.O_TRUNC != 0); errno != 0 {
		return nil, nil, 0, errno
	}
	return inode, handle{file}, 0, 0
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	errno := n.held.open(flags&syscall.O_TRUNC != 0)
	return handle{n.held}, fuse.FOPEN_KEEP_CACHE, errno
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	return fs.ToErrno(os.Remove(n.below(name)))
}

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	return fs.ToErrno(syscall.Rmdir(n.below(name)))
}

func (n *node) Rename(_ context.Context, name string, into fs.InodeEmbedder, as string, _ uint32) syscall.Errno {
	target := into.EmbeddedInode().Operations().(*node).below(as)
	if err := os.Rename(n.below(name), target); err != nil {
		return fs.ToErrno(err)
	}
	if moved := n.GetChild(name); moved != nil {
		if file := moved.Operations().(*node).held; file != nil {
			file.moved(target)
		}
	}
	return 0
}

// Link is good for files that were synced before, as every careful writer does.
func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if err := os.Link(target.EmbeddedInode().Operations().(*node).path(), n.below(name)); err != nil {
		return nil, fs.ToErrno(err)
	}
	var st syscall.Stat_t
	if err := syscall.Lstat(n.below(name), &st); err != nil {
		return nil, fs.ToErrno(err)
	}
	out.Attr.FromStat(&st)
	made := &node{disk: n.disk, held: &held{path: n.below(name), disk: n.disk}}
	return n.NewInode(ctx, made, fs.StableAttr{Mode: st.Mode, Ino: st.Ino + 1<<40}), 0
}

func (n *node) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	return fs.NewLoopbackDirStream(n.path())
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	var st syscall.Stat_t
	if err := syscall.Lstat(n.path(), &st); err != nil {
		if n.held == nil {
			return fs.ToErrno(err)
		}
		st.Mode, st.Nlink = syscall.S_IFREG|0o600, 0 // unlinked, and open still
	}
	n.describe(&st, &out.Attr)
	return 0
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if mode, ok := in.GetMode(); ok {
		if err := os.Chmod(n.path(), os.FileMode(mode&0o777)); err != nil {
			return fs.ToErrno(err)
		}
	}
	if size, ok := in.GetSize(); ok && n.held != nil {
		if errno := n.held.resize(size); errno != 0 {
			return errno
		}
	}
	return n.Getattr(ctx, f, out)
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	if n.held == nil {
		return 0 // names are there at once
	}
	return n.held.sync()
}

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	var st syscall.Statfs_t
	if err := syscall.Statfs(n.disk.behind, &st); err != nil {
		return fs.ToErrno(err)
	}
	out.FromStatfsT(&st)
	return 0
}
