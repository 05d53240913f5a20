package reader_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"netid/internal/emrtd/chip"
	"netid/internal/fault"
	"netid/internal/tool/reader"
)

const (
	origin = "https://id.example"
	host   = "127.0.0.1:9303"
	zone   = "POCHNSANDBOX<<LIN<YUAN<<<<<<<<<<<<<<<<<<<<<<EI99000015CHN8605043F3311226<<<<<<<<<<<<<<<6"
)

// laid is a chip on a reader.
type laid struct {
	*chip.Chip
	closed int
	wait   chan struct{} // nil: it answers at once
}

func (l *laid) Transmit(b []byte) ([]byte, error) {
	if l.wait != nil {
		<-l.wait
	}
	return l.Chip.Transmit(b)
}

func (l *laid) Close() error { l.closed++; l.Reset(); return nil }

func newChip(t testing.TB, more ...func(*chip.Content)) *chip.Chip {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := chip.Content{Active: key, Files: map[int][]byte{chip.EFSOD: []byte("\x77\x03sod"),
		chip.EFDG1: append([]byte{0x61, 0x5B, 0x5F, 0x1F, 88}, zone...), chip.EFDG15: []byte("\x6F\x03key")}}
	for _, change := range more {
		change(&c)
	}
	return chip.New(c, rand.Reader)
}

// bench is a bridge with what it showed.
type bench struct {
	*reader.Bridge
	card  *laid
	fails error

	mu   sync.Mutex // guards said
	said []reader.Event
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{card: &laid{Chip: newChip(t)}}
	var err error
	b.Bridge, err = reader.New(reader.Config{Origin: origin, Host: host, Random: rand.Reader, Tell: b.tell,
		Open: func(context.Context) (reader.Card, error) { return b.card, b.fails }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) tell(e reader.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, e)
}

func (b *bench) code() (code string) {
	for _, e := range b.said {
		if e.Name == "code" {
			code = e.Word
		}
	}
	return code
}

// question is a good one; change spoils it.
func (b *bench) question(change func(map[string]string)) string {
	q := map[string]string{"code": b.code(), "challenge": "OCBieXRlcyE", "number": "EI9900001", "birth": "1986-05-04", "expires": "2033-11-22"}
	if change != nil {
		change(q)
	}
	s, _ := json.Marshal(q)
	return string(s)
}

func (b *bench) ask(body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "http://"+host+"/read", strings.NewReader(body))
	r.Header.Set("Origin", origin)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestAPageReadsAChip(t *testing.T) {
	b := newBench(t)
	w := b.ask(b.question(nil), nil)
	var e struct{ SOD, DG1, DG15, Signature []byte }
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != 200 || string(e.SOD) != "\x77\x03sod" || !bytes.HasSuffix(e.DG1, []byte(zone)) || string(e.DG15) != "\x6F\x03key" || len(e.Signature) != 64 {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	if h := w.Header(); h.Get("Access-Control-Allow-Origin") != origin || h.Get("Vary") != "Origin" || h.Get("Cache-Control") != "no-store" {
		t.Error(h)
	}
	if b.card.closed != 1 || len(b.said) != 3 || b.said[1].Name != "lay" || b.said[2].Name != "read" {
		t.Error(b.card.closed, b.said)
	}
	w = b.ask("", func(r *http.Request) { r.Method = "OPTIONS"; r.Header.Del("Content-Type") })
	if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Origin") != origin || h.Get("Access-Control-Allow-Methods") != "POST" ||
		h.Get("Access-Control-Allow-Headers") != "Content-Type" || h.Get("Access-Control-Allow-Private-Network") != "true" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Error(w.Code, h)
	}
}

// A page has an exchange carried; what comes back is the chip's answer and no file.
// This one's is no: the command's MAC is nobody's.
func TestAPageHasAnExchangeCarried(t *testing.T) {
	b := newBench(t)
	key := make([]byte, 32)
	rand.Read(key)
	g := &chip.Agreement{Cipher: chip.AES128, Parameter: 12, Key: key}
	dg14, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, Tag: 14, IsCompound: true, Bytes: chip.Infos(nil, g)})
	if err != nil {
		t.Fatal(err)
	}
	b.card.Chip = chip.New(chip.Content{Agreement: g, Files: map[int][]byte{chip.EFSOD: []byte("\x77\x03sod"), chip.EFDG1: append([]byte{0x61, 0x5B, 0x5F, 0x1F, 88}, zone...),
		chip.EFDG14: dg14}}, rand.Reader)
	p := elliptic.P256().Params()
	public := append(append([]byte{4}, p.Gx.Bytes()...), p.Gy.Bytes()...)
	command := append([]byte{0x0C, 0xB0, 0x8E, 0, 13, 0x97, 1, 8, 0x8E, 8}, make([]byte, 9)...)
	exchange, _ := json.Marshal(map[string]any{"cipher": "2.2", "public": public, "command": command})
	w := b.ask(strings.Replace(b.question(func(q map[string]string) { delete(q, "challenge") }), "{", `{"exchange":`+string(exchange)+`,`, 1), nil)
	if w.Code != 200 || w.Body.String() != `{"response":"aYg="}` || b.card.closed != 1 {
		t.Errorf("%d %s, closed %d times", w.Code, w.Body, b.card.closed)
	}
	if w := b.ask(strings.Replace(b.question(func(q map[string]string) { delete(q, "challenge"); q["code"] = "x" }), "{", `{"exchange":`+string(exchange)+`,`, 1), nil); w.Code != 401 {
		t.Errorf("without the code: %d %s", w.Code, w.Body)
	}
}

