package suite_test

import (
	"fmt"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func TestTheFieldOfShares(t *testing.T) {
	for _, c := range []struct{ a, b, want byte }{ // FIPS 197 §4.2 and §4.2.1
		{0x57, 0x83, 0xc1}, {0x57, 0x02, 0xae}, {0x57, 0x04, 0x47}, {0x57, 0x08, 0x8e}, {0x57, 0x10, 0x07}, {0x57, 0x13, 0xfe},
		{0x53, 0xca, 0x01}, {0, 0xff, 0}, {1, 0xff, 0xff},
	} {
		if got := suite.Times(c.a, c.b); got != c.want || suite.Times(c.b, c.a) != got {
			t.Errorf("%02x by %02x is %02x, not %02x", c.a, c.b, got, c.want)
		}
	}
}

func TestAnyQuorumRebuildsAndNoSmallerOne(t *testing.T) {
	secret := suite.NewSecret(identity.ES256)
	shares, err := suite.Split(secret, 3, 5)
	if err != nil || len(shares) != 5 {
		t.Fatal(err)
	}
	for mask := range 1 << 5 {
		var some []suite.Share
		for i, s := range shares {
			if mask>>i&1 == 1 {
				some = append(some, s)
			}
		}
		got, err := suite.Join(identity.ES256, some)
		if err != nil {
			t.Fatal(err)
		}
		if (got == secret) != (len(some) >= 3) {
			t.Errorf("%d shares: rebuilt %v", len(some), got == secret)
		}
	}
}

// Two of three points leave every secret possible: for each guess there is a
// third point that would make it so, hence they say nothing.
func TestTooFewSharesLeaveEverySecretPossible(t *testing.T) {
	shares, err := suite.Split(suite.NewSecret(identity.ES256), 3, 3)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[byte]bool{}
	for third := range 256 {
		guess := shares[2]
		guess.Y = identity.NewSecret(identity.ES256, [32]byte{byte(third)})
		got, err := suite.Join(identity.ES256, []suite.Share{shares[0], shares[1], guess})
		if err != nil {
			t.Fatal(err)
		}
		seen[got.Bytes()[0]] = true
	}
	if len(seen) != 256 {
		t.Errorf("%d values of the first byte are possible", len(seen))
	}
}

func TestSharesThatAreRefused(t *testing.T) {
	for _, c := range [][2]int{{1, 5}, {0, 0}, {6, 5}, {2, 256}, {-1, 3}} {
		if _, err := suite.Split(suite.NewSecret(identity.ES256), c[0], c[1]); !fault.Because(err, "shares_invalid") {
			t.Errorf("%d of %d: %v", c[0], c[1], err)
		}
	}
	for name, shares := range map[string][]suite.Share{
		"one twice": {{X: 1}, {X: 2}, {X: 1}}, "at zero": {{X: 0, Y: identity.NewSecret(identity.ES256, [32]byte{1})}, {X: 1}},
	} {
		if _, err := suite.Join(identity.ES256, shares); !fault.Because(err, "shares_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := fmt.Sprintf("%v %x", suite.Share{X: 1, Y: identity.NewSecret(identity.ES256, [32]byte{0xab, 0xcd})}, suite.Share{X: 1, Y: identity.NewSecret(identity.ES256, [32]byte{0xab, 0xcd})}); got != fmt.Sprintf("%v %x", suite.Share{X: 1}, suite.Share{X: 1}) {
		t.Error("a share prints its value")
	}
}

func TestRotatingBox(t *testing.T) {
	old, young := suite.NewSecret(identity.ES256), suite.NewSecret(identity.ES256)
	live := []identity.Secret{old}
	box := suite.NewRotatingBox(func() []identity.Secret { return live }, "code")
	first, err := box.Seal("one")
	if err != nil {
		t.Fatal(err)
	}
	live = []identity.Secret{young, old}
	second, err := box.Seal("two")
	if err != nil {
		t.Fatal(err)
	}
	var v string
	if err := box.Open(first, &v); err != nil || v != "one" {
		t.Error("a text of the older version does not open", err)
	}
	if err := suite.NewBox(old, "code").Open(second, &v); err == nil {
		t.Error("the older version still seals")
	}
	live = []identity.Secret{young}
	if err := box.Open(first, &v); !fault.Because(err, "sealed_invalid") {
		t.Error("a text of a retired version opens", err)
	}
	if err := box.Open(second, &v); err != nil || v != "two" {
		t.Error(err)
	}
	for name, keys := range map[string][]identity.Secret{"none": nil, "one never set": {young, {}}} {
		live = keys
		if _, err := box.Seal("x"); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: sealed: %v", name, err)
		}
		if err := box.Open(second, &v); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: opened: %v", name, err)
		}
	}
}
