package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth is the deepest nesting of objects and arrays that is read.
const maxDepth = 16

// object is one JSON object whose names are looked up exactly: encoding/json
// alone would take "Aud" for "aud".
type object map[string]json.RawMessage

func parseObject(b []byte) (object, error) {
	var o object
	if err := strictJSON(b, &o); err != nil {
		return nil, err
	}
	return o, nil
}

// text gives a member that must be a string if it is there; absent is "".
func (o object) text(name string) (string, error) {
	raw, ok := o[name]
	if !ok {
		return "", nil
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", errors.New(name + " is not a string")
	}
	return *s, nil
}

// strictJSON decodes exactly one JSON object into v. It refuses duplicate
// names (two readers could disagree on which one counts), invalid UTF-8,
// trailing bytes and deep nesting.
func strictJSON(b []byte, v any) error {
	if !utf8.Valid(b) {
		return errors.New("not UTF-8")
	}
	if err := scan(b); err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// scan walks the tokens once and looks only for what Unmarshal would forgive.
func scan(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	first, err := d.Token()
	if err != nil {
		return err
	}
	if first != json.Delim('{') {
		return errors.New("not an object")
	}
	if err := scanObject(d, 1); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}

func scanObject(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok || seen[fold(name)] {
			return errors.New("a name is there twice")
		}
		seen[fold(name)] = true
		if err := scanValue(d, depth); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func scanValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if delim, ok := t.(json.Delim); ok && depth >= maxDepth {
		return errors.New("too deep at " + delim.String())
	}
	switch t {
	case json.Delim('{'):
		return scanObject(d, depth+1)
	case json.Delim('['):
		for d.More() {
			if err := scanValue(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
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
