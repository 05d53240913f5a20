package terminal

import (
	"io"
	"math/big"
)

// Session opens the parts of a conversation to the worked examples.
type Session struct{ s session }

func NewSession(c Card) *Session { return &Session{session{card: c}} }

func (s *Session) Basic(k Key, random io.Reader) error { return s.s.basic(k, random) }

func (s *Session) PACE(access []byte, k Key, random io.Reader) error {
	infos, err := parseInfos(access)
	if err != nil {
		return err
	}
	with, _ := best(infos)
	return s.s.pace(with, k, random)
}

func (s *Session) Choose(id []byte) (int, error) { return s.s.choose(id, 2) }

func (s *Session) Part(at, length int) ([]byte, error) { return s.s.part(at, length) }

// Beyond is the base point of brainpoolP256r1 with a coordinate that is p more.
func Beyond() []byte {
	c, _ := parameters(13)
	return c.encode(&point{c.gx, new(big.Int).Add(c.gy, c.p)})
}

// Decode reads a point of brainpoolP256r1.
func Decode(b []byte) error {
	c, _ := parameters(13)
	_, err := c.decode(b)
	return err
}

// CurvesHold is false where a curve's numbers contradict each other.
func CurvesHold() bool {
	for _, id := range []int{12, 13, 15, 16} {
		c, ok := parameters(id)
		if _, err := c.decode(c.encode(c.base())); !ok || err != nil || c.times(c.n, c.base()) != nil {
			return false
		}
	}
	return true
}

var (
	ParseInfos = func(b []byte) error {
		infos, err := parseInfos(b)
		if err == nil {
			best(infos)
			_, _, err = chipKey(infos)
		}
		return err
	}
	Unpadded    = func(b []byte) error { _, err := unpadded(b, 8); return err }
	Cut         = cut
	Object      = object
	ParseAnswer = parseAnswer
)
