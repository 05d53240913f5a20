//go:build !linux

package authority

import "syscall"

// attributes: elsewhere the end of its standard input alone ends the child.
func attributes() *syscall.SysProcAttr { return nil }
