package suite_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"netid/internal/identity"
	"netid/internal/suite"
)

// The suite sm against OpenSSL, on random cases: NETID_DIFFERENTIAL says how
// many of each (`make differential`: 10000), few otherwise. The cases are the same in
// every run; a failure names its own.

const seed = 32918

func cases(t *testing.T, few int) int {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not here: with CI=true a skip is a failure")
		}
		t.Skip("openssl is not here")
	}
	if text := os.Getenv("NETID_DIFFERENTIAL"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("NETID_DIFFERENTIAL is %q", text)
		}
		return n
	}
	return few
}

// openssl runs a command and gives what it prints. It fails the test when the
// program fails.
func openssl(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	out, err := tryOpenssl(in, args...)
	if err != nil {
		t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func tryOpenssl(in []byte, args ...string) ([]byte, error) {
	cmd := exec.Command("openssl", args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w: %s%s", err, out.String(), errs.String())
	}
	return out.Bytes(), err
}

// dice are the random cases.
type dice struct{ *rand.Rand }

func roll(kind uint64) dice { return dice{rand.New(rand.NewPCG(seed, kind))} }

func (d dice) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.Uint32())
	}
	return b
}

// text is mostly short, sometimes long, sometimes empty, and of every length around a block.
func (d dice) text() []byte {
	switch d.IntN(20) {
	case 0:
		return d.bytes(d.IntN(5000))
	case 1:
		return nil
	}
	return d.bytes(d.IntN(200))
}

func (d dice) secret() identity.Secret { return identity.NewSecret(identity.SM, [32]byte(d.bytes(32))) }

// sm2Pair is one key, for both.
type sm2Pair struct {
	signer          suite.Signer
	private, public string // files, DER
}

var (
	oidEC  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidSM2 = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}
)

