package terminal

// file is an elementary file: its name, its tag, and the most it may hold in
// bytes, which no honest chip reaches.
type file struct {
	name, tag, most int
}

func (s *session) choose(id []byte, p1 byte) (int, error) {
	_, status, err := s.transmit(command{ins: 0xA4, p1: p1, p2: 0x0C, data: id})
	return status, err
}

// read takes a whole file, or nothing where there is none. Its own head says
// how long it is; what it says is held to the bound first (9303-10 §3.6).
func (s *session) read(f file) ([]byte, error) {
	status, err := s.choose([]byte{byte(f.name >> 8), byte(f.name)}, 2)
	if err != nil {
		return nil, err
	}
	if status == statusNoFile {
		return nil, nil
	}
	if err := expect("SELECT", status); err != nil {
		return nil, err
	}
	b, err := s.part(0, 4)
	if err != nil {
		return nil, err
	}
	tag, length, size, err := head(b)
	if err != nil {
		return nil, err
	}
	length += size
	if tag != f.tag || length > f.most || length < len(b) {
		return nil, malformed("a file %x of %d bytes", tag, length)
	}
	for len(b) < length {
		more, err := s.part(len(b), min(chunk, length-len(b)))
		if err != nil {
			return nil, err
		}
		b = append(b, more...)
	}
	return b, nil
}

// chunk leaves room in a short answer for what secure messaging puts round it.
const chunk = 0xDF

// part is READ BINARY. A chip may give less than it was asked for, but never
// nothing and never more.
func (s *session) part(at, length int) ([]byte, error) {
	b, status, err := s.transmit(command{ins: 0xB0, p1: byte(at >> 8), p2: byte(at), le: length})
	if err != nil {
		return nil, err
	}
	if err := expect("READ BINARY", status); err != nil {
		return nil, err
	}
	if len(b) == 0 || len(b) > length {
		return nil, malformed("%d bytes where %d were asked for", len(b), length)
	}
	return b, nil
}
