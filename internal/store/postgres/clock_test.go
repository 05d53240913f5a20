package postgres_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

// A process whose clock is an hour off, either way, writes and sweeps nothing,
// says why, and goes on when its clock is right again.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	at := postgrestest.Ready(t).Database(t)
	right := open(t, at)
	var off atomic.Int64
	wrong, err := store.Open(ctx, connect(t, at), storetest.Keeper(), func() time.Time { return time.Now().Add(time.Duration(off.Load())) })
	must(t, err)
	t.Cleanup(wrong.Close)
	id := []byte("of an assertion that is good for half an hour")
	must(t, right.Jot(ctx, identity.TakeOnce{ID: id, Until: time.Now().Add(30 * time.Minute)}))
	for _, step := range []time.Duration{time.Hour, -time.Hour, store.Drift + time.Second} {
		must(t, wrong.Ready(ctx))
		off.Store(int64(step))
		for what, err := range map[string]error{
			"ready":  wrong.Ready(ctx),
			"commit": wrong.Commit(ctx, identity.Change{Entry: storetest.Entry()}),
			"jot":    wrong.Jot(ctx, identity.TakeOnce{ID: []byte("another"), Until: time.Now()}),
			"sweep":  wrong.Sweep(ctx, time.Now().Add(step)),
		} {
			if !fault.Is(err, fault.Unavailable) || !fault.Because(err, "clock_wrong") {
				t.Errorf("%v off, %s: %v", step, what, err)
			}
		}
		off.Store(0)
		must(t, wrong.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	}
	if err := right.Jot(ctx, identity.TakeOnce{ID: id, Until: time.Now()}); !fault.Is(err, fault.Conflict) {
		t.Error("taken, and swept by a clock that was wrong:", err)
	}
	if size := storetest.Check(t, right); size != 3 {
		t.Error("size", size)
	}
}
