package slip_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/slip"
)

var day = identity.Date{Year: 2026, Month: 11, Day: 28}

func signer(t testing.TB, s identity.Suite) (suite.Signer, suite.PublicKey) {
	t.Helper()
	draw, make := suite.NewES256Secret, suite.NewES256
	if s == identity.SM {
		draw, make = suite.NewSM2Secret, suite.NewSM2
	}
	secret, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	key, err := make(secret)
	if err != nil {
		t.Fatal(err)
	}
	public, err := suite.ParsePublicKey(key.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// A person's slips have names that nobody else's have, nor another day's; their owner's secret says them again.
func TestIDs(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		secret := suite.NewSecret(s)
		seen := map[slip.ID]bool{}
		for _, d := range []identity.Date{day, day.Yesterday()} {
			for _, of := range []identity.Secret{secret, suite.NewSecret(s)} {
				for _, id := range slip.IDs(of, d) {
					seen[id] = true
				}
			}
		}
		if len(seen) != 4*slip.ADay {
			t.Errorf("%v: %d of %d are different", s, len(seen), 4*slip.ADay)
		}
		if again := slip.IDs(secret, day); !seen[again[0]] || again != slip.IDs(secret, day) {
			t.Error("not the same again")
		}
	}
}

// Two people's slips differ in their ids, keys and signatures alone, and those have one length.
func TestSlipsAreAlike(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		netid, _ := signer(t, s)
		var all [2][]byte
		for i := range all {
			_, device := signer(t, identity.ES256)
			id := slip.IDs(suite.NewSecret(s), day)[i]
			text, err := slip.Encode(netid, slip.Slip{ID: id, Device: device, Over18: true, Day: day})
			if err != nil {
				t.Fatal(err)
			}
			text = text[:len(text)-64] // the signature
			var jwk struct{ X, Y string }
			if err := json.Unmarshal(device.JWK(), &jwk); err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{jwk.X, jwk.Y} {
				b, err := base64.RawURLEncoding.DecodeString(part)
				if err != nil {
					t.Fatal(err)
				}
				text = bytes.Replace(text, b, nil, 1)
			}
			all[i] = bytes.Replace(text, id[:], nil, 1)
		}
		if !bytes.Equal(all[0], all[1]) {
			t.Errorf("%v: %x and %x", s, all[0], all[1])
		}
	}
}

// A day is that of Asia/Shanghai, to the second.
func TestTimes(t *testing.T) {
	from, until := slip.Times(day)
	if !from.Equal(time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC)) || !until.Equal(time.Date(2026, 11, 28, 16, 0, 0, 0, time.UTC)) {
		t.Error(from, until)
	}
}

// Keys that sign neither of the two ways make no slip and have none.
func TestKeysThatAreNone(t *testing.T) {
	netid, device := signer(t, identity.ES256)
	var other suite.PublicKey
	if _, err := slip.Encode(suite.NewEdDSA(suite.NewSecret(identity.ES256)), slip.Slip{Device: device, Day: day}); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if _, err := slip.Encode(netid, slip.Slip{Device: other, Day: day}); !fault.Because(err, "device_key_invalid") {
		t.Error(err)
	}
}

// said is a coder that shows what it was given.
type said struct{ claims []byte }

func (s *said) Encode(claims any) (_ string, err error) {
	s.claims, err = json.Marshal(claims)
	return "", err
}

// How many are refused does not show, nor which of them came together.
func TestBundlesAreFilledUp(t *testing.T) {
	ids := func(n int) (all []slip.ID) {
		for range n {
			of := slip.IDs(suite.NewSecret(identity.ES256), day)
			all = append(all, of[:]...)
		}
		return all
	}
	for people, want := range map[int]int{0: slip.Pad, 1: slip.Pad, slip.Pad / slip.ADay: slip.Pad, slip.Pad/slip.ADay + 1: 2 * slip.Pad} {
		var s said
		given := ids(people)
		if _, err := slip.EncodeBundle(&s, slip.Bundle{Issuer: "https://id.example", Issued: time.Unix(0, 0), Keys: []byte(`{}`), Frozen: given}); err != nil {
			t.Fatal(err)
		}
		var claims struct{ Frozen string }
		if err := json.Unmarshal(s.claims, &claims); err != nil {
			t.Fatal(err)
		}
		frozen, err := base64.RawURLEncoding.DecodeString(claims.Frozen)
		if err != nil || len(frozen) != want*client.FrozenEntry {
			t.Errorf("%d people: %d bytes, %v", people, len(frozen), err)
		}
		entries := map[string]bool{}
		for i := 0; i < len(frozen); i += client.FrozenEntry {
			if entries[string(frozen[i:i+client.FrozenEntry])] = true; i > 0 && bytes.Compare(frozen[i-client.FrozenEntry:i], frozen[i:i+client.FrozenEntry]) > 0 {
				t.Error("not in order")
			}
		}
		for _, id := range given {
			if !entries[string(id[:client.FrozenEntry])] {
				t.Error("one is missing")
			}
		}
	}
}
