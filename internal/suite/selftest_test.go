package suite_test

import (
	"bytes"
	"crypto/ecdsa"
	"errors"
	"slices"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

func TestSelfTest(t *testing.T) {
	if err := suite.SelfTest(); err != nil {
		t.Fatal(err)
	}
}

// Every primitive that computes wrongly, be it by one bit, is found and named.
func TestSelfTestFailsWithAnyPrimitive(t *testing.T) {
	answers, trials := suite.Answers(), suite.Trials()
	if err := suite.Examine(answers, trials); err != nil {
		t.Fatal("the control:", err)
	}
	if len(answers) < 12 || len(trials) < 5 {
		t.Errorf("%d answers and %d trials", len(answers), len(trials))
	}
	for i, a := range answers {
		for how, wrong := range map[string]func([]byte) []byte{
			"one bit":  func(b []byte) []byte { b = bytes.Clone(b); b[0] ^= 1; return b },
			"the last": func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-1] ^= 0x80; return b },
			"nothing":  func([]byte) []byte { return nil },
			"longer":   func(b []byte) []byte { return append(bytes.Clone(b), 0) },
		} {
			some := slices.Clone(answers)
			some[i] = a.Giving(wrong)
			if err := suite.Examine(some, trials); err == nil || !strings.Contains(err.Error(), a.Name()) {
				t.Errorf("%s, %s: %v", a.Name(), how, err)
			}
		}
	}
	for i, trial := range trials {
		some := slices.Clone(trials)
		some[i] = suite.FailingTrial(trial.Name())
		if err := suite.Examine(answers, some); err == nil || !strings.Contains(err.Error(), trial.Name()) {
			t.Errorf("%s: %v", trial.Name(), err)
		}
	}
}

var errWrong = errors.New("wrong")

// mute signs nothing, and dull signs the same whatever the message.
type mute struct{ suite.Signer }

func (mute) Sign([]byte) ([]byte, error) { return nil, errWrong }

type dull struct{ suite.Signer }

func (d dull) Sign([]byte) ([]byte, error) { return d.Signer.Sign([]byte("always this")) }

// A trial is passed by what is right alone.
func TestTrialsCanFail(t *testing.T) {
	yes := func(jwk, message, sig []byte) error { return nil }
	no := func(jwk, message, sig []byte) error { return errWrong }
	for s, make := range map[identity.Suite]func(identity.Secret) (suite.Signer, error){identity.ES256: suite.NewES256, identity.SM: suite.NewSM2} {
		key := suite.Known(s)
		as := func(f func(suite.Signer) suite.Signer) func(identity.Secret) (suite.Signer, error) {
			return func(k identity.Secret) (suite.Signer, error) {
				signer, err := make(k)
				if err != nil {
					return nil, err
				}
				return f(signer), nil
			}
		}
		anySuite := func(k identity.Secret) (suite.Signer, error) { return make(identity.NewSecret(s, k.Key())) }
		if !suite.Signs(make, verifier(s), key) {
			t.Errorf("%s: the control fails", s)
		}
		for what, passes := range map[string]bool{
			"a verifier that takes all":    suite.Signs(make, yes, key),
			"a verifier that takes none":   suite.Signs(make, no, key),
			"the other suite's verifier":   suite.Signs(make, verifier(other(s)), key),
			"a signer that fails":          suite.Signs(as(func(s suite.Signer) suite.Signer { return mute{s} }), verifier(s), key),
			"a signer of one message":      suite.Signs(as(func(s suite.Signer) suite.Signer { return dull{s} }), verifier(s), key),
			"a signer of either suite":     suite.Signs(anySuite, verifier(s), key),
			"a verifier blind to messages": suite.Signs(make, func(jwk, _, sig []byte) error { return verifier(s)(jwk, []byte("known answer"), sig) }, key),
			"a key that is none":           suite.Signs(make, verifier(s), identity.NewSecret(s, [32]byte{})),
		} {
			if passes {
				t.Errorf("%s passes with %s", s, what)
			}
		}
		blind := func(k identity.Secret, b, aad []byte) ([]byte, error) { return suite.Open(k, b, []byte("place")) }
		if !suite.Seals(s, suite.Seal, suite.Open) {
			t.Errorf("%s: the control fails", s)
		}
		for what, passes := range map[string]bool{
			"clear text": suite.Seals(s, func(_ identity.Secret, p, _ []byte) []byte { return p }, func(_ identity.Secret, b, _ []byte) ([]byte, error) { return b, nil }),
			"any place":  suite.Seals(s, suite.Seal, blind),
			"any key":    suite.Seals(s, suite.Seal, func(_ identity.Secret, b, aad []byte) ([]byte, error) { return suite.Open(suite.Known(s), b, aad) }),
			"any suite": suite.Seals(s, suite.Seal, func(k identity.Secret, b, aad []byte) ([]byte, error) {
				return suite.Open(identity.NewSecret(s, k.Key()), b, aad)
			}),
			"any bit": suite.Seals(s, suite.Seal, func(k identity.Secret, b, aad []byte) ([]byte, error) {
				if _, err := suite.Open(k, b, aad); err != nil && string(aad) == "place" && k == suite.Known(s) {
					return []byte("netid"), nil
				}
				return suite.Open(k, b, aad)
			}),
			"never": suite.Seals(s, suite.Seal, func(identity.Secret, []byte, []byte) ([]byte, error) { return nil, errWrong }),
		} {
			if passes {
				t.Errorf("%s passes with a seal that opens with %s", s, what)
			}
		}
	}
	carry := func(err error) func(*ecdsa.PublicKey, []byte, []byte) error {
		return func(*ecdsa.PublicKey, []byte, []byte) error { return err }
	}
	for what, passes := range map[string]bool{
		"RFC 7515 refused": suite.VerifiesRFC7515(no), "GB/T 32918 refused": suite.VerifiesGBT32918(no), "GB/T 32918 with all taken": suite.VerifiesGBT32918(yes),
		"the carry dropped": suite.VerifiesTheCarry(carry(errWrong)), "the carry with all taken": suite.VerifiesTheCarry(carry(nil)),
	} {
		if passes {
			t.Error("passes:", what)
		}
	}
}

func BenchmarkSelfTest(b *testing.B) {
	for b.Loop() {
		if err := suite.SelfTest(); err != nil {
			b.Fatal(err)
		}
	}
}
