package main

import (
	"golang.org/x/sys/unix"
)

// keepMemory keeps the process's memory, where keys and people's data pass,
// from core dumps and from debuggers of the same user: the first is a limit
// that a handler of dumps may ignore, the second is asked by every handler and by ptrace
// (core(5), PR_SET_DUMPABLE in prctl(2)). Root may still read it.
func keepMemory() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
