package verifier_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/client/verifier"
	"netid/test/holder"
)

// shop asks whoever comes to /wine whether they are 18.
func shop(base string, reader client.Reader, query client.Query) (http.Handler, error) {
	desk := &verifier.Desk{Base: base + "/wallet", Store: verifier.NewMemory(10_000, nil),
		Reader: func() (client.Reader, error) { return reader, nil }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /wine", func(w http.ResponseWriter, r *http.Request) {
		begun, err := desk.Begin(r.Context(), verifier.Question{Query: query, Return: base + "/wine/done"})
		if err != nil {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		// The handle belongs to this browser. The link does not: whoever opens it only answers.
		http.SetCookie(w, &http.Cookie{Name: "__Host-wine", Value: begun.Handle, Path: "/", MaxAge: 300, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, begun.Link, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /wine/done", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("__Host-wine")
		if err != nil {
			http.Error(w, "begin again", http.StatusForbidden)
			return
		}
		result, err := desk.Result(r.Context(), cookie.Value, r.URL.Query().Get("response_code"))
		switch {
		case errors.Is(err, verifier.ErrUnknown):
			http.Error(w, "begin again", http.StatusForbidden)
		case err != nil:
			http.Error(w, "not now", http.StatusServiceUnavailable)
		case result.Pending || result.Refused != "":
			fmt.Fprint(w, "no answer: offer your other method")
		case string(result.Credentials["credential"][0].Claims["age_over_18"]) == "true":
			fmt.Fprint(w, "over 18")
		default:
			fmt.Fprint(w, "under 18")
		}
	})
	return mux, desk.Register(mux)
}

// docs/integrate.md has the program above, to the letter, and it works.
func TestTheProgramOfTheDocuments(t *testing.T) {
	own, err := os.ReadFile("shop_test.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/integrate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(own), "// shop asks")
	program, _, _ = strings.Cut(program, "// docs/integrate.md has")
	if program = "// shop asks" + strings.TrimSpace(program); !strings.Contains(string(doc), "\n```go\n") || !strings.Contains(string(doc), strings.TrimPrefix(program, "// shop asks")) {
		t.Error("docs/integrate.md has another program")
	}

	authority, err := holder.NewAuthority("https://netid.example", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, chain, err := authority.Certify("https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := client.NewReader(privatePEM(t, key), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[0]}), authority.Roots(), "")
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	defer server.Close()
	if handler, err = shop(server.URL, reader, ask(t, age, "age_over_18")); err != nil {
		t.Fatal(err)
	}
	credential, err := authority.Issue(age, []holder.Hidden{{Name: "age_over_18", Value: true}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	wallet := &holder.Wallet{HTTP: server.Client(), Now: time.Now, Holds: []holder.Credential{credential}}

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: server.Client().Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(server.URL + "/wine")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	req, err := wallet.Fetch(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := wallet.Answer(req)
	if err != nil || got.Status != http.StatusOK {
		t.Fatal(got, err)
	}
	for name, c := range map[string]struct {
		who  *http.Client
		at   string
		says string
	}{
		"who began, with the code":   {browser, got.Redirect, "over 18"},
		"who began, without a code":  {browser, server.URL + "/wine/done", "begin again\n"},
		"somebody else, with a code": {server.Client(), got.Redirect, "begin again\n"},
	} {
		resp, err := c.who.Get(c.at)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		n, _ := resp.Body.Read(b)
		_ = resp.Body.Close()
		if string(b[:n]) != c.says {
			t.Errorf("%s: %q", name, b[:n])
		}
	}
	if _, err := url.Parse(got.Redirect); err != nil {
		t.Error(err)
	}
}

func privatePEM(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestReadersThatAreNone(t *testing.T) {
	w := open(t)
	key, chain, err := w.authority.Certify("https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := w.authority.Certify("https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[0]})
	for name, c := range map[string][3][]byte{
		"no key":          {nil, certificate, w.authority.Roots()},
		"no private key":  {certificate, certificate, w.authority.Roots()},
		"another's key":   {privatePEM(t, other), certificate, w.authority.Roots()},
		"no certificate":  {privatePEM(t, key), nil, w.authority.Roots()},
		"with the root":   {privatePEM(t, key), append(certificate, w.authority.Roots()...), w.authority.Roots()},
		"no root":         {privatePEM(t, key), certificate, nil},
		"not certificate": {privatePEM(t, key), privatePEM(t, key), w.authority.Roots()},
	} {
		if _, err := client.NewReader(c[0], c[1], c[2], ""); !errors.Is(err, client.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sec1, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := client.NewReader(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}), certificate, w.authority.Roots(), ""); err != nil || !strings.HasPrefix(r.ID(), "x509_hash:") {
		t.Error(err)
	}
}