// Nobody else gets more than no, and no permission to read even that.
func TestWhoMayNotAsk(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(*http.Request){
		"another page":             func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a page below the name":    func(r *http.Request) { r.Header.Set("Origin", origin+".evil.example") },
		"the same name, no TLS":    func(r *http.Request) { r.Header.Set("Origin", "http://id.example") },
		"the same name, elsewhere": func(r *http.Request) { r.Header.Set("Origin", origin+":8443") },
		"no page":                  func(r *http.Request) { r.Header.Del("Origin") },
		"a page of a file":         func(r *http.Request) { r.Header.Set("Origin", "null") },
		"a name that was rebound":  func(r *http.Request) { r.Host = "evil.example:9303" },
		"a name of this computer":  func(r *http.Request) { r.Host = "localhost:9303" },
		"another port":             func(r *http.Request) { r.Host = "127.0.0.1:80" },
	} {
		for _, method := range []string{"POST", "OPTIONS"} {
			w := b.ask(b.question(nil), func(r *http.Request) { r.Method = method; change(r) })
			if w.Code != 403 || w.Header().Get("Access-Control-Allow-Origin") != "" || w.Body.String() != `{"error":"reader_origin"}` {
				t.Errorf("%s, %s: %d %v %s", name, method, w.Code, w.Header(), w.Body)
			}
		}
	}
	for name, change := range map[string]func(*http.Request){
		"a form":           func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"a form of JSON":   func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") },
		"GET":              func(r *http.Request) { r.Method = "GET" },
		"another question": func(r *http.Request) { r.URL.Path = "/" },
	} {
		if w := b.ask(b.question(nil), change); w.Code != 405 && w.Code != 404 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if b.card.closed != 0 || len(b.said) != 1 {
		t.Error("the chip was touched", b.said)
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	b := newBench(t)
	good := b.question(nil)
	for name, c := range map[string]struct{ body, want string }{
		"nothing":                     {"", "reader_request_invalid"},
		"no JSON":                     {"code", "reader_request_invalid"},
		"more members":                {strings.Replace(good, "{", `{"more":1,`, 1), "reader_request_invalid"},
		"two":                         {good + good, "reader_request_invalid"},
		"long":                        {strings.Repeat(" ", 2000) + good, "reader_request_invalid"},
		"a challenge and an exchange": {strings.Replace(good, "{", `{"exchange":{"cipher":"2.2"},`, 1), "reader_request_invalid"},
		"an exchange of nothing":      {strings.Replace(b.question(func(q map[string]string) { delete(q, "challenge") }), "{", `{"exchange":{},`, 1), "reader_request_invalid"},
		"neither":                     {b.question(func(q map[string]string) { delete(q, "challenge") }), "reader_request_invalid"},
		"a short challenge":           {b.question(func(q map[string]string) { q["challenge"] = "OCBi" }), "reader_request_invalid"},
		"a challenge in base64":       {b.question(func(q map[string]string) { q["challenge"] = "OCBieXRlcyE=" }), "reader_request_invalid"},
		"another date form":           {b.question(func(q map[string]string) { q["birth"] = "04.05.1986" }), "chip_key_invalid"},
		"no date":                     {b.question(func(q map[string]string) { q["expires"] = "" }), "chip_key_invalid"},
		"no number":                   {b.question(func(q map[string]string) { delete(q, "number") }), "chip_key_invalid"},
		"a CAN of five":               {b.question(func(q map[string]string) { q["can"] = "12345" }), "chip_key_invalid"},
		"another passport's":          {b.question(func(q map[string]string) { q["number"] = "EI9900002" }), "chip_key_wrong"},
		"a CAN for BAC":               {b.question(func(q map[string]string) { q["can"] = "123456" }), "chip_unsupported"},
	} {
		if w := b.ask(c.body, nil); w.Code != 400 || w.Body.String() != `{"error":"`+c.want+`"}` {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestTheCode(t *testing.T) {
	b := newBench(t)
	first := b.code()
	if len(first) != 6 || strings.Trim(first, "0123456789") != "" {
		t.Fatal(first)
	}
	wrong := func(q map[string]string) { q["code"] = "x" + first[1:] }
	for range 4 {
		if w := b.ask(b.question(wrong), nil); w.Code != 401 || w.Body.String() != `{"error":"reader_code_wrong"}` {
			t.Fatal(w.Code, w.Body)
		}
	}
	if w := b.ask(b.question(nil), nil); w.Code != 200 { // and the count begins again
		t.Fatal(w.Code, w.Body)
	}
	for range 5 {
		b.ask(b.question(wrong), nil)
	}
	if b.code() == first {
		t.Error("there is no new code")
	}
	if w := b.ask(b.question(func(q map[string]string) { q["code"] = first }), nil); w.Code != 401 {
		t.Error("the former code is still good")
	}
	if w := b.ask(b.question(nil), nil); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	if w := b.ask(b.question(func(q map[string]string) { q["code"] = "" }), nil); w.Code != 401 {
		t.Error("no code is a code")
	}
}

func TestAReaderThatIsBusyOrGone(t *testing.T) {
	b := newBench(t)
	b.card.wait = make(chan struct{})
	done, body := make(chan int), b.question(nil)
	go func() { done <- b.ask(body, nil).Code }()
	b.card.wait <- struct{}{} // the first command is under way
	if w := b.ask(body, nil); w.Code != 409 || w.Body.String() != `{"error":"reader_busy"}` {
		t.Error(w.Code, w.Body)
	}
	close(b.card.wait)
	if code := <-done; code != 200 {
		t.Error(code)
	}
	b.fails = fault.Wrap("test", fault.Unavailable, "reader_missing", errors.New("no daemon"))
	if w := b.ask(body, nil); w.Code != 503 || w.Body.String() != `{"error":"reader_missing"}` {
		t.Error(w.Code, w.Body)
	}
	b.fails = errors.New("a defect")
	if w := b.ask(body, nil); w.Code != 500 || w.Body.String() != `{"error":"internal"}` {
		t.Error(w.Code, w.Body)
	}
}

func TestOrigins(t *testing.T) {
	for server, want := range map[string]string{
		"https://id.example": "https://id.example", "https://ID.Example/": "https://id.example", "https://id.example:443": "https://id.example",
		"https://id.example:8443": "https://id.example:8443", "http://localhost:7080": "http://localhost:7080", "http://127.0.0.1:80": "http://127.0.0.1", "http://[::1]:7080/": "http://[::1]:7080",
		"http://id.example": "", "https://": "", "id.example": "", "https://a@id.example": "", "https://id.example/x": "", "https://id.example/?q": "", "ftp://id.example": "", "": "",
	} {
		if got, err := reader.Origin(server); got != want || (want == "") != (err != nil) {
			t.Errorf("%q: %q %v", server, got, err)
		}
	}
}

func FuzzQuestion(f *testing.F) {
	b := newBench(f)
	f.Add(b.question(nil))
	f.Add(`{"code":null}`)
	f.Add(strings.Replace(b.question(func(q map[string]string) { delete(q, "challenge") }), "{", `{"exchange":{"cipher":"2.2","public":"BAQE","command":""},`, 1))
	f.Fuzz(func(t *testing.T, body string) {
		w := b.ask(body, nil)
		if w.Code == 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
