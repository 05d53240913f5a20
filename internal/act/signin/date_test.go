package signin_test

import (
	"testing"
	"time"

	"netid/internal/fault"
)

// L16: a session whose date was moved, either way, is over: one from too long ago,
// and one of a moment that is not yet, which would pass for fresh.
func TestL16TheDateOfASession(t *testing.T) {
	k, c, ctx := scene(t)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	now := k.Now()
	for moved, good := range map[time.Duration]bool{
		0: true, -12 * time.Hour: true, -12*time.Hour - time.Second: false, time.Minute: true, // of a node whose clock is ahead
		time.Minute + time.Second: false, time.Hour: false, 365 * 24 * time.Hour: false,
	} {
		s := c.Session
		s.At = now.Add(moved)
		cookie, err := k.Signin.Seal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Signin.Open(ctx, cookie); (err == nil) != good || err != nil && !fault.Because(err, "session_over") {
			t.Errorf("moved by %s: %v", moved, err)
		}
	}
	s := c.Session
	s.At = time.Time{}
	if cookie, err := k.Signin.Seal(s); err != nil {
		t.Fatal(err)
	} else if _, err := k.Signin.Open(ctx, cookie); !fault.Because(err, "session_over") {
		t.Errorf("no date at all: %v", err)
	}
}
