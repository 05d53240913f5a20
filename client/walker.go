package client

import (
	"bytes"
	"encoding/json"
	"errors"
)

// walker reads a text that is known to be JSON once, and hears what
// encoding/json would forgive. What it gives are parts of the text.
type walker struct {
	in []byte
	at int
}

// next is the byte that comes after white space, 0 behind the last.
func (w *walker) next() byte {
	for ; w.at < len(w.in); w.at++ {
		switch c := w.in[w.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// object reads the object that starts here.
func (w *walker) object(depth int) (object, error) {
	all, seen := object{}, map[string]bool{}
	for w.at++; w.next() != '}'; {
		if w.in[w.at] == ',' {
			w.at++
			w.next()
		}
		name, ok := unquote(w.text())
		if !ok || seen[fold(name)] {
			return nil, errors.New("a name is there twice")
		}
		seen[fold(name)] = true
		w.next()
		w.at++ // the colon
		w.next()
		start := w.at
		if err := w.value(depth); err != nil {
			return nil, err
		}
		all[name] = w.in[start:w.at:w.at]
	}
	w.at++
	return all, nil
}

// array reads the array that starts here.
func (w *walker) array(depth int) (all []json.RawMessage, err error) {
	for w.at++; w.next() != ']'; {
		if w.in[w.at] == ',' {
			w.at++
			w.next()
		}
		start := w.at
		if err := w.value(depth); err != nil {
			return nil, err
		}
		all = append(all, w.in[start:w.at:w.at])
	}
	w.at++
	return all, nil
}

func (w *walker) value(depth int) (err error) {
	c := w.next()
	if (c == '{' || c == '[') && depth >= maxDepth {
		return errors.New("too deep")
	}
	switch c {
	case '{':
		_, err = w.object(depth + 1)
	case '[':
		_, err = w.array(depth + 1)
	case '"':
		w.text()
	default: // a number, true, false, null
		w.at += bytes.IndexAny(w.in[w.at:], ",]} \t\r\n") // an object or array holds it, so one of them follows
	}
	return err
}

// text is the string that starts here, quotes and all.
func (w *walker) text() []byte {
	start := w.at
	for w.at++; w.in[w.at] != '"'; w.at++ {
		if w.in[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	return w.in[start:w.at]
}

// unquote is the value of a JSON string; false for anything else.
func unquote(raw []byte) (s string, ok bool) {
	if n := len(raw); n >= 2 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 && bytes.IndexByte(raw[1:], '"') == n-2 {
		return string(raw[1 : n-1]), true
	}
	return s, len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil
}
