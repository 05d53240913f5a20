package clients_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModule: the module for browsers, in Node, finds in every vector what package
// client does, or says that it did not check.
func TestModule(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	out, err := exec.Command(node, "vectors.mjs", "../../client/testdata/vectors/verify.json").Output()
	var found struct {
		Cases int
		Wrong []json.RawMessage
	}
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	if err != nil || found.Cases < 100 {
		t.Fatalf("%d cases, %v\n%s", found.Cases, err, out)
	}
	for _, w := range found.Wrong {
		t.Errorf("%s", w)
	}
}

// TestModuleAsDocumented: the program of docs/verify.md prints what it says.
func TestModuleAsDocumented(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	text := read(t, "../../docs/verify.md")
	_, section, _ := strings.Cut(text, "\n## In a page, or in Node\n")
	_, program, _ := strings.Cut(section, "\n```js\n")
	program, rest, _ := strings.Cut(program, "\n```\n")
	_, want, _ := strings.Cut(rest, "\n```\n")
	want, _, found := strings.Cut(want, "\n```\n")
	if !found {
		t.Fatal("no program, or it says not what it prints")
	}
	var v struct {
		Roots string
		Keys  json.RawMessage
		Cases []struct{ Name, Text string }
	}
	if err := json.Unmarshal([]byte(read(t, "../../client/testdata/vectors/verify.json")), &v); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"program.mjs": program, "root.pem": v.Roots, "jwks.json": string(v.Keys), "netid-verify.mjs": read(t, "../../client/js/assets/netid-verify.mjs")}
	for _, c := range v.Cases {
		files[strings.ReplaceAll(c.Name, " ", "-")] = c.Text
	}
	dir := t.TempDir()
	for _, name := range []string{"program.mjs", "root.pem", "jwks.json", "netid-verify.mjs", "presentation-by-its-chain", "status-list", "receipt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, "program.mjs")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != want+"\n" {
		t.Errorf("%v\n%s", err, out)
	}
}
