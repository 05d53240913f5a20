package admin

import (
	"context"
	"net/http"

	"netid/internal/act/guard"
	"netid/internal/protocol/oauth"
)

// Guarder keeps the applications of guardians that a person looks at first.
type Guarder interface {
	Queue(ctx context.Context) ([]guard.Review, error)
	Decide(ctx context.Context, ref string, allow bool, ticket string) error
}

func (d *Door) guardians(w http.ResponseWriter, r *http.Request) {
	all, err := d.Guard.Queue(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"reviews": all})
}

func (d *Door) decide(allow bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, err := read[struct {
			Ticket string `json:"ticket"`
		}](w, r)
		if err == nil {
			err = d.Guard.Decide(r.Context(), r.PathValue("ref"), allow, in.Ticket)
		}
		d.done(w, err)
	}
}
