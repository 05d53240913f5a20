package suite_test

import (
	"testing"

	"netid/internal/suite"
)

func TestSelfTest(t *testing.T) {
	if err := suite.SelfTest(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkSelfTest(b *testing.B) {
	for b.Loop() {
		if err := suite.SelfTest(); err != nil {
			b.Fatal(err)
		}
	}
}
