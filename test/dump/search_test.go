package dump_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/emmansun/gmsm/sm3"
)

// needles find texts in every form that a program could have left of them.
type needles map[uint64][]needle

type needle struct {
	whose, form string
	b           []byte
}

// add takes a text in all its forms.
func (n needles) add(whose string, secret []byte) {
	for form, b := range plainForms(secret) {
		n.put(whose, form, b)
	}
	for name, sum := range digests(secret) {
		n.put(whose, name, sum[:12]) // also where it was cut short
		n.put(whose, name+" in hex", []byte(hex.EncodeToString(sum)[:24]))
		n.put(whose, name+" in HEX", []byte(strings.ToUpper(hex.EncodeToString(sum)[:24])))
		n.put(whose, name+" in base64", []byte(base64.RawStdEncoding.EncodeToString(sum)[:16]))
		n.put(whose, name+" in base64url", []byte(base64.RawURLEncoding.EncodeToString(sum)[:16]))
	}
}

func (n needles) put(whose, form string, b []byte) {
	if len(b) >= 8 {
		key := binary.LittleEndian.Uint64(b)
		n[key] = append(n[key], needle{whose, form, b})
	}
}

// search reads every place, and what is compressed in it.
func (n needles) search(places map[string][]byte) (found []string) {
	seen := make([]bool, 1<<24) // by the first three bytes: most places need no look into the map
	for key := range n {
		seen[key&(1<<24-1)] = true
	}
	for where, b := range places {
		for _, b := range append(unzipped(b), b) {
			for at := 0; at+8 <= len(b); at++ {
				key := binary.LittleEndian.Uint64(b[at:])
				if !seen[key&(1<<24-1)] {
					continue
				}
				for _, x := range n[key] {
					if bytes.HasPrefix(b[at:], x.b) {
						found = append(found, fmt.Sprintf("%s: %s as %s", where, x.whose, x.form))
					}
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// unzipped is whatever in b is a gzip stream.
func unzipped(b []byte) (all [][]byte) {
	for at := 0; ; at++ {
		next := bytes.Index(b[at:], []byte{0x1f, 0x8b, 8})
		if next < 0 {
			return all
		}
		at += next
		if r, err := gzip.NewReader(bytes.NewReader(b[at:])); err == nil {
			plain, _ := io.ReadAll(io.LimitReader(r, 1<<20))
			all = append(all, plain)
		}
	}
}

func plainForms(b []byte) map[string][]byte {
	s := string(b)
	back := slices.Clone(b)
	slices.Reverse(back)
	all := map[string][]byte{"itself": b, "hex": []byte(hex.EncodeToString(b)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(b))), "reversed": back}
	var little, big []byte
	var escaped strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
		fmt.Fprintf(&escaped, `\u%04x`, u)
	}
	all["UTF-16LE"], all["UTF-16BE"], all["JSON, escaped"], all["an address"] = little, big, []byte(escaped.String()), []byte(url.QueryEscape(s))
	for shift := range 3 { // base64 looks different at each place of a longer text
		padded := append(make([]byte, shift), b...)
		padded = padded[:len(padded)/3*3]
		for name, code := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := code.EncodeToString(padded)
			if shift > 0 && len(text) > 4 {
				text = text[4:]
			}
			all[fmt.Sprintf("%s, shifted by %d", name, shift)] = []byte(text)
		}
	}
	for name, make := range map[string]func(io.Writer) io.WriteCloser{
		"deflate": func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, -1); return z },
		"zlib":    func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	} {
		var out bytes.Buffer
		z := make(&out)
		z.Write(b)
		z.Close()
		all[name] = out.Bytes()
	}
	return all
}

// digests are those that need no key.
func digests(b []byte) map[string][]byte {
	all := map[string][]byte{}
	for name, h := range map[string]func() hash.Hash{"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-512": sha512.New, "SM3": sm3.New} {
		d, m := h(), hmac.New(h, nil)
		d.Write(b)
		m.Write(b)
		all[name], all["HMAC-"+name+" without a key"] = d.Sum(nil), m.Sum(nil)
	}
	return all
}
