package populate_test

import (
	"os"
	"path/filepath"
	"testing"

	"netid/internal/sandbox/populate"
)

// The file has the devices of those who are there: of others, whom a cut left without rows, none.
func TestDevicesOfTheKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crowd.devices")
	for _, kept := range []int{0, 2} {
		d, err := populate.OpenDevices(path, kept)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != int64(kept)*populate.DeviceSize {
			t.Fatalf("%d are kept: %v %v", kept, info, err)
		}
		for n := range 3 {
			if err := d.Write(kept+n, populate.Device{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := populate.OpenDevices(path, 9); err == nil {
		t.Error("four devices were made up")
	}
}
