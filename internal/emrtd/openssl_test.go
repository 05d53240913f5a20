package emrtd_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/pkcs7"

	"netid/internal/fault"
)

// Somebody else's CMS: what the tests forge, openssl must judge alike, and
// what openssl signs must be good here.

func openssl(t *testing.T) func(args ...string) ([]byte, error) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed")
		}
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
	for _, k := range slices.Concat(kinds(), moreKinds()[:5]) { // its CMS knows no SM2: TestOpenSSLOnSM2
		s := newStateOf(t, k)
		for name, do := range map[string]func(*booklet){
			"good":                      func(*booklet) {},
			"content changed":           func(b *booklet) { b.eContent = ldsObject(t, 0, k.hash, map[int][]byte{1: nil, 2: nil}) },
			"another signer's key":      func(b *booklet) { b.state.key = b.state.rootKey },
			"signed attributes changed": func(b *booklet) { b.signature = func(m []byte) []byte { return b.sign(t, m[1:]) } },
		} {
			t.Run(k.name+"/"+name, func(t *testing.T) {
				b := newBookletOf(t, k, s)
				do(&b)
				dir := t.TempDir()
				sod := save(t, filepath.Join(dir, "sod.der"), b.contentInfo(t))
				root := pemFile(t, filepath.Join(dir, "csca.pem"), "CERTIFICATE", b.state.root.Raw)
				args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", sod, "-CAfile", root, "-purpose", "any",
					"-attime", fmt.Sprint(testNow.Unix()), "-out", filepath.Join(dir, "object")}
				if strings.HasSuffix(k.name, "-explicit") { // it checks signatures by such keys, and refuses them in a chain
					args = append(args, "-noverify")
				}
				out, theirs := run(args...)
				_, ours := read(t, b.state.root, b.evidence(t), clock)
				if (theirs == nil) != (ours == nil) || (theirs == nil) != (name == "good") {
					t.Errorf("openssl: %v %s; here: %v", theirs, out, ours)
				}
			})
		}
	}
}

// TestOpenSSLOnSM2: the same signature over the same attributes, judged by
// another's SM2 and SM3.
func TestOpenSSLOnSM2(t *testing.T) {
	run := openssl(t)
	k := moreKinds()[5]
	b := newBookletOf(t, k, newStateOf(t, k))
	for name, do := range map[string]func([]byte) []byte{"good": func(m []byte) []byte { return m }, "changed": func(m []byte) []byte { return m[1:] }} {
		dir := t.TempDir()
		var signature []byte
		b.signature = func(m []byte) []byte { signature = b.sign(t, do(m)); return signature }
		attributes := setOf(contentTypeAttr(t, oid(2, 23, 136, 1, 1, 1)), digestAttr(t, k.hash, b.object))
		_, ours := read(t, b.state.root, b.evidence(t), clock)
		out, theirs := run("dgst", "-sm3", "-sigopt", "distid:1234567812345678", "-verify", pemFile(t, filepath.Join(dir, "key.pem"), "PUBLIC KEY", k.public(t, b.state.key.Public())),
			"-signature", save(t, filepath.Join(dir, "signature"), signature), save(t, filepath.Join(dir, "attributes"), attributes))
		if (theirs == nil) != (ours == nil) || (theirs == nil) != (name == "good") {
			t.Errorf("%s: openssl: %v %s; here: %v", name, theirs, out, ours)
		}
	}
}

// TestGMSMJudgesAlike: a CMS reader that knows SM2's containers, of the same
// makers as the SM2 here, so it judges what is around the signature.
func TestGMSMJudgesAlike(t *testing.T) {
	for _, k := range moreKinds()[5:] {
		s := newStateOf(t, k)
		for name, do := range map[string]func(*booklet){
			"good":                      func(*booklet) {},
			"content changed":           func(b *booklet) { b.eContent = ldsObject(t, 0, k.hash, map[int][]byte{1: nil, 2: nil}) },
			"another signer's key":      func(b *booklet) { b.state.key = b.state.rootKey },
			"signed attributes changed": func(b *booklet) { b.signature = func(m []byte) []byte { return b.sign(t, m[1:]) } },
		} {
			b := newBookletOf(t, k, s)
			b.alg = seq(der(t, oid(1, 2, 156, 10197, 1, 301, 1)), asn1.NullBytes) // it knows GM/T 0010's name alone
			do(&b)
			p7, theirs := pkcs7.Parse(b.contentInfo(t))
			if theirs == nil {
				theirs = p7.Verify()
			}
			_, ours := read(t, b.state.root, b.evidence(t), clock)
			if (theirs == nil) != (ours == nil) || (theirs == nil) != (name == "good") {
				t.Errorf("%s, %s: gmsm: %v; here: %v", k.name, name, theirs, ours)
			}
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
