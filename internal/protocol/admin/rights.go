package admin

import (
	"context"
	"net/http"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// Righter keeps what citizens asked of a person. It names none of them.
type Righter interface {
	Queue(ctx context.Context) ([]identity.Claim, error)
	Answer(ctx context.Context, ref string, granted bool, note string) error
}

func (d *Door) claims(w http.ResponseWriter, r *http.Request) {
	all, err := d.Rights.Queue(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	if all == nil {
		all = []identity.Claim{}
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"claims": all})
}

// answerClaim: whether it was granted has no default that nobody chose.
func (d *Door) answerClaim(w http.ResponseWriter, r *http.Request) {
	in, err := read[struct {
		Granted *bool  `json:"granted"`
		Note    string `json:"note"`
	}](w, r)
	if err == nil && in.Granted == nil {
		err = fault.New("admin.answerClaim", fault.Invalid, "application_invalid")
	}
	if err == nil {
		err = d.Rights.Answer(r.Context(), r.PathValue("ref"), *in.Granted, in.Note)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
