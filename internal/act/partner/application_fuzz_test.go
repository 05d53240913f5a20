package partner_test

import (
	"encoding/json"
	"testing"

	"netid/internal/act/partner"
)

// Whatever is sent, no key that is kept has a member that only its owner may have.
func FuzzKeySet(f *testing.F) {
	for _, s := range []string{`{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}`, `{"kty":"EC","d":"x"}`, `{"keys":[{"k":1}]}`, `{"keys":null}`, `[]`, `{"keys":[{"p":1,"p":2}]}`, `{"keys":[null]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := partner.Keyset(b)
		if err != nil {
			return
		}
		for _, raw := range set {
			var k map[string]any
			if err := json.Unmarshal(raw, &k); err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
				if _, there := k[name]; there {
					t.Fatalf("%s was kept", raw)
				}
			}
		}
	})
}

// A declaration that is read is written and read again as the same.
func FuzzDeclaration(f *testing.F) {
	for _, s := range []string{`{"name":"Shop","redirect_uris":["https://a.example/cb"]}`, `{"x":1}`, `{} {}`, `{"bases":{"name":"law"}}`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := partner.ParseDeclaration(b)
		if err != nil {
			return
		}
		once, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if d, err = partner.ParseDeclaration(once); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, err := json.Marshal(d); err != nil || string(twice) != string(once) {
			t.Fatalf("%s and %s: %v", once, twice, err)
		}
	})
}

// A report that is read has as many outcomes as it has checks that count.
func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"checks":[{"outcome":"passed"},{"outcome":"failed"},{"outcome":"skipped"},{"outcome":"advised"}]}`))
	f.Add([]byte(`{"checks":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := partner.Report(b)
		if err == nil && (r.Passed < 0 || r.Passed+r.Failed+r.Skipped > len(b)) {
			t.Fatalf("%+v of %d bytes", r, len(b))
		}
	})
}
