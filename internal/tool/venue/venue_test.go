package venue_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/tool/venue"
)

// vectors are client's: a bundle, its root, and codes at one moment.
type vectors struct {
	Issuer, Root, Bundle, Venue string
	At                          time.Time
	Codes                       []struct {
		Name, Code string
		Reason     string
		Over18     bool
	}
}

func read(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("../../../client/testdata/vectors/slip.json")
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// desk is a terminal in a directory of its own.
type desk struct {
	vectors
	*venue.Terminal
	dir string
	now time.Time
}

func open(t testing.TB) *desk {
	t.Helper()
	d := &desk{vectors: read(t), dir: t.TempDir()}
	d.now = d.At
	d.write(t, d.Bundle)
	bundles := &venue.Bundles{File: d.file("bundle"), Roots: []byte(d.Root), Issuer: d.Issuer, Now: func() time.Time { return d.now }}
	if err := bundles.Load(); err != nil {
		t.Fatal(err)
	}
	d.Terminal = &venue.Terminal{Host: "127.0.0.1:9304", Bundles: bundles, Gate: client.Gate{Venue: d.Venue, Seen: d.seen(t)}, Now: func() time.Time { return d.now },
		Words: map[string]map[string]string{"en": {"title": "Gate"}}}
	return d
}

func (d *desk) file(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) write(t testing.TB, bundle string) {
	t.Helper()
	if err := os.WriteFile(d.file("bundle"), []byte(bundle), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) seen(t testing.TB) *venue.Seen {
	t.Helper()
	s, err := venue.OpenSeen(t.Context(), d.file("seen"), d.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (d *desk) ask(t testing.TB, code string, change func(*http.Request)) (int, venue.Answer) {
	t.Helper()
	r := httptest.NewRequest("POST", "http://"+d.Host+"/check", strings.NewReader(code))
	r.Header.Set("Origin", "http://"+d.Host)
	r.Header.Set("Content-Type", "text/plain")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	var a venue.Answer
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, a
}

// The terminal says of every code what client says.
func TestTerminal(t *testing.T) {
	d := open(t)
	for _, c := range d.Codes {
		_, a := d.ask(t, c.Code, nil)
		if a.Yes != (c.Reason == "") || a.Reason != c.Reason || a.Over18 != c.Over18 || a.Age != 3600 || a.Stale {
			t.Errorf("%s: %+v", c.Name, a)
		}
	}
	if _, a := d.ask(t, d.Codes[0].Code, nil); a.Reason != string(client.ErrSlipUsed) {
		t.Errorf("again: %+v", a)
	}
	if _, a := d.ask(t, "nothing", nil); a.Reason != string(client.ErrSlip) {
		t.Errorf("%+v", a)
	}
}

// Only the page of this address asks: another page of the browser could spend a slip.
func TestWhoElseAsks(t *testing.T) {
	d := open(t)
	for name, change := range map[string]func(*http.Request){
		"another page":    func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"no page":         func(r *http.Request) { r.Header.Del("Origin") },
		"a rebound name":  func(r *http.Request) { r.Host = "evil.example:9304" },
		"a form":          func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
		"another address": func(r *http.Request) { r.URL.Path = "/checks" },
		"a question":      func(r *http.Request) { r.Method = "GET" },
	} {
		if status, _ := d.ask(t, d.Codes[0].Code, change); status == http.StatusOK {
			t.Errorf("%s is answered", name)
		}
	}
	if status, _ := d.ask(t, strings.Repeat("A", 3<<10), nil); status != http.StatusRequestEntityTooLarge {
		t.Error("a long text:", status)
	}
	if _, a := d.ask(t, d.Codes[0].Code, nil); !a.Yes {
		t.Errorf("one of them spent it: %+v", a)
	}
}

func TestPage(t *testing.T) {
	d := open(t)
	for path, kind := range map[string]string{"/": "text/html", "/page.js": "text/javascript", "/page.css": "text/css", "/words": "application/json", "/state": "application/json"} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest("GET", "http://"+d.Host+path, nil))
		if h := w.Header(); w.Code != 200 || w.Body.Len() == 0 || !strings.HasPrefix(h.Get("Content-Type"), kind) || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Cache-Control") != "no-store" {
			t.Error(path, w.Code, h)
		}
	}
}

// Who has no bundle, or an old one, is told so and lets nobody in.
func TestOldBundle(t *testing.T) {
	d := open(t)
	d.now = d.At.Add(6 * time.Hour)
	if _, a := d.ask(t, "", nil); a.Age != 7*3600 || a.Stale {
		t.Errorf("%+v", a)
	}
	d.now = d.At.Add(24 * time.Hour)
	if _, a := d.ask(t, "", nil); a.Age != 25*3600 || !a.Stale {
		t.Errorf("%+v", a)
	}
	d.now = d.At.Add(72 * time.Hour)
	if _, a := d.ask(t, d.Codes[0].Code, nil); a.Reason != string(client.ErrBundleOld) {
		t.Errorf("%+v", a)
	}
	if err := d.Bundles.Load(); !errors.Is(err, client.ErrBundleOld) {
		t.Error(err)
	}
	d.Bundles = &venue.Bundles{File: d.file("none"), Now: d.Now}
	if err := d.Bundles.Load(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, a := d.ask(t, d.Codes[0].Code, nil); a.Yes || a.Reason != string(client.ErrBundle) || a.Age != 0 {
		t.Errorf("%+v", a)
	}
}

// A bundle is taken from an address if it is good and no older than what is held; else nothing changes.
func TestFetch(t *testing.T) {
	d := open(t)
	status, text := 200, d.Bundle
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte(text))
	}))
	defer server.Close()
	fetch := func() error { return d.Bundles.Fetch(t.Context(), server.Client(), server.URL) }
	if err := fetch(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status int
		text   string
	}{"not there": {404, d.Bundle}, "changed": {200, strings.Replace(d.Bundle, ".", ".A", 1)}, "nothing": {200, ""}, "no end": {200, strings.Repeat("A", 32<<20+1)}} {
		status, text = c.status, c.text
		if err := fetch(); err == nil {
			t.Error(name, "is taken")
		}
	}
	status, text = 200, d.Bundle
	d.now = d.At.Add(80 * time.Hour)
	if err := fetch(); !errors.Is(err, client.ErrBundleOld) {
		t.Error(err)
	}
	if b, err := os.ReadFile(d.file("bundle")); err != nil || string(b) != d.Bundle {
		t.Error("the file was changed", err)
	}
}

