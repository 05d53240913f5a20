package vci_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	sandboxtest "netid/test/sandbox"
)

// show is what a wallet shows for a slip: written from ADR 0050 and package client.
func (k key) show(t testing.TB, slip string) string {
	b, err := base64.RawURLEncoding.DecodeString(slip)
	if err != nil {
		t.Fatal(err)
	}
	code, err := client.PresentSlip(b, "", time.Now(), func(message []byte) ([]byte, error) {
		d := sha256.Sum256(message)
		r, s, err := ecdsa.Sign(rand.Reader, k.PrivateKey, d[:])
		if err != nil {
			return nil, err
		}
		var sig [64]byte
		r.FillBytes(sig[:32])
		s.FillBytes(sig[32:])
		return sig[:], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// A persona takes slips of today, a gate without a network says yes to them; the
// persona freezes, the gate fetches what is new and says no.
func TestAGateWithoutANetwork(t *testing.T) {
	s := sandboxtest.Start(t)
	w := newWallet(t, s.URL)
	w.take(w.ok(w.redeem(w.offered(s, "--kind", "slip"), "")))
	slips := w.credentials("slip", 3)
	keys := w.keys

	root := filepath.Join(t.TempDir(), "root.pem")
	resp, err := http.Get(s.URL + "/trust/root.pem")
	if err != nil {
		t.Fatal(err)
	}
	pem, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || os.WriteFile(root, pem, 0o600) != nil {
		t.Fatal(err)
	}
	gate := func(what string, more ...string) (string, int) {
		args := []string{"venue", what, "--issuer", s.URL, "--roots", root, "--bundle", filepath.Join(filepath.Dir(root), "bundle")}
		out, errs, code := s.Run(append(args, more...)...)
		return out + errs, code
	}
	if out, code := gate("fetch"); code != 0 {
		t.Fatal(out)
	}
	if out, code := gate("check", "--json", "--over-18", keys[0].show(t, slips[0])); code != 0 || !strings.Contains(out, `"over18":true`) {
		t.Errorf("%d %s", code, out)
	}
	if out, code := gate("check", "--json", keys[0].show(t, slips[1])); code == 0 {
		t.Error("another slip's key", out)
	}
	if out, _, code := s.Run("persona", "freeze", "adult", "--server", s.URL); code != 0 {
		t.Fatal(out)
	}
	w.refused(w.ask(map[string]any{"credential_configuration_id": "slip", "proofs": w.proofs(1, nil)}), 400, "credential_request_denied")
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(500 * time.Millisecond) { // a bundle serves ten seconds
		gate("fetch")
		out, code := gate("check", "--json", keys[2].show(t, slips[2]))
		if code != 0 && strings.Contains(out, "slip_frozen") {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("%d %s", code, out)
		}
	}
}
