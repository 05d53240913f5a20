package suite

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"netid/internal/identity"
)

// SelfTest runs known answers through every primitive of both suites, with what
// each must refuse. A server that fails it must not start, whatever its profile:
// a processor, a build or a library that computes wrongly would issue what
// nobody can check, or open what nobody may read.
func SelfTest() error { return examine(answers(), trials()) }

// answer is one known answer: what a primitive must give for what it is given.
type answer struct {
	name string
	gets func() []byte
	want string // hexadecimal
}

// trial is what has no known answer, because it draws on randomness: the way
// there, the way back, and refusals.
type trial struct {
	name string
	ok   func() bool
}

func examine(answers []answer, trials []trial) error {
	for _, a := range answers {
		if hex.EncodeToString(a.gets()) != a.want {
			return fmt.Errorf("suite self-test: %s computes wrongly", a.name)
		}
	}
	for _, t := range trials {
		if !t.ok() {
			return fmt.Errorf("suite self-test: %s computes wrongly", t.name)
		}
	}
	return nil
}

func answers() []answer { return append(answersES256(), answersSM()...) }

func trials() []trial {
	return []trial{
		{"ES256", func() bool {
			return signs(NewES256, VerifyES256, known(identity.ES256)) && verifiesRFC7515(VerifyES256)
		}},
		{"SM2", func() bool { return signs(NewSM2, VerifySM2, known(identity.SM)) && verifiesGBT32918(VerifySM2) }},
		{"SM2 (a sum that carries)", func() bool { return verifiesTheCarry(verifySM2) }},
		{"AES-256-GCM", func() bool { return seals(identity.ES256, Seal, Open) }},
		{"SM4-GCM", func() bool { return seals(identity.SM, Seal, Open) }},
	}
}

// known is a key of a suite that anybody knows.
func known(s identity.Suite) identity.Secret {
	return identity.NewSecret(s, [32]byte(bytes.Repeat([]byte{0x42}, 32)))
}

func opposite(s identity.Suite) identity.Suite {
	if s == identity.SM {
		return identity.ES256
	}
	return identity.SM
}

type verify = func(jwk, message, sig []byte) error

// signs: an own signature holds, and not over another message or with one bit
// changed; a key of the other suite makes no signer.
func signs(create func(identity.Secret) (Signer, error), check verify, key identity.Secret) bool {
	s, err := create(key)
	if err != nil {
		return false
	}
	message := []byte("known answer")
	sig, err := s.Sign(message)
	if err != nil || check(s.PublicJWK(), message, sig) != nil || check(s.PublicJWK(), []byte("another"), sig) == nil {
		return false
	}
	sig[len(sig)-1] ^= 1
	_, err = create(identity.NewSecret(opposite(key.Suite()), key.Key()))
	return check(s.PublicJWK(), message, sig) != nil && err != nil
}

// seals: what is sealed opens, and not when one bit of text, key or place
// differs, or the suite.
func seals(s identity.Suite, seal func(identity.Secret, []byte, []byte) []byte, open func(identity.Secret, []byte, []byte) ([]byte, error)) bool {
	key := known(s)
	sealed := seal(key, []byte("netid"), []byte("place"))
	plain, err := open(key, sealed, []byte("place"))
	if err != nil || string(plain) != "netid" || bytes.Contains(sealed, plain) {
		return false
	}
	bad := bytes.Clone(sealed)
	bad[len(bad)-1] ^= 1
	other := identity.NewSecret(s, [32]byte(bytes.Repeat([]byte{0x43}, 32)))
	for _, c := range []struct {
		key    identity.Secret
		sealed []byte
		place  string
	}{{key, bad, "place"}, {other, sealed, "place"}, {known(opposite(s)), sealed, "place"}, {key, sealed, "elsewhere"}} {
		if _, err := open(c.key, c.sealed, []byte(c.place)); err == nil {
			return false
		}
	}
	return true
}
