package terminal

import (
	"io"

	"netid/internal/fault"
)

// genuine is chip authentication (9303-11 §6.2): new keys of secure messaging,
// agreed with the key of data group 14. Whoever has copied the files and not
// that key cannot go on.
func (s *session) genuine(with authentic, random io.Reader) error {
	mine, err := with.curve.key(random)
	if err != nil {
		return err
	}
	shared, err := with.curve.shared(mine, with.key)
	if err != nil {
		return err
	}
	if err := s.handOver(with, with.curve.encode(with.curve.times(mine, with.curve.base()))); err != nil {
		return err
	}
	s.agreed(with.kind, shared, make([]byte, with.kind.block()))
	status, err := s.choose([]byte{0x01, 0x1D}, 2) // any command: its answer shows who has the key
	if fault.Because(err, reasonMalformed) {
		return fault.Wrap("terminal.genuine", fault.Invalid, "chip_not_authentic", err)
	}
	if err != nil {
		return err
	}
	return expect("SELECT", status)
}

// handOver gives the chip the other side's key, whoever's it is. From the next
// command on both speak under what follows from it.
func (s *session) handOver(with authentic, public []byte) error {
	var ref []byte
	if with.ref != nil {
		ref = object(0x84, with.ref)
	}
	if with.kind != tripleDES {
		return s.agree(with, public, ref)
	}
	// MSE:Set KAT does it in one
	_, status, err := s.transmit(command{ins: 0x22, p1: 0x41, p2: 0xA6, data: append(object(0x91, public), ref...)})
	if err != nil {
		return err
	}
	return expect("MSE:Set KAT", status)
}

func (s *session) agree(with authentic, public, ref []byte) error {
	id, err := mechanism(with.id)
	if err != nil {
		return err
	}
	_, status, err := s.transmit(command{ins: 0x22, p1: 0x41, p2: 0xA4, data: append(id, ref...)})
	if err != nil {
		return err
	}
	if err := expect("MSE:Set AT", status); err != nil {
		return err
	}
	b, status, err := s.transmit(command{ins: 0x86, data: object(tagDynamic, object(tagNonce, public)), le: short})
	if err != nil {
		return err
	}
	if err := expect("GENERAL AUTHENTICATE", status); err != nil {
		return err
	}
	_, err = only(b, tagDynamic)
	return err
}

// answer lets the chip sign the challenge: INTERNAL AUTHENTICATE (9303-11
// §6.1.2). A chip that does not do it gives nothing, and the server judges that.
func (s *session) answer(challenge []byte, long bool) ([]byte, error) {
	c := command{ins: 0x88, data: challenge, le: short}
	if long {
		c.le = extended
	}
	b, status, err := s.transmit(c)
	if err != nil || status != statusOK {
		return nil, err
	}
	if len(b) == 0 {
		return nil, fault.Newf("terminal.answer", fault.Invalid, reasonMalformed, "an empty signature")
	}
	return b, nil
}
