package kit

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"netid/internal/act/supervise"
	"netid/internal/identity"
)

// unanswered are the requests to erase of all parties, as counts.
func (k *Kit) unanswered(ctx context.Context) (map[identity.PartyID]supervise.Asked, error) {
	all := map[identity.PartyID]supervise.Asked{}
	cases, err := k.Redress.Cases(ctx)
	for _, c := range cases {
		all[c.Party] = supervise.Asked{Open: c.Open, Overdue: c.Overdue}
	}
	return all, err
}

// Ticket is one that Ann asked for and Bo, the person in charge, approved.
func (k *Kit) Ticket(ctx context.Context, about, do string) (number string, err error) {
	h := identity.NewHandle()
	number = hex.EncodeToString(h[:8])
	body, err := json.Marshal(supervise.Wish{Do: do, Why: "the guardian came to the desk"})
	if err != nil {
		return "", err
	}
	v, err := k.Supervise.Give(number, about, body, "Ann", "Bo")
	if err != nil {
		return "", err
	}
	return number, k.Store.Jot(ctx, v.(identity.Note))
}
