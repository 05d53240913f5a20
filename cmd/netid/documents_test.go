package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/sandbox"
	"netid/internal/tool/reader"
	"netid/test/visitor"
)

// drawn is a person of the drawer with one of their cards.
func (f *flow) drawn(t *testing.T, card string) *visitor.Citizen {
	t.Helper()
	c, err := visitor.NewCitizen(f.house.Issuer, card, "")
	must(t, err)
	c.Through(f.meter)
	a, err := c.Call(http.MethodGet, "/sandbox/drawer", "")
	must(t, err)
	var drawer struct {
		Cards []struct{ ID, Kind, Phone string } `json:"cards"`
	}
	must(t, json.Unmarshal([]byte(a.Body), &drawer))
	for _, k := range drawer.Cards {
		if k.ID == card {
			c.Kind, c.Phone = k.Kind, k.Phone
		}
	}
	if c.Phone == "" {
		t.Fatalf("the drawer has no %s", card)
	}
	return c
}

// show takes a card from the choice of its kind to the page where it is kept.
func show(t *testing.T, c *visitor.Citizen, card, kind string) (*visitor.Answer, error) {
	t.Helper()
	c.Card, c.Kind = card, kind
	if a, err := c.Post("/documents", url.Values{"kind": {kind}}); err != nil || a.Status != http.StatusSeeOther {
		t.Fatalf("%v %v", a, err)
	}
	must(t, c.Until("card"))
	return c.Step("card")
}

func TestSevenDocumentsThroughThePages(t *testing.T) {
	f := newFlow(t, "")
	t.Run("each of them enrols", f.eachEnrols)
	t.Run("one changes", f.oneChanges)
	t.Run("by a reader beside the browser", f.byReader)
}

// Whoever has a chip that anybody can read enrols by netid reader: the page asks the
// program, which opens a chip of software with what is printed on the document.
func (f *flow) byReader(t *testing.T) {
	for card, kind := range map[string]string{"hk-resident-permit": "mainland-permit-hk-macau", "taiwan-permit": "mainland-permit-taiwan", "adult-passport": "passport"} {
		t.Run(card, func(t *testing.T) {
			c := f.drawn(t, card)
			c.Kind = kind
			must(t, c.Start())
			must(t, c.Until("card"))
			page, err := c.Get("/enrol/card")
			if must(t, err); !strings.Contains(page.Body, `id="bridge"`) {
				t.Fatal("the page does not offer the reader")
			}
			program := beside(t, f.house.Data, card)
			evidence := program(t, c, map[string]any{"challenge": challenge(t, c)})
			a, err := c.Post("/enrol/card", url.Values{"evidence": {evidence}})
			if must(t, err); a.Leads() != "/enrol/face-consent" {
				t.Fatalf("%d %s", a.Status, a.Reason())
			}
		})
	}
	t.Run("agreeing-passport", f.byExchange)
}

// A chip that signs nothing is asked a second time, with the service's exchange; by
// its files alone it is refused, and so is a copy by whoever reads it.
func (f *flow) byExchange(t *testing.T) {
	c := f.drawn(t, "agreeing-passport")
	must(t, c.Start())
	must(t, c.Until("card"))
	if a, err := c.Step("card"); err != nil || a.Reason() != "chip_downgraded" { // from the drawer: the files and no answer
		t.Fatalf("by its files alone: %v", err)
	}
	genuine, copied := beside(t, f.house.Data, "agreeing-passport"), beside(t, f.house.Data, "copied-passport")
	var files map[string][]byte
	ask := func() (exchange json.RawMessage) {
		t.Helper()
		evidence := genuine(t, c, map[string]any{"challenge": challenge(t, c)})
		must(t, json.Unmarshal([]byte(evidence), &files))
		a, err := c.Post("/enrol/exchange", url.Values{"evidence": {evidence}})
		if must(t, err); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Reason())
		}
		return json.RawMessage(a.Body)
	}
	show := func(program func(*testing.T, *visitor.Citizen, map[string]any) string, exchange json.RawMessage) *visitor.Answer {
		t.Helper()
		must(t, json.Unmarshal([]byte(program(t, c, map[string]any{"exchange": exchange})), &files))
		evidence, err := json.Marshal(files)
		must(t, err)
		a, err := c.Post("/enrol/card", url.Values{"evidence": {string(evidence)}})
		must(t, err)
		return a
	}
	if a := show(copied, ask()); a.Reason() != "chip_authentication_failed" {
		t.Errorf("a copy's answer: %d %s", a.Status, a.Reason())
	}
	old := ask()
	ask()
	if a := show(genuine, old); a.Reason() != "chip_authentication_failed" {
		t.Errorf("the answer to another exchange: %d %s", a.Status, a.Reason())
	}
	if a := show(genuine, ask()); a.Leads() != "/enrol/face-consent" {
		t.Errorf("the chip's own answer: %d %s", a.Status, a.Reason())
	}
}

