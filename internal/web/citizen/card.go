package citizen

import (
	"encoding/base64"
	"net/http"

	"netid/internal/act/enrol"
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
	Virtual string   // a made-up document of the kind, in a sandbox
	Reasons []string // why it may not have read one, each with its sentence on the page
}

// reader lets the page of a document whose chip anybody can read who holds it ask
// the program. The others' only the state's module reads.
func (d *Door) reader(v *shell.Visit, view enrol.View) *bridge {
	if view.Checks == identity.DecodedElsewhere {
		return nil
	}
	v.Asks("http://" + ReaderHost)
	virtual := map[identity.DocumentKind]string{identity.PassportAbroad: "adult-passport", identity.PermitHongKong: "hongkong-permit", identity.PermitTaiwan: "taiwan-permit"}
	return &bridge{d.Shell.Issuer, "http://" + ReaderHost, virtual[view.Kind], []string{"reader_code_wrong", "reader_missing", "reader_busy", "chip_key_invalid", "chip_key_wrong",
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

// exchange gives what a reader carries to a chip that proves itself so, from its
// files. What it is refused for the card says again, on a page of its own.
func (d *Door) exchange(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	x, err := d.Enrol.Exchange(v.Context(), h, []byte(v.Form("evidence")))
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "application/json", x)
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
