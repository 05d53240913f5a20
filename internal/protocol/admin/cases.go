package admin

import (
	"context"
	"net/http"

	"netid/internal/act/redress"
	"netid/internal/protocol/oauth"
)

// Redresser counts what citizens asked of parties, and reported of them.
type Redresser interface {
	Cases(ctx context.Context) ([]redress.Case, error)
}

func (d *Door) cases(w http.ResponseWriter, r *http.Request) {
	all, err := d.Redress.Cases(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"cases": all})
}
