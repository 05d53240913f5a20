// Package pcsc speaks to card readers through pcscd, the PC/SC daemon of Linux
// and the BSDs, over its socket.
//
// It owns the daemon's wire (pcsc-lite, winscard_msg.h, protocol 4:4, which
// versions 1.8.24 to 2.x speak) and refuses to know what a card is asked.
//
// Invariant: a card is opened for this program alone and is reset when it is
// left, so that nobody goes on in a conversation that was opened here. No
// length that the daemon states is believed beyond what was asked for.
//
// Decision: docs/adr/0035-reader.md.
package pcsc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"netid/internal/fault"
)

// Socket is where pcscd listens by default.
const Socket = "/run/pcscd/pcscd.comm"

// Commands of the daemon, and the words that are used with them.
const (
	cmdEstablish  = 0x01
	cmdConnect    = 0x04
	cmdDisconnect = 0x06
	cmdTransmit   = 0x09
	cmdVersion    = 0x11
	cmdReaders    = 0x12

	scopeSystem   = 2
	exclusive     = 1 // SCARD_SHARE_EXCLUSIVE
	anyProtocol   = 3 // T=0 or T=1
	resetCard     = 1 // SCARD_RESET_CARD
	cardPresent   = 4 // SCARD_PRESENT
	protocolMajor = 4
	protocolMinor = 4

	noCard       = 0x8010000C
	removedCard  = 0x80100069
	resetByOther = 0x80100068
	sharing      = 0x8010000B
	unresponsive = 0x80100066
	timedOut     = 0x8010000A

	mostReaders = 16
	nameSize    = 128
	mostAnswer  = 65536 + 2
)

// Service is a connection to the daemon.
type Service struct {
	conn    net.Conn
	stop    func() bool
	context uint32
}

// Dial connects. Whoever ends ctx ends the connection, also in the middle of a word.
func Dial(ctx context.Context, socket string) (*Service, error) {
	const op = "pcsc.Dial"
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, "reader_missing", err)
	}
	s := &Service{conn: conn, stop: context.AfterFunc(ctx, func() { conn.Close() })}
	if err := s.begin(); err != nil {
		s.Close()
		return nil, fault.At(op, err)
	}
	return s, nil
}

func (s *Service) begin() error {
	var version struct {
		Major, Minor int32
		Status       uint32
	}
	version.Major, version.Minor = protocolMajor, protocolMinor
	if err := s.call(cmdVersion, &version, nil); err != nil {
		return err
	}
	if version.Status != 0 || version.Major != protocolMajor {
		return fault.Newf("pcsc.begin", fault.Unavailable, "reader_missing", "the daemon speaks %d:%d", version.Major, version.Minor)
	}
	var establish struct{ Scope, Context, Status uint32 }
	establish.Scope = scopeSystem
	if err := s.call(cmdEstablish, &establish, nil); err != nil {
		return err
	}
	s.context = establish.Context
	return refused(establish.Status)
}

// Close leaves; the daemon gives up what was open.
func (s *Service) Close() error {
	s.stop()
	return s.conn.Close()
}

// call sends a message with what follows it, and reads the same structure back.
func (s *Service) call(command uint32, message any, behind []byte) error {
	var b bytes.Buffer
	size := 0
	if message != nil {
		size = binary.Size(message)
	}
	err := binary.Write(&b, binary.NativeEndian, [2]uint32{uint32(size), command})
	if message != nil && err == nil {
		err = binary.Write(&b, binary.NativeEndian, message)
	}
	if err == nil {
		_, err = s.conn.Write(append(b.Bytes(), behind...))
	}
	if message != nil && err == nil {
		err = binary.Read(s.conn, binary.NativeEndian, message)
	}
	return fault.Wrap("pcsc.call", fault.Unavailable, "reader_missing", err)
}

// Reader is one reader, with or without a card in its field.
type Reader struct {
	Name string
	Card bool
}

