package main

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// A service that is not declared to keep its data within the country does not
// start (Art. 12), and says why.
func TestServeNeedsItsRegion(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	for what, edit := range map[string]string{"undeclared": "", "elsewhere": "region: US\n", "in other letters": "region: cn\n"} {
		if _, errs, code := said("serve", "--config", written(t, state(t, false), "region: CN\n", edit)); code != 1 || !strings.Contains(errs, "region must be CN") {
			t.Errorf("%s: status %d: %s", what, code, errs)
		}
	}
	if _, err := readConfig(written(t, state(t, false))); err != nil {
		t.Error(err)
	}
}
