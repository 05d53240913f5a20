package citizen

import (
	"net/http"

	"netid/internal/web/shell"
)

// ledgerHead is the newest signed head, for everybody who keeps them.
func (d *Door) ledgerHead(v *shell.Visit) error {
	note, _, err := d.Look.Head(v.Context())
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "text/plain; charset=utf-8", []byte(note))
}

// ledgerKey is the key that checks it.
func (d *Door) ledgerKey(v *shell.Visit) error {
	_, key, err := d.Look.Head(v.Context())
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "text/plain; charset=utf-8", []byte(key+"\n"))
}
