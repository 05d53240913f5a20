package operator

import (
	"encoding/json"
	"time"

	"netid/internal/act/incident"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Halt is the body of a proposal that stops issuance for an incident, or lets it go on.
type Halt struct {
	Scope incident.Scope `json:"scope"`
	What  string         `json:"what"`
	At    time.Time      `json:"at,omitzero"` // of the stop that ends
}

// halt proposes a stop, or the end of the one that the page showed.
func (d *Door) halt(a law.Action) Handler {
	return func(v *shell.Visit, m staff.Member) error {
		ref := v.R.PathValue("ref")
		v.Back("/operator/incidents/" + ref)
		h := Halt{Scope: incident.Scope(v.Form("scope")), What: v.Form("what")}
		if a == law.LiftStop {
			at, err := time.Parse(time.RFC3339, v.Form("at"))
			if err != nil {
				return fault.Wrap("operator.halt", fault.NotFound, "stop_unknown", err)
			}
			h.At = at.UTC()
		}
		body, err := json.Marshal(h)
		if err != nil {
			return fault.Wrap("operator.halt", fault.Internal, "internal", err)
		}
		return d.sign(v, m, a, ref, body)
	}
}
