package identity_test

import (
	"testing"

	"netid/internal/identity"
)

// Handles are request_uris, browsers' bindings, drafts: whoever has one has
// what it stands for. Ten thousand of them are all different, as long as they
// must be, and each of their bits is one as often as not (A12).
func TestHandlesCannotBeGuessed(t *testing.T) {
	const many = 10_000
	seen := map[identity.Handle]bool{}
	var ones [8 * len(identity.Handle{})]int
	for range many {
		h := identity.NewHandle()
		if seen[h] {
			t.Fatal("one twice")
		}
		seen[h] = true
		for i := range ones {
			ones[i] += int(h[i/8]>>(i%8)) & 1
		}
	}
	if len(ones) < 128 {
		t.Fatalf("%d bits", len(ones))
	}
	for i, n := range ones { // 50 is the deviation of a fair bit: seven of it are never met
		if n < many/2-7*50 || n > many/2+7*50 {
			t.Errorf("bit %d is one in %d of %d", i, n, many)
		}
	}
}
