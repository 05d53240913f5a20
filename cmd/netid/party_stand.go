package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"netid/internal/identity"
)

// partyShown is what the door says of a party, as far as it is shown.
type partyShown struct {
	Issuer       string            `json:"issuer"`
	Record       string            `json:"record"`
	Before       string            `json:"record_before"`
	Endorsed     []endorsedShown   `json:"endorsed"`
	ID           string            `json:"client_id"`
	Name         identity.Text     `json:"name"`
	Domain       string            `json:"domain"`
	Organisation string            `json:"organisation"`
	Standing     string            `json:"standing"`
	Reason       string            `json:"reason"`
	Returned     string            `json:"returned"`
	Since        time.Time         `json:"since"`
	Sandbox      bool              `json:"sandbox"`
	Method       string            `json:"token_endpoint_auth_method"`
	FAPI         bool              `json:"fapi"`
	Details      []string          `json:"authorization_details_types"`
	RedirectURIs []string          `json:"redirect_uris"`
	Sector       string            `json:"sector"`
	SectorURI    string            `json:"sector_identifier_uri"`
	Joins        bool              `json:"joins_sector"`
	Purpose      identity.Text     `json:"purpose"`
	AgeMarks     map[string]string `json:"age_marks"`
	Bases        map[string]string `json:"bases"`
	BasesUntil   map[string]string `json:"bases_until"`
	Offline      int               `json:"offline"`
	PostLogout   []string          `json:"post_logout_redirect_uris"`
	BackChannel  string            `json:"backchannel_logout_uri"`
	Erasures     string            `json:"netid_erasure_uri"`
	KeepDays     int               `json:"plain_keep_days"`
	Sealed       string            `json:"id_token_encrypted_response_alg"`
	Unsealed     bool              `json:"plain_unencrypted"`
	Otherwise    []identity.Way    `json:"otherwise"`
}

// endorsedShown is who stands behind a party, the first of whom proposed it.
type endorsedShown struct {
	Operator string    `json:"operator"`
	Name     string    `json:"name"`
	Time     time.Time `json:"time"`
}

type partyListCmd struct {
	doorFlag
	JSON bool `help:"Print the door's JSON."`
}

func (c *partyListCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodGet, "/admin/parties", nil)
	if err != nil || c.JSON {
		fmt.Fprint(s.out, string(answer))
		return err
	}
	var all struct {
		Parties []partyShown `json:"parties"`
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTANDING\tSINCE\tDOMAIN\tNAME\tBASIS UNTIL\tREASON")
	for _, p := range all.Parties {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Standing, p.Since.Format(time.DateOnly), p.Domain, legible(p.Name.In("en")), cmp.Or(p.firstEnd(), "-"), cmp.Or(legible(p.Reason), "-"))
	}
	return w.Flush()
}

type partyShowCmd struct {
	doorFlag
	ID   string `arg:"" help:"Client identifier."`
	JSON bool   `help:"Print the door's JSON."`
}

func (c *partyShowCmd) Run(s *surroundings) error {
	return c.tell(s, http.MethodGet, partyPath(c.ID, ""), nil, c.JSON)
}

type partySuspendCmd struct {
	doorFlag
	ID     string `arg:"" help:"Client identifier."`
	Reason string `required:"" help:"Why; it stands in the ledger, so name no person."`
	JSON   bool   `help:"Print the door's JSON."`
}

func (c *partySuspendCmd) Run(s *surroundings) error {
	return c.tell(s, http.MethodPost, partyPath(c.ID, "/suspend"), map[string]any{"reason": c.Reason}, c.JSON)
}

type partyResumeCmd struct {
	doorFlag
	ID   string `arg:"" help:"Client identifier."`
	Join bool   `name:"join-sector" help:"Approve that it knows people by the names that another party of its sector has."`
	JSON bool   `help:"Print the door's JSON."`
}

func (c *partyResumeCmd) Run(s *surroundings) error {
	return c.tell(s, http.MethodPost, partyPath(c.ID, "/resume"), map[string]any{"join_sector": c.Join}, c.JSON)
}

type partyRemoveCmd struct {
	doorFlag
	ID     string `arg:"" help:"Client identifier."`
	Reason string `required:"" help:"Why; it stands in the ledger, so name no person."`
	JSON   bool   `help:"Print the door's JSON."`
}

