package authority_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	connector "netid/internal/connector/authority"
	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/sandbox"
	"netid/internal/tool/authority"
)

const token = "a token of this test, long enough"

func now() time.Time { return time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC) }

// sit starts a simulator in this process over a new population.
func sit(t *testing.T) (p *sandbox.Population, url string, hangUp func()) {
	t.Helper()
	return sitIn(t, t.TempDir())
}

func sitIn(t *testing.T, dir string) (p *sandbox.Population, url string, hangUp func()) {
	t.Helper()
	p, err := sandbox.Found(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	in, parent := io.Pipe()
	line, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- authority.Run(context.Background(), dir, in, out); out.Close() }()
	io.WriteString(parent, token+"\n")
	said, err := bufio.NewReader(line).ReadString('\n')
	if err != nil {
		t.Fatal(err, <-ended)
	}
	hangUp = func() {
		parent.Close()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(5 * time.Second):
			t.Error("the simulator outlives its parent")
		}
	}
	return p, strings.TrimSpace(strings.TrimPrefix(said, "listening ")), hangUp
}

func TestEveryCardAtTheDesk(t *testing.T) {
	p, url, hangUp := sit(t)
	defer hangUp()
	desk := document.NewDesk(p.Trust, connector.New(url, token), false, now)
	challenge := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	refused := map[string]string{"expired-card": "document_expired", "expired-passport": "document_expired", "altered-passport": "document_data_mismatch",
		"agreeing-passport": "chip_downgraded", "copied-passport": "chip_downgraded", // the files alone: the one can answer an exchange
		"foreign-passport": "document_signature_invalid", "cloned-passport": "chip_not_authentic", "lost-card": "document_not_valid", "at-home-passport": "document_not_listed", "wrong-digit-card": "id_number_invalid"}
	handles, read := map[string]identity.PersonHandle{}, map[identity.DocumentKind]int{}
	for _, k := range identity.DocumentKinds {
		read[k] = 0
	}
	for _, c := range p.Cards() {
		t.Run(c.ID, func(t *testing.T) {
			evidence, err := p.Present(c.ID, challenge)
			if err != nil {
				t.Fatal(err)
			}
			doc, handle, err := desk.Read(t.Context(), c.Kind, evidence, challenge)
			if want := refused[c.ID]; want != "" {
				delete(refused, c.ID)
				if !fault.Because(err, want) || !fault.Is(err, fault.Invalid) || doc != (identity.Document{}) || handle != "" {
					t.Fatalf("%+v %v, want %s", doc, err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			who, _ := p.Persona(c.Owner)
			if doc.Kind != c.Kind || doc.Number != c.Number || doc.Birth != who.BirthDate || handle == "" || !doc.ValidOn(identity.Today(now())) {
				t.Errorf("%+v of %+v", doc, who)
			}
			if known := handles[c.Owner]; known != "" && known != handle {
				t.Error("one person, two handles")
			}
			for owner, known := range handles {
				if owner != c.Owner && known == handle {
					t.Error("two people, one handle")
				}
			}
			handles[c.Owner] = handle
			read[c.Kind]++
			origin := identity.DecodedElsewhere
			switch c.Kind {
			case identity.PassportAbroad:
				origin = identity.CheckedHere
			case identity.PermitHongKong, identity.PermitTaiwan:
				origin = identity.CheckedSimulated
			}
			here := origin != identity.DecodedElsewhere
			if doc.Origin != origin || here != doc.Active || here == (doc.Name == who.Person.ZH || c.ID == "renewing-name-card") || here != (doc.Name == strings.ToUpper(who.Person.EN)) {
				t.Errorf("%+v", doc)
			}
			_, _, err = desk.Read(t.Context(), c.Kind, evidence, []byte("anotherC"))
			if !fault.Because(err, "chip_authentication_failed") {
				t.Errorf("an answer to another challenge: %v", err)
			}
			production := document.NewDesk(p.Trust, connector.New(url, token), true, now)
			if _, _, err = production.Read(t.Context(), c.Kind, evidence, challenge); !fault.Because(err, "sandbox_document_refused") {
				t.Errorf("production: %v", err)
			}
		})
	}
	if len(refused) > 0 {
		t.Errorf("no such cards: %v", refused)
	}
	if adult, _ := p.Persona("adult"); len(adult.Cards) != 2 || handles["adult"] == "" {
		t.Error("the adult has two documents")
	}
	for kind, n := range read {
		if n == 0 {
			t.Errorf("nobody holds a good %s", kind)
		}
	}
}

func TestTelephoneOnFile(t *testing.T) {
	p, url, hangUp := sit(t)
	defer hangUp()
	c := connector.New(url, token)
	desk := document.NewDesk(p.Trust, c, false, now)
	evidence, err := p.Present("overseas-passport", make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	_, handle, err := desk.Read(t.Context(), identity.PassportAbroad, evidence, make([]byte, 8))
	if err != nil {
		t.Fatal(err)
	}
	who, _ := p.Persona("overseas")
	for phone, want := range map[string]bool{who.Phone: true, "10099999999": false} {
		if got, err := c.PhoneOnFile(t.Context(), handle, phone); err != nil || got != want {
			t.Errorf("%s: %v %v", phone, got, err)
		}
	}
}

func TestItSaysThatItIsASimulatorEveryTime(t *testing.T) {
	_, url, hangUp := sit(t)
	defer hangUp()
	about, err := connector.New(url, token).About(t.Context())
	if err != nil || !about.Simulator || about.Name.ZH == "" || about.Name.EN == "" {
		t.Fatalf("%+v %v", about, err)
	}
	for _, c := range []struct {
		method, path, body, auth string
		status                   int
	}{
		{"GET", "/v1/about", "", token, 200},
		{"GET", "/v1/about", "", "", 401}, {"GET", "/v1/about", "", token + "x", 401},
		{"POST", "/v1/about", "", token, 404}, {"GET", "/", "", token, 404}, {"GET", "/v1/decode", "", token, 404},
		{"POST", "/v1/decode", `{"transcript":"AAAA","challenge":"AAAAAAAAAAA="}`, token, 422},
		{"POST", "/v1/decode", `{`, token, 400}, {"POST", "/v1/decode", `{} {}`, token, 400}, {"POST", "/v1/decode", `{"more":1}`, token, 400},
		{"POST", "/v1/decode", `{"transcript":"` + strings.Repeat("AAAA", 20<<10) + `"}`, token, 400},
		{"POST", "/v1/resolve", `{"kind":"passport","number":"EI0000000"}`, token, 422},
		{"POST", "/v1/phone", `{"person":"nobody","phone":"10000000001"}`, token, 200},
	} {
		req, err := http.NewRequest(c.method, url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.auth != "" {
			req.Header.Set("Authorization", "Bearer "+c.auth)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		var said struct{ Simulator bool }
		if json.Unmarshal(b, &said) != nil || !said.Simulator || res.StatusCode != c.status || res.Header.Get("Netid-Simulator") == "" {
			t.Errorf("%s %s: %d %s", c.method, c.path, res.StatusCode, b)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := sandbox.Found(dir, now); err != nil {
		t.Fatal(err)
	}
	for what, in := range map[string]string{"no token": "", "a short token": "short\n", "no end of line": token, "an endless line": strings.Repeat("x", 9<<10) + "\n"} {
		if err := authority.Run(t.Context(), dir, strings.NewReader(in), io.Discard); err == nil {
			t.Error(what)
		}
	}
	if err := authority.Run(t.Context(), t.TempDir(), strings.NewReader(token+"\n"), io.Discard); err == nil {
		t.Error("no population")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, parent := io.Pipe()
	defer parent.Close()
	go io.WriteString(parent, token+"\n")
	var out bytes.Buffer
	if err := authority.Run(ctx, dir, in, &out); err != nil || !strings.HasPrefix(out.String(), "listening http://127.0.0.1:") {
		t.Errorf("a context that is over: %v %q", err, out.String())
	}
}

// TestMain is also the child: the test binary starts a copy of itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "simulate" {
		if err := authority.Run(context.Background(), os.Args[2], os.Stdin, os.Stdout); err != nil {
			io.WriteString(os.Stderr, err.Error()+"\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAsAChild(t *testing.T) {
	dir := t.TempDir()
	if _, err := sandbox.Found(dir, now); err != nil {
		t.Fatal(err)
	}
	url, stop, err := connector.Start(t.Context(), os.Args[0], []string{"simulate", dir}, token)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	c := connector.New(url, token)
	if about, err := c.About(t.Context()); err != nil || !about.Simulator {
		t.Fatalf("%+v %v", about, err)
	}
	began := time.Now()
	stop()
	stop()
	if d := time.Since(began); d > 1500*time.Millisecond {
		t.Errorf("it took %s to end", d)
	}
	if _, err := c.About(t.Context()); !fault.Is(err, fault.Unavailable) || !fault.Because(err, "authority_unavailable") {
		t.Errorf("after its end: %v", err)
	}
	if _, _, err := connector.Start(t.Context(), os.Args[0], []string{"simulate", t.TempDir()}, token); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a child that fails: %v", err)
	}
}
