package suite_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func envelope(t testing.TB, s identity.Suite) (identity.Secret, suite.Recipient) {
	t.Helper()
	private, err := suite.NewEnvelopeSecret(s)
	if err != nil {
		t.Fatal(err)
	}
	public, err := suite.RecipientOf(private)
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

func bothSuites(t *testing.T, test func(*testing.T, identity.Suite)) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		t.Run(s.String(), func(t *testing.T) { test(t, s) })
	}
}

func TestWhatIsSealedToAKeyOpensByItsPrivateHalfAlone(t *testing.T) {
	bothSuites(t, func(t *testing.T, s identity.Suite) {
		private, public := envelope(t, s)
		for _, n := range []int{0, 1, 32, 4096} {
			plain := suite.Random(n)
			sealed, err := suite.SealTo(public, plain, []byte("place"))
			if err != nil || len(sealed) != n+suite.EnvelopeOverhead(s) {
				t.Fatalf("%d bytes: %d, %v", n, len(sealed), err)
			}
			if got, err := suite.OpenFrom(private, sealed, []byte("place")); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
		one, _ := suite.SealTo(public, []byte("x"), nil)
		two, _ := suite.SealTo(public, []byte("x"), nil)
		if bytes.Equal(one[:65], two[:65]) {
			t.Error("one ephemeral key for two texts")
		}
	})
}

func TestAnEnvelopeIsRefused(t *testing.T) {
	bothSuites(t, func(t *testing.T, s identity.Suite) {
		private, public := envelope(t, s)
		other, _ := envelope(t, s)
		foreign, _ := envelope(t, 1-s)
		sealed, err := suite.SealTo(public, []byte("netid"), []byte("place"))
		if err != nil {
			t.Fatal(err)
		}
		refused := func(name string, key identity.Secret, b, aad []byte) {
			t.Helper()
			if _, err := suite.OpenFrom(key, b, aad); !fault.Is(err, fault.Invalid) || !fault.Because(err, "sealed_invalid") {
				t.Errorf("%s: %v", name, err)
			}
		}
		refused("another key", other, sealed, []byte("place"))
		refused("a key of the other suite", foreign, sealed, []byte("place"))
		refused("the same scalar as a key of the other suite", identity.NewSecret(1-s, [32]byte(private.Bytes())), sealed, []byte("place"))
		refused("no scalar", identity.NewSecret(s, [32]byte(bytes.Repeat([]byte{0xff}, 32))), sealed, []byte("place"))
		refused("another place", private, sealed, []byte("plaice"))
		refused("nothing", private, nil, []byte("place"))
		refused("cut", private, sealed[:len(sealed)-1], []byte("place"))
		refused("longer", private, append(bytes.Clone(sealed), 0), []byte("place"))
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			refused(fmt.Sprintf("bit of byte %d", i), private, bad, []byte("place"))
		}
		if _, err := suite.OpenFrom(identity.NewSecret(s, [32]byte{}), sealed, nil); !fault.Is(err, fault.Internal) {
			t.Errorf("a key that was never set: %v", err)
		}
		if _, err := suite.SealTo(suite.Recipient{}, nil, nil); !fault.Is(err, fault.Internal) {
			t.Errorf("a recipient that was never set: %v", err)
		}
		if _, err := suite.RecipientOf(identity.NewSecret(s, [32]byte{})); !fault.Because(err, "recipient_invalid") {
			t.Errorf("zero is no private key: %v", err)
		}
	})
}

// Two sealed texts do not make a third: the wrapped key of one with the text of
// the other.
func TestEnvelopesDoNotMix(t *testing.T) {
	bothSuites(t, func(t *testing.T, s identity.Suite) {
		private, public := envelope(t, s)
		one, _ := suite.SealTo(public, []byte("one"), nil)
		two, _ := suite.SealTo(public, []byte("two"), nil)
		head := suite.EnvelopeOverhead(s) - 16
		if s == identity.SM {
			head -= 12
		}
		if _, err := suite.OpenFrom(private, append(bytes.Clone(one[:head]), two[head:]...), nil); err == nil {
			t.Error("mixed")
		}
	})
}

func TestRecipientsHaveOneForm(t *testing.T) {
	bothSuites(t, func(t *testing.T, s identity.Suite) {
		_, public := envelope(t, s)
		_, foreign := envelope(t, 1-s)
		again, err := suite.ParseRecipient(public.Text())
		if err != nil || again.Text() != public.Text() || again.ID() != public.ID() || again.Suite() != s {
			t.Fatal(err)
		}
		_, value, _ := strings.Cut(public.Text(), ".")
		_, theirs, _ := strings.Cut(foreign.Text(), ".")
		for _, text := range []string{"", ".", value, "rsa." + value, s.String() + "." + theirs, public.Text() + "=", public.Text() + "\n", " " + public.Text(),
			public.Text()[:len(public.Text())-1], s.String() + "." + strings.Repeat("A", 87)} {
			if _, err := suite.ParseRecipient(text); !fault.Because(err, "recipient_invalid") {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

// What was sealed by an earlier build still opens: texts of these very formats lie in stores for years.
func TestEnvelopesOfEarlierBuildsOpen(t *testing.T) {
	for s, text := range map[identity.Suite]string{
		identity.ES256: pinnedES256,
		identity.SM:    pinnedSM,
	} {
		sealed, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		key := identity.NewSecret(s, [32]byte(bytes.Repeat([]byte{0x42}, 32)))
		if plain, err := suite.OpenFrom(key, sealed, []byte("known answer")); err != nil || string(plain) != "netid" {
			t.Errorf("%s: %q, %v", s, plain, err)
		}
	}
}

// GB/T 32918.5-2017, annex C: the sample of public key encryption, in the order C1 || C3 || C2.
func TestSM2EncryptionSample(t *testing.T) {
	private, _ := hex.DecodeString("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
	sealed, _ := hex.DecodeString("0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0" +
		"59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766" + "21886ca989ca9c7d58087307ca93092d651efa")
	key, err := sm2.NewPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := sm2.Decrypt(key, sealed); err != nil || string(plain) != "encryption standard" {
		t.Errorf("%q, %v", plain, err)
	}
}

func FuzzOpenFrom(f *testing.F) {
	for _, text := range []string{pinnedES256, pinnedSM} {
		b, _ := hex.DecodeString(text)
		f.Add(b)
	}
	f.Add([]byte{0x30, 0x81})
	known := bytes.Repeat([]byte{0x42}, 32)
	f.Fuzz(func(t *testing.T, sealed []byte) {
		for _, s := range []identity.Suite{identity.ES256, identity.SM} {
			plain, err := suite.OpenFrom(identity.NewSecret(s, [32]byte(known)), sealed, []byte("known answer"))
			if err == nil && len(plain)+suite.EnvelopeOverhead(s) != len(sealed) {
				t.Errorf("%d bytes of %d", len(plain), len(sealed))
			}
		}
	})
}

func FuzzParseRecipient(f *testing.F) {
	_, a := envelope(f, identity.ES256)
	_, b := envelope(f, identity.SM)
	f.Add(a.Text())
	f.Add(b.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := suite.ParseRecipient(text); err == nil {
			if r.Text() != text {
				t.Error("two forms of one recipient")
			}
			if _, err := suite.SealTo(r, []byte("x"), nil); err != nil {
				t.Error(err)
			}
		}
	})
}
