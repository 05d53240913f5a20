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

// TestTheExamplesPassTheKit: what docs/integrate.md and `netid ready` give to a developer
// in Go and in Node refuses what it must, by the command that stands there. Node's library
// asks for keys once a minute at most: most of its time is waiting.
func TestTheExamplesPassTheKit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		heading, language, file string
		program                 func(*testing.T, string, string) []string
	}{{"Go", "go", "main.go", goProgram}, {"Node", "js", "main.mjs", nodeProgram}} {
		t.Run(c.heading, func(t *testing.T) {
			t.Parallel()
			issuer, host := free(t), free(t)
			text := strings.NewReplacer("http://localhost:7080", "http://"+issuer, "127.0.0.1:9000", host, "listen(9000,", "listen("+host[strings.LastIndex(host, ":")+1:]+",").Replace(read(t, "../../docs/integrate.md"))
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(block(t, text, c.heading, c.language)), 0o600); err != nil {
				t.Fatal(err)
			}
			passesTheKit(t, dir, issuer, host, c.program(t, dir, c.file), commands(text, "bin/netid kit run ")[0][1:])
		})
	}
	for library, program := range map[string]func(*testing.T, string, string) []string{"go": goProgram, "node": nodeProgram} {
		t.Run("ready "+library, func(t *testing.T) {
			t.Parallel()
			issuer, host := free(t), free(t)
			file, dir := map[string]string{"go": "main.go", "node": "app.mjs"}[library], t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, file), ready(t, library, "http://"+issuer, "my-bank", "http://"+host+"/callback"), 0o600); err != nil {
				t.Fatal(err)
			}
			command, public := keyed(t, dir, file, program)
			passesTheKit(t, dir, issuer, host, command, []string{"kit", "run", "--client", "my-bank", "--jwks", public, "--start", "http://" + host + "/login", "--out", "kit.json"})
		})
	}
}

// TestTheStrictExamplesAreReady: section 6 shows what `netid ready` prints, so that what
// is tried for the one is true of the other.
func TestTheStrictExamplesAreReady(t *testing.T) {
	t.Parallel()
	text := read(t, "../../docs/integrate.md")
	for library, at := range map[string][2]string{"go": {"Go, strict", "go"}, "node": {"Node, strict", "js"}} {
		want := string(ready(t, library, "http://localhost:7080", "my-bank", "http://127.0.0.1:9000/callback"))
		for strings.HasPrefix(want, "//") { // how to run it stands around the block
			_, want, _ = strings.Cut(want, "\n")
		}
		if got := block(t, text, at[0], at[1]); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: docs/integrate.md differs from what netid ready prints", library)
		}
	}
}

// ready is what the command prints for a library.
func ready(t *testing.T, library, issuer, party, redirect string) []byte {
	t.Helper()
	out, err := exec.Command(sandboxtest.Binary(t), "ready", library, "--server", issuer, "--party", party, "--redirect-uri", redirect).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// keyed makes a key beside a program, and gives the file with its public half, which the
// program itself prints.
func keyed(t *testing.T, dir, file string, program func(*testing.T, string, string) []string) (command []string, public string) {
	t.Helper()
	if out, err := exec.Command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", filepath.Join(dir, "key.pem")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	command = program(t, dir, file)
	jwks := exec.Command(command[0], append(command[1:], "jwks")...)
	jwks.Dir = dir
	out, err := jwks.Output()
	if err != nil {
		t.Fatal(err)
	}
	public = filepath.Join(dir, "jwks.json")
	if err := os.WriteFile(public, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return command, public
}

func passesTheKit(t *testing.T, dir, issuer, host string, program, run []string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(sandboxtest.Binary(t), append(run, "--listen", issuer)...)
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
	start(t, dir, host, "any", program)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	if report := read(t, filepath.Join(dir, "kit.json")); strings.Count(report, `"passed"`) < 30 {
		t.Errorf("too little was tried: %s", report)
	}
}
