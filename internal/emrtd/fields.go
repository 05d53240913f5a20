package emrtd

import (
	"encoding/asn1"
	"errors"
	"math/big"
)

var errDER = errors.New("not the DER that is expected")

// fields walks over DER elements one after the other. It is stricter than
// decoding into structs, which lets unknown elements follow: what is not
// taken here is an error at end. encoding/asn1 beneath refuses indefinite and
// non-minimal lengths.
type fields struct {
	rest []byte
	err  error
}

// element takes the next element whole, of any tag.
func (f *fields) element() (v asn1.RawValue) {
	if f.err != nil {
		return v
	}
	rest, err := asn1.Unmarshal(f.rest, &v)
	if f.err = err; err == nil {
		f.rest = rest
	}
	return v
}

// take takes the content of the next element, which must have this tag.
func (f *fields) take(class, tag int, compound bool) []byte {
	v := f.element()
	if f.err == nil && (v.Class != class || v.Tag != tag || v.IsCompound != compound) {
		f.err = errDER
	}
	if f.err != nil {
		return nil
	}
	return v.Bytes
}

// next reports whether the next element has this tag.
func (f *fields) next(class, tag int) bool {
	if f.err != nil || len(f.rest) == 0 {
		return false
	}
	ahead := fields{rest: f.rest}
	v := ahead.element()
	return ahead.err == nil && v.Class == class && v.Tag == tag
}

// sequence and set take an element's content as fields of their own.
func (f *fields) sequence() *fields { return f.inside(asn1.ClassUniversal, asn1.TagSequence) }
func (f *fields) set() *fields      { return f.inside(asn1.ClassUniversal, asn1.TagSet) }
func (f *fields) tagged(tag int) *fields {
	return f.inside(asn1.ClassContextSpecific, tag)
}

func (f *fields) inside(class, tag int) *fields {
	v := f.take(class, tag, true)
	return &fields{rest: v, err: f.err}
}

// more reports whether there is another element.
func (f *fields) more() bool { return f.err == nil && len(f.rest) > 0 }

// scan decodes the next element into a pointer: *int, *asn1.ObjectIdentifier.
func (f *fields) scan(into any) {
	if f.err != nil {
		return
	}
	rest, err := asn1.Unmarshal(f.rest, into)
	if f.err = err; err == nil {
		f.rest = rest
	}
}

func (f *fields) octets() []byte {
	return f.take(asn1.ClassUniversal, asn1.TagOctetString, false)
}

// end is an error unless all was read without one.
func (f *fields) end() error {
	if f.err == nil && len(f.rest) > 0 {
		f.err = errDER
	}
	return f.err
}

// oid takes an object identifier as dotted decimals, "" when there is none.
func (f *fields) oid() string {
	var id asn1.ObjectIdentifier
	f.scan(&id)
	return id.String()
}

// int takes a small INTEGER, -1 when there is none.
func (f *fields) int() int {
	n := -1
	f.scan(&n)
	return n
}

// big takes an INTEGER of any size, nil when there is none.
func (f *fields) big() (n *big.Int) {
	f.scan(&n)
	return n
}
