// Package load_test lets the load driver do a little of its work, so that it
// measures something when it is needed.
package load_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	sandboxtest "netid/test/sandbox"
)

func TestTheDriverMeasures(t *testing.T) {
	root, err := sandboxtest.Root()
	if err != nil {
		t.Fatal(err)
	}
	driver := filepath.Join(t.TempDir(), "netid-load")
	build := exec.Command("go", "build", "-o", driver, "./cmd/netid-load")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(driver, "--binary", sandboxtest.Binary(t), "--people", "4", "--workers", "2", "--verifications", "12", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var figures []struct {
		Operation string
		Count     int
		Commits   float64 `json:"durable_commits"`
		CPU       int64   `json:"server_cpu_ns"`
		Rate      float64 `json:"per_second"`
	}
	if err := json.Unmarshal(out, &figures); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"enrol": 4, "sign in": 4, "verify": 12}
	for _, f := range figures {
		if want[f.Operation] != f.Count || f.Commits <= 0 || f.Commits > 20 || f.CPU < 0 || f.Rate <= 0 {
			t.Errorf("%+v", f)
		}
		delete(want, f.Operation)
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}
}
