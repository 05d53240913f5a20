package citizen

import (
	"encoding/base64"
	"net/http"

	"netid/internal/fault"
	"netid/internal/web/shell"
)

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
