package citizen

import (
	"encoding/base64"
	"net/http"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// ReaderHost is where netid reader listens on the citizen's own computer. It is
// one address, so that the page's policy can name it.
const ReaderHost = "127.0.0.1:9303"

// bridge is what the page needs to read a chip through it.
type bridge struct {
	Server  string   // what the program is started for
	Program string   // its origin
	Reasons []string // why it may not have read one, each with its sentence on the page
}

// chips are the documents whose chip anybody can read who holds them.
func chips() []identity.DocumentKind { return []identity.DocumentKind{identity.PassportAbroad} }

// reader lets the page of such a document ask the program.
func (d *Door) reader(v *shell.Visit, kind identity.DocumentKind) *bridge {
	if !slices.Contains(chips(), kind) {
		return nil
	}
	v.Asks("http://" + ReaderHost)
	return &bridge{d.Shell.Issuer, "http://" + ReaderHost, []string{"reader_code_wrong", "reader_missing", "reader_busy", "chip_key_invalid", "chip_key_wrong",
		"chip_silent", "chip_malformed", "chip_unsupported", "chip_weakened", "chip_not_authentic"}}
}

// challenge gives the card something fresh to answer.
func (d *Door) challenge(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	c, err := d.Enrol.Challenge(v.Context(), h)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, map[string]string{"challenge": base64.RawURLEncoding.EncodeToString(c)})
}

// card takes what a reader got from a document.
func (d *Door) card(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	if v.Form("evidence") == "" {
		return d.took(v, "card", "cards", fault.New("citizen.card", fault.Invalid, "card_missing"))
	}
	return d.took(v, "card", "cards", d.Enrol.Present(v.Context(), h, []byte(v.Form("evidence"))))
}
