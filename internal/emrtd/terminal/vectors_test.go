package terminal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"
	"testing"

	"netid/internal/emrtd/terminal"
)

type vector struct {
	Name, Source, Number, Birth, Expires, Access string
	TerminalRandom                               []string `json:"terminal_random"`
	TerminalKeys                                 []string `json:"terminal_keys"`
	Open, Read                                   [][2]string
}

func vectors(t *testing.T) (list []vector) {
	t.Helper()
	b, err := os.ReadFile("../testdata/vectors/9303-11.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &list); err != nil || len(list) < 2 {
		t.Fatal(len(list), err)
	}
	return list
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// script is a chip that knows one conversation.
type script [][2]string

func (s *script) Transmit(c []byte) ([]byte, error) {
	if len(*s) == 0 {
		return nil, fmt.Errorf("the script is over: %X", c)
	}
	next := (*s)[0]
	*s = (*s)[1:]
	if got := strings.ToUpper(hex.EncodeToString(c)); got != next[0] {
		return nil, fmt.Errorf("%s, want %s", got, next[0])
	}
	return hex.DecodeString(next[1])
}

// random gives what the example draws. A scalar is drawn as 8 bytes more than
// it has, and one less.
func (v vector) random(t *testing.T) io.Reader {
	var b []byte
	for _, r := range v.TerminalRandom {
		b = append(b, unhex(t, r)...)
	}
	for _, k := range v.TerminalKeys {
		d := new(big.Int).SetBytes(unhex(t, k))
		b = append(b, d.Sub(d, big.NewInt(1)).FillBytes(make([]byte, len(k)/2+8))...)
	}
	return bytes.NewReader(b)
}

func TestWorkedExamplesOfICAO(t *testing.T) {
	for _, v := range vectors(t) {
		key, err := terminal.MRZ(v.Number, v.Birth, v.Expires)
		if err != nil {
			t.Fatal(err)
		}
		card := script(append(append([][2]string{}, v.Open...), v.Read...))
		s := terminal.NewSession(&card)
		if v.Access == "" {
			err = s.Basic(key, v.random(t))
		} else {
			err = s.PACE(unhex(t, v.Access), key, v.random(t))
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if status, err := s.Choose([]byte{0x01, 0x1E}); err != nil || status != 0x9000 {
			t.Errorf("%s: %04x %v", v.Name, status, err)
		}
		if b, err := s.Part(0, 4); err != nil || !bytes.Equal(b, unhex(t, "60145F01")) {
			t.Errorf("%s: %X %v", v.Name, b, err)
		}
		if len(card) == 0 {
			continue
		}
		if b, err := s.Part(4, 0x12); err != nil || !bytes.Equal(b, unhex(t, "04303130365F36063034303030305C026175")) {
			t.Errorf("%s: %X %v", v.Name, b, err)
		}
	}
}

func TestCurvesHold(t *testing.T) {
	if !terminal.CurvesHold() {
		t.Error("a generator beside its curve, or of another order")
	}
}
