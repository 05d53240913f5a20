package suite_test

import (
	"testing"

	"netid/internal/suite"
)

func BenchmarkSeal(b *testing.B) {
	plain := make([]byte, 1024)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		suite.Seal(secret(1), plain, nil)
	}
}

func BenchmarkOpen(b *testing.B) {
	sealed := suite.Seal(secret(1), make([]byte, 1024), nil)
	b.SetBytes(1024)
	for b.Loop() {
		if _, err := suite.Open(secret(1), sealed, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBox(b *testing.B) {
	box := suite.NewBox(secret(1), "code")
	for b.Loop() {
		s, err := box.Seal(carried{"x", 7})
		if err != nil || box.Open(s, &carried{}) != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	for b.Loop() {
		suite.Derive(secret(1), "label", []byte("context"))
	}
}

func BenchmarkSignES256(b *testing.B) {
	key, _ := suite.NewES256Secret()
	s, err := suite.NewES256(key)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Sign([]byte("message")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyES256(b *testing.B) {
	key, _ := suite.NewES256Secret()
	s, err := suite.NewES256(key)
	if err != nil {
		b.Fatal(err)
	}
	sig, _ := s.Sign([]byte("message"))
	for b.Loop() {
		if err := suite.VerifyES256(s.PublicJWK(), []byte("message"), sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPasscode(b *testing.B) {
	p := passcode(b, "40917263")
	for b.Loop() {
		suite.PasscodeVerifier(secret(1), p)
	}
}
