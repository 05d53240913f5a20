package clients_test

import (
	"encoding/json"
	"os/exec"
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
