package pcsc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"testing"

	"netid/internal/connector/pcsc"
	"netid/internal/fault"
)

// daemon plays pcscd: it answers each command with what the test says, over
// the bytes that came.
type daemon struct {
	answers map[uint32]func(body []byte) []byte
	heard   chan uint32
}

// status puts a word at the end of a body, where each structure has it.
func status(word uint32) func([]byte) []byte {
	return func(b []byte) []byte {
		b = bytes.Clone(b)
		binary.NativeEndian.PutUint32(b[len(b)-4:], word)
		return b
	}
}

func ready() map[uint32]func([]byte) []byte {
	return map[uint32]func([]byte) []byte{0x11: status(0), 0x01: status(0), 0x04: status(0), 0x06: status(0), 0x12: func([]byte) []byte {
		b := make([]byte, 16*184)
		copy(b, "A reader 00 00")
		copy(b[184:], "Another 00 01")
		b[184+132] = 4 | 0x10
		return b
	}, 0x09: func(b []byte) []byte {
		b = status(0)(b[:32])
		binary.NativeEndian.PutUint32(b[24:], 4)
		return append(b, 1, 2, 0x90, 0)
	}}
}

func (d *daemon) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var head [2]uint32
		if binary.Read(conn, binary.NativeEndian, &head) != nil {
			return
		}
		b := make([]byte, head[0])
		if _, err := io.ReadFull(conn, b); err != nil {
			return
		}
		if head[1] == 9 { // the command to the card comes behind
			behind := make([]byte, binary.NativeEndian.Uint32(b[12:]))
			if _, err := io.ReadFull(conn, behind); err != nil {
				return
			}
		}
		d.heard <- head[1]
		answer := d.answers[head[1]]
		if answer == nil {
			return
		}
		conn.Write(answer(b))
	}
}

func start(t testing.TB, answers map[uint32]func([]byte) []byte) (string, *daemon) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	d := &daemon{answers, make(chan uint32, 100)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(conn)
		}
	}()
	return path, d
}

// read goes the whole way once.
func read(ctx context.Context, path string) (list []pcsc.Reader, answer []byte, err error) {
	s, err := pcsc.Dial(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	if list, err = s.Readers(); err != nil {
		return nil, nil, err
	}
	c, err := s.Connect("Another 00 01")
	if err != nil {
		return list, nil, err
	}
	if answer, err = c.Transmit([]byte{0, 0xA4, 4, 0}); err != nil {
		return list, nil, err
	}
	return list, answer, c.Close()
}

func TestReadersAndTheirCards(t *testing.T) {
	path, d := start(t, ready())
	list, answer, err := read(t.Context(), path)
	if err != nil || len(list) != 2 || list[0] != (pcsc.Reader{Name: "A reader 00 00"}) || list[1] != (pcsc.Reader{Name: "Another 00 01", Card: true}) || !bytes.Equal(answer, []byte{1, 2, 0x90, 0}) {
		t.Error(list, answer, err)
	}
	for _, want := range []uint32{0x11, 0x01, 0x12, 0x04, 0x09, 0x06} {
		if got := <-d.heard; got != want {
			t.Errorf("command %x, want %x", got, want)
		}
	}
}

func TestWhatADaemonMaySay(t *testing.T) {
	for name, c := range map[string]struct {
		command uint32
		answer  func([]byte) []byte
		want    string
	}{
		"another protocol":   {0x11, func(b []byte) []byte { b[0] = 5; return b }, "reader_missing"},
		"no such version":    {0x11, status(0x80100001), "reader_missing"},
		"nobody may":         {0x01, status(0x8010006A), "reader_missing"},
		"no card":            {0x04, status(0x8010000C), "chip_silent"},
		"somebody else's":    {0x04, status(0x8010000B), "reader_busy"},
		"taken away":         {0x09, func(b []byte) []byte { return status(0x80100069)(b[:32]) }, "chip_silent"},
		"an endless answer":  {0x09, long(1 << 30), "chip_silent"},
		"an answer of 1":     {0x09, long(1), "chip_silent"},
		"not left":           {0x06, status(0x80100016), "reader_missing"},
		"it dies at readers": {0x12, nil, "reader_missing"},
		"it dies at a card":  {0x09, nil, "reader_missing"},
	} {
		answers := ready()
		answers[c.command] = c.answer
		path, _ := start(t, answers)
		if _, _, err := read(t.Context(), path); !fault.Because(err, c.want) || !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := pcsc.Dial(t.Context(), filepath.Join(t.TempDir(), "none")); !fault.Because(err, "reader_missing") {
		t.Errorf("no daemon: %v", err)
	}
}

func long(n uint32) func([]byte) []byte {
	return func(b []byte) []byte {
		b = status(0)(b[:32])
		binary.NativeEndian.PutUint32(b[24:], n)
		return b
	}
}

// Whoever gives up is not kept by a daemon that says nothing.
func TestGivingUp(t *testing.T) {
	answers := ready()
	hang := make(chan struct{})
	defer close(hang)
	answers[0x04] = func([]byte) []byte { <-hang; return nil }
	path, d := start(t, answers)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for c := range d.heard {
			if c == 0x04 {
				stop()
			}
		}
	}()
	if _, _, err := read(ctx, path); !fault.Because(err, "reader_missing") {
		t.Error(err)
	}
}

func TestAwaitingACard(t *testing.T) {
	empty := make([]byte, 16*184)
	copy(empty, "A reader 00 00")
	turns := 0
	answers := ready()
	laid := answers[0x12](nil)
	answers[0x12] = func([]byte) []byte {
		if turns++; turns < 3 {
			return empty
		}
		return laid
	}
	path, _ := start(t, answers)
	c, err := pcsc.Await(t.Context(), path, "")
	if err != nil || turns != 3 {
		t.Fatal(turns, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := pcsc.Await(t.Context(), path, "No such reader"); !fault.Because(err, "reader_missing") {
		t.Error(err)
	}
	answers[0x12] = func([]byte) []byte { return empty }
	ctx, stop := context.WithTimeout(t.Context(), 1)
	defer stop()
	if _, err := pcsc.Await(ctx, path, ""); !fault.Because(err, "chip_silent") && !fault.Because(err, "reader_missing") {
		t.Error(err)
	}
}
