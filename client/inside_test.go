package client

import "encoding/json"

// Members is parseObject, for the test that holds it against encoding/json.
func Members(b []byte) (map[string]json.RawMessage, error) { return parseObject(b) }

// Text is the value of a member that must be a string.
func Text(o map[string]json.RawMessage, name string) (string, error) { return object(o).text(name) }

// Encode45 and Decode45 are base45, and Reencoded is a code that was read, written again.
func Encode45(b []byte) string          { return encode45(b) }
func Decode45(s string) ([]byte, error) { return decode45(s) }

func Reencoded(code string) (string, error) {
	s, err := readCode(code)
	if err != nil {
		return "", err
	}
	b, err := deterministic(s.code)
	return CodePrefix + encode45(b), err
}

// Len is how many slips are remembered.
func (m *ShownSlips) Len() int { return len(m.seen) }
