package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/store/postgres"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

// A process that stops in the middle of its group, alive and silent, holds up
// the others only until the server ends its session; what it had begun is undone.
func TestStalledProcess(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the server's limit, ten seconds")
	}
	ctx := context.Background()
	at := postgrestest.Ready(t).Database(t)
	stalled := connect(t, at)
	defer stalled.Close()
	s := open(t, at)
	tx, err := stalled.Begin(ctx)
	must(t, err)
	_, err = tx.Exec("INSERT INTO once (id, until, code) VALUES (?, ?, '')", []byte("stalled"), int64(1)<<60)
	must(t, err)
	must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	if err := tx.Commit(); err == nil {
		t.Error("who was given up commits")
	}
	must(t, s.Jot(ctx, identity.TakeOnce{ID: []byte("stalled"), Until: time.Now()}))
}

// A standby is read and verified, and never written to: not at the start, and
// not when a process is led to one later.
func TestStandby(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	t.Parallel()
	ctx := context.Background()
	primary := postgrestest.Own(t)
	at := primary.Database(t)
	s := open(t, at)
	for range 5 {
		must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	}
	standby := primary.Standby(t)
	there := strings.Replace(standby.Address, "/postgres?", at[strings.LastIndex(at, "/netid_test"):strings.Index(at, "?")]+"?", 1)
	if _, err := postgres.Open(ctx, address(t, there)); !fault.Because(err, "store_unavailable") || !strings.Contains(err.Error(), "standby") {
		t.Error("opened to write:", err)
	}
	if size := storetest.Check(t, reading(t, there)); size != 5 {
		t.Error("size", size)
	}
	// Both hosts in one address, the standby first: the primary is found.
	hosts := func(a string) string { return a[strings.Index(a, "host=")+len("host="):] }
	both := strings.Replace(at, "host="+hosts(at), "host="+hosts(there)+","+hosts(at), 1)
	if _, err := postgres.Open(ctx, address(t, both)); !fault.Because(err, "store_unavailable") {
		t.Error("the first host is a standby:", err)
	}
	two := open(t, both+"&target_session_attrs=read-write")
	must(t, two.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	if size := storetest.Check(t, two); size != 6 {
		t.Error("size", size)
	}
}

// With a synchronous standby that is gone, nothing is acknowledged, and a
// commit whose wait was cut off (it is visible by then) is not taken for durable:
// not before the standby is back.
func TestWrongByVisibility(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	t.Parallel()
	ctx := context.Background()
	primary := postgrestest.Own(t)
	at := primary.Database(t)
	s := open(t, at)
	standby := primary.Standby(t)
	primary.Run(t, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
	primary.Run(t, "SELECT pg_reload_conf()")
	must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	standby.Stop(t)
	e := storetest.Entry()
	answer := make(chan error, 1)
	go func() { answer <- s.Commit(ctx, identity.Change{Entry: e}) }()
	waiting := "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	for primary.Run(t, waiting) == "0" {
		time.Sleep(20 * time.Millisecond)
	}
	primary.Run(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") // the wait ends; the commit is done here alone
	for primary.Run(t, waiting) == "0" {                                                                  // the store asks, and its own commit waits
		time.Sleep(20 * time.Millisecond)
	}
	if _, err := reading(t, at).Entry(ctx, e.EntryKey); err != nil {
		t.Error("the control shows nothing, the row is not visible:", err)
	}
	select {
	case err := <-answer:
		t.Fatal("answered while no standby has it:", err)
	case <-time.After(300 * time.Millisecond):
	}
	standby.Start(t)
	if err := <-answer; err != nil {
		t.Error("it is there, and on the standby:", err)
	}
	storetest.Check(t, s)
	primary.Run(t, "ALTER SYSTEM RESET synchronous_standby_names")
	primary.Run(t, "SELECT pg_reload_conf()")
}
