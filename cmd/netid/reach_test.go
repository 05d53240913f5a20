package main

import (
	"strings"
	"testing"
)

// Whoever reaches a sandbox registers parties there: one that others reach does
// not ask its own machine for what they name.
func TestASandboxThatOthersReachAsksNotItself(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "netid.example:0"} {
		if out, code := operate("sandbox", "--fetch-loopback", "--addr", addr, "--data", t.TempDir()); code != 1 || !strings.Contains(out, "--fetch-loopback needs an --addr on this machine alone") {
			t.Errorf("%s: status %d: %s", addr, code, out)
		}
	}
}
