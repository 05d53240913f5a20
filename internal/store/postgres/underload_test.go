package postgres_test

import (
	"context"
	"sync"
	"testing"

	"netid/internal/identity"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

// A process starts while others write: the head and the rows that it reads are
// of one moment, or it would take the rows in between for somebody's.
func TestOpensWhileOthersWrite(t *testing.T) {
	ctx := context.Background()
	at := postgrestest.Ready(t).Database(t)
	s := open(t, at)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := s.Commit(ctx, identity.Change{Entry: storetest.Entry()}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 30 {
		open(t, at).Close()
	}
	close(stop)
	all.Wait()
	storetest.Check(t, s)
}
