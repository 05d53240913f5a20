package drawer_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/drawer"
	"netid/internal/web/shell"
)

type box struct {
	challenge []byte
	told      string
}

func (*box) Personas() []drawer.Persona {
	return []drawer.Persona{{ID: "adult", Name: "沙<明>", BirthDate: "1990-05-17", Phone: "10000000001", Cards: []string{"adult-card"}}}
}

func (*box) Cards() []drawer.Card {
	return []drawer.Card{{ID: "adult-card", Persona: "adult", Kind: "resident-id-card", Number: "990101199005170011"}}
}

func (b *box) Present(_ context.Context, card string, challenge []byte) ([]byte, error) {
	if card != "adult-card" {
		return nil, fault.New("box", fault.NotFound, "card_unknown")
	}
	b.challenge = challenge
	return []byte(`{"evidence":1}`), nil
}

func (b *box) Tell(persona, word, card string, until identity.Date) error {
	if persona != "adult" {
		return fault.New("box", fault.NotFound, "card_unknown")
	}
	b.told = word + " " + card + " " + until.String()
	return nil
}

func (*box) Messages() []drawer.Message {
	return []drawer.Message{{Phone: "10000000001", Text: shell.CodeMessage("zh-CN", "654321"), Time: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}}
}

func ask(t *testing.T, b *box, method, path, accept, body string) (int, string) {
	t.Helper()
	mux := http.NewServeMux()
	drawer.New(drawer.Config{Shell: shell.New(shell.Config{Sandbox: true}), Cards: b, Outbox: b, News: b}).Register(mux)
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", accept)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestDrawerAndOutbox(t *testing.T) {
	for path, want := range map[string]string{"/sandbox/drawer": `"personas":[{"id":"adult"`, "/sandbox/outbox": `"code":"654321"`} {
		if code, body := ask(t, &box{}, "GET", path, "application/json", ""); code != 200 || !strings.Contains(body, want) || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d %s", path, code, body)
		}
		if code, body := ask(t, &box{}, "GET", path, "text/html", ""); code != 200 || !strings.Contains(body, "<main") || strings.Contains(body, "<明>") {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
}

func TestACardAnswers(t *testing.T) {
	b := &box{}
	if code, body := ask(t, b, "POST", "/sandbox/drawer/adult-card", "application/json", `{"challenge":"OCBieXRlcyE"}`); code != 200 || body != `{"evidence":1}` || string(b.challenge) != "8 bytes!" {
		t.Errorf("%d %s %q", code, body, b.challenge)
	}
	for name, c := range map[string]struct {
		card, body string
		status     int
		code       string
	}{
		"no card":      {"none", `{"challenge":"OCBieXRlcyE"}`, 404, "card_unknown"},
		"short":        {"adult-card", `{"challenge":"OCBi"}`, 400, "form_invalid"},
		"padding":      {"adult-card", `{"challenge":"OCBieXRlcyE="}`, 400, "form_invalid"},
		"not JSON":     {"adult-card", `challenge`, 400, "form_invalid"},
		"more members": {"adult-card", `{"challenge":"OCBieXRlcyE","x":1}`, 400, "form_invalid"},
		"long":         {"adult-card", `{"challenge":"` + strings.Repeat("A", 9000) + `"}`, 413, "form_invalid"},
	} {
		if code, body := ask(t, b, "POST", "/sandbox/drawer/"+c.card, "application/json", c.body); code != c.status || !strings.Contains(body, `"error":"`+c.code+`"`) {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
}

func TestTheRegisterIsMadeToSpeak(t *testing.T) {
	b := &box{}
	if code, body := ask(t, b, "POST", "/sandbox/news/adult", "application/json", `{"news":"expired","card":"adult-card","until":"2027-01-02"}`); code != 200 || b.told != "expired adult-card 2027-01-02" {
		t.Errorf("%d %s: %q", code, body, b.told)
	}
	for name, c := range map[string]struct {
		path, body string
		want       int
	}{
		"nobody":         {"/sandbox/news/nobody", `{"news":"lost"}`, 404},
		"no day":         {"/sandbox/news/adult", `{"news":"lost","until":"tomorrow"}`, 400},
		"something else": {"/sandbox/news/adult", `{"news":"lost","more":1}`, 400},
		"no JSON":        {"/sandbox/news/adult", `news=lost`, 400},
	} {
		if code, body := ask(t, &box{}, "POST", c.path, "application/json", c.body); code != c.want {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
}
