package main

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// wrongClock is a sandbox's clock that somebody may set wrong while it runs:
// the file says how far it is off ("1h", "-1h"), and is read ten times a second.
// Without a file it is the machine's.
func wrongClock(ctx context.Context, file string) func() time.Time {
	if file == "" {
		return time.Now
	}
	var off atomic.Int64
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			b, _ := os.ReadFile(file) // no file, and no number in it: right
			d, _ := time.ParseDuration(strings.TrimSpace(string(b)))
			off.Store(int64(d))
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
}
