package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"netid/client"
)

// FuzzObject: what is taken reads the same to encoding/json, and what is not it
// would not take either, or would forgive.
func FuzzObject(f *testing.F) {
	for _, s := range objects {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := client.Members(b)
		want, ok := slowly(b)
		if (err == nil) != ok || len(o) != len(want) {
			t.Fatalf("%q: %v, %d members of %d", b, err, len(o), len(want))
		}
		for name, raw := range o {
			var s string
			is := raw[0] == '"' && json.Unmarshal(raw, &s) == nil
			if got, err := client.Text(o, name); string(raw) != string(want[name]) || (err == nil) != is || got != s {
				t.Fatalf("%q: %q is %q, and not %q", b, name, raw, want[name])
			}
		}
	})
}

var objects = []string{`{}`, ` { } `, `{"a":[1,{"b":null}]}`, `{"a":1,"A":2}`, `{"\u0061":1,"a":2}`, `[[[[[[[[[[`, `{"a":1}x`, `{"a":1}{"b":2}`,
	`{"a":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}`, `{"a":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}`, `{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}`, `{"a":{"b":1,"B":2}}`, `{"a":[{"b":1,"b":2}]}`,
	"{ \"a\" : \t-1.5e3 ,\r\n\"b\":[ ] , \"c\" : [ true , false,null, \"]}\" ] }", `{"a\"b\\":"\\\"","c":"\ud800","d":"\u00e9"}`, `{"":""}`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`,
	`{"K":1,"k":2}`, `{"ſ":1,"s":2}`, "{\"a\":\"\xff\"}", `"a"`, `1`, ``, ` `, `{"a":[1,]}`, `{"a":01}`, `{"a":tru}`, `{"a"`, `{"a":"`}

// slowly reads one object as encoding/json's own tokens have it: what parseObject
// takes and what it gives is the same.
func slowly(b []byte) (o map[string]json.RawMessage, ok bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !utf8.Valid(b) || !members(d, 1) {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return o, json.Unmarshal(b, &o) == nil
}

func members(d *json.Decoder, depth int) bool {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if name = strings.ToUpper(strings.ToLower(name)); err != nil || !ok || seen[name] || !value(d, depth) {
			return false
		}
		seen[name] = true
	}
	_, err := d.Token()
	return err == nil
}

func value(d *json.Decoder, depth int) bool {
	t, err := d.Token()
	if delim, ok := t.(json.Delim); err != nil || ok && depth >= 16 {
		return false
	} else if delim == '{' {
		return members(d, depth+1)
	} else if delim == '[' {
		for d.More() {
			if !value(d, depth+1) {
				return false
			}
		}
		_, err = d.Token()
	}
	return err == nil
}
