package oidc_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"netid/internal/suite"
)

// The set names every live key at once, and says nothing that a cache may keep.
func TestTheKeySetFollowsTheKeys(t *testing.T) {
	s := serve(t)
	old, young := s.signers[0], newSigner(t)
	for _, live := range [][]suite.Signer{{old}, {young, old}, {young}} {
		s.signers = live
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, httptest.NewRequest("GET", "/jwks", nil))
		var set struct {
			Keys []struct{ Kid, Alg, Use, D string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != len(live) || w.Header().Get("Cache-Control") != "no-cache" {
			t.Fatalf("%v %s %v", err, w.Body, w.Header())
		}
		for i, k := range set.Keys {
			if k.Kid != live[i].KeyID() || k.Alg != "ES256" || k.Use != "sig" || k.D != "" {
				t.Errorf("%+v", k)
			}
		}
	}
}
