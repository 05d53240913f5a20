package browser_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"netid/client"
	"netid/client/verifier"
	sandboxtest "netid/test/sandbox"
)

// cellar is a party that asks wallets by itself: somebody else's program, made
// with the public packages alone.
type cellar struct {
	t    *testing.T
	site *sandboxtest.Sandbox
	base string
	desk *verifier.Desk

	secret string // of another party, which has netid ask

	mu    sync.Mutex // guards heard
	heard []string   // addresses at which browsers came back
}

// openCellar registers it and has its key certified, as an operator would.
func openCellar(t *testing.T, site *sandboxtest.Sandbox) *cellar {
	t.Helper()
	c := &cellar{t: t, site: site}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.base = server.URL
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "csr.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}), 0o600); err != nil {
		t.Fatal(err)
	}
	c.netid("party", "add", "--server", site.URL, "--id", "cellar", "--name", "Sandbox Cellar", "--name-zh", "沙盒酒窖", "--redirect-uri", c.base+"/back", "--public", "--age-mark", "over18=a law")
	var asks struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(c.netid("party", "add", "--server", site.URL, "--id", "hosted", "--name", "Sandbox Tobacco", "--redirect-uri", c.base+"/back", "--age-mark", "over18=a law")), &asks); err != nil {
		t.Fatal(err)
	}
	c.secret = asks.Secret
	chain := c.netid("party", "certify", "--server", site.URL, "cellar", "--csr", file)
	statement := strings.TrimSpace(c.netid("party", "statement", "--server", site.URL, "cellar"))
	r, err := http.Get(site.URL + "/trust/root.pem")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	roots, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	reader := client.Reader{Sign: client.NewSign(key), Roots: roots, Statement: statement}
	for block, rest := pem.Decode([]byte(chain)); block != nil; block, rest = pem.Decode(rest) {
		reader.Chain = append(reader.Chain, block.Bytes)
	}
	c.desk = &verifier.Desk{Base: c.base + "/wallet", Store: verifier.NewMemory(100, nil), Reader: func() (client.Reader, error) { return reader, nil }}
	if err := c.desk.Register(mux); err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("GET /back", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.heard = append(c.heard, r.URL.Query().Get("response_code"))
		c.mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>cellar</title><main data-page=cellar>back</main>")
	})
	return c
}

func (c *cellar) netid(args ...string) string {
	c.t.Helper()
	out, errs, code := c.site.Run(args...)
	if code != 0 {
		c.t.Fatalf("%v: %s%s", args, out, errs)
	}
	return out
}

// ask begins a question; back is the path to which the same device returns, "" for another device.
func (c *cellar) ask(back, kind string, claims ...string) verifier.Begun {
	c.t.Helper()
	q, err := client.QueryFor(c.site.URL+"/credentials/"+kind, claims...)
	if err != nil {
		c.t.Fatal(err)
	}
	if back != "" {
		back = c.base + back
	}
	b, err := c.desk.Begin(c.t.Context(), verifier.Question{Query: q, Return: back, Scheme: c.site.URL + "/present"})
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

func (c *cellar) code() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heard) == 0 {
		return ""
	}
	return c.heard[len(c.heard)-1]
}

