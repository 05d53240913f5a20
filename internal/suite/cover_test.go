package suite_test

import (
	"bytes"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// What is stored under a handle belongs to the cover's suite, its name too.
func TestCoverWorksInItsSuite(t *testing.T) {
	h, part := identity.NewHandle(), []byte("part")
	es, sm := suite.Cover{}, suite.Cover{Suite: identity.SM}
	if es.Digest(part) != suite.Digest(part) || sm.Digest(part) != suite.DigestIn(identity.SM, part) || es.Digest(part) == sm.Digest(part) {
		t.Error("digests")
	}
	if bytes.Equal(es.ID(h), sm.ID(h)) {
		t.Error("a handle's row has the same name in both")
	}
	for _, c := range []suite.Cover{es, sm} {
		sealed, err := c.Seal(h, "said")
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := c.Open(h, sealed, &got); err != nil || got != "said" {
			t.Errorf("%q %v", got, err)
		}
		if err := c.Open(identity.NewHandle(), sealed, &got); !fault.Because(err, "sealed_invalid") {
			t.Errorf("under another handle: %v", err)
		}
		other := suite.Cover{Suite: 1 - c.Suite}
		if err := other.Open(h, sealed, &got); !fault.Because(err, "sealed_invalid") {
			t.Errorf("in another suite: %v", err)
		}
	}
}
