// Package partner is the door of the organisations behind platforms, /partner: who founds
// one or was let into one works there, and their programs read the same as JSON.
//
// It owns these pages and refuses to decide anything: who may, the act asks with each step
// anew. A page that only reads asks partner.May here.
//
// Invariant: only /partner itself and the forms by which somebody comes answer a stranger;
// all below is 401 to one, whatever its method. A passkey is the only way in of a person,
// an access token the only one of a program, and neither reads another organisation.
//
// To add a page: one file for it in this package with its handlers, one template for it in
// templates/ that has {{template "problem" .}}{{template "portal" .}} inside its main, a line
// in patterns with what one must be allowed to do, and one in part_portal.html for its link.
// It is shown by d.show(v, by, "partner-…", data) and, with what was refused, by d.again:
// templates find the organisation in .Data.Org and their own data in .Data.Data. To answer
// programs: a line in routes (api.go), described in docs/openapi.yaml.
package partner

import (
	"context"
	"embed"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Organisations is the act of organisations and who works in them.
type Organisations interface {
	Challenge() (sealed string, err error)
	Born(sealed string) (org, member partner.ID, err error)
	SignInText(sealed string) string
	SignIn(ctx context.Context, sealed string, org, id partner.ID, signature []byte) (cookie string, err error)
	Open(ctx context.Context, cookie string) (by partner.Who, next string, err error)
	SignOut(ctx context.Context, cookie string) error
	FoundText(sealed string, d partner.Declared, name string) string
	Found(ctx context.Context, sealed string, d partner.Declared, name string, device, signature []byte) (cookie string, err error)
	Invite(ctx context.Context, by partner.Who, role partner.Role) (secret string, err error)
	Invited(ctx context.Context, secret string) (o partner.Organisation, role partner.Role, err error)
	JoinText(sealed string, org partner.ID, role partner.Role, name string) string
	Join(ctx context.Context, secret, sealed, name string, device, signature []byte) (cookie string, err error)
	Look(ctx context.Context, by partner.Who) (partner.Organisation, error)
	Appoint(ctx context.Context, by partner.Who, whom partner.ID, role partner.Role) error
	Remove(ctx context.Context, by partner.Who, whom partner.ID) error
	Prove(ctx context.Context, by partner.Who, host string) error
	Audience(org partner.ID) string
	Claim(ctx context.Context, by partner.Who, id identity.PartyID, assertion string) error
	Release(ctx context.Context, by partner.Who, id identity.PartyID, gone bool) error
	Issue(ctx context.Context, by partner.Who) (token string, err error)
	Strike(ctx context.Context, by partner.Who, id partner.ID) error
	Bearer(ctx context.Context, token string) (partner.Who, error)
	Leave(ctx context.Context, by partner.Who) error
}

// Parties are the platforms as they are registered.
type Parties interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
}

// Config is what the door opens onto.
type Config struct {
	Shell         *shell.Shell
	Organisations Organisations
	Applications  Applications
	Ready         func(library string, v partner.View) ([]byte, error) // the text with which an application signs people in
	Libraries     []Library                                            // for which there is one
	Parties       Parties
	Issuer        string
	Sandbox       bool
	Now           func() time.Time
}

// Door answers who works in an organisation.
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
type Handler func(*shell.Visit, partner.Who) error

// page is one that a signed-in member may have, by what their role must allow.
type page struct {
	Action partner.Action
	Do     Handler
}

// patterns are the pages below /partner.
func (d *Door) patterns() map[string]page {
	return map[string]page{
		"GET /partner/members":          {partner.Read, d.members},
		"POST /partner/members/invite":  {partner.Govern, d.invite},
		"POST /partner/members/role":    {partner.Govern, d.appoint},
		"POST /partner/members/remove":  {partner.Read, d.remove}, // oneself, whoever one is; the act knows
		"GET /partner/domains":          {partner.Read, d.domains},
		"POST /partner/domains":         {partner.Build, d.prove},
		"GET /partner/parties":          {partner.Read, d.parties},
		"POST /partner/parties":         {partner.Build, d.claim},
		"POST /partner/parties/release": {partner.Govern, d.release},
		"GET /partner/tokens":           {partner.Govern, d.tokens},
		"POST /partner/tokens":          {partner.Govern, d.issue},
		"POST /partner/tokens/end":      {partner.Govern, d.strike},
		"GET /partner/leave":            {partner.Govern, d.leaving},
		"POST /partner/leave":           {partner.Govern, d.leave},
	}
}

