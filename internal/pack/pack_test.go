package pack_test

import (
	"bytes"
	"strings"
	"testing"

	"netid/internal/pack"
)

func TestPack(t *testing.T) {
	p := pack.New(`{"name":"","birth":"19`)
	text := []byte(`{"name":"somebody","birth":"1950-01-01"}`)
	for range 2 { // the second writer was used before
		b, err := p.Pack([]byte{7}, text[:9], text[9:])
		if err != nil || b[0] != 7 || len(b) >= len(text) {
			t.Fatalf("%x %v", b, err)
		}
		got, err := p.Unpack(b[1:], len(text))
		if err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%s %v", got, err)
		}
		for name, wrong := range map[string][]byte{
			"cut":    b[1 : len(b)-1],
			"behind": append(bytes.Clone(b[1:]), 0),
			"none":   nil,
		} {
			if got, err := p.Unpack(wrong, len(text)); err == nil {
				t.Errorf("%s: %s", name, got)
			}
		}
		if got, err := p.Unpack(b[1:], len(text)-1); err == nil {
			t.Errorf("more than asked for: %s", got)
		}
		if got, err := pack.New("another").Unpack(b[1:], len(text)); err == nil && bytes.Equal(got, text) {
			t.Error("any dictionary will do")
		}
	}
}

// What a few bytes can become is bounded: no more is unpacked than asked for.
func TestUnpackIsBounded(t *testing.T) {
	p := pack.New("")
	b, err := p.Pack(nil, []byte(strings.Repeat("a", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(b, 1<<10); err == nil {
		t.Error("a megabyte came out")
	}
}

func FuzzUnpack(f *testing.F) {
	p := pack.New(`{"name":"`)
	b, _ := p.Pack(nil, []byte(`{"name":"x"}`))
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := p.Unpack(b, 1<<12)
		if err == nil && len(text) > 1<<12 {
			t.Error("longer than asked for")
		}
	})
}
