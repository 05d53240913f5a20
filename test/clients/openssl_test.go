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
)

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
