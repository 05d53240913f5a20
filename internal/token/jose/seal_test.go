package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/fault"
	"netid/internal/token/jose"
)

// What is sealed is opened by the party's private key, under the algorithm that
// it registered, and by no other key; no two messages have a key in common.
func TestSealOpensForThePartyAlone(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := parsed(t, oracle.JSONWebKey{Key: ec.Public(), KeyID: "e", Use: "enc"}, oracle.JSONWebKey{Key: key.Public(), KeyID: "r", Algorithm: "RSA-OAEP-256"})
	const inner = "a.b.c"
	for _, alg := range jose.SealAlgs() {
		own, kid := any(ec), "e"
		if alg == "RSA-OAEP-256" {
			own, kid = key, "r"
		}
		first, err := set.Seal(alg, inner)
		if err != nil {
			t.Fatal(err)
		}
		second, err := set.Seal(alg, inner)
		if err != nil || strings.Split(first, ".")[3] == strings.Split(second, ".")[3] {
			t.Errorf("%s: the same twice: %v", alg, err)
		}
		read, err := oracle.ParseEncryptedCompact(first, []oracle.KeyAlgorithm{oracle.KeyAlgorithm(alg)}, []oracle.ContentEncryption{oracle.A256GCM})
		if err != nil || read.Header.KeyID != kid {
			t.Fatalf("%s: %v", alg, err)
		}
		if plain, err := read.Decrypt(own); err != nil || string(plain) != inner {
			t.Errorf("%s: %q %v", alg, plain, err)
		}
		if _, err := read.Decrypt(other); err == nil {
			t.Errorf("%s: another key opens it", alg)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := parsed(t, oracle.JSONWebKey{Key: ec.Public(), KeyID: "e", Algorithm: "ECDH-ES"})
	for _, alg := range []string{"ECDH-ES+A256KW", "RSA-OAEP-256", "RSA1_5", "dir", ""} { // of another kind, for another use, and none
		if _, err := set.Seal(alg, "a.b.c"); !fault.Because(err, "encryption_key_missing") {
			t.Errorf("%s: %v", alg, err)
		}
	}
	signing := signer(t)
	published, err := jose.Publish(jose.ES256, signing)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := jose.ParseSet(published, jose.PartyAlgs()...); err != nil || s.Seals("ECDH-ES") || !s.Signs() {
		t.Errorf("a key for signatures is one for encryption: %v", err)
	}
	for alg, want := range map[string]string{"RSA1_5": "encryption_alg_not_served", "": "encryption_alg_not_served", "ECDH-ES": "encryption_key_missing"} {
		if err := jose.CheckSeal(published, alg, jose.PartyAlgs()...); !fault.Because(err, want) {
			t.Errorf("%q: %v", alg, err)
		}
	}
	if jose.Signing(published, jose.PartyAlgs()...) != true || set.Signs() {
		t.Error("a set for encryption alone proves something")
	}
}

// parsed is a registered set, which a published one reads the same.
func parsed(t *testing.T, keys ...oracle.JSONWebKey) jose.Set {
	t.Helper()
	b, err := json.Marshal(oracle.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.ParseSet(b, jose.PartyAlgs()...)
	if err != nil {
		t.Fatal(err)
	}
	fetched, err := jose.ParseFetched(b, jose.PartyAlgs()...)
	if err != nil || fetched.Seals("ECDH-ES") != set.Seals("ECDH-ES") {
		t.Fatalf("published, they differ: %v", err)
	}
	return set
}
