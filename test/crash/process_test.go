package crash_test

import (
	"bytes"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	sandboxtest "netid/test/sandbox"
)

// children are the processes that the server started; none where the system
// has no /proc.
func children(s *sandboxtest.Sandbox) (list []int) {
	for _, pid := range processes() {
		if parent, _ := status(pid); parent == s.Process().Process.Pid {
			list = append(list, pid)
		}
	}
	return list
}

// simulator is the one child of a server that runs.
func (c *crash) simulator(t *testing.T, s *sandboxtest.Sandbox) []int {
	t.Helper()
	children := children(s)
	if _, err := os.Stat("/proc/self/status"); err == nil && len(children) != 1 {
		t.Errorf("the server has %d children: the simulator alone was expected", len(children))
	}
	return children
}

// gone waits until the children and everything else that works on the data
// directory have ended.
func (c *crash) gone(t *testing.T, children []int) {
	t.Helper()
	c.ended(t, children, func(line []byte) bool { return bytes.Contains(line, []byte(c.Data)) })
}

// ended waits until children, and processes of certain command lines, have ended.
func (c *crash) ended(t *testing.T, children []int, other func(line []byte) bool) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		left = nil
		for _, pid := range processes() {
			line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
			if _, alive := status(pid); err == nil && alive && other(line) {
				left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
			}
		}
		for _, pid := range children {
			if _, alive := status(pid); alive {
				left = append(left, "child "+strconv.Itoa(pid))
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("kill %d left processes: %v", c.kills, left)
}

// stillborn starts a server and kills it while it starts, which is when it
// finishes what the last one left.
func (c *crash) stillborn(t *testing.T, after time.Duration) {
	t.Helper()
	cmd := exec.Command(sandboxtest.Binary(t), "sandbox", "--addr", strings.TrimPrefix(c.URL, "http://"), "--shop", strings.TrimPrefix(c.Shop, "http://"), "--data", c.Data)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	cmd.Process.Kill()
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Errorf("a server that was to be killed while it started ended by itself: %v", cmd.ProcessState)
	}
	c.gone(t, nil)
}

func processes() (list []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// status is a process's parent and whether it lives; one that ended and that
// nobody waited for does not.
func status(pid int) (parent int, alive bool) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, false
	}
	alive = true
	for line := range strings.Lines(string(b)) {
		switch name, value, _ := strings.Cut(line, ":"); name {
		case "State":
			alive = !strings.HasPrefix(strings.TrimSpace(value), "Z") && !strings.HasPrefix(strings.TrimSpace(value), "X")
		case "PPid":
			parent, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
	return parent, alive
}

// placed remembers the place of every certificate that there ever was: no two have
// one, however often somebody was killed between taking it and giving it out (J09).
func (c *crash) placed(t *testing.T) {
	t.Helper()
	var list string
	if c.database != nil {
		list = c.database.RunAt(t, c.at, "SELECT coalesce(string_agg(encode(id, 'hex') || ':' || place, ' '), '') FROM certificate")
	} else if store := os.Getenv("NETID_STORE"); store != "" { // a cluster's, through whatever stands before it
		list = certificates(t, store)
	} else {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(c.Data, "netid.db")+"?mode=ro")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRow("SELECT coalesce(group_concat(lower(hex(id)) || ':' || place, ' '), '') FROM certificate").Scan(&list); err != nil {
			t.Fatal(err)
		}
	}
	if c.places == nil {
		c.places = map[string]string{}
	}
	for _, one := range strings.Fields(list) {
		id, place, _ := strings.Cut(one, ":")
		if was, there := c.places[place]; place == "0" || there && was != id {
			t.Errorf("kill %d: the place %s is %s's and was %s's", c.kills, place, id, was)
		}
		c.places[place] = id
	}
}

// certificates reads a cluster's; the balancer may still send the first caller to who is no primary any more.
func certificates(t *testing.T, store string) (list string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(250 * time.Millisecond) {
		db, err := pgx.Connect(t.Context(), store)
		if err == nil {
			err = db.QueryRow(t.Context(), "SELECT coalesce(string_agg(encode(id, 'hex') || ':' || place, ' '), '') FROM certificate").Scan(&list)
			db.Close(t.Context())
		}
		if err == nil {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// shreds are the erasures that were committed and are not finished.
func (c *crash) shreds(t *testing.T) (n int) {
	t.Helper()
	const count = "SELECT count(*) FROM pending_shred"
	if c.database != nil {
		n, err := strconv.Atoi(c.database.RunAt(t, c.at, count))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.Data, "netid.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(count).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