// pair writes a key as RFC 5958 and RFC 5280 have it.
func pair(t *testing.T, dir string, d dice) sm2Pair {
	t.Helper()
	key := d.secret()
	signer, err := suite.NewSM2(key)
	if err != nil {
		t.Fatal(err)
	}
	var jwk struct{ X, Y string }
	if err := json.Unmarshal(signer.PublicJWK(), &jwk); err != nil {
		t.Fatal(err)
	}
	point := []byte{4}
	for _, c := range []string{jwk.X, jwk.Y} {
		b, err := base64.RawURLEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, b...)
	}
	type algorithm struct{ Kind, Curve asn1.ObjectIdentifier }
	marshal := func(v any) []byte {
		b, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	bits := asn1.BitString{Bytes: point, BitLength: 8 * len(point)}
	inner := marshal(struct {
		Version int
		D       []byte
		Public  asn1.BitString `asn1:"explicit,tag:1"`
	}{1, key.Bytes(), bits})
	p := sm2Pair{signer, filepath.Join(dir, "private.der"), filepath.Join(dir, "public.der")}
	write(t, p.private, marshal(struct {
		Version   int
		Algorithm algorithm
		Key       []byte
	}{0, algorithm{oidEC, oidSM2}, inner}))
	write(t, p.public, marshal(struct {
		Algorithm algorithm
		Point     asn1.BitString
	}{algorithm{oidEC, oidSM2}, bits}))
	return p
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

const ourID = "distid:1234567812345678"

// Each case both ways: theirs is verified here, ours there, and a wrong one of
// either is refused by both.
func TestSM2AgainstOpenSSL(t *testing.T) {
	n, d, dir := cases(t, 200), roll(2), t.TempDir()
	sigFile := filepath.Join(dir, "sig")
	var p sm2Pair
	refused := 0
	for i := range n {
		if i%16 == 0 {
			p = pair(t, dir, d)
		}
		message := d.text()
		theirs := openssl(t, message, "pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-keyform", "DER", "-inkey", p.private, "-pkeyopt", ourID)
		sig, err := suite.ReadSM2DER(theirs)
		if err != nil {
			t.Fatalf("case %d: their encoding %x: %v", i, theirs, err)
		}
		if err := suite.VerifySM2(p.signer.PublicJWK(), message, sig); err != nil {
			t.Fatalf("case %d: their signature %x over %x: %v", i, theirs, message, err)
		}
		ours, err := p.signer.Sign(message)
		if err != nil {
			t.Fatal(err)
		}
		id, wrong := ourID, d.IntN(3) == 0
		if wrong {
			switch d.IntN(3) {
			case 0:
				ours[d.IntN(64)] ^= 1 << d.IntN(8)
			case 1:
				message = append(message, 0)
			default:
				id = "distid:1234567812345679" // and here the identifier is always ours
			}
		}
		good := suite.VerifySM2(p.signer.PublicJWK(), message, ours) == nil
		if good == (wrong && id == ourID) {
			t.Fatalf("case %d: wrong is %v, and here it holds: %v", i, wrong, good)
		}
		der, err := suite.SM2DER(ours)
		if err != nil {
			continue // r or s left 1..n-1: there is nothing to ask
		}
		write(t, sigFile, der)
		said, err := tryOpenssl(message, "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-keyform", "DER", "-pubin", "-inkey", p.public, "-sigfile", sigFile, "-pkeyopt", id)
		if (err == nil) == wrong || err == nil && !strings.Contains(string(said), "Verified Successfully") {
			t.Fatalf("case %d: wrong is %v, and there: %s %v", i, wrong, said, err)
		}
		if wrong {
			refused++
		}
	}
	if refused < n/6 {
		t.Errorf("only %d of %d cases were wrong ones", refused, n)
	}
	t.Logf("%d cases both ways, %d of them refused by both", n, refused)
}

// SM3, and HMAC over it, in as few runs of the program as its command line holds.
func TestSM3AgainstOpenSSL(t *testing.T) {
	n, d, dir := cases(t, 400), roll(3), t.TempDir()
	const batch = 200
	var digests, macs [][32]byte
	var files []string
	var key identity.Secret
	compare := func() {
		t.Helper()
		plain := openssl(t, nil, append([]string{"dgst", "-sm3"}, files...)...)
		keyed := openssl(t, nil, append([]string{"dgst", "-sm3", "-mac", "HMAC", "-macopt", "hexkey:" + hex.EncodeToString(key.Bytes())}, files...)...)
		for i, wanted := range map[int]struct {
			printed []byte
			ours    [][32]byte
		}{0: {plain, digests}, 1: {keyed, macs}} {
			lines := strings.Split(strings.TrimSpace(string(wanted.printed)), "\n")
			if len(lines) != len(files) {
				t.Fatalf("%d lines of %d", len(lines), len(files))
			}
			for at, line := range lines {
				if _, sum, _ := strings.Cut(line, "= "); sum != hex.EncodeToString(wanted.ours[at][:]) {
					t.Fatalf("kind %d, case %d: %s, here %x", i, at, line, wanted.ours[at])
				}
			}
		}
		digests, macs, files = nil, nil, nil
	}
	for i := range n {
		if len(files) == 0 {
			key = d.secret()
		}
		message := d.text()
		file := filepath.Join(dir, strconv.Itoa(i%batch))
		write(t, file, binary.BigEndian.AppendUint64(nil, uint64(len(message))))
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(message)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		digests = append(digests, suite.DigestIn(identity.SM, message))
		macs = append(macs, suite.MAC(key, string(message))) // a label alone is framed alike
		if len(files) == batch {
			compare()
		}
	}
	if len(files) > 0 {
		compare()
	}
}

func TestHKDFOverSM3AgainstOpenSSL(t *testing.T) {
	n, d := cases(t, 400)/20, roll(4)
	for i := range n {
		key, label, context := d.secret(), d.bytes(1+d.IntN(40)), d.bytes(d.IntN(100))
		theirs := openssl(t, nil, "kdf", "-binary", "-keylen", "32", "-kdfopt", "digest:SM3", "-kdfopt", "hexkey:"+hex.EncodeToString(key.Bytes()),
			"-kdfopt", "hexinfo:"+hex.EncodeToString(framed(string(label), string(context))), "HKDF")
		if ours := suite.Derive(key, string(label), context); !bytes.Equal(theirs, ours.Bytes()) {
			t.Fatalf("case %d: %x, here %x", i, theirs, ours.Bytes())
		}
	}
}

// SM4-GCM is put together from OpenSSL's SM4 blocks and a GHASH of this test's
// own, because its command line has no GCM. Each case both ways: what Seal makes
// is what it must be, and what is put together here opens.
func TestSM4GCMAgainstOpenSSL(t *testing.T) {
	n, d, dir := cases(t, 400), roll(5), t.TempDir()
	const batch = 100
	input := filepath.Join(dir, "label")
	write(t, input, framed("netid/sm4-gcm/v1"))
	for from := 0; from < n; from += batch {
		key := d.secret()
		mac := openssl(t, nil, "dgst", "-sm3", "-mac", "HMAC", "-macopt", "hexkey:"+hex.EncodeToString(key.Bytes()), input)
		_, sum, _ := strings.Cut(strings.TrimSpace(string(mac)), "= ")
		var todo []gcmCase
		blocks := make([]byte, 16) // of zeros: H
		for range min(batch, n-from) {
			c := gcmCase{plain: d.text(), aad: d.bytes(d.IntN(60))}
			c.sealed = suite.Seal(key, c.plain, c.aad)
			c.nonce, c.at = c.sealed[:12], len(blocks)/16
			for counter := range 1 + (len(c.plain)+15)/16 {
				blocks = binary.BigEndian.AppendUint32(append(blocks, c.nonce...), uint32(counter+1))
			}
			todo = append(todo, c)
		}
		stream := openssl(t, blocks, "enc", "-sm4-ecb", "-nopad", "-K", sum[:32])
		if len(stream) != len(blocks) {
			t.Fatalf("%d bytes of %d", len(stream), len(blocks))
		}
		for i, c := range todo {
			want := c.composed(stream)
			if !bytes.Equal(c.sealed, want) {
				t.Fatalf("case %d: sealed %x, wanted %x", from+i, c.sealed, want)
			}
			if plain, err := suite.Open(key, want, c.aad); err != nil || !bytes.Equal(plain, c.plain) {
				t.Fatalf("case %d: %x does not open: %v", from+i, want, err)
			}
			want[d.IntN(len(want))] ^= 1 << d.IntN(8)
			if _, err := suite.Open(key, want, c.aad); err == nil {
				t.Fatalf("case %d: altered, and it opens: %x", from+i, want)
			}
		}
	}
}

type gcmCase struct {
	plain, aad, nonce, sealed []byte
	at                        int // its first block in the stream
}

// composed is SP 800-38D §7.1, with blocks that somebody else enciphered.
func (c gcmCase) composed(stream []byte) []byte {
	mask, pad := stream[16*c.at:16*c.at+16], stream[16*c.at+16:]
	out := bytes.Clone(c.nonce)
	for i, b := range c.plain {
		out = append(out, b^pad[i])
	}
	tag := ghash([16]byte(stream[:16]), c.aad, out[12:])
	for i := range tag {
		tag[i] ^= mask[i]
	}
	return append(out, tag[:]...)
}

// ghash is SP 800-38D §6.4, bit by bit.
func ghash(h [16]byte, aad, text []byte) (y [16]byte) {
	padded := func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, -len(b)&15)...) }
	input := append(padded(aad), padded(text)...)
	input = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(input, uint64(8*len(aad))), uint64(8*len(text)))
	for ; len(input) > 0; input = input[16:] {
		for i := range y {
			y[i] ^= input[i]
		}
		y = product(y, h)
	}
	return y
}

func product(x, y [16]byte) (z [16]byte) {
	vh, vl := binary.BigEndian.Uint64(y[:8]), binary.BigEndian.Uint64(y[8:])
	var zh, zl uint64
	for i := range 128 {
		if x[i/8]>>(7-i%8)&1 == 1 {
			zh, zl = zh^vh, zl^vl
		}
		low := vl & 1
		vl = vl>>1 | vh<<63
		vh = vh>>1 ^ low*0xe1<<56
	}
	binary.BigEndian.PutUint64(z[:8], zh)
	binary.BigEndian.PutUint64(z[8:], zl)
	return z
}
