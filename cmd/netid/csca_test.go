package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCSCA: the file that the configuration names is read and changed, and
// nothing but it.
func TestCSCA(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	config := written(t, "https://authority.example")
	more := filepath.Join(t.TempDir(), "more.pem")
	if err := os.WriteFile(more, []byte(realRoot(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	say := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(context.Background(), append([]string{"csca"}, args...), nil, &out, &out); code != want {
			t.Fatalf("%v: status %d: %s", args, code, out.String())
		}
		return out.String()
	}
	if before := say(0, "list", "--config", config); strings.Count(before, "\n") != 1 || !strings.HasPrefix(before, "root") {
		t.Errorf("before: %s", before)
	}
	if got := say(0, "import", "--config", config, more); !strings.Contains(got, "1 added, 0 were here") {
		t.Errorf("import: %s", got)
	}
	say(1, "import", "--config", config, config)
	say(1, "import", "--config", config, "--publisher", more, config)
	after := say(0, "list", "--config", config)
	if strings.Count(after, "\n") != 2 || !strings.Contains(after, "C=XX, CN=Test CSCA") {
		t.Errorf("after: %s", after)
	}
	first := strings.Fields(strings.Split(after, "\n")[0])[4]
	if gone := say(0, "remove", "--config", config, first[:16]); !strings.Contains(gone, first) {
		t.Errorf("removed: %s", gone)
	}
	say(1, "remove", "--config", config, first)
	if left := say(0, "list", "--config", config); strings.Count(left, "\n") != 1 || strings.Contains(left, first) {
		t.Errorf("left: %s", left)
	}
}
