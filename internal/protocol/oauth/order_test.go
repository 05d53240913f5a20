package oauth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/token/jose"
)

// What costs nothing is checked first (C23): of an assertion that says
// something wrong no key is looked for, none of its ids is taken, and a key set
// of many is looked into for one key.
func TestCheapChecksComeFirst(t *testing.T) {
	d := open(t)
	keys, looked := d.Keys, 0
	d.Keys = func(ctx context.Context, p identity.Party, good func(jose.Set) bool) (jose.Set, error) {
		looked++
		return keys(ctx, p, good)
	}
	for name, c := range map[string]struct {
		header string
		claims map[string]any
	}{
		"a wrong audience":   {head, map[string]any{"aud": "https://other.example"}},
		"an old one":         {head, map[string]any{"exp": noon.Add(-time.Hour).Unix()}},
		"one without an id":  {head, map[string]any{"jti": nil}},
		"an unknown party":   {head, map[string]any{"iss": "nobody", "sub": "nobody"}},
		"another algorithm":  {`{"alg":"RS256"}`, nil},
		"a party by secret":  {head, map[string]any{"iss": "shop", "sub": "shop"}},
		"more than we parse": {head, map[string]any{"pad": strings.Repeat("x", 64<<10)}},
	} {
		if _, no := d.come(t, byKey(forge(t, d.robot, c.header, claims(c.claims)))); no == nil || looked != 0 {
			t.Errorf("%s: %+v, after %d looks for a key", name, no, looked)
		}
	}
	// Sixteen keys, and a token that names none: it is not tried with each.
	var many []jose.Signer
	for range 16 {
		many = append(many, signer(t))
	}
	set, err := jose.Publish(jose.ES256, many...)
	if err != nil {
		t.Fatal(err)
	}
	p := d.register.known["robot"]
	p.JWKS = set
	d.register.known["robot"] = p
	if _, no := d.come(t, byKey(forge(t, many[3], head, claims(nil)))); no == nil {
		t.Error("one of sixteen keys was found by trying")
	}
	if named := `{"alg":"ES256","kid":"` + many[3].KeyID() + `"}`; looked != 1 || len(d.once.until) != 0 {
		t.Errorf("%d looks, %d ids taken", looked, len(d.once.until))
	} else if _, no := d.come(t, byKey(forge(t, many[3], named, claims(nil)))); no != nil {
		t.Errorf("the named one of sixteen: %+v", no)
	}
}
