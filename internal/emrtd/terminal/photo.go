package terminal

import (
	"io"

	"netid/internal/fault"
)

// Photo opens a chip and reads the file of its data group 2, the holder's photo,
// and nothing that the holder would be known by besides. What was agreed in the
// open is held to data group 14 first, as in Read.
func Photo(card Card, key Key, random io.Reader) ([]byte, error) {
	if key.secret == nil {
		return nil, fault.Newf("terminal.Photo", fault.Internal, "", "no key")
	}
	s := &session{card: card}
	with, err := s.enter(key, random)
	if err != nil {
		return nil, err
	}
	group14, err := s.read(dg14())
	if err != nil {
		return nil, err
	}
	infos, err := stated(with, group14)
	if err != nil {
		return nil, err
	}
	if _, err := s.strengthened(infos, random); err != nil {
		return nil, err
	}
	photo, err := s.read(dg2())
	if err == nil && photo == nil {
		return nil, malformed("file %x is missing", dg2().name)
	}
	return photo, err
}
