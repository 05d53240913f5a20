package suite_test

import (
	"fmt"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

// The benchmarks of both suites, one beside the other: docs/performance.md has
// their table.

func eachSuite(b *testing.B, f func(b *testing.B, s identity.Suite)) {
	for _, s := range suites {
		b.Run(s.String(), func(b *testing.B) { f(b, s) })
	}
}

func eachSize(b *testing.B, sizes []int, f func(b *testing.B, message []byte)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			b.ReportAllocs()
			f(b, make([]byte, n))
		})
	}
}

func BenchmarkSign(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		signer := newSigner(b, s)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := signer.Sign([]byte("message")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		signer := newSigner(b, s)
		sig, err := signer.Sign([]byte("message"))
		if err != nil {
			b.Fatal(err)
		}
		key := signer.PublicJWK()
		b.ReportAllocs()
		for b.Loop() {
			if err := verifier(s)(key, []byte("message"), sig); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDigest(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		eachSize(b, []int{64, 1 << 10, 16 << 10}, func(b *testing.B, message []byte) {
			for b.Loop() {
				suite.DigestIn(s, message)
			}
		})
	})
}

func BenchmarkMAC(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		eachSize(b, []int{64, 1 << 10}, func(b *testing.B, message []byte) {
			for b.Loop() {
				suite.MAC(secretOf(s, 1), "label", message)
			}
		})
	})
}

func BenchmarkDerive(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		b.ReportAllocs()
		for b.Loop() {
			suite.Derive(secretOf(s, 1), "label", []byte("context"))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		eachSize(b, []int{256, 4 << 10}, func(b *testing.B, message []byte) {
			for b.Loop() {
				suite.Seal(secretOf(s, 1), message, nil)
			}
		})
	})
}

func BenchmarkOpen(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		eachSize(b, []int{256, 4 << 10}, func(b *testing.B, message []byte) {
			sealed := suite.Seal(secretOf(s, 1), message, nil)
			for b.Loop() {
				if _, err := suite.Open(secretOf(s, 1), sealed, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func BenchmarkWrap(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := suite.Unwrap(secretOf(s, 1), suite.Wrap(secretOf(s, 1), secretOf(s, 2), nil), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkBox(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		box := suite.NewBox(secretOf(s, 1), "code")
		b.ReportAllocs()
		for b.Loop() {
			text, err := box.Seal(carried{"x", 7})
			if err != nil || box.Open(text, &carried{}) != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPasscode(b *testing.B) {
	eachSuite(b, func(b *testing.B, s identity.Suite) {
		p := passcode(b, "40917263")
		b.ReportAllocs()
		for b.Loop() {
			suite.PasscodeVerifier(suite.Argon2id, suite.Version{Key: secretOf(s, 1)}, p)
		}
	})
}
