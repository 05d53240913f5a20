// Package pack makes a small text smaller before it is padded to the one length
// of its kind and sealed, so that this length can be short: DEFLATE (RFC 1951)
// with a dictionary of what such texts mostly say.
//
// It owns nothing but the packing, and refuses to know what is packed. A
// dictionary is part of the format. How well a text was packed would show in its length: who
// packs must pad.
package pack

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"

	"netid/internal/fault"
)

// Packer packs with one dictionary. It keeps its writers, most of a megabyte
// each, from one text to the next.
type Packer struct {
	dictionary []byte
	writers    sync.Pool
}

// New makes a packer.
func New(dictionary string) *Packer { return &Packer{dictionary: []byte(dictionary)} }

// Pack appends what the parts become, one behind another, to b.
func (p *Packer) Pack(b []byte, parts ...[]byte) ([]byte, error) {
	out := bytes.NewBuffer(b)
	w, again := p.writers.Get().(*flate.Writer)
	if again {
		w.Reset(out)
	} else {
		var err error
		if w, err = flate.NewWriterDict(out, flate.DefaultCompression, p.dictionary); err != nil {
			return nil, fault.Wrap("pack.Pack", fault.Internal, "internal", err)
		}
	}
	defer p.writers.Put(w)
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return nil, fault.Wrap("pack.Pack", fault.Internal, "internal", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fault.Wrap("pack.Pack", fault.Internal, "internal", err)
	}
	return out.Bytes(), nil
}

// Unpack gives back at most so many bytes, and refuses more, and anything behind.
func (p *Packer) Unpack(b []byte, most int) ([]byte, error) {
	in := bytes.NewReader(b)
	text, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(in, p.dictionary), int64(most)+1))
	if err != nil || in.Len() > 0 || len(text) > most {
		return nil, fault.New("pack.Unpack", fault.Internal, "internal") // no detail: it might quote what was sealed
	}
	return text, nil
}
