package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	postgrestest "netid/test/postgres"
)

// The machine's owner invites one for system and one for security, in words that say
// why no other.
func TestOperatorStaffInvite(t *testing.T) { invitesTwo(t, built(t, true)) }

func TestOperatorStaffInvitePostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	invitesTwo(t, builtIn(t, true, "", server.Database(t), server.Database(t)))
}

func invitesTwo(t *testing.T, h *house) {
	t.Helper()
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	invite := func(role, ref string) (string, int) {
		return operate("operator", "staff", "invite", "--name", "Lin", "--role", role, "--reference", ref, "--server", door.URL)
	}
	out, code := invite("system", "p-1")
	if code != 0 || !strings.Contains(out, "/operator") {
		t.Fatal(out)
	}
	if out, code := invite("system", "p-1"); code == 0 || !strings.Contains(out, "invitation_waits") || !strings.Contains(out, "--again") {
		t.Error("the former invitation is void, and nobody was told:", out)
	}
	if out, code := operate("operator", "staff", "invite", "--again", "--name", "Lin", "--role", "system", "--reference", "p-1", "--server", door.URL); code != 0 || !strings.Contains(out, "is void") {
		t.Error(out)
	}
	if out, code := invite("security", "p-1"); code == 0 || !strings.Contains(out, "has an account") {
		t.Error(out)
	}
	if out, code := invite("audit", "p-2"); code == 0 {
		t.Error(out)
	}
	if out, code := invite("security", ""); code == 0 || !strings.Contains(out, "--reference") {
		t.Error(out)
	}
	h.disableDormant(t.Context()) // nobody yet
}
