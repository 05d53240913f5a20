package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/slip"
	"netid/internal/tool/venue"
)

const venueIssuer = "https://id.example"

// ticketed is a venue's directory, a service that gives it bundles, and somebody with a slip of today.
type ticketed struct {
	dir, roots string
	server     *httptest.Server
	bundle     func(at time.Time) string
	show       func(venue string, at time.Time) string
}

func newTicketed(t *testing.T) *ticketed {
	t.Helper()
	v := &ticketed{dir: t.TempDir()}
	key := func() suite.Signer {
		secret, err := suite.NewES256Secret()
		if err != nil {
			t.Fatal(err)
		}
		k, err := suite.NewES256(secret)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	signs, slips, holder := key(), key(), key()
	leaf := v.certify(t, signs)
	coder, err := jose.NewChainedCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{signs} }, client.BundleType, func(string) [][]byte { return [][]byte{leaf} })
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.Publish(jose.ES256, slips)
	if err != nil {
		t.Fatal(err)
	}
	v.bundle = func(at time.Time) string {
		text, err := slip.EncodeBundle(coder, slip.Bundle{Issuer: venueIssuer, Issued: at, Keys: set})
		if err != nil {
			t.Error(err)
		}
		return text
	}
	public, err := suite.ParsePublicKey(holder.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	today := identity.Today(time.Now())
	text, err := slip.Encode(slips, slip.Slip{ID: slip.IDs(suite.NewSecret(identity.ES256), today)[0], Device: public, Over18: true, Day: today})
	if err != nil {
		t.Fatal(err)
	}
	v.show = func(venue string, at time.Time) string {
		code, err := client.PresentSlip(text, venue, at, holder.Sign)
		if err != nil {
			t.Error(err)
		}
		return code
	}
	v.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(v.bundle(time.Now())))
	}))
	t.Cleanup(v.server.Close)
	return v
}

// certify makes a root, puts it into the venue's directory, and gives the leaf of a key.
func (v *ticketed) certify(t *testing.T, key suite.Signer) []byte {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now, uri := time.Now(), &url.URL{Scheme: "https", Host: "id.example"}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &own.PublicKey, own)
	if err != nil {
		t.Fatal(err)
	}
	point := append([]byte{4}, suite.ShortDeviceKey(key.PublicJWK(), "")...)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "netid"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		URIs: []*url.URL{uri}, KeyUsage: x509.KeyUsageDigitalSignature}, root, public, own)
	if err != nil {
		t.Fatal(err)
	}
	v.roots = filepath.Join(v.dir, "root.pem")
	if err := os.WriteFile(v.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return leaf
}

func (v *ticketed) run(in string, args ...string) (int, string, string) {
	var out, errs bytes.Buffer
	args = append([]string{"venue", args[0], "--issuer", venueIssuer, "--roots", v.roots, "--bundle", filepath.Join(v.dir, "bundle")}, args[1:]...)
	code := run(context.Background(), args, strings.NewReader(in), &out, &errs)
	return code, out.String(), errs.String()
}

// A terminal on a command line: a bundle is fetched, then codes are checked without a network.
func TestVenue(t *testing.T) {
	v := newTicketed(t)
	if code, _, errs := v.run("", "check", v.show("", time.Now())); code != 1 || !strings.Contains(errs, "bundle") {
		t.Error("without a bundle", code, errs)
	}
	if code, out, errs := v.run("", "fetch", "--from", v.server.URL); code != 0 || !strings.Contains(out, "bundle: 20") {
		t.Fatal(code, out, errs)
	}
	v.server.Close()
	code, out, errs := v.run("", "check", v.show("", time.Now()))
	if code != 0 || !strings.Contains(out, "Yes · Over 18 · Checked by a bundle of 0 h 0 min ago.") || !strings.Contains(out, "是 · 已满 18 周岁") {
		t.Error(code, out, errs)
	}
	if code, out, _ = v.run(v.show("", time.Now().Add(30*time.Second))+"\r\n", "check", "--json", "-"); code != 0 {
		t.Error(code, out)
	}
	var a venue.Answer
	if err := json.Unmarshal([]byte(out), &a); err != nil || !a.Yes || !a.Over18 {
		t.Error(out, err)
	}
	var told bytes.Buffer
	verify := []string{"verify", "--trust", v.roots, "--bundle", filepath.Join(v.dir, "bundle"), "--issuer", venueIssuer, "--lang", "en", "-"}
	if code := run(t.Context(), verify, strings.NewReader(v.show("", time.Now())+"\n"), &told, &told); code != 0 || !strings.Contains(told.String(), "18 or over") || !strings.Contains(told.String(), "only a gate remembers") {
		t.Error(code, told.String())
	}
	told.Reset()
	if code := run(t.Context(), verify, strings.NewReader(v.show("", time.Now().Add(-time.Hour))), &told, &told); code != 1 || !strings.Contains(told.String(), "a picture of it") {
		t.Error(code, told.String())
	}
	for name, c := range map[string]struct {
		code, says string
		args       []string
	}{
		"a picture":                    {v.show("", time.Now().Add(-5*time.Minute)), "a picture of it", nil},
		"the same, at once":            {v.show("", time.Now()), "used here already", []string{"--once"}},
		"another venue's":              {v.show("cinema", time.Now()), "another venue", []string{"--venue", "museum"}},
		"nobody's, where it must be":   {v.show("", time.Now()), "another venue", []string{"--venue", "museum", "--bound"}},
		"something else on the screen": {"https://evil.example", "not a code of this service", nil},
	} {
		if code, out, _ := v.run("", append(append([]string{"check"}, c.args...), c.code)...); code != 1 || !strings.Contains(out, c.says) || !strings.Contains(out, "否") {
			t.Error(name, code, out)
		}
	}
	if code, _, errs := v.run("", "check", "--bound", "N1:"); code != 1 || !strings.Contains(errs, "--venue") {
		t.Error(code, errs)
	}
	if code, _, errs := v.run("", "serve", "--listen", "0.0.0.0:0"); code != 1 || !strings.Contains(errs, "this computer alone") {
		t.Error("a page for everybody", code, errs)
	}
}

