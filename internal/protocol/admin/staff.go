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
	FoundAgain(ctx context.Context, i staff.Invitation) (secret string, err error)
}

// founder is who is invited; Again: the former invitation was lost, and is to be void.
type founder struct {
	staff.Invitation
	Again bool `json:"again"`
}

func (d *Door) foundStaff(w http.ResponseWriter, r *http.Request) {
	in, err := read[founder](w, r)
	secret := ""
	switch {
	case err != nil:
	case in.Again:
		secret, err = d.Founders.FoundAgain(r.Context(), in.Invitation)
	default:
		secret, err = d.Founders.Found(r.Context(), in.Invitation)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, map[string]string{"invitation": secret})
}