// hosted has netid ask: the link, and what the party is told in the end.
func (c *cellar) hosted() (link string, result func() string) {
	c.t.Helper()
	ask := func(method, path, auth string, body url.Values) (answer map[string]any, text string) {
		c.t.Helper()
		r, err := http.NewRequestWithContext(c.t.Context(), method, c.site.URL+path, strings.NewReader(body.Encode()))
		if err != nil {
			c.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if r.Header.Set("Authorization", auth); auth == "" {
			r.SetBasicAuth("hosted", c.secret)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			c.t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode > 299 {
			c.t.Fatal(path, resp.Status, string(b), err)
		}
		_ = json.Unmarshal(b, &answer) // a result is a JWT
		return answer, string(b)
	}
	a, _ := ask(http.MethodPost, "/vp/requests", "", url.Values{"ask": {"age_over_18"}})
	return a["link"].(string), func() string {
		_, text := ask(http.MethodGet, "/vp/requests/"+a["id"].(string), "Bearer "+a["access_token"].(string), nil)
		parts := strings.Split(text, ".")
		for _, part := range parts {
			if b, err := base64.RawURLEncoding.DecodeString(part); err == nil && strings.Contains(string(b), "says") {
				return string(b)
			}
		}
		return text
	}
}

// learned is what the party knows in the end, and nothing else is there.
func (c *cellar) learned(b verifier.Begun, code, claim string) {
	c.t.Helper()
	r, err := c.desk.Result(c.t.Context(), b.Handle, code)
	if err != nil || len(r.Credentials["credential"]) != 1 {
		c.t.Fatalf("the party learned nothing: %+v %v", r, err)
	}
	claims := r.Credentials["credential"][0].Claims
	if string(claims["real_person"]) != "true" || claim != "" && string(claims[claim]) != "true" {
		c.t.Errorf("the party learned %s", claims)
	}
	for name := range claims {
		if strings.HasPrefix(name, "age_over_") && name != claim {
			c.t.Errorf("it was told %s, which it did not ask", name)
		}
	}
}

// TestWallet: a citizen's browser fills itself by the door that every wallet uses and
// answers a party, which netid's server does not hear of.
func TestWallet(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t)
	shop, cinema := openCellar(t, site), openCinema(t, site)
	for _, c := range []citizen{
		{tab: &tab{locale: "zh-CN"}, kind: "resident-id-card", card: "adult-card", spoilt: "expired-card", refusal: "document_expired", known: "沙盒·林一", masked: "•一 · ••••1005", person: person{ID: "adult"}},
		{tab: &tab{locale: "en"}, kind: "passport", card: "overseas-passport", spoilt: "altered-passport", refusal: "document_data_mismatch", twin: true, known: "SANDBOX LIN YUAN", masked: "S• L• Y• · ••••0003", person: person{ID: "overseas"}},
	} {
		t.Run(c.locale, func(t *testing.T) {
			c.words, c.passcode = inWords[c.locale], "73914628"
			c.tab = newTab(t, site, c.locale)
			c.watch.beside = shop.base + "/"
			c.meet()
			c.open(site.URL+"/enrol", "kind")
			c.enrols()
			c.holdsProofs(shop)
			c.followsClock()
			c.showsOnline(cinema)
			c.standsAtDoors()
		})
	}
	wallets := t.TempDir()
	// From the command line, by a wallet without a screen.
	for _, back := range []string{"/back", ""} {
		b := shop.ask(back, "age", "age_over_18")
		said := strings.Split(strings.TrimSpace(shop.netid("persona", "present", "--server", site.URL, "--wallets", wallets, "foreigner", b.Link)), "\n")
		next := said[len(said)-1]
		u, err := url.Parse(next)
		if err != nil || (back == "") != (next == "shown") || !strings.HasSuffix(said[0], ": age_over_18") {
			t.Fatalf("where next: %q %v", next, err)
		}
		shop.learned(b, u.Query().Get("response_code"), "age_over_18")
	}
	b := shop.ask("", "person")
	shop.netid("persona", "present", "--server", site.URL, "--wallets", wallets, "--decline", "foreigner", b.Link)
	if r, err := shop.desk.Result(t.Context(), b.Handle, ""); err != nil || r.Refused != "access_denied" {
		t.Errorf("a no is %+v, %v", r, err)
	}
}

func (c *citizen) holdsProofs(shop *cellar) {
	c.t.Helper()
	left := func() string { return c.text("[data-left=age]") + " " + c.text("[data-left=person]") }
	wait, shown := c.wait, unhidden

	// With none left, the page says so and nothing is shown.
	b := shop.ask("", "age", "age_over_18")
	c.open(b.Link, "present")
	wait("the request", shown("#decision"))
	c.press("#yes")
	wait("none left", shown("[data-none]"))

	c.open(c.site.URL+"/wallet", "signin")
	c.follow("form[data-device] button", "wallet")
	c.press("#fill")
	wait("filled", `document.querySelector("[data-left=age]").textContent === "10" && document.querySelector("[data-left=person]").textContent === "10"`)

	// On the same device, and back to the party.
	b = shop.ask("/back", "age", "age_over_18")
	c.open(b.Link, "present")
	wait("the request", shown("#decision"))
	if js[string](c.tab, "location.hash + location.search") != "" {
		c.t.Error("the request stays in the address")
	}
	if !strings.Contains(c.text("#domain"), strings.TrimPrefix(shop.base, "http://")) {
		c.t.Errorf("it is asked by %q", c.text("#domain"))
	}
	c.press("#yes")
	wait("back at the party", `document.querySelector("main").dataset.page === "cellar"`)
	shop.learned(b, shop.code(), "age_over_18")

	// From another device; one attestation each time.
	b = shop.ask("", "person")
	c.open(b.Link, "present")
	wait("the request", shown("#decision"))
	c.press("#yes")
	wait("shown", shown("[data-answer=yes]"))
	shop.learned(b, "", "")
	c.open(b.Link, "present")
	wait("asked a second time", shown("[data-why=unreachable]"))

	// No is no, and the party is told.
	b = shop.ask("", "person")
	c.open(b.Link, "present")
	wait("the request", shown("#decision"))
	c.press("#no")
	wait("refused", shown("[data-answer=no]"))
	if r, err := shop.desk.Result(c.t.Context(), b.Handle, ""); err != nil || r.Refused != "access_denied" {
		c.t.Errorf("a no is %+v, %v", r, err)
	}

	// I17: what the party did not register is not answered, whoever signs the request.
	b = shop.ask("", "age", "age_over_60")
	c.open(b.Link, "present")
	wait("too much", shown("[data-why=not-allowed]"))
	if r, err := shop.desk.Result(c.t.Context(), b.Handle, ""); err != nil || r.Refused != "invalid_request" {
		c.t.Errorf("asking too much is answered with %+v, %v", r, err)
	}
	// Another party's name on it.
	b = shop.ask("", "person")
	c.open(strings.Replace(b.Link, "client_id=x509_hash%3A", "client_id=x509_hash%3AA", 1), "present")
	wait("another's id", shown("[data-why=signature]"))

	// Asked by netid in the party's name.
	hosted, result := shop.hosted()
	c.open(hosted, "present")
	wait("the request", shown("#decision"))
	c.press("#yes")
	wait("shown", shown("[data-answer=yes]"))
	if got := result(); !strings.Contains(got, `"age_over_18":true`) {
		c.t.Errorf("the party that had netid ask learned %s", got)
	}

	c.open(c.site.URL+"/wallet", "wallet")
	wait("counted", `document.querySelectorAll("#shown li").length === 3`)
	if got := left(); got != "8 9" {
		c.t.Errorf("left %s: each is used once", got)
	}
	c.press("#empty")
	wait("emptied", `document.querySelector("[data-left=age]").textContent === "0"`)
}

// wait waits until an expression is true in whatever page there is by then.
func (c *tab) wait(what, expression string) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		is := false
		// between two documents there is nobody to ask
		_ = chromedp.Run(c.ctx, chromedp.Evaluate(`(() => { try { return !!(`+expression+`); } catch { return false; } })()`, &is))
		if is {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: did not come about; the page says %q", what, c.text("main"))
		}
	}
}

func unhidden(selector string) string {
	return `!document.querySelector(` + quote(selector) + `).hidden`
}