// An older bundle does not take the place of a newer one, whoever serves it.
func TestVenueFetchGoesForward(t *testing.T) {
	v := newTicketed(t)
	if code, _, errs := v.run("", "fetch", "--from", v.server.URL); code != 0 {
		t.Fatal(errs)
	}
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(v.bundle(time.Now().Add(-time.Hour)))) }))
	defer old.Close()
	if code, _, errs := v.run("", "fetch", "--from", old.URL); code != 1 || !strings.Contains(errs, "older") {
		t.Error(code, errs)
	}
	if err := os.WriteFile(filepath.Join(v.dir, "bundle"), []byte(v.bundle(time.Now().Add(-80*time.Hour))), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := v.run("", "check", v.show("", time.Now())); code != 1 || !strings.Contains(out, "more than three days old") {
		t.Error(code, out)
	}
	if code, _, errs := v.run("", "fetch", "--from", v.server.URL); code != 0 {
		t.Error("an old one is in the way of a new one", errs)
	}
}

// Of terminals of one gate that check one code at the same time, one says yes.
func TestVenueOneEntry(t *testing.T) {
	v := newTicketed(t)
	if code, _, errs := v.run("", "fetch", "--from", v.server.URL); code != 0 {
		t.Fatal(errs)
	}
	shown := v.show("", time.Now())
	var wait sync.WaitGroup
	var yes, used atomic.Int32
	for range 8 {
		wait.Go(func() {
			switch code, out, errs := v.run("", "check", "--once", shown); {
			case code == 0:
				yes.Add(1)
			case strings.Contains(out, "used here already"):
				used.Add(1)
			default:
				t.Error(out, errs)
			}
		})
	}
	if wait.Wait(); yes.Load() != 1 || used.Load() != 7 {
		t.Error(yes.Load(), used.Load())
	}
}

// The page's program fetches, answers the page and ends when asked to.
func TestVenueServe(t *testing.T) {
	v := newTicketed(t)
	ctx, stop := context.WithCancel(t.Context())
	lines, ended := make(chan string, 4), make(chan int, 1)
	args := []string{"venue", "serve", "--issuer", venueIssuer, "--roots", v.roots, "--bundle", filepath.Join(v.dir, "bundle"), "--from", v.server.URL, "--listen", "127.0.0.1:0"}
	go func() { ended <- run(ctx, args, strings.NewReader(""), announced(lines), new(bytes.Buffer)) }()
	page := strings.TrimSpace(strings.TrimPrefix(<-lines, "gate: "))
	post := func() (a venue.Answer) {
		r, err := http.NewRequest("POST", page+"/check", strings.NewReader(v.show("", time.Now())))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", page)
		r.Header.Set("Content-Type", "text/plain")
		answer, err := v.server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if err := json.NewDecoder(answer.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := post()
	for i := 0; i < 500 && a.Reason == string(client.ErrBundle); i++ { // until it is fetched
		time.Sleep(10 * time.Millisecond)
		a = post()
	}
	if !a.Yes || !a.Over18 {
		t.Errorf("%+v", a)
	}
	if a = post(); a.Reason != string(client.ErrSlipUsed) {
		t.Errorf("%+v", a)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Error(code)
	}
}

type announced chan string

func (s announced) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}
