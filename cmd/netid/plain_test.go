package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"netid/internal/fault"
)

func TestAFailureIsASentence(t *testing.T) {
	inner := fault.Newf("keyring.former", fault.Conflict, "key_current", "it is the current key of access: rotate it first")
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("name one use, or --all"), "name one use, or --all"},
		{fault.At("keyring.Retire", inner), "it is the current key of access: rotate it first (key_current)"},
		{fmt.Errorf("token: %w", fault.At("keyring.Rotate", inner)), "token: it is the current key of access: rotate it first (key_current)"},
		{fault.Wrap("keyring.master", fault.Internal, "", errors.New("the disk is gone")), "the disk is gone"},
		{fault.New("keyring.find", fault.NotFound, "key_unknown"), "keyring.find: not found (key_unknown)"},
		{errors.Join(fmt.Errorf("a: %w", inner), fmt.Errorf("b: %w", inner)),
			"a: it is the current key of access: rotate it first\nb: it is the current key of access: rotate it first (key_current)"},
	} {
		if got := plain(c.err); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Whoever mistypes --data, or forgets the master key, is told that, and by
// every command that opens a keyring.
func TestWhatIsMissingIsNamed(t *testing.T) {
	nothing := t.TempDir()
	locked := t.TempDir()
	t.Setenv(masterEnv, strings.Repeat("07", 32))
	officered(t, locked, master(locked), "")
	t.Setenv(masterEnv, "")
	for _, args := range [][]string{
		{"keys", "list"}, {"keys", "rotate", "token"}, {"keys", "rotate", "--all"}, {"keys", "retire", "0123456789abcdef"}, {"keys", "rotate-master"},
		{"keys", "ceremony", "split"}, {"crypto", "inventory"}, {"officers", "list"}, {"officers", "months", "--until", "2027-01"},
	} {
		for dir, want := range map[string]string{nothing: "no keyring in", locked: masterEnv} {
			if _, said, code := said(append(args, "--data", dir)...); code != 1 || !strings.Contains(said, want) || strings.Contains(said, "internal") {
				t.Errorf("%v: %d %s", args, code, said)
			}
		}
	}
}
