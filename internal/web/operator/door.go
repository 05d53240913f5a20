// Package operator is the door of the operator's console, /operator: who signs in with
// a passkey reads and does there what their role may, and nothing else.
//
// It owns these pages and refuses to decide anything: who may, the law says and the acts
// ask. A page that only reads asks law.MayStaff here, in staff.
//
// Invariant: only /operator itself and the page of an invitation answer a stranger; all
// below is 401 to one, whatever its method. No password, code or other way in exists
// (N11). Nothing here finds a person but by an exact reference (N04).
//
// To add a page: one file for it in this package with its handlers, one template for it
// in templates/ that begins with {{template "console" .}} inside its main, a line for its
// pattern in patterns with the action that the matrix judges, and a line in part_console.html for
// its link. Its handler has the Member who is signed in, and shows its own data as
// d.page(member, data). What two must sign goes to propose.go: d.sign(v, m, action, subject, body).
package operator

import (
	"context"
	"embed"
	"maps"
	"slices"
	"time"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Staff is the act of accounts and proposals.
type Staff interface {
	Challenge() (sealed, text string, err error)
	SignIn(ctx context.Context, sealed string, id staff.ID, signature []byte) (cookie string, err error)
	Open(ctx context.Context, cookie string) (m staff.Member, next string, err error)
	SignOut(ctx context.Context, cookie string) error
	Invited(ctx context.Context, secret string) (m staff.Member, text string, err error)
	NeedsCode(ctx context.Context, secret string) (bool, error)
	Code(ctx context.Context, by staff.Member, p staff.Proposal) (string, error)
	Join(ctx context.Context, secret, code string, device, signature []byte) (cookie string, err error)
	Accounts(context.Context) ([]staff.Listed, error)
	Setting(context.Context, law.Setting) (int, error)
	InviteBody(staff.Invitation) (body []byte, secret string, err error)
	Prepare(ctx context.Context, by staff.Member, action law.Action, subject string, body []byte) (sealed, text string, p staff.Proposal, err error)
	Propose(ctx context.Context, by staff.Member, sealed string, signature []byte) (number string, err error)
	Proposal(ctx context.Context, number string) (staff.Proposal, error)
	Proposals(context.Context) ([]staff.Proposal, error)
	DecideText(p staff.Proposal, word string, by staff.Member) string
	Approve(ctx context.Context, by staff.Member, number string, signature []byte) error
	Refuse(ctx context.Context, by staff.Member, number string, signature []byte) error
	Person(ctx context.Context, by staff.Member) (law.Hand, error)
	Alerts(ctx context.Context, by staff.Member) ([]staff.Alert, error)
	Looked(ctx context.Context, by staff.Member, name string) error
	Opened(ctx context.Context, by staff.Member, ref string, known bool) error
}

// Config is what the door opens onto.
type Config struct {
	Shell     *shell.Shell
	Staff     Staff
	Parties   Parties
	Reviews   Reviews
	Portal    Portal // nil: nobody registers by one
	Cases     Cases
	Claims    Claims
	Load      Load
	Duties    Duties
	Incidents Incidents
	Assists   Assists
	Reissues  Reissues
	Recalls   Recalls
	Keys      Keys
	Capacity  Capacity
	Figures   Figures
	Counters  Counters
	Helped    Helped
	Guardians Guardians
	Now       func() time.Time
}

// Door answers who works at the console.
type Door struct {
	Config
	pages *shell.Pages
}

//go:embed templates/*.html
var templates embed.FS

// New makes the door.
func New(c Config) *Door {
	return &Door{Config: c, pages: c.Shell.Pages(templates, "templates/*.html")}
}

// Handler answers somebody who is signed in.
type Handler func(*shell.Visit, staff.Member) error

// page is one that a signed-in person may read, by the action that the matrix judges.
type page struct {
	Action law.Action
	Do     Handler
}

// patterns are the pages below /operator.
func (d *Door) patterns() map[string]page {
	all := map[string]page{
		"GET /operator/staff":                    {law.SeeStaff, d.people},
		"POST /operator/staff/invite":            {law.SeeStaff, d.invite},
		"POST /operator/staff/remove":            {law.SeeStaff, d.about(law.RemoveStaff)},
		"POST /operator/staff/enable":            {law.SeeStaff, d.about(law.EnableStaff)},
		"GET /operator/settings":                 {law.ChangeSetting, d.settings},
		"POST /operator/settings":                {law.ChangeSetting, d.set},
		"GET /operator/parties":                  {law.SeeParties, d.parties},
		"GET /operator/parties/{id}":             {law.SeeParties, d.party},
		"POST /operator/parties/{id}/suspend":    {law.SuspendParty, d.ofParty(law.SuspendParty)},
		"POST /operator/parties/{id}/resume":     {law.ResumeParty, d.ofParty(law.ResumeParty)},
		"POST /operator/parties/{id}/return":     {law.ReturnParty, d.ofParty(law.ReturnParty)},
		"POST /operator/parties/{id}/remove":     {law.RemoveParty, d.ofParty(law.RemoveParty)},
		"GET /operator/review":                   {law.ApproveParty, d.review},
		"GET /operator/review/{id}":              {law.ApproveParty, d.reviewed},
		"POST /operator/review/{id}/approve":     {law.ApproveParty, d.endorse},
		"GET /operator/incidents":                {law.SeeIncidents, d.incidents},
		"POST /operator/incidents":               {law.WriteIncident, d.openIncident},
		"GET /operator/incidents/{ref}":          {law.SeeIncidents, d.incident},
		"POST /operator/incidents/{ref}":         {law.WriteIncident, d.stepIncident},
		"GET /operator/incidents/{ref}/report":   {law.SeeIncidents, d.incidentReport},
		"POST /operator/incidents/{ref}/review":  {law.ReviewIncident, d.ofIncident(law.ReviewIncident)},
		"POST /operator/incidents/{ref}/stop":    {law.StopIssuance, d.halt(law.StopIssuance)},
		"POST /operator/incidents/{ref}/lift":    {law.LiftStop, d.halt(law.LiftStop)},
		"POST /operator/incidents/{ref}/recall":  {law.RecallMany, d.recallMany},
		"POST /operator/incidents/{ref}/close":   {law.CloseIncident, d.ofIncident(law.CloseIncident)},
		"GET /operator/drills":                   {law.SeeIncidents, d.drills},
		"POST /operator/glass":                   {law.WriteIncident, d.breakGlass},
		"POST /operator/glass/{ref}/review":      {law.ReviewGlass, d.ofIncident(law.ReviewGlass)},
		"GET /operator/assistance":               {law.SeeAssist, d.assistance},
		"POST /operator/assistance":              {law.WriteAssist, d.askAssistance},
		"POST /operator/assistance/{ref}/review": {law.ReviewAssist, d.reviewAssistance},
		"POST /operator/assistance/officer":      {law.NameOfficer, d.nameOfficer},
		"GET /operator/cases":                    {law.SeeCases, d.cases},
		"POST /operator/cases":                   {law.SeeCases, d.find},
		"GET /operator/cases/{ref}":              {law.SeeCases, d.claim},
		"POST /operator/cases/{ref}":             {law.SeeCases, d.answer},
		"GET /operator/proposals":                {law.SeeProposals, d.proposals},
		"POST /operator/proposals":               {law.SeeProposals, d.propose},
		"GET /operator/proposals/{number}":       {law.SeeProposals, d.proposal},
		"POST /operator/proposals/{number}":      {law.SeeProposals, d.decide},
		"GET /operator/load":                     {law.SeeFigures, d.load},
		"GET /operator/supervision":              {law.SeeDuties, d.supervision},
		"POST /operator/supervision/ticket":      {law.OpenMinor, d.ticket},
		"POST /operator/supervision/export":      {law.LetOut, d.letOut},
		"GET /operator/alerts":                   {law.SeeAlerts, d.alerts},
		"POST /operator/alerts":                  {law.SeeAlerts, d.looked},
	}
	maps.Copy(all, d.keeping())
	return all
}

// Register puts the door's pages on the mux.
func (d *Door) Register(mux shell.Mux) {
	for pattern, h := range map[string]shell.Handler{
		"GET /operator":          d.home,
		"POST /operator/signin":  d.signin,
		"POST /operator/signout": d.signout,
		"POST /operator/invited": d.invited,
		"POST /operator/join":    d.join,
		"/operator/{rest...}":    d.stranger,
	} {
		d.Shell.Handle(mux, pattern, h)
	}
	for pattern, p := range d.patterns() {
		d.Shell.Handle(mux, pattern, d.staff(p.Action, p.Do))
	}
}

// staff opens a page to who is signed in and whose role may read what it is about, and
// goes on with the session.
func (d *Door) staff(a law.Action, h Handler) shell.Handler {
	return func(v *shell.Visit) error {
		v.Back("/operator")
		m, err := d.who(v)
		if err != nil {
			return d.out(v, err)
		}
		if !law.MayStaff(m.Role, a, law.Look) {
			return fault.New("operator.staff", fault.Forbidden, "role_refused")
		}
		return h(v, m)
	}
}

// who is signed in; nobody is Unauthenticated "staff_signed_out".
func (d *Door) who(v *shell.Visit) (staff.Member, error) {
	m, next, err := d.Staff.Open(v.Context(), v.Cookie(shell.CookieStaff))
	if fault.Is(err, fault.Unauthenticated) {
		v.DropCookie(shell.CookieStaff)
	}
	if err == nil {
		v.SetCookie(shell.CookieStaff, next, 0)
	}
	return m, err
}

// stranger answers every address below that is no page: 401 to who is not signed in, so
// that nobody outside learns which addresses there are.
func (d *Door) stranger(v *shell.Visit) error {
	if _, err := d.who(v); err != nil {
		return d.out(v, err)
	}
	return fault.New("operator.stranger", fault.NotFound, "page_unknown")
}

// Shown is what every page below has: who reads it, what they may, and its own data.
type Shown struct {
	Me   staff.Member
	Data any
}

// May is the matrix, for templates: {{if .Data.May "staff-invite" "propose"}}.
func (s Shown) May(a law.Action, m law.Move) bool { return law.MayStaff(s.Me.Role, a, m) }

// whose are actions of one pair of roles.
type whose struct {
	Actions       []law.Action
	First, Second law.Role
}

// Whose says who signs those of the actions that its reader may not propose, from the
// matrix: where a form is missing, this stands in its place.
func (s Shown) Whose(actions ...law.Action) (all []whose) {
	for _, a := range actions {
		first, second := law.SignedBy(a)
		if first == "" || s.May(a, law.Propose) {
			continue
		}
		at := slices.IndexFunc(all, func(w whose) bool { return w.First == first && w.Second == second })
		if at < 0 {
			at, all = len(all), append(all, whose{nil, first, second})
		}
		all[at].Actions = append(all[at].Actions, a)
	}
	return all
}

func (d *Door) page(m staff.Member, data any) Shown { return Shown{m, data} }
