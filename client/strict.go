package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxDepth is the deepest nesting of objects and arrays that is read.
const maxDepth = 16

// strictJSON decodes exactly one JSON object into v. It refuses duplicate
// names (two readers could disagree on which one counts), trailing bytes,
// deep nesting and, if closed, names that v does not have.
func strictJSON(b []byte, v any, closed bool) error {
	if err := scan(b); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if closed {
		d.DisallowUnknownFields()
	}
	return d.Decode(v)
}

// scan walks the tokens once and looks only for what Decode would forgive.
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
	switch t {
	case json.Delim('{'):
		if depth >= maxDepth {
			return errors.New("too deep")
		}
		return scanObject(d, depth+1)
	case json.Delim('['):
		if depth >= maxDepth {
			return errors.New("too deep")
		}
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
