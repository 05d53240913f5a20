package terminal

import "io"

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

// Alter changes a session's key, as somebody between would have another.
func (s *Session) Alter() { s.s.mac[0] ^= 0x80 }

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
	ParseInfos = func(b []byte) {
		if infos, err := parseInfos(b); err == nil {
			best(infos)
			chipKey(infos)
		}
	}
	Cut         = cut
	Object      = object
	ParseAnswer = parseAnswer
)
