package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"netid/internal/identity"
	postgrestest "netid/test/postgres"
)

// The operator's commands about requests reach the door: what waits is listed without a name, and answered once.
func TestOperatorRights(t *testing.T) { answersRights(t, built(t, true)) }

func TestOperatorRightsPostgreSQL(t *testing.T) {
	server := postgrestest.Ready(t)
	answersRights(t, builtIn(t, true, "", server.Database(t), server.Database(t)))
}

func answersRights(t *testing.T, h *house) {
	t.Helper()
	door := httptest.NewServer(h.server)
	t.Cleanup(door.Close)
	c, err := h.rights.AskUnknown(t.Context(), "document_not_valid")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"list"}, 0, "document_not_valid"},
		{[]string{"answer", c.Ref}, 1, "--grant"},
		{[]string{"answer", c.Ref, "--grant", "--refuse"}, 1, "--grant"},
		{[]string{"answer", c.Ref, "--refuse"}, 1, "claim_reason_missing"},
		{[]string{"answer", c.Ref + "0", "--grant"}, 1, "claim_unknown"},
		{[]string{"answer", c.Ref, "--refuse", "--note", "The issuer says that it was reported lost."}, 0, ""},
		{[]string{"answer", c.Ref, "--grant"}, 1, "claim_answered"},
		{[]string{"list"}, 0, "refused"},
	} {
		out, code := operate(append([]string{"operator", "rights", step.args[0], "--server", door.URL}, step.args[1:]...)...)
		if code != step.code || !strings.Contains(out, step.want) {
			t.Errorf("%v: status %d: %s", step.args, code, out)
		}
	}
	if got, err := h.rights.Read(t.Context(), c.Ref); err != nil || got.Granted || got.Note == "" {
		t.Error(got, err)
	}
	late := identity.Claim{Late: true}
	if stateOf(late) != "LATE" || stateOf(identity.Claim{}) != "waits" {
		t.Error("a late one does not show")
	}
}