// What was shown is remembered by the next process, on one gate by one process at a time, and damage is no forgetting.
func TestSeen(t *testing.T) {
	d := open(t)
	code := d.Codes[0].Code
	if _, a := d.ask(t, code, nil); !a.Yes {
		t.Fatal(a)
	}
	busy, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := venue.OpenSeen(busy, d.file("seen"), d.now); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("a second terminal has the file too:", err)
	}
	again := func() error {
		d.Gate.Seen.(*venue.Seen).Close()
		s, err := venue.OpenSeen(t.Context(), d.file("seen"), d.now)
		if err == nil {
			d.Gate.Seen = s
			t.Cleanup(func() { s.Close() })
		}
		return err
	}
	if err := again(); err != nil {
		t.Fatal(err)
	}
	if _, a := d.ask(t, code, nil); a.Reason != string(client.ErrSlipUsed) {
		t.Errorf("the next process forgot: %+v", a)
	}
	kept, err := os.ReadFile(d.file("seen"))
	if err != nil || strings.Count(string(kept), "\n") != 1 {
		t.Fatalf("%q, %v", kept, err)
	}
	put := func(text string) {
		if err := os.WriteFile(d.file("seen"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(string(kept) + "0011") // the power went
	if err := again(); err != nil {
		t.Fatal(err)
	}
	if _, a := d.ask(t, code, nil); a.Reason != string(client.ErrSlipUsed) {
		t.Errorf("behind a torn line: %+v", a)
	}
	d.now = d.now.Add(24 * time.Hour)
	if err := again(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(d.file("seen")); err != nil || len(b) != 0 {
		t.Errorf("what is over stays: %q, %v", b, err)
	}
	for _, bad := range []string{"x\n", "00 1 2\n", strings.Repeat("00", 17) + " 1 2\n", strings.Repeat("00", 16) + " -1 2\n", strings.Repeat("00", 16) + " 1 x\n", strings.Repeat("zz", 16) + " 1 2\n"} {
		put(bad)
		if err := again(); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// Every refusal that a gate can say has words, and every word of the page is listed.
func TestWords(t *testing.T) {
	names := venue.Words()
	for _, c := range read(t).Codes {
		if c.Reason != "" && !slices.Contains(names, "no."+c.Reason) {
			t.Error(c.Reason)
		}
	}
	for _, file := range []string{"page/page.html", "page/page.js"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range []string{`data-word="`, `say("`} {
			for _, part := range strings.Split(string(b), mark)[1:] {
				name, _, _ := strings.Cut(part, `"`)
				if name != "no." && !slices.Contains(names, name) {
					t.Errorf("%s says %q", file, name)
				}
			}
		}
	}
}

// FuzzSeen: whatever stands in the file, it is read, or called damaged, and what was read is written back.
func FuzzSeen(f *testing.F) {
	f.Add([]byte("00112233445566778899aabbccddeeff 59636160 1795881600\n"))
	f.Add([]byte("0011"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "seen")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := venue.OpenSeen(t.Context(), path, time.Unix(0, 0))
		if err != nil {
			return
		}
		s.Close()
		once, _ := os.ReadFile(path)
		if s, err = venue.OpenSeen(t.Context(), path, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if twice, _ := os.ReadFile(path); string(once) != string(twice) {
			t.Fatalf("%q and %q", once, twice)
		}
	})
}
