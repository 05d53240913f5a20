package client

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// maxDepth is the deepest nesting of objects and arrays that is read.
const maxDepth = 16

// object is one JSON object whose names are looked up exactly: encoding/json
// alone would take "Aud" for "aud".
type object map[string]json.RawMessage

// parseObject reads exactly one JSON object. It refuses duplicate names (two
// readers could disagree on which one counts), invalid UTF-8, trailing bytes and
// deep nesting.
func parseObject(b []byte) (object, error) {
	w := walker{in: b}
	if !utf8.Valid(b) || !json.Valid(b) || w.next() != '{' {
		return nil, errors.New("not one object in UTF-8")
	}
	return w.object(1)
}

// parseArray reads exactly one JSON array as strictly.
func parseArray(b []byte) ([]json.RawMessage, error) {
	w := walker{in: b}
	if !utf8.Valid(b) || !json.Valid(b) || w.next() != '[' {
		return nil, errors.New("not one array in UTF-8")
	}
	return w.array(1)
}

// text gives a member that must be a string if it is there; absent is "".
func (o object) text(name string) (string, error) {
	raw, ok := o[name]
	if !ok {
		return "", nil
	}
	s, ok := unquote(raw)
	if !ok {
		return "", errors.New(name + " is not a string")
	}
	return s, nil
}

// strictJSON decodes what parseObject reads into v.
func strictJSON(b []byte, v any) error {
	if _, err := parseObject(b); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// fold is the equality by which encoding/json matches names: without case.
func fold(name string) string { return strings.ToUpper(strings.ToLower(name)) }

// decode64 reads unpadded base64url (RFC 7515 §2) in its one canonical form;
// the decoder alone would skip line ends.
func decode64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("a line end in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