// Readers lists them.
func (s *Service) Readers() ([]Reader, error) {
	if err := s.call(cmdReaders, nil, nil); err != nil {
		return nil, err
	}
	var states [mostReaders]struct {
		Name             [nameSize]byte
		Events, State    uint32
		Sharing          int32
		ATR              [36]byte // 33, and 3 that the compiler leaves free
		Length, Protocol uint32
	}
	if err := binary.Read(s.conn, binary.NativeEndian, &states); err != nil {
		return nil, fault.Wrap("pcsc.Readers", fault.Unavailable, "reader_missing", err)
	}
	var list []Reader
	for _, r := range states {
		if name, _, _ := bytes.Cut(r.Name[:], []byte{0}); len(name) > 0 {
			list = append(list, Reader{string(name), r.State&cardPresent != 0})
		}
	}
	return list, nil
}

// Card is a card that is open for this program alone.
type Card struct {
	service  *Service
	handle   int32
	protocol uint32
}

// Connect opens the card in a reader.
func (s *Service) Connect(reader string) (*Card, error) {
	var c struct {
		Context          uint32
		Reader           [nameSize]byte
		Share, Preferred uint32
		Handle           int32
		Protocol, Status uint32
	}
	c.Context, c.Share, c.Preferred = s.context, exclusive, anyProtocol
	if len(reader) >= nameSize {
		return nil, fault.Newf("pcsc.Connect", fault.Invalid, "reader_missing", "a name of %d bytes", len(reader))
	}
	copy(c.Reader[:], reader)
	if err := s.call(cmdConnect, &c, nil); err != nil {
		return nil, err
	}
	return &Card{s, c.Handle, c.Protocol}, refused(c.Status)
}

// Transmit says one command to the card.
func (c *Card) Transmit(command []byte) ([]byte, error) {
	const op = "pcsc.Transmit"
	var t struct {
		Handle                                                                         int32
		SendProtocol, SendPCI, SendLength, ReceiveProtocol, ReceivePCI, Length, Status uint32
	}
	t.Handle, t.SendProtocol, t.SendPCI, t.SendLength = c.handle, c.protocol, 16, uint32(len(command))
	t.ReceiveProtocol, t.ReceivePCI, t.Length = c.protocol, 16, mostAnswer
	if err := c.service.call(cmdTransmit, &t, command); err != nil {
		return nil, err
	}
	if err := refused(t.Status); err != nil {
		return nil, err
	}
	if t.Length < 2 || t.Length > mostAnswer {
		return nil, fault.Newf(op, fault.Unavailable, "chip_silent", "an answer of %d bytes", t.Length)
	}
	b := make([]byte, t.Length)
	_, err := io.ReadFull(c.service.conn, b)
	return b, fault.Wrap(op, fault.Unavailable, "reader_missing", err)
}

// Close resets the card: nobody goes on where this program was.
func (c *Card) Close() error {
	d := struct {
		Handle              int32
		Disposition, Status uint32
	}{c.handle, resetCard, 0}
	if err := c.service.call(cmdDisconnect, &d, nil); err != nil {
		return err
	}
	return refused(d.Status)
}

// refused turns the daemon's word into a reason.
func refused(status uint32) error {
	reason := "reader_missing"
	switch status {
	case 0:
		return nil
	case noCard, removedCard, resetByOther, unresponsive, timedOut:
		reason = "chip_silent"
	case sharing:
		reason = "reader_busy"
	}
	return fault.Wrap("pcsc", fault.Unavailable, reason, fmt.Errorf("the daemon says %08x", status))
}

// Present is a card with the connection that it came over: closing it leaves both.
type Present struct {
	*Card
	service *Service
}

// Close resets the card and leaves the daemon.
func (p *Present) Close() error { return errors.Join(p.Card.Close(), p.service.Close()) }

// Await opens the first card that lies on the named reader, or on any where
// name is empty; it waits for one until ctx ends.
func Await(ctx context.Context, socket, name string) (*Present, error) {
	s, err := Dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	card, err := s.await(ctx, name)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &Present{card, s}, nil
}

func (s *Service) await(ctx context.Context, name string) (*Card, error) {
	const op = "pcsc.Await"
	for {
		list, err := s.Readers()
		if ctx.Err() != nil {
			return nil, fault.Wrap(op, fault.Unavailable, "chip_silent", ctx.Err())
		}
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(r Reader) bool { return name != "" && r.Name != name })
		if len(list) == 0 {
			return nil, fault.New(op, fault.Unavailable, "reader_missing")
		}
		if i := slices.IndexFunc(list, func(r Reader) bool { return r.Card }); i >= 0 {
			return s.Connect(list[i].Name)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}
