package terminal

// cut takes the first data object off b: a tag of one or two bytes, a length
// in its shortest form, no more than is there (ISO/IEC 7816-4 §5.2.2).
func cut(b []byte) (tag int, value, rest []byte, err error) {
	tag, length, head, err := head(b)
	if err != nil {
		return 0, nil, nil, err
	}
	if length > len(b)-head {
		return 0, nil, nil, malformed("a data object is longer than what holds it")
	}
	return tag, b[head : head+length], b[head+length:], nil
}

// head reads a tag and a length, and says how many bytes the two take.
func head(b []byte) (tag, length, size int, err error) {
	if len(b) < 2 {
		return 0, 0, 0, malformed("a data object of %d bytes", len(b))
	}
	tag, size = int(b[0]), 1
	if b[0]&0x1F == 0x1F {
		if b[1] < 0x1F || b[1] > 0x7F { // a second byte for what fits in one, or a third
			return 0, 0, 0, malformed("a tag")
		}
		tag, size = tag<<8|int(b[1]), 2
	}
	if len(b) <= size {
		return 0, 0, 0, malformed("a data object without a length")
	}
	first := int(b[size])
	size++
	if first < 0x80 {
		return tag, first, size, nil
	}
	n := first - 0x80
	if n < 1 || n > 3 || len(b) < size+n {
		return 0, 0, 0, malformed("a length")
	}
	for _, c := range b[size : size+n] {
		length = length<<8 | int(c)
	}
	if length < 0x80 || n > 1 && length < 1<<(8*(n-1)) {
		return 0, 0, 0, malformed("a length that is not in its shortest form")
	}
	return tag, length, size + n, nil
}

// only takes the one object of this tag that b is.
func only(b []byte, want int) ([]byte, error) {
	tag, value, rest, err := cut(b)
	if err != nil {
		return nil, err
	}
	if tag != want || len(rest) > 0 {
		return nil, malformed("tag %x where %x should be, or more behind it", tag, want)
	}
	return value, nil
}

// object encodes a data object. Nothing that a terminal says is longer than
// what three bytes of length hold.
func object(tag int, value ...[]byte) []byte {
	n := 0
	for _, v := range value {
		n += len(v)
	}
	var b []byte
	if tag > 0xFF {
		b = append(b, byte(tag>>8))
	}
	b = append(b, byte(tag))
	switch {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	for _, v := range value {
		b = append(b, v...)
	}
	return b
}
