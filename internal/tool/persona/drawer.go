package persona

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
)

// drawer is the sandbox's card drawer: who there is and what cards they hold.
type drawer struct {
	Cards    []card    `json:"cards"`
	Personas []persona `json:"personas"`
}

type card struct {
	ID      string `json:"id"`
	Persona string `json:"persona"`
	Kind    string `json:"kind"`
	Number  string `json:"number"`
}

type persona struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	BirthDate string   `json:"birth_date"`
	Phone     string   `json:"phone"`
	Cards     []string `json:"cards"`
}

// cardOf is the card that the persona enrols with: its first.
func (d drawer) cardOf(p persona) (card, error) {
	for _, c := range d.Cards {
		if c.Persona == p.ID {
			return c, nil
		}
	}
	return card{}, fmt.Errorf("the persona %s has no card in the drawer", p.ID)
}

// drawer reads it; a server without one is no sandbox.
func (b *browser) drawer(ctx context.Context) (drawer, error) {
	var d drawer
	err := b.call(ctx, http.MethodGet, "/sandbox/drawer", nil, &d)
	var s *status
	if errors.As(err, &s) && (s.code == http.StatusNotFound || s.code == http.StatusMethodNotAllowed) {
		return d, fmt.Errorf("%s is not a sandbox: it has no card drawer, and personas live in sandboxes only", b.origin)
	}
	return d, err
}

// present holds the card to the reader, which asks it this challenge; the
// evidence goes into a form as it is.
func (b *browser) present(ctx context.Context, card, challenge string) (string, error) {
	var evidence json.RawMessage
	err := b.call(ctx, http.MethodPost, "/sandbox/drawer/"+card, map[string]string{"challenge": challenge}, &evidence)
	return string(evidence), err
}

// message is a text message that the sandbox "sent".
type message struct {
	Phone string `json:"phone"`
	Code  string `json:"code"`
	Text  string `json:"text"`
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code reads the newest code that came to a phone.
func (b *browser) code(ctx context.Context, phone string) (string, error) {
	var outbox struct {
		Messages []message `json:"messages"`
	}
	if err := b.call(ctx, http.MethodGet, "/sandbox/outbox", nil, &outbox); err != nil {
		return "", err
	}
	code := ""
	for _, m := range outbox.Messages { // oldest first
		if m.Phone != phone {
			continue
		}
		if code = m.Code; code == "" {
			code = sixDigits.FindString(m.Text)
		}
	}
	if code == "" {
		return "", errors.New("no code came to the phone: the sandbox's outbox has none")
	}
	return code, nil
}
