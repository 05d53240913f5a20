package chip

import "encoding/asn1"

// request is a command as it came (ISO/IEC 7816-4 §5.1), in the short or the
// extended form.
type request struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int // 0: no answer is wanted
	ok               bool
}

func parse(b []byte) (r request) {
	if len(b) < 4 {
		return r
	}
	r = request{cla: b[0], ins: b[1], p1: b[2], p2: b[3], ok: true}
	rest := b[4:]
	switch n := len(rest); {
	case n == 0:
	case n == 1:
		r.le = most(int(rest[0]), 256)
	case rest[0] != 0: // short, with data
		lc := int(rest[0])
		switch n - 1 - lc {
		case 1:
			r.le = most(int(rest[n-1]), 256)
			fallthrough
		case 0:
			r.data = rest[1 : 1+lc]
		default:
			r.ok = false
		}
	case n == 3: // extended, without data
		r.le = most(int(rest[1])<<8|int(rest[2]), 65536)
	case n < 3:
		r.ok = false
	default:
		lc := int(rest[1])<<8 | int(rest[2])
		switch n - 3 - lc {
		case 2:
			r.le = most(int(rest[n-2])<<8|int(rest[n-1]), 65536)
			fallthrough
		case 0:
			r.data = rest[3 : 3+lc]
		default:
			r.ok = false
		}
	}
	return r
}

func most(n, zero int) int {
	if n == 0 {
		return zero
	}
	return n
}

// status is the word behind an answer.
type status int

const (
	done         status = 0x9000
	failed       status = 0x6300
	wrongLength  status = 0x6700
	notSatisfied status = 0x6982
	notNow       status = 0x6985
	badSM        status = 0x6988
	badData      status = 0x6A80
	noFile       status = 0x6A82
	noData       status = 0x6A88
	badOffset    status = 0x6B00
	badIns       status = 0x6D00
)

func (s status) after(data []byte) []byte { return append(data, byte(s>>8), byte(s)) }

// objects splits data objects; all of them are BER-TLV that encoding/asn1 reads.
func objects(b []byte) ([]asn1.RawValue, bool) {
	var list []asn1.RawValue
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil {
			return nil, false
		}
		list, b = append(list, v), rest
	}
	return list, true
}

// context finds a context-specific object by number.
func context(list []asn1.RawValue, n int) ([]byte, bool) {
	for _, v := range list {
		if v.Class == asn1.ClassContextSpecific && v.Tag == n {
			return v.Bytes, true
		}
	}
	return nil, false
}

// tlv encodes an object. What a chip says is of a form that can be encoded.
func tlv(class, tag int, compound bool, b []byte) []byte {
	out, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: compound, Bytes: b})
	if err != nil {
		return nil
	}
	return out
}

func primitive(n int, b []byte) []byte { return tlv(asn1.ClassContextSpecific, n, false, b) }

// dynamic is the authentication data of 7C.
func dynamic(b []byte) []byte { return tlv(asn1.ClassApplication, 28, true, b) }
