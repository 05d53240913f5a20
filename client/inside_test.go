package client

import "encoding/json"

// Members is parseObject, for the test that holds it against encoding/json.
func Members(b []byte) (map[string]json.RawMessage, error) { return parseObject(b) }

// Text is the value of a member that must be a string.
func Text(o map[string]json.RawMessage, name string) (string, error) { return object(o).text(name) }
