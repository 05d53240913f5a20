package authority

import "syscall"

// attributes: a group of its own, so that the terminal's Ctrl-C reaches the
// server first and the child last; and death with its parent.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
