package client_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"netid/client"
)

// cosigner is a witness by tlog-cosignature, word for word.
type cosigner struct {
	name string
	key  ed25519.PrivateKey
}

func newCosigner(seed byte) cosigner {
	return cosigner{"witness.example/w1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))}
}

func (c cosigner) id() []byte {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key.Public().(ed25519.PublicKey)...))
	return sum[:4]
}

func (c cosigner) vkey() string {
	return fmt.Sprintf("%s+%x+%s", c.name, c.id(), base64.StdEncoding.EncodeToString(append([]byte{4}, c.key.Public().(ed25519.PublicKey)...)))
}

func (c cosigner) line(text string, at uint64) string {
	sig := ed25519.Sign(c.key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))
	b := append(binary.BigEndian.AppendUint64(c.id(), at), sig...)
	return fmt.Sprintf("— %s %s\n", c.name, base64.StdEncoding.EncodeToString(b))
}

func TestCheckCosigned(t *testing.T) {
	l, w := newLog(t, 1, origin), newCosigner(7)
	l.grow(5)
	text := l.text(5) + "time 2026-03-01T12:00:00Z\n"
	head := l.sign(t, text)
	h, at, err := client.CheckCosigned(append(head, w.line(text, 1679315147)...), l.key, w.vkey())
	if err != nil || h.Size != 5 || at.Unix() != 1679315147 {
		t.Fatalf("%+v %v %v", h, at, err)
	}
	if _, err := client.CheckHead(append(head, w.line(text, 1)...), l.key); err != nil {
		t.Errorf("a cosigned head is no head: %v", err)
	}
	other := newCosigner(8)
	nameless := cosigner{"", w.key}
	for name, c := range map[string]struct {
		head []byte
		key  string
		why  error
	}{
		"no cosignature":          {head, w.vkey(), client.ErrHead},
		"of another witness":      {append(head, other.line(text, 1)...), w.vkey(), client.ErrHead},
		"over another text":       {append(head, w.line(l.text(5), 1)...), w.vkey(), client.ErrHead},
		"without the log":         {[]byte(text + "\n" + w.line(text, 1)), w.vkey(), client.ErrHead},
		"time beyond":             {append(head, w.line(text, 1<<63)...), w.vkey(), client.ErrHead},
		"the log's key":           {append(head, w.line(text, 1)...), l.key, client.ErrKey},
		"the witness's hash":      {append(head, w.line(text, 1)...), strings.Replace(w.vkey(), "+", "+0", 1), client.ErrKey},
		"the key of another name": {append(head, w.line(text, 1)...), strings.Replace(w.vkey(), "w1", "w2", 1), client.ErrKey},
		"no name":                 {append(head, w.line(text, 1)...), nameless.vkey(), client.ErrKey},
		"no key":                  {append(head, w.line(text, 1)...), "", client.ErrKey},
	} {
		if _, _, err := client.CheckCosigned(c.head, l.key, c.key); !errors.Is(err, c.why) {
			t.Errorf("%s: %v, want %v", name, err, c.why)
		}
	}
}

func FuzzCheckCosigned(f *testing.F) {
	l, w := newLog(f, 1, origin), newCosigner(7)
	l.grow(5)
	good := append(l.sign(f, l.text(5)), w.line(l.text(5), 9)...)
	f.Add(good, w.vkey())
	f.Fuzz(func(t *testing.T, head []byte, key string) {
		if _, at, err := client.CheckCosigned(head, l.key, key); err == nil && (at.Unix() != 9 || key != w.vkey() && !strings.EqualFold(key, w.vkey())) {
			t.Errorf("accepted: %q %q", head, key)
		}
	})
}
