package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"netid/client"
)

const onlineCode = "AAAQEAYEAUDAOCAJBIFQYDIOB4" // 00 01 … 0f

// Q12: one form for each code, of this issuer alone.
func TestParseOnline(t *testing.T) {
	const issuer = "https://id.example"
	for _, good := range []string{"HTTPS://ID.EXAMPLE/Q/" + onlineCode, issuer + "/Q/" + onlineCode, client.OnlineAddress(issuer+"/", onlineCode)} {
		if code, err := client.ParseOnline(good, issuer); err != nil || code != onlineCode {
			t.Errorf("%s: %q %v", good, code, err)
		}
	}
	for name, bad := range map[string]string{
		"nothing": "", "the code alone": onlineCode, "another host": "HTTPS://ID.EXAMPLF/Q/" + onlineCode, "no TLS": "HTTP://ID.EXAMPLE/Q/" + onlineCode, "lower-case path": issuer + "/q/" + onlineCode,
		"lower case": issuer + "/Q/" + strings.ToLower(onlineCode), "spare bits": issuer + "/Q/" + onlineCode[:25] + "5", "longer": issuer + "/Q/" + onlineCode + "A", "shorter": issuer + "/Q/" + onlineCode[1:],
		"a query": issuer + "/Q/" + onlineCode + "?", "a user": "https://a@id.example/Q/" + onlineCode, "a port": "https://id.example:443/Q/" + onlineCode, "a line end": issuer + "/Q/" + onlineCode[:25] + "\n",
		"a letter that folds": "https://id.exampſe/Q/" + onlineCode[1:], "an offline code": "N1:ABC",
	} {
		if code, err := client.ParseOnline(bad, issuer); !errors.Is(err, client.ErrOnline) || code != "" {
			t.Errorf("%s: %q %v", name, code, err)
		}
	}
}

func FuzzOnline(f *testing.F) {
	for _, s := range []string{"HTTPS://ID.EXAMPLE/Q/" + onlineCode, "https://id.example/Q/" + onlineCode, "", "N1:", "https://id.example/Q/" + strings.Repeat("=", 26)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := client.ParseOnline(text, "https://id.example")
		if (err == nil) != (code != "") {
			t.Fatal(code, err)
		}
		if err == nil && !strings.EqualFold(text, client.OnlineAddress("https://id.example", code)) {
			t.Fatalf("%q became %q", text, code)
		}
	})
}

// venueKey is a key as a file and as a set.
func venueKey(t testing.TB) (private *ecdsa.PrivateKey, file, set []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b := base64.RawURLEncoding
	return private, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), []byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"` + b.EncodeToString(point[1:33]) + `","y":"` + b.EncodeToString(point[33:]) + `"}]}`)
}

func result(t testing.TB, key *ecdsa.PrivateKey, typ string, claims map[string]any) string {
	t.Helper()
	b := base64.RawURLEncoding
	h, _ := json.Marshal(map[string]string{"alg": "ES256", "kid": "k", "typ": typ})
	p, _ := json.Marshal(claims)
	m := b.EncodeToString(h) + "." + b.EncodeToString(p)
	sig, err := client.NewSign(key)([]byte(m))
	if err != nil {
		t.Fatal(err)
	}
	return m + "." + b.EncodeToString(sig)
}

func TestCheckResult(t *testing.T) {
	key, _, set := venueKey(t)
	other, _, _ := venueKey(t)
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	claims := func(change string, to any) map[string]any {
		c := map[string]any{"iss": "https://id.example", "aud": "cinema", "nonce": "n", "iat": now.Unix(), "exp": now.Unix() + 300, "receipt": "r", "says": map[string]bool{"real_person": true, "age_over_18": false}}
		if to == nil {
			delete(c, change)
		} else {
			c[change] = to
		}
		return c
	}
	check := func(token string) (client.Result, error) {
		return client.CheckResult(token, set, "https://id.example", "cinema", "n", now)
	}
	r, err := check(result(t, key, client.ResultType, claims("", nil)))
	if err != nil || !r.Real || r.AgeMarks["age_over_18"] || len(r.AgeMarks) != 1 || r.Receipt != "r" || r.Expires.Sub(r.Issued) != 5*time.Minute {
		t.Fatalf("%+v %v", r, err)
	}
	if _, err := check(result(t, other, client.ResultType, claims("", nil))); !errors.Is(err, client.ErrSignature) {
		t.Errorf("another's key: %v", err)
	}
	for name, token := range map[string]string{
		"an ID token":     result(t, key, "JWT", claims("", nil)),
		"another issuer":  result(t, key, client.ResultType, claims("iss", "https://id.example2")),
		"another venue":   result(t, key, client.ResultType, claims("aud", "park")),
		"another nonce":   result(t, key, client.ResultType, claims("nonce", "m")),
		"over":            result(t, key, client.ResultType, claims("exp", now.Unix())),
		"of later":        result(t, key, client.ResultType, claims("iat", now.Unix()+200)),
		"no end":          result(t, key, client.ResultType, claims("exp", nil)),
		"no receipt":      result(t, key, client.ResultType, claims("receipt", nil)),
		"says nothing":    result(t, key, client.ResultType, claims("says", nil)),
		"says no person":  result(t, key, client.ResultType, claims("says", map[string]bool{"age_over_18": true})),
		"says in a text":  result(t, key, client.ResultType, claims("says", map[string]string{"real_person": "true"})),
		"an age in words": result(t, key, client.ResultType, claims("says", map[string]any{"real_person": true, "age_over_18": "yes"})),
		"nothing":         "",
	} {
		if r, err := check(token); !errors.Is(err, client.ErrToken) || r.Real && name != "an age in words" {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
}

func FuzzResult(f *testing.F) {
	key, _, set := venueKey(f)
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	f.Add(result(f, key, client.ResultType, map[string]any{"iss": "https://id.example", "aud": "cinema", "nonce": "n", "iat": now.Unix(), "exp": now.Unix() + 300, "receipt": "r", "says": map[string]bool{"real_person": true}}))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if r, err := client.CheckResult(token, set, "https://id.example", "cinema", "n", now); err == nil && (r.Receipt == "" || !r.Expires.After(now)) {
			t.Fatalf("%+v", r)
		}
	})
}

func TestNewAssertion(t *testing.T) {
	_, file, _ := venueKey(t)
	one, err := client.NewAssertion(file, "cinema", "https://id.example", "id", time.Now())
	if err != nil || strings.Count(one, ".") != 2 {
		t.Fatal(one, err)
	}
	if _, err := client.NewAssertion([]byte("x"), "cinema", "https://id.example", "id", time.Now()); !errors.Is(err, client.ErrKey) {
		t.Error(err)
	}
}
