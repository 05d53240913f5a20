package sandboxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Binary is the path of the program under test: NETID_BIN where the caller has
// built it already, else built once for this process.
func Binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("NETID_BIN"); path != "" {
		if !filepath.IsAbs(path) {
			t.Fatalf("NETID_BIN must be an absolute path: %s", path)
		}
		if _, err := os.Stat(path); err != nil { // also tells the test cache what this result depends on
			t.Fatal(err)
		}
		return path
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Root is the directory of the module.
func Root() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(mod))), nil
}

var built = sync.OnceValues(build)

// build leaves the binary in the ignored bin/ folder. The rename is atomic, so
// that test processes that run side by side never see half a file.
func build() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(root, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(bin, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "netid")
	cmd := exec.Command("go", "build", "-trimpath", "-o", made, "./cmd/netid")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the binary: %w\n%s", err, out)
	}
	path := filepath.Join(bin, "netid-test")
	return path, os.Rename(made, path)
}
