package admin

import (
	"context"
	"net/http"

	"netid/internal/act/staff"
	"netid/internal/protocol/oauth"
)

// Founders invites the first two who work at the console. Whoever reaches this door
// reads the keyring too; from the third on the console's own two decide.
type Founders interface {
	Found(ctx context.Context, i staff.Invitation) (secret string, err error)
}

func (d *Door) foundStaff(w http.ResponseWriter, r *http.Request) {
	in, err := read[staff.Invitation](w, r)
	secret := ""
	if err == nil {
		secret, err = d.Founders.Found(r.Context(), in)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, map[string]string{"invitation": secret})
}
