package citizen

import (
	"time"

	"netid/internal/act/look"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

func card(h look.Home, now time.Time) cardView {
	return cardView{Masked: h.Number.Masked(), Frozen: h.Standing.Has(identity.FrozenByOwner | identity.FrozenByGuardian), Held: h.Standing.Has(identity.Held), Expired: !h.Certificate.ValidAt(now), Soon: !h.Certificate.ValidAt(now.Add(soon / 3)), Home: h}
}

// freeze is one tap and no question.
func (d *Door) freeze(v *shell.Visit, s identity.Session) error {
	if err := d.Issue.Freeze(v.Context(), s); err != nil {
		return err
	}
	return v.Go("/?said=frozen")
}

// thaw is the risky direction: it takes the passcode.
func (d *Door) thaw(v *shell.Visit, s identity.Session) error {
	err := d.Issue.Thaw(v.Context(), s, v.Form("passcode"))
	if err == nil {
		return v.Go("/?said=thawed")
	}
	if !shell.Recoverable(err) {
		return err
	}
	page, other := d.home(v, s)
	if other != nil {
		return other
	}
	return v.Refuse(d.pages, "home", err, page, "passcode")
}
