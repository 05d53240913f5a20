package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The operator's commands about guardians reach the door, and what is wrong is said.
func TestGuardReview(t *testing.T) {
	door := httptest.NewServer(built(t, true).server)
	t.Cleanup(door.Close)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"list", 0, "REFERENCE  WHY"},
		{"allow 0a1b2c3d --ticket 0123456789abcdef", 1, "review_unknown"},
		{"refuse 0a1b2c3d --ticket 0123456789abcdef", 1, "review_unknown"},
		{"allow 0a1b2c3d", 1, "--ticket"},
		{"allow --ticket 0123456789abcdef", 1, "reference"},
	} {
		args := strings.Fields(c.args)
		out, code := operate(append([]string{"guard", "review", args[0], "--server", door.URL}, args[1:]...)...)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: status %d: %s", c.args, code, out)
		}
	}
}