// Register puts the door's pages on the mux.
func (d *Door) Register(mux shell.Mux) {
	for pattern, h := range map[string]shell.Handler{
		"GET /partner":           d.home,
		"POST /partner/signin":   d.signin,
		"POST /partner/signout":  d.signout,
		"POST /partner/begin":    d.begin,
		"POST /partner/found":    d.found,
		"POST /partner/invited":  d.invited,
		"POST /partner/join":     d.join,
		"/partner/{rest...}":     d.stranger,
		"/partner/api/{rest...}": d.nothing,
	} {
		d.Shell.Handle(mux, pattern, h)
	}
	for pattern, p := range d.applicationPages() {
		d.Shell.Handle(mux, pattern, d.member(p.Action, p.Do))
	}
	for pattern, p := range d.patterns() {
		d.Shell.Handle(mux, pattern, d.member(p.Action, p.Do))
	}
	for pattern, r := range d.routes() {
		d.Shell.Handle(mux, pattern, d.program(r.Action, r.Do))
	}
}

// member opens a page to who is signed in and whose role allows what it is for, and goes
// on with the session.
func (d *Door) member(a partner.Action, h Handler) shell.Handler {
	return func(v *shell.Visit) error {
		v.Back("/partner")
		by, err := d.who(v)
		if err != nil {
			return d.out(v, err)
		}
		if !partner.May(by.Role, a) {
			return fault.New("partner.member", fault.Forbidden, "partner_role_refused")
		}
		return h(v, by)
	}
}

// who is signed in; nobody is Unauthenticated "partner_signed_out".
func (d *Door) who(v *shell.Visit) (partner.Who, error) {
	by, next, err := d.Organisations.Open(v.Context(), v.Cookie(shell.CookiePartner))
	if fault.Is(err, fault.Unauthenticated) {
		v.DropCookie(shell.CookiePartner)
	}
	if err == nil {
		v.SetCookie(shell.CookiePartner, next, 0)
	}
	return by, err
}

// stranger answers every address below that is no page: 401 to who is not signed in, so
// that nobody outside learns which addresses there are.
func (d *Door) stranger(v *shell.Visit) error {
	if _, err := d.who(v); err != nil {
		return d.out(v, err)
	}
	return fault.New("partner.stranger", fault.NotFound, "page_unknown")
}

// Shown is what every page below has: who reads it, their organisation, and its own data.
type Shown struct {
	Me   partner.Who
	Org  partner.Organisation
	Data any
	Now  time.Time
}

// Proven is how a domain of theirs stands.
func (s Shown) Proven(host string) partner.Proven { return s.Org.ProvenAt(host, s.Now) }

// May is the matrix, for templates: {{if .Data.May "govern"}}.
func (s Shown) May(a partner.Action) bool { return partner.May(s.Me.Role, a) }

// Name is how colleagues call who reads the page.
func (s Shown) Name() string {
	for _, m := range s.Org.Members {
		if m.ID == s.Me.Member {
			return m.Name
		}
	}
	return ""
}

func (d *Door) shown(v *shell.Visit, by partner.Who, data any) (Shown, error) {
	o, err := d.Organisations.Look(v.Context(), by)
	return Shown{by, o, data, d.Now()}, err
}

// show answers a page with the organisation as it now is.
func (d *Door) show(v *shell.Visit, by partner.Who, name string, data any) error {
	s, err := d.shown(v, by, data)
	if err != nil {
		return err
	}
	return v.Show(d.pages, name, s)
}

// again shows a page once more with what was refused, and with what was written there;
// what is no longer there, or nobody's who is signed in, has the error page.
func (d *Door) again(v *shell.Visit, by partner.Who, name string, data any, refusal error) error {
	if !shell.Recoverable(refusal) || fault.Is(refusal, fault.Unauthenticated) {
		return refusal
	}
	s, err := d.shown(v, by, data)
	if err != nil {
		return err
	}
	return v.Refuse(d.pages, name, refusal, s, "")
}
