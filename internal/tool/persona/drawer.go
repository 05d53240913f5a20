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
	Guardians []string `json:"guardians"` // ids; of a minor
}

// cardOf is the card that the persona enrols with: its first.
func (d drawer) cardOf(p persona) (card, error) {
	for _, c := range d.Cards {
		if len(p.Cards) > 0 && c.ID == p.Cards[0] {
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

// codes reads what codes came to a phone, newest first. Only the newest few
// can be of use.
func (b *browser) codes(ctx context.Context, phone string) ([]string, error) {
	var outbox struct {
		Messages []message `json:"messages"`
	}
	if err := b.call(ctx, http.MethodGet, "/sandbox/outbox", nil, &outbox); err != nil {
		return nil, err
	}
	var codes []string
	for _, m := range outbox.Messages {
		if code := sixDigits.FindString(m.Code + " " + m.Text); m.Phone == phone && code != "" && len(codes) < 4 {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return nil, errors.New("no code came to the phone: the sandbox's outbox has none")
	}
	return codes, nil
}
