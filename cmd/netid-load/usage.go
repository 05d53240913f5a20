package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what the server used since it started.
type usage struct {
	cpu, database  time.Duration // of its process; of the database's processes
	commits, reads uint64        // by the server's own count
	written        uint64        // bytes that all these processes sent to storage
}

// usage reads it from the operating system (proc(5)); commits and reads from the server itself.
func (s *server) usage() (usage, error) {
	own, err := process(s.cmd.Process.Pid)
	if err != nil {
		return usage{}, err
	}
	u := usage{cpu: own.cpu, written: own.written}
	if s.database != nil {
		all, err := s.database.spent()
		if err != nil {
			return usage{}, err
		}
		u.database, u.written = all.cpu, u.written+all.written
	}
	var said struct{ Commits, Reads uint64 }
	err = s.get("/sandbox/figures", &said)
	u.commits, u.reads = said.Commits, said.Reads
	return u, err
}

// spent is what one process used.
type spent struct {
	parent  int
	cpu     time.Duration // user and system
	ended   time.Duration // the same of its children that ended
	written uint64        // 0 where one may not read it
}

// ticks is the unit of /proc/PID/stat on Linux, whatever the kernel's own.
const ticks = 100

func process(pid int) (spent, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return spent{}, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return spent{}, fmt.Errorf("/proc/PID/stat has %d fields", len(fields))
	}
	var n [5]int64 // ppid, utime, stime, cutime, cstime
	for i, field := range []int{1, 11, 12, 13, 14} {
		if n[i], err = strconv.ParseInt(fields[field], 10, 64); err != nil {
			return spent{}, err
		}
	}
	s := spent{parent: int(n[0]), cpu: time.Duration(n[1]+n[2]) * time.Second / ticks, ended: time.Duration(n[3]+n[4]) * time.Second / ticks}
	s.written, err = storage(pid)
	return s, err
}

// storage is write_bytes of /proc/PID/io.
func storage(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if errors.Is(err, os.ErrPermission) {
		return 0, nil
	}
	for line := range strings.Lines(string(b)) {
		if n, ok := strings.CutPrefix(line, "write_bytes: "); ok {
			return strconv.ParseUint(strings.TrimSpace(n), 10, 64)
		}
	}
	return 0, err
}

// family is a process with its children, those that ended included.
func family(pid int) (all spent, err error) {
	if all, err = process(pid); err != nil {
		return all, err
	}
	all.cpu += all.ended
	names, err := fs.Glob(os.DirFS("/proc"), "[0-9]*")
	if err != nil {
		return all, err
	}
	for _, name := range names {
		child, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		s, err := process(child)
		if err == nil && s.parent == pid { // one that ended meanwhile is its parent's by now
			all.cpu, all.written = all.cpu+s.cpu, all.written+s.written
		}
	}
	return all, nil
}
