package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/wallet"
)

// The list of whom to believe is taken whole or not at all.
func TestWalletEntries(t *testing.T) {
	dir := t.TempDir()
	roots, none, empty := filepath.Join(dir, "roots.pem"), filepath.Join(dir, "none.pem"), filepath.Join(dir, "empty.pem")
	must(t, os.WriteFile(roots, wallet.NewProvider(time.Now()).Root(), 0o600))
	must(t, os.WriteFile(empty, nil, 0o600))
	for name, c := range map[string]struct {
		list []walletEntry
		good bool
	}{
		"nobody":           {nil, true},
		"one":              {[]walletEntry{{"A", roots, []string{"purse"}}}, true},
		"a maker of keys":  {[]walletEntry{{"A", roots, nil}}, true},
		"without a name":   {[]walletEntry{{"", roots, []string{"purse"}}}, false},
		"without roots":    {[]walletEntry{{"A", "", []string{"purse"}}}, false},
		"roots not there":  {[]walletEntry{{"A", none, []string{"purse"}}}, false},
		"roots of nobody":  {[]walletEntry{{"A", empty, []string{"purse"}}}, false},
		"no identifier":    {[]walletEntry{{"A", roots, []string{"a b"}}}, false},
		"two for a wallet": {[]walletEntry{{"A", roots, []string{"purse"}}, {"B", roots, []string{"purse"}}}, false},
	} {
		if _, err := openWallets(c.list); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	trust, err := triedWallets(map[string]string{"purse": roots})
	must(t, err)
	w := ways{wallets: trust}
	must(t, w.offers("purse", identity.AuthWallet))
	if err := w.offers("other", identity.AuthWallet); !fault.Because(err, "wallet_unvouched") {
		t.Errorf("a wallet that nobody vouches for: %v", err)
	}
	if err := w.offers("purse", identity.AuthTLS); !fault.Because(err, "auth_method_not_served") {
		t.Errorf("another way: %v", err)
	}
}

// What the metadata says of wallets is what the settings are, and the endpoint
// of challenges is there when it is named.
func TestMetadataOfWallets(t *testing.T) {
	h := built(t, true)
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		return w
	}
	const metadata = "/.well-known/oauth-authorization-server"
	if body := ask("GET", metadata).Body.String(); strings.Contains(body, "attest") || strings.Contains(body, "challenge_endpoint") {
		t.Errorf("without: %s", body)
	}
	if w := ask("POST", "/challenge"); w.Code != http.StatusNotFound {
		t.Errorf("without: %d", w.Code)
	}
	roots := filepath.Join(t.TempDir(), "roots.pem")
	must(t, os.WriteFile(roots, wallet.NewProvider(time.Now()).Root(), 0o600))
	var err error
	h.Wallets, err = triedWallets(map[string]string{"purse": roots})
	must(t, err)
	must(t, h.furnish(h.acts(vaultOf(h.ring, h.store, h.shelf, h.Now), nil)))
	body := ask("GET", metadata).Body.String()
	for _, want := range []string{`"attest_jwt_client_auth"`, `"challenge_endpoint":"` + h.Issuer + `/challenge"`, `"client_attestation_signing_alg_values_supported":["ES256"]`, `"client_attestation_pop_signing_alg_values_supported":["ES256"]`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if w := ask("POST", "/challenge"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), `{"attestation_challenge":"`) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}