func (c *partyRemoveCmd) Run(s *surroundings) error {
	return c.tell(s, http.MethodPost, partyPath(c.ID, "/remove"), map[string]any{"reason": c.Reason}, c.JSON)
}

type partyInviteCmd struct {
	doorFlag
	For  string        `required:"" help:"Whom it is for; it stands in the ledger, so name an organisation and no person."`
	Life time.Duration `default:"72h" help:"How long it is good (default: ${default}; at most 168h)."`
}

func (c *partyInviteCmd) Run(s *surroundings) error {
	answer, err := c.ask(s.ctx, http.MethodPost, "/admin/invitations", map[string]any{"for": c.For, "seconds": int64(c.Life / time.Second)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, strings.TrimSpace(string(answer)))
	return err
}

func partyPath(id, verb string) string { return "/admin/parties/" + url.PathEscape(id) + verb }

// tell does what is asked about one party and prints how it then stands.
func (f doorFlag) tell(s *surroundings, method, path string, order any, asJSON bool) error {
	answer, err := f.ask(s.ctx, method, path, order)
	if err != nil || asJSON {
		fmt.Fprint(s.out, string(answer))
		return err
	}
	var p partyShown
	if err := json.Unmarshal(answer, &p); err != nil {
		return fmt.Errorf("the answer is not understood: %w", err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, line := range p.lines() {
		if line[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], legible(line[1]))
		}
	}
	return w.Flush()
}

// lines are all that the operator reads before a party takes part.
func (p partyShown) lines() [][2]string {
	yes := map[bool]string{true: "yes"}
	all := [][2]string{{"id", p.ID}, {"standing", p.Standing}, {"reason", p.Reason}, {"to put right", p.Returned}, {"since", p.Since.Format(time.DateOnly)}, {"sandbox", yes[p.Sandbox]},
		{"name", p.Name.EN}, {"name (zh)", p.Name.ZH}, {"domain", p.Domain}, {"organisation", p.Organisation}, {"purpose", p.Purpose.EN}, {"purpose (zh)", p.Purpose.ZH}, {"proves itself by", p.Method}, {"FAPI 2.0", yes[p.FAPI]}, {"may send", strings.Join(p.Details, " ")},
		{"sector", p.Sector}, {"sector document", p.SectorURI}, {"sector waits for approval", yes[p.Joins]}}
	for i, e := range p.Endorsed {
		by := [2]string{"approved by", cmp.Or(e.Name, e.Operator) + " (" + e.Time.Format(time.DateOnly) + ")"}
		if i == 0 {
			by[0] = "proposed by"
		}
		all = append(all, by)
	}
	for _, uri := range p.RedirectURIs {
		all = append(all, [2]string{"redirect URI", uri})
	}
	for _, uri := range p.PostLogout {
		all = append(all, [2]string{"after log-out", uri})
	}
	all = append(all, [2]string{"told of log-outs at", p.BackChannel}, [2]string{"asked to erase at", p.Erasures}, [2]string{"answered again for", days(p.Offline)}, [2]string{"keeps plaintext for", days(p.KeepDays)},
		[2]string{"plaintext encrypted", p.Sealed}, [2]string{"plaintext unencrypted", yes[p.Unsealed]})
	for _, mark := range slices.Sorted(maps.Keys(p.AgeMarks)) {
		all = append(all, [2]string{mark, p.AgeMarks[mark]})
	}
	for _, item := range slices.Sorted(maps.Keys(p.Bases)) {
		all = append(all, [2]string{"plaintext " + item, p.Bases[item] + lastDay(p.BasesUntil[item])})
	}
	for _, o := range p.Otherwise {
		all = append(all, [2]string{"other way", strings.TrimSpace(o.EN + " / " + o.ZH + " " + o.URL)})
	}
	return all
}

// firstEnd is the last day of the basis that ends first.
func (p partyShown) firstEnd() (first string) {
	for _, day := range p.BasesUntil {
		if first == "" || day < first {
			first = day
		}
	}
	return first
}

func lastDay(day string) string {
	if day == "" {
		return ""
	}
	return " (last day: " + day + ")"
}

func days(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d days", n)
}

// legible keeps what a party chose from moving the cursor of who reads it.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
