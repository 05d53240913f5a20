package clients_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/client/verifier"
	sandboxtest "netid/test/sandbox"
)

// TestOtherWallets: credentials of one sandbox, received, shown and read by other
// people's libraries, which then ask back by netid and by package client.
func TestOtherWallets(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	s := sandboxtest.Start(t)
	all := standings(t, s) // first: what is frozen is published some seconds later
	t.Run("openid4vci, openid4vp, sd-jwt-vc", func(t *testing.T) { walletOfOthers(t, s, node) })
	t.Run("jwt-status-list", func(t *testing.T) { statusesOfOthers(t, s, node, all) })
}

// offer has the adult offer kinds to a wallet; the lines are the code, if any, and the offer.
func offer(t *testing.T, s *sandboxtest.Sandbox, flags ...string) []string {
	t.Helper()
	out, errs, code := s.Run(append([]string{"persona", "offer", "adult", "--server", s.URL}, flags...)...)
	if code != 0 {
		t.Fatalf("persona offer: %d\n%s%s", code, out, errs)
	}
	return strings.Split(strings.TrimSpace(out), "\n")
}

func walletOfOthers(t *testing.T, s *sandboxtest.Sandbox, node string) {
	plain, coded := offer(t, s), offer(t, s, "--tx-code")
	roots := fetched(t, s.URL+"/trust/root.pem")
	hosted := newHosted(t, s)
	desk := ownDesk(t, s, roots)
	query, err := client.QueryFor(s.URL+"/credentials/age", "age_over_18")
	if err != nil {
		t.Fatal(err)
	}
	links, handles := map[string]string{"hosted": hosted.Link}, map[string]string{}
	for name, plain := range map[string]bool{"client": false, "plain": true} {
		begun, err := desk.Begin(t.Context(), verifier.Question{Query: query, Plain: plain})
		if err != nil {
			t.Fatal(err)
		}
		links[name], handles[name] = begun.Link, begun.Handle
	}

	var learned struct {
		Answered map[string]struct{ Party, Holder string }
	}
	program(t, node, "wallet.mjs", map[string]any{"issuer": s.URL, "roots": string(roots), "offer": plain[len(plain)-1],
		"tx": coded[len(coded)-2], "offerTx": coded[len(coded)-1], "links": links}, &learned)
	if a := learned.Answered; a["hosted"].Party != "hosted" || a["client"].Party != "own-desk" || a["hosted"].Holder == a["client"].Holder {
		t.Errorf("%+v", a)
	}
	if says := hosted.told(t, s); says != `{"age_over_18":true,"real_person":true}` {
		t.Errorf("the hosted reader says %s", says)
	}
	for name, handle := range handles {
		result, err := desk.Result(t.Context(), handle, "")
		if err != nil || result.Pending || len(result.Credentials) != 1 {
			t.Fatalf("%s: %+v %v", name, result, err)
		}
		for _, shown := range result.Credentials {
			if string(shown[0].Claims["age_over_18"]) != "true" || shown[0].Claims["age_over_14"] != nil {
				t.Errorf("%s: %s", name, shown[0].Claims)
			}
		}
	}
}

// program runs one of Node's with a JSON object and reads what it prints.
func program(t *testing.T, node, file string, in, into any) {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, node, file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &out, &errs
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", file, err, out.String(), errs.String())
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatalf("%s: %v\n%s", file, err, out.String())
	}
}

// hosted is a question that netid asks for a party.
type hosted struct {
	ID     string
	Link   string `json:"wallet_link"`
	Access string `json:"access_token"`
}

func newHosted(t *testing.T, s *sandboxtest.Sandbox) (h hosted) {
	t.Helper()
	p := register(t, s, "hosted", "http://127.0.0.1:4451/callback", "--age-mark", "over18=A law")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/vp/requests", strings.NewReader(url.Values{"ask": {"age_over_18"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(p.ClientID, url.QueryEscape(p.Secret))
	answered(t, r, &h)
	return h
}

// told is what netid says that the wallet showed.
func (h hosted) told(t *testing.T, s *sandboxtest.Sandbox) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/vp/requests/"+h.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.Access)
	var a struct{ Result string }
	answered(t, r, &a)
	var claims struct{ Says json.RawMessage }
	if parts := strings.Split(a.Result, "."); len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(parts[1]); err != nil || json.Unmarshal(b, &claims) != nil {
			t.Fatal(a.Result)
		}
	}
	return string(claims.Says)
}

func answered(t *testing.T, r *http.Request, into any) {
	t.Helper()
	resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode >= 300 {
		t.Fatal(resp.Status, err)
	}
}

// ownDesk is a party that reads by itself, certified by the operator.
func ownDesk(t *testing.T, s *sandboxtest.Sandbox, roots []byte) *verifier.Desk {
	t.Helper()
	register(t, s, "own-desk", "http://127.0.0.1:4452/callback", "--age-mark", "over18=A law")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	csr := filepath.Join(t.TempDir(), "csr.pem")
	if err := os.WriteFile(csr, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}), 0o600); err != nil {
		t.Fatal(err)
	}
	party := func(args ...string) string {
		out, errs, code := s.Run(append(append([]string{"party"}, args...), "--server", s.URL)...)
		if code != 0 {
			t.Fatalf("party %v: %s%s", args, out, errs)
		}
		return out
	}
	chain := party("certify", "own-desk", "--csr", csr)
	reader, err := client.NewReader(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), []byte(chain), roots, strings.TrimSpace(party("statement", "own-desk")))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	desk := &verifier.Desk{Base: server.URL + "/wallet", Store: verifier.NewMemory(10, nil), Reader: func() (client.Reader, error) { return reader, nil }}
	if err := desk.Register(mux); err != nil {
		t.Fatal(err)
	}
	return desk
}
