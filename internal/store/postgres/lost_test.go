package postgres_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/store/storetest"
	postgrestest "netid/test/postgres"
)

// An idle connection that dies is replaced without anybody noticing: nothing
// was under way on it.
func TestIdleConnectionDies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Own(t)
	s := open(t, server.Database(t))
	for _, end := range []func(){
		func() {
			server.Run(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'netid'")
		},
		func() { server.Restart(t, "fast") },
		func() { server.Restart(t, "immediate") },
	} {
		e := storetest.Entry()
		must(t, s.Commit(ctx, identity.Change{Entry: e}))
		_, err := s.Entry(ctx, e.EntryKey) // so that there is a connection for reading too
		must(t, err)
		end()
		_, err = s.Entry(ctx, e.EntryKey)
		must(t, err)
		must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	}
	if size := storetest.Check(t, s); size != 6 {
		t.Fatal("size", size)
	}
}

// So are many that die at once, whatever is asked first.
func TestManyIdleConnectionsDie(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Ready(t)
	at := server.Database(t)
	s, shelf := open(t, at), openShelf(t, at)
	e := storetest.Entry()
	must(t, s.Commit(ctx, identity.Change{Entry: e}))
	slot := put(t, shelf, secret(1))
	for name, ask := range map[string]func() error{
		"read":    func() error { _, err := s.Entry(ctx, e.EntryKey); return err },
		"view":    func() error { return s.Snapshot(ctx, func(ledger.Rows) error { return nil }) },
		"get":     func() error { _, err := shelf.Get(slot); return err },
		"put":     func() error { _, err := shelf.Put(secret(2)); return err },
		"destroy": func() error { return shelf.Destroy(slot + 1) },
	} {
		put(t, shelf, secret(3))
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range 20 {
					s.Entry(ctx, e.EntryKey)
					shelf.Get(slot)
				}
			})
		}
		all.Wait()
		n := server.RunAt(t, at, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'netid' AND datname = current_database()")
		if err := ask(); err != nil || len(n) == 1 && n < "6" {
			t.Errorf("%s, when %s connections had died: %v", name, n, err)
		}
	}
}

// Without its server the shelf is unavailable, not broken.
func TestShelfAway(t *testing.T) {
	t.Parallel()
	server := postgrestest.Own(t)
	s := openShelf(t, server.Database(t))
	slot := put(t, s, secret(1))
	server.Kill(t, nil)
	_, get := s.Get(slot)
	_, again := s.Put(secret(2))
	for what, err := range map[string]error{"get": get, "put": again, "destroy": s.Destroy(slot)} {
		if !fault.Is(err, fault.Unavailable) || !fault.Because(err, "try_again") {
			t.Errorf("%s: %v", what, err)
		}
	}
	server.Start(t)
	if k, err := s.Get(slot); err != nil || k != secret(1) {
		t.Error(err)
	}
}

// While the server is away every change is refused as not having happened;
// when it is back, so is the store.
func TestServerAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Own(t)
	s := open(t, server.Database(t))
	must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	server.Stop(t)
	var refused []identity.Entry
	for range 3 {
		e := storetest.Entry()
		if err := s.Commit(ctx, identity.Change{Entry: e}); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "store_unavailable") {
			t.Fatal(err)
		}
		refused = append(refused, e)
	}
	if _, err := s.Head(ctx); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	server.Start(t)
	must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
	for _, e := range refused {
		if _, err := s.Entry(ctx, e.EntryKey); !fault.Is(err, fault.NotFound) {
			t.Error("refused and there:", err)
		}
	}
	if size := storetest.Check(t, s); size != 2 {
		t.Fatal("size", size)
	}
}

// TestKilled ends the server in the middle of the commits of two processes,
// several times: what was acknowledged is there, what was refused as not having
// happened is not, and the ledger verifies.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("one thing after another: the race detector, which -short is for, learns nothing")
	}
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Own(t)
	at := server.Database(t)
	nodes := []*store.Store{open(t, at), open(t, at)}
	var mu sync.Mutex
	var kept, refused, unknown []identity.EntryKey
	end := make(chan struct{})
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				p := storetest.NewPerson(1)
				e := p.Entry()
				err := nodes[n%2].Commit(ctx, identity.Change{Entry: e, Verbs: p.Open()})
				mu.Lock()
				switch {
				case err == nil:
					kept = append(kept, e.EntryKey)
				case fault.Because(err, "store_unavailable"):
					refused = append(refused, e.EntryKey)
				case fault.Because(err, "outcome_unknown"):
					unknown = append(unknown, e.EntryKey)
				default:
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	for range 3 {
		time.Sleep(300 * time.Millisecond)
		server.Restart(t, "immediate")
	}
	time.Sleep(100 * time.Millisecond)
	close(end)
	all.Wait()
	for _, id := range kept {
		if _, err := nodes[0].Entry(ctx, id); err != nil {
			t.Fatal("acknowledged and lost:", err)
		}
	}
	for _, id := range refused {
		if _, err := nodes[1].Entry(ctx, id); !fault.Is(err, fault.NotFound) {
			t.Fatal("refused and there:", err)
		}
	}
	size := storetest.Check(t, nodes[0])
	if size < uint64(len(kept)) || size > uint64(len(kept)+len(unknown)) || len(kept) == 0 {
		t.Fatalf("%d entries; %d acknowledged, %d unknown", size, len(kept), len(unknown))
	}
	t.Logf("%d acknowledged, %d refused, %d unknown", len(kept), len(refused), len(unknown))
}

