package emrtd_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"netid/internal/fault"
)

// Somebody else's CMS: what the tests forge, openssl must judge alike, and
// what openssl signs must be good here.

func openssl(t *testing.T) func(args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	return func(args ...string) ([]byte, error) { return exec.Command(path, args...).CombinedOutput() }
}

func save(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pemFile(t *testing.T, path, kind string, b []byte) string {
	return save(t, path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
}

func TestOpenSSLJudgesAlike(t *testing.T) {
	run := openssl(t)
	for _, k := range kinds() {
		for name, do := range map[string]func(*booklet){
			"good":                      func(*booklet) {},
			"content changed":           func(b *booklet) { b.eContent = ldsObject(t, 0, k.hash, map[int][]byte{1: nil, 2: nil}) },
			"another signer's key":      func(b *booklet) { b.state.key = k.key(t) },
			"signed attributes changed": func(b *booklet) { b.signature = func(m []byte) []byte { return b.sign(t, m[1:]) } },
		} {
			t.Run(k.name+"/"+name, func(t *testing.T) {
				b := newBooklet(t, k)
				do(&b)
				dir := t.TempDir()
				sod := save(t, filepath.Join(dir, "sod.der"), b.contentInfo(t))
				root := pemFile(t, filepath.Join(dir, "csca.pem"), "CERTIFICATE", b.state.root.Raw)
				out, theirs := run("cms", "-verify", "-binary", "-inform", "DER", "-in", sod, "-CAfile", root, "-purpose", "any",
					"-attime", fmt.Sprint(testNow.Unix()), "-out", filepath.Join(dir, "object"))
				_, ours := read(t, b.state.root, b.evidence(t), clock)
				if (theirs == nil) != (ours == nil) || (theirs == nil) != (name == "good") {
					t.Errorf("openssl: %v %s; here: %v", theirs, out, ours)
				}
			})
		}
	}
}

func TestWhatOpenSSLSigned(t *testing.T) {
	run := openssl(t)
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			b := newBooklet(t, k)
			dir := t.TempDir()
			key, err := x509.MarshalPKCS8PrivateKey(b.state.key)
			if err != nil {
				t.Fatal(err)
			}
			object := save(t, filepath.Join(dir, "object"), b.object)
			args := []string{"cms", "-sign", "-binary", "-nodetach", "-in", object, "-econtent_type", "2.23.136.1.1.1", "-outform", "DER", "-out", filepath.Join(dir, "sod.der"),
				"-md", map[crypto.Hash]string{crypto.SHA256: "sha256", crypto.SHA384: "sha384", crypto.SHA512: "sha512"}[k.hash], "-nosmimecap",
				"-signer", pemFile(t, filepath.Join(dir, "ds.pem"), "CERTIFICATE", b.state.signer.Raw), "-inkey", pemFile(t, filepath.Join(dir, "ds.key"), "PRIVATE KEY", key)}
			if _, pss := k.opts.(*rsa.PSSOptions); pss {
				args = append(args, "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32")
			}
			if out, err := run(args...); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			info, err := os.ReadFile(filepath.Join(dir, "sod.der"))
			if err != nil {
				t.Fatal(err)
			}
			e := b.evidence(t)
			e.SOD = app(23, info)
			if _, err := read(t, b.state.root, e, clock); err != nil {
				t.Error(err)
			}
			e.SOD[len(e.SOD)-1] ^= 1
			if _, err := read(t, b.state.root, e, clock); !fault.Because(err, "document_signature_invalid") {
				t.Errorf("changed: %v", err)
			}
		})
	}
}
