package jose

import (
	"encoding/json"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"netid/internal/fault"
)

// maxDepth is the deepest nesting of objects and arrays that is read.
const maxDepth = 8

// Object is one JSON object read strictly, its members still encoded: parts of the text that was read. Names
// are compared exactly: "Aud" is not "aud" (encoding/json would take it).
type Object map[string]json.RawMessage

// ParseObject reads exactly one JSON object of at most limit bytes. It refuses
// members that are there twice, also when they differ in case only (two
// readers could disagree on which counts, RFC 8725 §2.4), deep nesting,
// invalid UTF-8 and anything after the object. Reason "json_invalid".
func ParseObject(b []byte, limit int) (Object, error) {
	w, err := walk(b, limit, '{')
	if err != nil {
		return nil, err
	}
	return w.object(1)
}

// ParseArray reads exactly one JSON array as strictly, and gives its elements,
// still encoded.
func ParseArray(b []byte, limit int) ([]json.RawMessage, error) {
	w, err := walk(b, limit, '[')
	if err != nil {
		return nil, err
	}
	return w.array(1)
}

func walk(b []byte, limit int, first byte) (*walker, error) {
	const op = "jose.walk"
	if len(b) > limit || !utf8.Valid(b) {
		return nil, fault.New(op, fault.Invalid, "json_invalid")
	}
	w := &walker{in: b}
	if !json.Valid(b) || w.next() != first {
		return nil, fault.Newf(op, fault.Invalid, "json_invalid", "it does not begin with %q, or is no JSON", first)
	}
	return w, nil
}

// Has reports whether the member is there, whatever its value.
func (o Object) Has(name string) bool { _, ok := o[name]; return ok }

// Text is the member's string; false when it is absent or no string.
func (o Object) Text(name string) (string, bool) {
	return unquote(o[name])
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
