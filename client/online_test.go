package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
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

// venueKey is a private key as a file.
func venueKey(t testing.TB) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestNewAssertion(t *testing.T) {
	file := venueKey(t)
	one, err := client.NewAssertion(file, "cinema", "https://id.example", "id", time.Now())
	if err != nil || strings.Count(one, ".") != 2 {
		t.Fatal(one, err)
	}
	if _, err := client.NewAssertion([]byte("x"), "cinema", "https://id.example", "id", time.Now()); !errors.Is(err, client.ErrKey) {
		t.Error(err)
	}
}
