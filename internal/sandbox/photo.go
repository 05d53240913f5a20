package sandbox

import "encoding/binary"

// dg2 is the file of a photo: one biometric template (9303-10 §4.7.2, ISO/IEC
// 7816-11) around one facial record of ISO/IEC 19794-5 with a JPEG in it. What a
// reader of the photo does not look at is left empty.
func dg2(jpeg []byte) []byte {
	image := make([]byte, 20+12, 20+12+len(jpeg)) // §5.5, §5.7: no feature points; type basic, JPEG
	binary.BigEndian.PutUint32(image, uint32(cap(image)))
	record := append([]byte("FAC\x00010\x00"), make([]byte, 6)...) // §5.4
	binary.BigEndian.PutUint32(record[8:], uint32(len(record)+cap(image)))
	binary.BigEndian.PutUint16(record[12:], 1)
	record = append(append(record, image...), jpeg...)
	header := tagged(0xA1, nil)
	template := tagged(0x7F60, append(header, tagged(0x5F2E, record)...))
	return tagged(0x75, tagged(0x7F61, append([]byte{2, 1, 1}, template...)))
}

// tagged is a data object with a tag of one or two bytes. A length of any size
// that fits here has at most three bytes.
func tagged(tag int, value []byte) []byte {
	var b []byte
	if tag > 0xFF {
		b = append(b, byte(tag>>8))
	}
	b = append(b, byte(tag))
	switch n := len(value); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, value...)
}
