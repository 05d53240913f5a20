package portal

import (
	"time"

	"netid/internal/act/partner"
	"netid/internal/identity"
)

// Shown is an application as its own programs read it. The word by which its registration is
// changed is not in it: nobody outside of the service has that.
type Shown struct {
	ID      identity.PartyID     `json:"client_id"`
	State   partner.State        `json:"state"`
	Reason  string               `json:"reason,omitempty"`  // an operator's, of what is returned, suspended or ended
	Why     string               `json:"refused,omitempty"` // why the register did not take what was handed in last
	Missing string               `json:"missing,omitempty"` // why the draft could not be handed in now
	Draft   *partner.Declaration `json:"draft,omitempty"`
	Filed   *partner.Declaration `json:"declared,omitempty"`
	Keys    []partner.Key        `json:"keys"`
	JWKSURI string               `json:"jwks_uri,omitempty"`
	Since   time.Time            `json:"since,omitzero"`
	Alarms  []partner.Alarm      `json:"alarms"`
	Events  []partner.Step       `json:"events"`
	Result  *partner.Result      `json:"kit,omitempty"`
}

func shown(v partner.View) Shown {
	s := Shown{ID: v.ID, State: v.State, Why: v.Why, Missing: v.Missing, Draft: v.Application.Draft, Filed: v.Filed, JWKSURI: v.Keys.Address, Result: v.Result,
		Keys: append([]partner.Key{}, v.Keys.Set...), Alarms: append([]partner.Alarm{}, v.Alarms...), Events: append([]partner.Step{}, v.Steps...)}
	if v.Party != nil {
		s.Since = v.Party.Since
		if v.State != partner.InReview {
			s.Reason = v.Party.Reason
		}
	}
	return s
}
