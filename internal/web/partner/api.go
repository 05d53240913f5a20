package partner

import (
	"net/http"
	"strings"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Answerer answers a program of the organisation, as JSON.
type Answerer func(*shell.Visit, partner.Who) (status int, answer any, err error)

// route is an address for programs, by what their token must allow.
type route struct {
	Action partner.Action
	Do     Answerer
}

// routes are the addresses for programs; docs/openapi.yaml describes each.
func (d *Door) routes() map[string]route {
	return map[string]route{
		"GET /partner/api/organisation": {partner.Read, d.organisation},
		"GET /partner/api/members":      {partner.Read, d.colleagues},
		"GET /partner/api/parties":      {partner.Read, d.registered},
	}
}

// program lets the bearer of an access token in. A cookie means nothing here, so that no
// page of another site can have a browser ask.
func (d *Door) program(a partner.Action, h Answerer) shell.Handler {
	return func(v *shell.Visit) error {
		v.R.Header.Set("Accept", "application/json") // what is refused is said as JSON too
		by, err := d.bearer(v)
		if err != nil {
			return err
		}
		if !partner.May(by.Role, a) {
			return fault.New("partner.program", fault.Forbidden, "partner_role_refused")
		}
		status, answer, err := h(v, by)
		if err != nil {
			return err
		}
		return v.JSON(status, answer)
	}
}

func (d *Door) bearer(v *shell.Visit) (partner.Who, error) {
	headers := v.R.Header.Values("Authorization")
	scheme, token, _ := strings.Cut(strings.Join(headers, "\n"), " ")
	if len(headers) != 1 || !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	by, err := d.Organisations.Bearer(v.Context(), token)
	if fault.Is(err, fault.Unauthenticated) {
		v.W.Header().Set("WWW-Authenticate", `Bearer realm="netid partner"`)
	}
	return by, err
}

// nothing answers every other address for programs, and a stranger 401 there too.
func (d *Door) nothing(v *shell.Visit) error {
	v.R.Header.Set("Accept", "application/json")
	if _, err := d.bearer(v); err != nil {
		return err
	}
	return fault.New("partner.nothing", fault.NotFound, "page_unknown")
}

// Organisation is an organisation as its programs read it.
type Organisation struct {
	ID      partner.ID `json:"id"`
	Name    string     `json:"name"`
	Code    string     `json:"code"`
	Contact string     `json:"contact"`
	Founded time.Time  `json:"founded"`
	Domains []string   `json:"domains"`
}

func (d *Door) organisation(v *shell.Visit, by partner.Who) (int, any, error) {
	o, err := d.Organisations.Look(v.Context(), by)
	return http.StatusOK, Organisation{o.ID, o.Name, o.Code, o.Contact, o.Founded, append([]string{}, o.Domains...)}, err
}

// Member is a colleague without the key.
type Member struct {
	ID   partner.ID   `json:"id"`
	Name string       `json:"name"`
	Role partner.Role `json:"role"`
}

func (d *Door) colleagues(v *shell.Visit, by partner.Who) (int, any, error) {
	o, err := d.Organisations.Look(v.Context(), by)
	all := []Member{}
	for _, m := range o.Members {
		all = append(all, Member{m.ID, m.Name, m.Role})
	}
	return http.StatusOK, map[string]any{"members": all}, err
}

// Party is a party of the organisation, and how it stands.
type Party struct {
	ID    identity.PartyID `json:"client_id"`
	Name  identity.Text    `json:"name"`
	State string           `json:"state"` // active, suspended, review, removed
}

func (d *Door) registered(v *shell.Visit, by partner.Who) (int, any, error) {
	p, err := d.partiesOf(v, by)
	all := []Party{}
	for _, o := range p.All {
		all = append(all, Party{o.ID, o.Name, o.State})
	}
	return http.StatusOK, map[string]any{"parties": all}, err
}
