package clients_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	sandboxtest "netid/test/sandbox"
)

// snippet is the program under a heading of docs/integrate.md, and how it is run
// from a directory of its own.
type snippet struct {
	heading, language, file string
	run                     func(t *testing.T, dir, file string) []string // the command
	strict                  bool
}

// TestIntegrate follows docs/integrate.md: it registers parties by its commands, and
// runs its programs as they stand there, but for two addresses. Go and Node always; Python and PHP
// where NETID_PYTHON names an interpreter with the libraries, and NETID_PHP a directory with `vendor`.
func TestIntegrate(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/integrate.md")
	if err != nil {
		t.Fatal(err)
	}
	s := sandboxtest.Start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	text := strings.NewReplacer("http://localhost:7080", s.URL, "127.0.0.1:9000", host, "listen(9000,", "listen("+host[strings.LastIndex(host, ":")+1:]+",").Replace(string(b))
	wallets := t.TempDir()
	key := filepath.Join(t.TempDir(), "key.pem")
	for _, line := range commands(text, "openssl ") {
		line[len(line)-1] = key
		if out, err := exec.Command(line[0], line[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", line, err, out)
		}
	}
	all := []snippet{
		{"Go", "go", "main.go", goProgram, false},
		{"Node", "js", "app.mjs", nodeProgram, false},
		{"Go, strict", "go", "main.go", goProgram, true},
		{"Node, strict", "js", "app.mjs", nodeProgram, true},
	}
	if python := os.Getenv("NETID_PYTHON"); python != "" {
		all = append(all, snippet{"Python (Authlib)", "python", "app.py", func(*testing.T, string, string) []string {
			return []string{python, "-m", "flask", "--app", "app", "run", "--port", host[strings.LastIndex(host, ":")+1:]}
		}, false})
	}
	if php := os.Getenv("NETID_PHP"); php != "" {
		all = append(all, snippet{"PHP", "php", "app.php", func(t *testing.T, dir, file string) []string {
			if err := os.Symlink(filepath.Join(php, "vendor"), filepath.Join(dir, "vendor")); err != nil {
				t.Fatal(err)
			}
			return []string{"php", "-S", host, file}
		}, false})
	}
	secrets := map[bool]string{}
	for _, c := range all {
		t.Run(c.heading, func(t *testing.T) {
			dir := t.TempDir()
			program := block(t, text, c.heading, c.language)
			for name, body := range map[string]string{c.file: program, "key.pem": read(t, key)} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			command := c.run(t, dir, c.file)
			if _, registered := secrets[c.strict]; !registered {
				secrets[c.strict] = enlist(t, s, text, dir, command, c.strict)
			}
			start(t, dir, host, secrets[c.strict], command)
			uses(t, s, "http://"+host, wallets, c.strict)
		})
	}
}

// enlist runs the document's command, after the program has printed its keys where the command wants them.
func enlist(t *testing.T, s *sandboxtest.Sandbox, text, dir string, command []string, strict bool) string {
	t.Helper()
	line := commands(text, "bin/netid party add ")[map[bool]int{false: 0, true: 1}[strict]][3:]
	values := map[string]string{}
	for i, v := range line {
		if strings.HasPrefix(v, "--") && i+1 < len(line) && !strings.HasPrefix(line[i+1], "--") {
			values[v] = line[i+1]
		}
	}
	flags := []string{}
	if strict {
		cmd := exec.Command(command[0], append(command[1:], "jwks")...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		jwks := filepath.Join(t.TempDir(), values["--jwks"])
		if err := os.WriteFile(jwks, out, 0o600); err != nil {
			t.Fatal(err)
		}
		flags = []string{"--fapi", "--jwks", jwks}
	}
	return register(t, s, values["--id"], values["--redirect-uri"], flags...).Secret
}

// uses does what a person at the application does: says yes, keeps the age, says no,
// comes from elsewhere, and brings an answer to a browser that asked nothing.
func uses(t *testing.T, s *sandboxtest.Sandbox, home, wallets string, strict bool) {
	t.Helper()
	p := party{RedirectURI: home + "/callback", Persona: "adult", Wallets: wallets}
	visit := func(iss, decision string, flags ...string) (int, string) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		_, _, to := get(t, browser, home+"/login")
		answer := p.citizen(t, s, decision, to, flags...)
		answer.Set("iss", iss)
		final := p.RedirectURI + "?" + answer.Encode()
		if status, body, _ := get(t, &http.Client{}, final); status == http.StatusOK {
			t.Errorf("another browser is signed in: %s", body)
		}
		status, body, _ := get(t, browser, final)
		if again, text, _ := get(t, browser, final); again == http.StatusOK {
			t.Errorf("an answer twice: %s", text)
		}
		return status, body
	}
	first := regexp.MustCompile(`^sub=[\w-]{20,} over18=[Tt]rue$`)
	if strict {
		first = regexp.MustCompile(`^sub=[\w-]{20,}$`)
	}
	if status, body := visit(s.URL, "approve"); status != http.StatusOK || !first.MatchString(body) {
		t.Errorf("yes: %d %q", status, body)
	}
	if !strict {
		if status, body := visit(s.URL, "approve", "--withhold", "age_over_18"); status != http.StatusOK || !strings.HasSuffix(strings.ToLower(body), "over18=false") {
			t.Errorf("no age: %d %q", status, body)
		}
	}
	if status, body := visit("http://another.example", "approve"); status == http.StatusOK {
		t.Errorf("another service's answer: %q", body)
	}
	if status, body := visit(s.URL, "decline"); status != http.StatusForbidden || !strings.Contains(body, "access_denied") {
		t.Errorf("no: %d %q", status, body)
	}
}

func get(t *testing.T, browser *http.Client, address string) (status int, body, location string) {
	t.Helper()
	browser.Timeout = 20 * time.Second
	r, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b), r.Header.Get("Location")
}

// start runs the program until the test is over.
func start(t *testing.T, dir, host, secret string, command []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, &said, &said, 5*time.Second
	cmd.Env = append(os.Environ(), "CLIENT_SECRET="+secret)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("%v\n%s", command, said.String())
		}
	})
	for {
		if c, err := net.Dial("tcp", host); err == nil {
			c.Close()
			return
		}
		select {
		case <-ended:
			t.Fatal("the program ended")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// goProgram builds it in this module, which has the libraries that it names.
func goProgram(t *testing.T, dir, file string) []string {
	t.Helper()
	program := filepath.Join(dir, "app")
	if out, err := exec.Command("go", "build", "-o", program, filepath.Join(dir, file)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return []string{program}
}

func nodeProgram(t *testing.T, dir, file string) []string {
	t.Helper()
	node := findNode(t)
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return []string{node, file}
}

// block is the first fenced block of a language under a heading.
func block(t *testing.T, text, heading, language string) string {
	t.Helper()
	_, section, ok := strings.Cut(text, "\n### "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n### ")
	_, code, found := strings.Cut(section, "\n```"+language+"\n")
	code, _, ends := strings.Cut(code, "\n```\n")
	if !ok || !found || !ends {
		t.Fatalf("no block of %s under %q", language, heading)
	}
	return code + "\n"
}

// commands are the lines of the document that begin so, as words.
func commands(text, begin string) (all [][]string) {
	word := regexp.MustCompile(`"[^"]*"|\S+`)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			words := word.FindAllString(line, -1)
			for i := range words {
				words[i] = strings.Trim(words[i], `"`)
			}
			all = append(all, words)
		}
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
