package clients_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestTheExamplesPassTheKit: what docs/integrate.md gives to a developer in Go and
// in Node refuses what it must, by the command that stands there. Node's library
// asks for keys once a minute at most: most of its time is waiting.
func TestTheExamplesPassTheKit(t *testing.T) {
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		passesTheKit(t, "Go", "go", "main.go", goProgram)
	})
	t.Run("Node", func(t *testing.T) {
		t.Parallel()
		passesTheKit(t, "Node", "js", "main.mjs", nodeProgram)
	})
}

func passesTheKit(t *testing.T, heading, language, file string, program func(*testing.T, string, string) []string) {
	issuer, host := free(t), free(t)
	text := strings.NewReplacer("http://localhost:7080", "http://"+issuer, "127.0.0.1:9000", host, "listen(9000,", "listen("+host[strings.LastIndex(host, ":")+1:]+",").Replace(read(t, "../../docs/integrate.md"))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(block(t, text, heading, language)), 0o600); err != nil {
		t.Fatal(err)
	}
	ready := program(t, dir, file)
	run := commands(text, "bin/netid kit run ")[0]
	var said bytes.Buffer
	cmd := exec.Command(sandboxtest.Binary(t), append(run[1:], "--listen", issuer)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, &said, &said, 5*time.Second
	cmd.Env = append(os.Environ(), "CLIENT_SECRET=any")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", issuer); err == nil {
			c.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("the kit does not listen")
		}
	}
	start(t, dir, host, "any", ready)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	if report := read(t, filepath.Join(dir, "kit.json")); strings.Count(report, `"passed"`) < 30 {
		t.Errorf("too little was tried: %s", report)
	}
}
