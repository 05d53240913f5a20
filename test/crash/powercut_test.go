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
		trouble := new(lossy.Trouble)
		err := lossy.Serve(role[1], role[2], false, trouble, func() {
			fmt.Println("ready")
			go trouble.Follow(os.Stdin, os.Stdout)
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "writer":
		write := insert
		if strings.HasPrefix(role[1], "postgres://") {
			write = insertPostgreSQL
		}
		if err := write(role[1], role[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "committer":
		if err := commit(role[1]); err != nil {
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
	say           io.Writer     // what it is to answer instead of working
	said          *bufio.Reader // that it heard it
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: a power cut needs root to mount the file system that it happens on")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("skipped: a power cut needs FUSE, and /dev/fuse is not here")
	}
	mount, err := os.MkdirTemp("/tmp", "netid-disk-") // where others than root come as well
	if err == nil {
		err = os.Chmod(mount, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &disk{behind: t.TempDir(), mount: mount}
	t.Cleanup(func() {
		d.cut()
		os.Remove(mount)
	})
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
	if d.say, err = d.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	d.said = bufio.NewReader(out)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := d.said.ReadString('\n'); err != nil {
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
	d := newDisk(t)
	c := &crash{Sandbox: sandboxtest.StartIn(t, filepath.Join(d.mount, "data")), dir: t.TempDir()}
	c.campaign(t, "NETID_POWER_CUTS", cuts, func(t *testing.T, _ *rand.Rand, end func()) {
		children := c.simulator(t, c.Sandbox)
		c.Process().Process.Signal(syscall.SIGSTOP) // it says nothing any more, whatever its disk does
		d.cut()
		c.Kill()
		end()
		c.gone(t, children)
		d.start(t)
		c.starts(t, c.Sandbox)
	})
	c.Stop()
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
	last := writesUntil(t, cmd, func() {
		cmd.Process.Signal(syscall.SIGSTOP)
		d.cut()
	})
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

// writesUntil runs a writer until the power goes, and gives the last row that it
// acknowledged.
func writesUntil(t *testing.T, cmd *exec.Cmd, cut func()) (last int) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for began := time.Now(); time.Since(began) < 400*time.Millisecond && lines.Scan(); {
		last, err = strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
	}
	cut()
	cmd.Process.Kill()
	for lines.Scan() { // what it said before it stopped counts
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			last = n
		}
	}
	io.Copy(io.Discard, out)
	cmd.Wait()
	return last
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
