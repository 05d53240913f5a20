// Package load_test lets the load driver do a little of its work, so that it
// measures something when it is needed.
package load_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	postgrestest "netid/test/postgres"
	sandboxtest "netid/test/sandbox"
)

func TestTheDriverMeasures(t *testing.T) {
	for _, f := range measured(t, "embedded", whole()) {
		if f.Database != 0 {
			t.Errorf("a database has %d ns of %+v", f.Database, f)
		}
	}
}

func TestTheDriverMeasuresPostgreSQL(t *testing.T) {
	postgrestest.Ready(t)
	var database int64
	for _, f := range measured(t, "postgres", whole()) {
		database += f.Database
	}
	if database <= 0 {
		t.Error("the database's own CPU time is not measured")
	}
}

// Among the people of a populated directory every act is measured, each run with others.
func TestTheDriverMeasuresAmongMany(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	if out, err := exec.Command(sandboxtest.Binary(t), "populate", "--people", "40", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for range 2 {
		measured(t, "embedded", map[string]int{"enrol": 4, "sign in": 4, "authorize": 12, "verify": 12, "look": 4, "erase": 4}, "--data", dir)
	}
}

// whole is what is measured in a new directory.
func whole() map[string]int { return map[string]int{"enrol": 4, "sign in": 4, "verify": 12} }

type figure struct {
	Store     string
	Operation string
	Count     int
	Commits   float64 `json:"durable_commits"`
	Reads     float64
	CPU       int64   `json:"server_cpu_ns"`
	Database  int64   `json:"database_cpu_ns"`
	Rate      float64 `json:"per_second"`
}

// measured lets the driver do a little over one store: want is how much of which operation.
func measured(t *testing.T, store string, want map[string]int, args ...string) (figures []figure) {
	t.Helper()
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
	args = append(args, "--binary", sandboxtest.Binary(t), "--store", store, "--people", "4", "--workers", "2", "--verifications", "12", "--json")
	out, err := exec.Command(driver, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &figures); err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		reads := f.Operation == "authorize" || f.Operation == "look"
		if f.Store != store || want[f.Operation] != f.Count || (f.Commits <= 0) != reads || f.Commits > 20 || f.Reads <= 0 || f.CPU < 0 || f.Rate <= 0 {
			t.Errorf("%+v", f)
		}
		delete(want, f.Operation)
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}
	return figures
}
