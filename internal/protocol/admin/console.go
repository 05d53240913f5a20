package admin

import (
	"context"
	"net/http"
	"time"

	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

// Console is read here, for auditors and for whoever watches by machine. Nothing of it is
// changed at this door: a proposal is signed by a passkey, and no machine has one.
type Console interface {
	Proposals(context.Context) ([]staff.Proposal, error)
	Proposal(ctx context.Context, number string) (staff.Proposal, error)
	DecideText(p staff.Proposal, word string, by staff.Member) string
	Accounts(context.Context) ([]staff.Listed, error)
}

// proposalShown is a proposal with both signatures and the texts that were signed, so that
// whoever has it checks them without us.
type proposalShown struct {
	Number  string        `json:"number"`
	Action  string        `json:"action"`
	Subject string        `json:"subject"`
	Says    identity.Text `json:"says"`
	State   staff.State   `json:"state"`
	Expires time.Time     `json:"expires"`
	Signed  []signature   `json:"signed"`
}

// signature is one person's, by the label of their account.
type signature struct {
	Word      string    `json:"word"` // propose, approve or refuse
	By        staff.ID  `json:"by"`
	Time      time.Time `json:"time"`
	Text      string    `json:"text"`
	Signature []byte    `json:"signature"`
	Key       []byte    `json:"key"`
}

// accountShown is an account without its key and its person's reference.
type accountShown struct {
	ID     staff.ID  `json:"id"`
	Name   string    `json:"name"`
	Role   string    `json:"role"`
	Sector string    `json:"sector,omitempty"`
	State  string    `json:"state"` // stands, dormant, disabled, removed
	Joined time.Time `json:"joined"`
	Seen   time.Time `json:"seen"`
}

func (d *Door) proposalOf(p staff.Proposal) proposalShown {
	shown := proposalShown{Number: p.Number, Action: string(p.Action), Subject: p.Subject, Says: p.Says, State: p.State, Expires: p.Expires, Signed: []signature{}}
	add := func(word string, s staff.Signed) {
		shown.Signed = append(shown.Signed, signature{word, s.By, s.Time, d.Console.DecideText(p, word, staff.Member{ID: s.By}), s.Signature, s.Key})
	}
	add("propose", p.Proposed)
	if p.Decided != nil {
		word := "approve"
		if p.State == staff.Refused {
			word = "refuse"
		}
		add(word, *p.Decided)
	}
	return shown
}

func (d *Door) proposals(w http.ResponseWriter, r *http.Request) {
	list, err := d.Console.Proposals(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	all := make([]proposalShown, 0, len(list))
	for _, p := range list {
		all = append(all, d.proposalOf(p))
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"proposals": all})
}

func (d *Door) proposal(w http.ResponseWriter, r *http.Request) {
	p, err := d.Console.Proposal(r.Context(), r.PathValue("ref"))
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, d.proposalOf(p))
}

func (d *Door) accounts(w http.ResponseWriter, r *http.Request) {
	list, err := d.Console.Accounts(r.Context())
	if err != nil {
		d.refuse(w, err)
		return
	}
	all := make([]accountShown, 0, len(list))
	for _, l := range list {
		state := "stands"
		if !l.Stands {
			state = l.Why
		}
		all = append(all, accountShown{l.ID, l.Name, string(l.Role), l.Sector, state, l.Joined, l.Seen})
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"accounts": all})
}
