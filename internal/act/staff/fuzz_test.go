package staff_test

import (
	"encoding/json"
	"testing"

	"netid/internal/act/staff"
)

// Whatever a body says, it says it in members that are known, and nothing behind it.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"setting":"idle-minutes","value":3}`, `{"id":"x"} {}`, `{"name":"X","role":"audit","reference":"p","link":"00"}`, `[]`, `{"id":"x","y":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err1 := staff.DecodeChange(b)
		_, err2 := staff.DecodeInvited(b)
		_, err3 := staff.DecodeWhom(b)
		for _, err := range []error{err1, err2, err3} {
			if err == nil && !json.Valid(b) {
				t.Errorf("%q is taken", b)
			}
		}
	})
}
