// Package drawer is the sandbox's own door: the card drawer from which a
// developer takes a made-up person's document, and the outbox where the text
// messages lie that the sandbox did not send.
//
// It owns two pages and their JSON, and refuses to know how a card answers or
// where a message comes from. A service for real people does not have it.
//
// Invariant: it serves nothing that is not synthetic, and changes nothing but
// what the made-up register says.
package drawer

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Card is one synthetic document.
type Card struct {
	ID      string        `json:"id"`
	Persona string        `json:"persona"` // whose
	Kind    string        `json:"kind"`    // an identity.DocumentKind
	Number  string        `json:"number"`
	Phone   string        `json:"phone"` // on file for its person
	Label   identity.Text `json:"label"` // what it is
	Note    identity.Text `json:"note"`  // what to expect of it
}

// Persona is one synthetic person.
type Persona struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	BirthDate string   `json:"birth_date"` // 2006-01-02
	Phone     string   `json:"phone"`
	Cards     []string `json:"cards"`               // ids; the first is the one to enrol with
	Guardians []string `json:"guardians,omitempty"` // ids; of a minor
}

// Message is one text message that was not sent.
type Message struct {
	Phone string    `json:"phone"`
	Text  string    `json:"text"`
	Code  string    `json:"code,omitempty"`
	Time  time.Time `json:"time"`
}

// Cards is the sandbox's population with their documents.
type Cards interface {
	Personas() []Persona
	Cards() []Card
	// Present lets a card answer a challenge of 8 bytes; its evidence is JSON.
	// NotFound "card_unknown".
	Present(ctx context.Context, card string, challenge []byte) ([]byte, error)
}

// Outbox holds the messages, newest first.
type Outbox interface {
	Messages() []Message
}

// News has the register say something of a persona, or of a card of theirs.
// NotFound "card_unknown".
type News interface {
	Tell(persona, word, card string, until identity.Date) error
}

// Config is what the door opens onto.
type Config struct {
	Shell  *shell.Shell
	Cards  Cards
	Outbox Outbox
	News   News

	Figures func() Figures // of the running service; nil: none are served
}

// Figures are what a measurement cannot read from outside.
type Figures struct {
	Commits uint64 `json:"commits"` // durable ones since the start
	Reads   uint64 `json:"reads"`   // of the store, beside those of its writer
}

// Door answers the sandbox's developers.
type Door struct {
	Config
	pages *shell.Pages
}

//go:embed templates/*.html
var templates embed.FS

// New makes the door.
func New(c Config) *Door {
	return &Door{Config: c, pages: c.Shell.Pages(templates, "templates/*.html")}
}

// Register puts the sandbox's pages on the mux.
func (d *Door) Register(mux shell.Mux) {
	d.Shell.Handle(mux, "GET /sandbox/drawer", d.drawer)
	d.Shell.Handle(mux, "POST /sandbox/drawer/{card}", d.present)
	d.Shell.Handle(mux, "POST /sandbox/news/{persona}", d.news)
	d.Shell.Handle(mux, "GET /sandbox/outbox", d.outbox)
	d.Shell.Handle(mux, "GET /sandbox/figures", d.figures)
}

// drawerPage is the drawer as JSON and as a page.
type drawerPage struct {
	Cards    []Card    `json:"cards"`
	Personas []Persona `json:"personas"`
}

// Of are the cards of one persona, for the page.
func (p drawerPage) Of(persona string) []Card {
	return slices.DeleteFunc(slices.Clone(p.Cards), func(c Card) bool { return c.Persona != persona })
}

// Others are the cards of people who are not listed: to see a refusal with.
func (p drawerPage) Others() []Card {
	return slices.DeleteFunc(slices.Clone(p.Cards), func(c Card) bool {
		return slices.ContainsFunc(p.Personas, func(w Persona) bool { return w.ID == c.Persona })
	})
}

func (d *Door) drawer(v *shell.Visit) error {
	page := drawerPage{d.Config.Cards.Cards(), d.Config.Cards.Personas()}
	if v.WantsJSON() {
		return v.JSON(http.StatusOK, page)
	}
	return v.Show(d.pages, "drawer", page)
}

// present holds one card to the reader.
func (d *Door) present(v *shell.Visit) error {
	const op = "drawer.present"
	var in struct {
		Challenge string `json:"challenge"`
	}
	dec := json.NewDecoder(http.MaxBytesReader(v.W, v.R.Body, 4<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return fault.Wrap(op, fault.Invalid, "form_invalid", err)
	}
	challenge, err := base64.RawURLEncoding.Strict().DecodeString(in.Challenge)
	if err != nil || len(challenge) != 8 {
		return fault.Wrap(op, fault.Invalid, "form_invalid", errors.Join(err, errors.New("challenge")))
	}
	evidence, err := d.Config.Cards.Present(v.Context(), v.R.PathValue("card"), challenge)
	if err != nil {
		return fault.At(op, err)
	}
	return v.Plain(http.StatusOK, "application/json", evidence)
}

// news has the register tell it; it takes effect when the service asks next.
func (d *Door) news(v *shell.Visit) error {
	const op = "drawer.news"
	var in struct {
		News  string        `json:"news"` // "deceased", "alive", "guardianship", "lost", "replaced", "expired", "good"
		Card  string        `json:"card"`
		Until identity.Date `json:"until"`
	}
	dec := json.NewDecoder(http.MaxBytesReader(v.W, v.R.Body, 4<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return fault.Wrap(op, fault.Invalid, "form_invalid", err)
	}
	if err := d.News.Tell(v.R.PathValue("persona"), in.News, in.Card, in.Until); err != nil {
		return fault.At(op, err)
	}
	return v.JSON(http.StatusOK, struct {
		Told bool `json:"told"`
	}{true})
}

func (d *Door) figures(v *shell.Visit) error {
	if d.Figures == nil {
		return fault.New("drawer.figures", fault.NotFound, "page_unknown")
	}
	return v.JSON(http.StatusOK, d.Figures())
}

// outboxPage is the outbox as JSON and as a page.
type outboxPage struct {
	Messages []Message `json:"messages"`
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

func (d *Door) outbox(v *shell.Visit) error {
	page := outboxPage{Messages: d.Outbox.Messages()}
	for i, m := range page.Messages {
		if m.Code == "" {
			page.Messages[i].Code = sixDigits.FindString(m.Text)
		}
	}
	if v.WantsJSON() {
		return v.JSON(http.StatusOK, page)
	}
	return v.Show(d.pages, "outbox", page)
}
