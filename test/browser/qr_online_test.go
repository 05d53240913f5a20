package browser_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/internal/tool/venue"
	sandboxtest "netid/test/sandbox"
)

// openCinema registers a venue, as an operator would, and has its terminal.
func openCinema(t *testing.T, site *sandboxtest.Sandbox) *venue.Online {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64, file := base64.RawURLEncoding, filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, []byte(`{"keys":[{"crv":"P-256","kty":"EC","x":"`+b64.EncodeToString(point[1:33])+`","y":"`+b64.EncodeToString(point[33:])+`"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := site.Run("party", "add", "--server", site.URL, "--id", "cinema", "--name", "Sandbox Cinema", "--name-zh", "沙盒影院", "--redirect-uri", "https://cinema.example/", "--venue", "--jwks", file, "--age-mark", "over18=a law"); code != 0 {
		t.Fatal(out, errs)
	}
	return &venue.Online{Issuer: site.URL, Client: "cinema", Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), Over18: true, Web: http.DefaultClient, Draw: rand.Text, Now: time.Now}
}

// showsOnline: the device signs the lines on the page, a venue asks about the code once,
// and the page says which; a code that nobody asks about goes after its minute.
func (c *citizen) showsOnline(cinema *venue.Online) {
	c.t.Helper()
	c.takesAWorker()
	c.open(c.site.URL+"/qr/online", "qr-online")
	const ready = `!document.querySelector("#draw button").disabled`
	c.wait("the words", ready)
	if c.has("input:checked") {
		c.t.Error("something is chosen beforehand")
	}
	c.look(c.state())
	c.glance = true
	defer func() { c.glance = false }()
	before := c.text("[data-lines]")
	c.press("input[name=marks]")
	c.wait("the words with an age", ready+` && document.querySelector("[data-lines]").innerText !== `+quote(before))
	c.press("#draw button")
	text := c.onScreen()
	c.glance = false
	c.look(c.state())
	c.glance = true
	if a := cinema.Ask(c.t.Context(), text); !a.Yes || !a.Over18 {
		c.t.Errorf("the venue hears %+v of %s", a, text)
	}
	c.wait("used", unhidden("[data-said=used]"))
	if name := map[string]string{"en": "Sandbox Cinema", "zh-CN": "沙盒影院"}[c.locale]; !strings.Contains(c.text("[data-said=used]"), name) || c.has("#code") {
		c.t.Errorf("the page says %q", c.text("[data-said=used]"))
	}
	if a := cinema.Ask(c.t.Context(), text); a.Yes {
		c.t.Error("a code is used twice")
	}
	c.follow("[data-record]", "record")

	c.open(c.site.URL+"/qr/online", "qr-online")
	c.wait("the words", ready)
	c.press("#draw button")
	if next := c.onScreen(); next == text {
		c.t.Error("the same code once more")
	}
	c.ahead(time.Minute)
	c.wait("late", unhidden("[data-said=late]"))
	c.ahead(0)
	if c.has("#code") || c.attr("#code path", "d") != "" {
		c.t.Error("a code is left on the page after its minute")
	}
	worker := c.behind()
	c.network(worker, false)
	c.press("#draw button")
	c.wait("offline", unhidden("[data-said=offline]"))
	c.network(worker, true)
}
