package clients_test

import (
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/client"
	sandboxtest "netid/test/sandbox"
)

// TestSMCredential: a credential of the suite sm is received by openid4vci, and read by
// sm-crypto-v2, by OpenSSL and by package client, with the key of the trust list.
func TestSMCredential(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	s := sandboxtest.Start(t, "--profile", "dual")
	roots, offered := fetched(t, s.URL+"/trust/root.pem"), offer(t, s, "--kind", "age-sm")
	var got struct{ SM, Point string }
	program(t, node, "sm.mjs", map[string]any{"issuer": s.URL, "roots": string(roots), "offer": offered[len(offered)-1]}, &got)
	openSSL(t, got.SM, got.Point)
	trust, err := client.CheckTrustList(string(fetched(t, s.URL+"/trust")), client.Expect{Roots: roots, Issuer: s.URL}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	expect := client.Expect{Kind: s.URL + "/credentials/age", Issuer: s.URL, Keys: trust.Keys["attestation-sm"]}
	if read, err := client.CheckCredentialSM(got.SM, expect, time.Now()); err != nil || string(read.Claims["age_over_18"]) != "true" {
		t.Errorf("%+v %v", read, err)
	}
}

// openSSL reads a credential of the suite sm: its signature by the key at point
// (hexadecimal), under the id that GB/T 32918 gives where nobody agreed on another,
// and the digest of each disclosure.
func openSSL(t *testing.T, credential, point string) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Log(err)
		return
	}
	dir := t.TempDir()
	at := func(name string, content []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	parts := strings.Split(credential, "~")
	jwt := strings.Split(parts[0], ".")
	sig := decode(jwt[2])
	der, err := asn1.Marshal([]*big.Int{new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(point)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := asn1.Marshal(struct {
		Algorithm []asn1.ObjectIdentifier
		Key       asn1.BitString
	}{[]asn1.ObjectIdentifier{{1, 2, 840, 10045, 2, 1}, {1, 2, 156, 10197, 1, 301}}, asn1.BitString{Bytes: raw, BitLength: 8 * len(raw)}})
	if err != nil {
		t.Fatal(err)
	}
	key, signature := at("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})), at("signature", der)
	for id, good := range map[string]bool{"1234567812345678": true, "ALICE123@YAHOO.COM": false} {
		out, err := exec.Command(path, "dgst", "-sm3", "-verify", key, "-sigopt", "distid:"+id, "-signature", signature, at("signed", []byte(jwt[0]+"."+jwt[1]))).CombinedOutput()
		if (err == nil) != good {
			t.Errorf("under the id %s: %v\n%s", id, err, out)
		}
	}
	var claims struct {
		SD []string `json:"_sd"`
	}
	if err := json.Unmarshal(decode(jwt[1]), &claims); err != nil {
		t.Fatal(err)
	}
	for i, disclosure := range parts[1 : len(parts)-1] {
		out, err := exec.Command(path, "dgst", "-sm3", "-binary", at("disclosure", []byte(disclosure))).Output()
		if err != nil || !slices.Contains(claims.SD, base64.RawURLEncoding.EncodeToString(out)) {
			t.Errorf("the digest of disclosure %d: %v", i, err)
		}
	}
}