func challenge(t *testing.T, c *visitor.Citizen) string {
	t.Helper()
	a, err := c.Call(http.MethodPost, "/enrol/challenge", "")
	must(t, err)
	var got struct{ Challenge string }
	must(t, json.Unmarshal([]byte(a.Body), &got))
	return got.Challenge
}

// beside is netid reader --virtual with its page's questions: what is printed on
// the card and the code go with each.
func beside(t *testing.T, data, card string) func(*testing.T, *visitor.Citizen, map[string]any) string {
	t.Helper()
	people, err := sandbox.Found(data, time.Now)
	must(t, err)
	number, birth, expires := onPaper(t, people, card)
	open, err := (&readerCmd{Virtual: card, Data: data}).opens()
	must(t, err)
	var code string
	const host = "127.0.0.1:9303"
	b, err := reader.New(reader.Config{Origin: "https://netid.example", Host: host, Open: open, Random: randomness{}, Tell: func(e reader.Event) {
		if e.Name == "code" {
			code = e.Word
		}
	}})
	must(t, err)
	return func(t *testing.T, c *visitor.Citizen, what map[string]any) string {
		t.Helper()
		maps.Copy(what, map[string]any{"code": code, "number": number, "birth": birth.String(), "expires": expires.String()})
		body, err := json.Marshal(what)
		must(t, err)
		r := httptest.NewRequest(http.MethodPost, "http://"+host+"/read", bytes.NewReader(body))
		r.Header.Set("Origin", "https://netid.example")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("the reader says %d %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
}

// Each of the seven documents leads through the pages of a whole server to a
// number of its own, and its label is the honest one.
func (f *flow) eachEnrols(t *testing.T) {
	numbers := map[string]string{}
	for card, label := range map[string]string{
		"trial-1-card": "read by the authority", "overseas-passport": "checked by this service", "hongkong-permit": "the issuer at the top is simulated",
		"taiwan-permit": "the issuer at the top is simulated", "hk-resident-card": "read by the authority", "tw-resident-card": "read by the authority",
		"foreigner-card": "read by the authority",
	} {
		t.Run(card, func(t *testing.T) {
			c := f.drawn(t, card)
			must(t, c.Enrol())
			if other := numbers[c.Number]; c.Number == "" || other != "" {
				t.Fatalf("number %q, which is %s's, too", c.Number, other)
			}
			numbers[c.Number] = card
			must(t, c.SignIn())
			a, err := c.Get("/documents")
			must(t, err)
			if !strings.Contains(a.Body, label) || !strings.Contains(a.Body, `data-document="`+c.Kind+`"`) {
				t.Errorf("the page says another label than %q", label)
			}
		})
	}
	home := f.drawn(t, "at-home-passport")
	must(t, home.Start())
	must(t, home.Until("card"))
	if a, err := home.Step("card"); err != nil || a.Status != http.StatusBadRequest || a.Reason() != "document_not_listed" {
		t.Errorf("a passport at home: %v", err)
	}
	if len(numbers) != len(identity.DocumentKinds) {
		t.Errorf("%d documents enrolled", len(numbers))
	}
}

// A card is renewed, its name changes, its number is corrected, a second document
// comes, and another's is refused: all through the pages, under one number.
func (f *flow) oneChanges(t *testing.T) {
	c := f.drawn(t, "renewing-card")
	must(t, c.Enrol())
	must(t, c.SignIn())
	number, renewed := c.Number, 0
	for _, card := range []string{"renewing-new-card", "renewing-name-card", "renewing-number-card"} {
		a, err := show(t, c, card, "resident-id-card")
		if must(t, err); a.Leads() != "/enrol/keep" {
			t.Fatalf("%s: %d %s", card, a.Status, a.Reason())
		}
		a, err = c.Post("/enrol/keep", url.Values{"passcode": {c.Passcode}})
		must(t, err)
		if a.Status != http.StatusOK || !strings.Contains(a.Body, `data-page="kept"`) {
			t.Fatalf("%s is not kept: %d %s", card, a.Status, a.Reason())
		}
		if token := a.Data("data-token"); token != "" { // the card ends before the six months of a certificate, its successor does not
			c.Certificate, renewed = a.Data("data-certificate"), renewed+1
		}
		must(t, c.SignIn())
		if c.Number != number {
			t.Fatalf("%s: another number", card)
		}
	}
	if renewed != 1 {
		t.Errorf("the certificate was renewed %d times", renewed)
	}
	a, err := c.Get("/documents")
	must(t, err)
	if strings.Count(a.Body, "data-document=") != 1 || !strings.Contains(a.Body, "沙盒·换证") {
		t.Errorf("the page does not have the last card alone")
	}
	for card, kind := range map[string]string{"foreigner-card": "foreigner-permanent-card", "trial-2-card": "resident-id-card", "lost-card": "resident-id-card"} {
		if a, err := show(t, c, card, kind); err != nil || a.Status != http.StatusBadRequest || a.Reason() != "document_not_valid" {
			t.Errorf("%s, which is another's: %v", card, err)
		}
	}
}
