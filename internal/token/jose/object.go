package jose

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"netid/internal/fault"
)

// maxDepth is the deepest nesting of objects and arrays that is read.
const maxDepth = 8

// Object is one JSON object read strictly, its members still encoded. Names
// are compared exactly: "Aud" is not "aud" (encoding/json would take it).
type Object map[string]json.RawMessage

// ParseObject reads exactly one JSON object of at most limit bytes. It refuses
// members that are there twice, also when they differ in case only (two
// readers could disagree on which counts, RFC 8725 §2.4), deep nesting,
// invalid UTF-8 and anything after the object. Reason "json_invalid".
func ParseObject(b []byte, limit int) (Object, error) {
	const op = "jose.ParseObject"
	if len(b) > limit || !utf8.Valid(b) {
		return nil, fault.New(op, fault.Invalid, "json_invalid")
	}
	if why := scan(b); why != "" {
		return nil, fault.Newf(op, fault.Invalid, "json_invalid", "%s", why)
	}
	var o Object
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "json_invalid", err)
	}
	return o, nil
}

// level is one object or array that is open while scanning.
type level struct {
	names map[string]bool // nil: an array
	value bool            // a member's value comes next
}

// scan walks the tokens once and says what Unmarshal would forgive, or "".
func scan(b []byte) string {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	t, err := d.Token()
	if err != nil || t != json.Delim('{') {
		return "not an object"
	}
	open := []level{{names: map[string]bool{}}}
	for len(open) > 0 {
		t, err := d.Token()
		if err != nil {
			return "malformed"
		}
		top := &open[len(open)-1]
		switch t {
		case json.Delim('{'), json.Delim('['):
			if len(open) == maxDepth {
				return "too deep"
			}
			top.value = false
			in := level{}
			if t == json.Delim('{') {
				in.names = map[string]bool{}
			}
			open = append(open, in)
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
			continue
		}
		if top.names == nil || top.value {
			top.value = false
			continue
		}
		name := strings.ToUpper(strings.ToLower(t.(string))) // as encoding/json folds names
		if top.names[name] {
			return "a member is there twice"
		}
		top.names[name], top.value = true, true
	}
	if _, err := d.Token(); err != io.EOF {
		return "more than one value"
	}
	return ""
}

// Has reports whether the member is there, whatever its value.
func (o Object) Has(name string) bool { _, ok := o[name]; return ok }

// Text is the member's string; false when it is absent or no string.
func (o Object) Text(name string) (string, bool) {
	raw := o[name]
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// Names reports whether the member is this string, or an array of strings with
// it among them (RFC 7519 §4.1.3).
func (o Object) Names(name, want string) bool {
	if s, ok := o.Text(name); ok {
		return s == want
	}
	var list []string
	return json.Unmarshal(o[name], &list) == nil && slices.Contains(list, want)
}

// Instant is the member's NumericDate (RFC 7519 §2: seconds, fractions
// allowed); false when it is absent, no number, or out of the years 1970 to 9999.
func (o Object) Instant(name string) (time.Time, bool) {
	raw := o[name]
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return time.Time{}, false
	}
	var f float64
	if json.Unmarshal(raw, &f) != nil || f < 0 || f > 253402300799 {
		return time.Time{}, false
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), true
}
