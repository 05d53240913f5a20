package jose_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"netid/internal/token/jose"
)

// wycheproof is a set of Project Wycheproof of JWSs or of JWKs. The keys of a
// group are its public ones, or what its private ones publish.
type wycheproof struct {
	NumberOfTests int
	TestGroups    []struct {
		Comment         string
		Public, Private map[string]any
		Tests           []struct {
			TcID            int
			Comment, Result string
			JWS             any
		}
	}
}

// No invalid token is taken, whatever its algorithm; every valid one of ours
// is; valid ones of other algorithms are refused, counted and said.
func TestWycheproof(t *testing.T) {
	for file, want := range map[string]struct{ taken, refused, foreign int }{
		"wycheproof_json_web_signature.json": {2, 355, 44}, "wycheproof_json_web_key.json": {0, 21, 5},
	} {
		t.Run(file, func(t *testing.T) {
			b, err := os.ReadFile("testdata/vectors/" + file)
			if err != nil {
				t.Fatal(err)
			}
			var set wycheproof
			if err := json.Unmarshal(b, &set); err != nil {
				t.Fatal(err)
			}
			taken, refused, foreign := 0, 0, map[string]int{}
			for _, g := range set.TestGroups {
				jwk := g.Public
				if jwk == nil {
					jwk = g.Private
				}
				keys, keysErr := jose.ParseSet(keySet(t, jwk), jose.PartyAlgs()...)
				ours := jwk["crv"] == "P-256" && jwk["alg"] == jose.ES256 && jwk["use"] == "sig"
				for _, test := range g.Tests {
					ok := keysErr == nil && loose().VerifyAny(text(t, test.JWS), keys) == nil
					switch {
					case test.Result == "valid" && !ours:
						alg, _ := jwk["alg"].(string)
						if foreign[alg]++; ok {
							t.Errorf("%d (%s, %s): of %s, and taken", test.TcID, g.Comment, test.Comment, alg)
						}
					case test.Result == "valid" && !ok:
						t.Errorf("%d (%s, %s): refused (%v)", test.TcID, g.Comment, test.Comment, keysErr)
					case test.Result == "valid":
						taken++
					case ok:
						t.Errorf("%d (%s, %s): taken", test.TcID, g.Comment, test.Comment)
					default:
						refused++
					}
				}
			}
			left := 0
			for _, alg := range slices.Sorted(maps.Keys(foreign)) {
				t.Logf("does not apply: %d valid ones of %q, refused", foreign[alg], alg)
				left += foreign[alg]
			}
			t.Logf("%d taken, %d refused of %d", taken, refused, set.NumberOfTests)
			if taken+refused+left != set.NumberOfTests || taken != want.taken || refused != want.refused || left != want.foreign {
				t.Errorf("%d taken, %d refused, %d foreign, of %d; wanted %+v", taken, refused, left, set.NumberOfTests, want)
			}
		})
	}
}

// loose is a place with room for any of the tokens.
func loose() jose.Place {
	p := place
	p.Limit = 64 << 10
	return p
}

// keySet is what the group's owner would register: its public parts alone,
// where there are any.
func keySet(t *testing.T, jwk map[string]any) []byte {
	t.Helper()
	keys, isSet := jwk["keys"].([]any)
	if !isSet {
		keys = []any{jwk}
	}
	for _, k := range keys {
		if k := k.(map[string]any); k["kty"] == "EC" {
			delete(k, "d")
		}
	}
	b, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// text is a compact token, or the JSON of one that is serialized otherwise.
func text(t *testing.T, jws any) string {
	t.Helper()
	if s, ok := jws.(string); ok {
		return s
	}
	b, err := json.Marshal(jws)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
