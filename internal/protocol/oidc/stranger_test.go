package oidc_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/protocol/oidc"
	"netid/internal/suite"
)

// Whoever knows a party's name, or makes one up, adds nothing to its figures, and nothing of
// what they call themselves stays in memory or in the log.
func TestStrangersAreNotCounted(t *testing.T) {
	var log bytes.Buffer
	var counted []identity.PartyID
	s := serveIn(t, issuer, suite.International, func(_ *service, c *oidc.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Counted = func(p identity.PartyID, _ string, _ time.Duration) { counted = append(counted, p) }
	})
	long := strings.Repeat("a", 20_000)
	for _, c := range [][2]string{{"GET", "/register/" + long}, {"PUT", "/register/" + long}, {"DELETE", "/register/app"}, {"GET", "/register/app"}, {"GET", "/authorize?client_id=" + long}, {"POST", "/token"}, {"POST", "/par"}, {"POST", "/introspect"}} {
		r, w := httptest.NewRequest(c[0], c[1], strings.NewReader("grant_type=authorization_code&code=x&client_id="+long)), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.mux.ServeHTTP(w, r)
		if w.Code < 400 {
			t.Errorf("%s %.20s: %d", c[0], c[1], w.Code)
		}
	}
	if len(counted) != 0 {
		t.Errorf("%d counted: %.40s", len(counted), counted)
	}
	if log.Len() == 0 || strings.Contains(log.String(), strings.Repeat("a", 100)) {
		t.Errorf("the log has %d bytes", log.Len())
	}
}
