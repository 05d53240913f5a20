package crash_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"netid/test/lossy"
	sandboxtest "netid/test/sandbox"
)

const cuts = 3 // power cuts within make test

// TestMain lets the test binary be the other processes of its tests: the file
// system that is killed, and the writer of the control.
func TestMain(m *testing.M) {
	switch role := strings.Split(os.Getenv("NETID_CRASH_ROLE"), "|"); role[0] {
	case "disk":
		if err := lossy.Serve(role[1], role[2], false, func() { fmt.Println("ready") }); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "writer":
		if err := insert(role[1], role[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

// disk is the file system, alive.
type disk struct {
	behind, mount string
	cmd           *exec.Cmd
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: a power cut needs root to mount the file system that it happens on")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("skipped: a power cut needs FUSE, and /dev/fuse is not here")
	}
	d := &disk{behind: t.TempDir(), mount: t.TempDir()}
	t.Cleanup(func() { d.cut() })
	d.start(t)
	return d
}

func role(parts ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "NETID_CRASH_ROLE="+strings.Join(parts, "|"))
	return cmd
}

func (d *disk) start(t *testing.T) {
	t.Helper()
	d.cmd = role("disk", d.behind, d.mount)
	var errs strings.Builder
	d.cmd.Stderr = &errs
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		d.cmd.Wait()
		t.Skipf("skipped: the file system for power cuts cannot be mounted here: %s%s", line, errs.String())
	}
}

// cut ends the disk with everything that was not synced.
func (d *disk) cut() {
	if d.cmd == nil {
		return
	}
	d.cmd.Process.Kill()
	d.cmd.Wait()
	d.cmd = nil
	syscall.Unmount(d.mount, syscall.MNT_DETACH)
}

// A power cut takes the server and the disk's memory at one moment. Everything
// that was acknowledged is there when power comes back.
func TestPowerCuts(t *testing.T) {
	n, seed := number(t, "NETID_POWER_CUTS", cuts), uint64(number(t, "NETID_CRASH_SEED", int(time.Now().UnixNano()&0x7fffffff)))
	t.Logf("NETID_CRASH_SEED=%d NETID_POWER_CUTS=%d", seed, n)
	d := newDisk(t)
	c := &crash{Sandbox: sandboxtest.StartIn(t, filepath.Join(d.mount, "data")), dir: t.TempDir()}
	c.people(t, seed)
	chance := rand.New(rand.NewPCG(seed, 1<<33))
	c.load(t, func(l *life) { l.whole(t) })
	for range n {
		stop := make(chan struct{})
		var all sync.WaitGroup
		for _, l := range c.lives {
			all.Go(func() { l.live(t, stop) })
		}
		time.Sleep(time.Duration(20+chance.IntN(781)) * time.Millisecond)
		c.remember(t, chance.IntN(2) == 0)
		children := c.simulator(t)
		c.Process().Process.Signal(syscall.SIGSTOP) // it says nothing any more, whatever its disk does
		d.cut()
		c.Kill()
		c.kills++
		close(stop)
		all.Wait()
		c.gone(t, children)
		d.start(t)
		began := time.Now()
		c.Restart()
		if took := time.Since(began); took > startLimit {
			t.Errorf("cut %d: the start took %v", c.kills, took)
		}
		c.verify(t, "after a power cut")
		c.shredded(t)
		c.load(t, func(l *life) { l.hold(t) })
		if t.Failed() {
			t.Fatalf("after cut %d of %d: NETID_CRASH_SEED=%d", c.kills, n, seed)
		}
	}
	c.Stop()
	t.Log(strings.Replace(c.count(), "kills", "power cuts", 1))
}

// The control: the cut sees the one setting on which all of this hangs. With
// synchronous=FULL nothing acknowledged is lost, with NORMAL something is.
func TestAPowerCutSeesAWeakerSetting(t *testing.T) {
	for _, weaker := range []bool{false, true} {
		setting, lost, acknowledged := "FULL", 0, 0
		if weaker {
			setting = "NORMAL"
		}
		for try := 0; try < 5 && (lost == 0 || !weaker) && (try == 0 || weaker); try++ {
			l, a := cutWriter(t, setting)
			lost, acknowledged = lost+l, acknowledged+a
		}
		t.Logf("synchronous=%s: %d of %d acknowledged rows lost", setting, lost, acknowledged)
		if weaker && lost == 0 {
			t.Error("a store that syncs too little loses nothing here: the power cut cuts nothing")
		}
		if !weaker && (lost > 0 || acknowledged == 0) {
			t.Errorf("synchronous=FULL lost %d of %d", lost, acknowledged)
		}
	}
}

// cutWriter has another process write rows until the power goes, and counts
// those that it acknowledged and that are not there afterwards.
func cutWriter(t *testing.T, setting string) (lost, acknowledged int) {
	d := newDisk(t)
	cmd := role("writer", filepath.Join(d.mount, "control.db"), setting)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, lines := 0, bufio.NewScanner(out)
	for began := time.Now(); time.Since(began) < 400*time.Millisecond && lines.Scan(); {
		last, err = strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd.Process.Signal(syscall.SIGSTOP)
	d.cut()
	cmd.Process.Kill()
	for lines.Scan() { // what it said before it stopped counts
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			last = n
		}
	}
	io.Copy(io.Discard, out)
	cmd.Wait()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.behind, "control.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var there int
	if err := db.QueryRow("SELECT coalesce(max(n), 0) FROM row").Scan(&there); err != nil {
		there = 0
	}
	return max(0, last-there), last
}

// insert writes a row at a time and says its number when it is committed.
func insert(path, setting string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+setting+")")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE row (n INTEGER PRIMARY KEY, body BLOB)"); err != nil {
		return err
	}
	for n := 1; ; n++ {
		if _, err := db.Exec("INSERT INTO row VALUES (?, randomblob(200))", n); err != nil {
			return errors.Join(fmt.Errorf("row %d", n), err)
		}
		fmt.Println(n)
	}
}
