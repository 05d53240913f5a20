package clustertest

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spawn starts a program on a machine (nil: on the host itself), in a session
// of its own: a signal from the terminal is for whoever runs the cluster.
func (c *Cluster) spawn(m *machine, log string, args ...string) error {
	_, err := c.launch(m, log, args...)
	return err
}

func (c *Cluster) launch(m *machine, log string, args ...string) (*exec.Cmd, error) {
	if m != nil && c.apart {
		args = append([]string{"ip", "netns", "exec", m.name}, args...)
	}
	out, err := os.OpenFile(filepath.Join(c.dir, "log", log), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go cmd.Wait()
	return cmd, nil
}

// startServer starts etcd and Patroni, which starts PostgreSQL.
func (c *Cluster) startServer(m *machine) error {
	home := c.home(m)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	var as []string
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if out, err := exec.Command("chown", "postgres:", home).CombinedOutput(); err != nil {
			return fmt.Errorf("chown: %w: %s", err, out)
		}
		as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}
	}
	var peers []string
	for _, s := range c.servers {
		peers = append(peers, fmt.Sprintf("%s=http://%s:2380", s.name, s.address))
	}
	clients, peer := "http://"+m.address+":2379", "http://"+m.address+":2380"
	err := c.spawn(m, m.name+"-etcd", append(as, "etcd", "--enable-v2", "--name", m.name, "--data-dir", filepath.Join(home, "etcd"), "--logger", "zap",
		"--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
		"--initial-cluster", strings.Join(peers, ","), "--initial-cluster-token", "netid", "--heartbeat-interval", "200", "--election-timeout", "2000")...)
	if err != nil {
		return err
	}
	return c.spawn(m, m.name, append(as, "env", "HOME="+home, "patroni", filepath.Join(c.dir, m.name+".yml"))...)
}

// startNode starts a netid and waits until it answers.
func (c *Cluster) startNode(m *machine) (err error) {
	args := []string{c.options.Binary, "sandbox", "--addr", m.address + ":7080", "--shop", "", "--issuer", c.URL, "--data", c.Data, "--store", c.Store,
		"--drain", "3s", "--clock", c.clock(m)}
	if m.node, err = c.launch(m, m.name, args...); err != nil {
		return err
	}
	for deadline := time.Now().Add(startLimit); ; time.Sleep(50 * time.Millisecond) {
		if state, err := c.ask("http://" + m.address + ":7080/healthz"); err == nil && state == "ready\n" {
			return nil
		}
		if !alive(m.node.Process.Pid) || time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log", m.name))
			return fmt.Errorf("%s does not become ready: %s", m.name, log[max(0, len(log)-2000):])
		}
	}
}

// stopNode stops a netid as an operator does, and waits for it.
func (c *Cluster) stopNode(m *machine) error {
	m.node.Process.Signal(syscall.SIGTERM)
	for deadline := time.Now().Add(30 * time.Second); alive(m.node.Process.Pid); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not stop", m.name)
		}
	}
	return nil
}

// clock is the file that says how far a node's clock is off.
func (c *Cluster) clock(m *machine) string { return filepath.Join(c.dir, m.name+".clock") }

func (c *Cluster) ask(url string) (string, error) {
	a, err := (&http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(a.Body)
	return b.String(), err
}

// signal reaches every process of a server's machine.
func (c *Cluster) signal(m *machine, s syscall.Signal) {
	for _, pid := range c.processes(m) {
		syscall.Kill(pid, s)
	}
}

// kill ends all of a server's machine as a power cut would: they stand still
// first, so that none of them sees another die.
func (c *Cluster) kill(m *machine) error {
	c.signal(m, syscall.SIGSTOP)
	for deadline := time.Now().Add(10 * time.Second); len(c.processes(m)) > 0; time.Sleep(10 * time.Millisecond) {
		c.signal(m, syscall.SIGKILL)
		if time.Now().After(deadline) {
			return errors.New(m.name + " cannot be killed")
		}
	}
	return nil
}

// processes of a server's machine: those that name its directory, and their children.
func (c *Cluster) processes(m *machine) (list []int) {
	parents := map[int]int{}
	ours := map[int]bool{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		parent, lives := status(pid)
		if !lives || pid == os.Getpid() {
			continue
		}
		parents[pid] = parent
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		ours[pid] = bytes.Contains(line, []byte(c.home(m)+"/")) || bytes.Contains(line, []byte(c.home(m)+".yml"))
	}
	for pid := range parents {
		for p := pid; p > 1; p = parents[p] {
			if ours[p] {
				list = append(list, pid)
				break
			}
		}
	}
	return list
}

// status is a process's parent, and whether it lives.
func status(pid int) (parent int, lives bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	i := bytes.LastIndexByte(b, ')')
	if err != nil || i < 0 {
		return 0, false
	}
	var state string
	if _, err := fmt.Sscan(string(b[i+1:]), &state, &parent); err != nil {
		return 0, false
	}
	return parent, state != "Z" && state != "X"
}

func alive(pid int) bool { _, lives := status(pid); return lives }

// watch starts what ends everything when its input does: when end closes it, or
// with this process.
func (c *Cluster) watch() (end func() error, err error) {
	cmd := exec.Command("/bin/sh", "-c", `cat >/dev/null
for space in $SPACES; do
	ip netns pids "$space" 2>/dev/null | xargs -r kill -9
	ip netns del "$space" 2>/dev/null
done
for p in /proc/[0-9]*; do
	if tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -qF -e "$RUN/"; then
		kill -9 "${p#/proc/}"
		[ -n "$SPACES" ] || pkill -9 -P "${p#/proc/}"
	fi
done
[ -z "$SPACES" ] || for link in netid netid1 netid2 netid3 netid4 netid5 netid6; do ip link del "$link" 2>/dev/null; done
[ -z "$OWN" ] || rm -rf "$RUN"
:`)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin", "RUN=" + c.dir, "SPACES=", "OWN="}
	if c.apart {
		var names []string
		for _, m := range append(c.servers, c.nodes...) {
			names = append(names, m.name)
		}
		cmd.Env[2] += strings.Join(names, " ")
	}
	if c.own {
		cmd.Env[3] += "1"
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error {
		in.Close()
		return cmd.Wait()
	}, nil
}