// TestLostAnswer loses the connection at COMMIT: before it reached the server,
// after it was done, and while it is still on its way.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := postgrestest.Ready(t)
	for _, c := range []struct {
		name   string
		how    cut
		reason string // "" for nil
		there  bool
	}{
		{"the request is lost", loseRequest, "store_unavailable", false},
		{"the answer is lost", loseAnswer, "", true},
		{"the request arrives late", delayRequest, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := server.Database(t)
			w := between(t, at)
			s := open(t, w.address)
			other := open(t, at)
			must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
			for range 3 {
				e, row := storetest.Entry(), storetest.NewPerson(1).Row
				w.cutAtCommit(c.how)
				err := s.Commit(ctx, identity.Change{Entry: e, Verbs: []identity.Verb{identity.KeepIdentity{Row: row, Body: row}}})
				if c.reason == "" && err != nil || c.reason != "" && !fault.Because(err, c.reason) {
					t.Fatal(err)
				}
				_, entry := other.Entry(ctx, e.EntryKey)
				_, body := other.Identity(ctx, row)
				if (entry == nil) != c.there || (body == nil) != c.there {
					t.Fatal("entry", entry, "body", body)
				}
				must(t, other.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
				must(t, s.Commit(ctx, identity.Change{Entry: storetest.Entry()}))
			}
			if w.cuts() != 3 {
				t.Error("cut", w.cuts(), "times")
			}
			storetest.Check(t, s)
		})
	}
}

type cut int

const (
	passes cut = iota
	loseRequest
	loseAnswer
	delayRequest
)

// wire is what lies between a store and its server.
type wire struct {
	address string
	target  string

	mu   sync.Mutex // guards what follows
	next cut
	done int
}

// between makes a wire. Statements travel with their text (exec), so that it can
// tell COMMIT.
func between(t *testing.T, at string) *wire {
	t.Helper()
	u, err := url.Parse(at)
	must(t, err)
	if u.Query().Get("host") == "" {
		t.Skip("needs a server behind a socket of its own")
	}
	dir, err := os.MkdirTemp("/tmp", "netid-wire-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	const socket = ".s.PGSQL.5432"
	w := &wire{target: filepath.Join(u.Query().Get("host"), socket)}
	w.address = strings.Replace(at, url.QueryEscape(u.Query().Get("host")), url.QueryEscape(dir), 1) + "&default_query_exec_mode=exec"
	l, err := net.Listen("unix", filepath.Join(dir, socket))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

func (w *wire) cutAtCommit(how cut) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = how
}

func (w *wire) cuts() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done
}

func (w *wire) take() cut {
	w.mu.Lock()
	defer w.mu.Unlock()
	how := w.next
	w.next = passes
	if how != passes {
		w.done++
	}
	return how
}

func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", w.target)
	if err != nil {
		return
	}
	defer server.Close()
	var mute sync.Mutex // held for good once nothing more goes back
	go func() {
		defer client.Close()
		b := make([]byte, 64<<10)
		for {
			n, err := server.Read(b)
			if err != nil {
				return
			}
			mute.Lock()
			client.Write(b[:n])
			mute.Unlock()
		}
	}()
	b := make([]byte, 64<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		how := passes
		if bytes.Contains(b[:n], []byte("COMMIT\x00")) {
			how = w.take()
		}
		switch how {
		case loseRequest:
			return
		case loseAnswer:
			mute.Lock()
			server.Write(b[:n])
			time.Sleep(100 * time.Millisecond)
			return
		case delayRequest: // the client is told at once, the server later
			mute.Lock()
			client.Close()
			time.Sleep(300 * time.Millisecond)
			server.Write(b[:n])
			io.CopyN(io.Discard, server, 1)
			time.Sleep(100 * time.Millisecond)
			return
		}
		server.Write(b[:n])
	}
}
