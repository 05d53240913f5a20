package admin

import (
	"context"
	"net/http"

	"netid/internal/act/recall"
	"netid/internal/protocol/oauth"
)

// Recaller ends many certificates at once.
type Recaller interface {
	Recall(ctx context.Context, c recall.Choice) (recall.Progress, error)
}

// recall begins to end certificates, or goes on, and answers how far it came: whoever
// asks the same again learns it.
func (d *Door) recall(w http.ResponseWriter, r *http.Request) {
	c, err := read[recall.Choice](w, r)
	var p recall.Progress
	if err == nil {
		p, err = d.Recall.Recall(r.Context(), c)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, p)
}
