package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/demo/shop"
	"netid/internal/tool/kit"
)

// TestKitRun: the command tries the shop, and says what it found.
func TestKitRun(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	var h http.Handler
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	defer app.Close()
	h = shop.New(shop.Config{Issuer: "http://" + at, ClientID: "my-app", ClientSecret: "s", BaseURL: app.URL})

	file := filepath.Join(t.TempDir(), "report.json")
	args := []string{"kit", "run", "--listen", at, "--secret", "s", "--start", app.URL + "/signin", "--post", "--out", file}
	var out, errs strings.Builder
	if code := run(t.Context(), append(args, "--signed-in", app.URL+"/account"), nil, &out, &errs); code != 0 {
		t.Fatalf("%d\n%s%s", code, out.String(), errs.String())
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r kit.Report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if sum, err := r.Sum(); err != nil || sum != r.Digest || r.Application != "my-app" || len(r.Checks) != len(kit.Checks()) {
		t.Errorf("the report: %s %v %+v", sum, err, r)
	}

	out.Reset() // where everybody seems signed in, nothing is refused
	if code := run(t.Context(), append(args, "--signed-in", app.URL+"/"), nil, &out, &errs); code == 0 || !strings.Contains(out.String(), "failed   alg-none") || !strings.Contains(out.String(), "检查方式：") {
		t.Errorf("%d\n%s", code, out.String())
	}
}

func TestKitListensOnLoopbackOnly(t *testing.T) {
	for _, at := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.org:0"} {
		var out, errs strings.Builder
		if code := run(t.Context(), []string{"kit", "serve", "--listen", at, "--secret", "s"}, nil, &out, &errs); code == 0 || !strings.Contains(errs.String(), "loopback") {
			t.Errorf("%s: %d %s", at, code, errs.String())
		}
	}
}

func TestKitList(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"kit", "list"}, nil, &out, &errs); code != 0 || strings.Count(out.String(), "the kit ") != len(kit.Checks()) {
		t.Errorf("%d %s", code, errs.String())
	}
}

// TestKitWantsAProof: an application has a secret or a key, and the kit is told which.
func TestKitWantsAProof(t *testing.T) {
	t.Setenv("CLIENT_SECRET", "")
	private := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(private, []byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"AA","y":"AA","d":"AA"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{"--jwks FILE": nil, "public keys on P-256": {"--jwks", private}, "no such file": {"--jwks", private + "x"}} {
		var out, errs strings.Builder
		if code := run(t.Context(), append([]string{"kit", "serve", "--listen", "127.0.0.1:0"}, args...), nil, &out, &errs); code == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("%v: %d %s", args, code, errs.String())
		}
	}
}
