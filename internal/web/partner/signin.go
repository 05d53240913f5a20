package partner

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// arriving is the one page that a stranger has: a passkey's answer signs in, and what
// somebody wrote who founds an organisation stands there again when it was refused.
type arriving struct {
	Challenge, Text string
	Declared        partner.Declared
	Member          string
	Issuer          string
	Next            string // where who signs in goes on
}

// home is the one address that answers everybody: the sign-in, or the organisation.
func (d *Door) home(v *shell.Visit) error {
	if v.Cookie(shell.CookiePartner) == "" {
		return d.arrive(v, arriving{}, nil)
	}
	by, err := d.who(v)
	switch {
	case fault.Is(err, fault.Unauthenticated):
		return d.arrive(v, arriving{}, err)
	case err != nil:
		return err
	}
	return d.show(v, by, "partner", nil)
}

func (d *Door) arrive(v *shell.Visit, a arriving, refusal error) error {
	if refusal != nil && !shell.Recoverable(refusal) {
		return refusal
	}
	v.Back("/partner")
	a.Next = shell.Below("/partner", v.Form("next"))
	if err := d.challenge(&a); err != nil {
		return err
	}
	if refusal != nil {
		return v.Refuse(d.pages, "partner-start", refusal, a, "")
	}
	return v.Show(d.pages, "partner-start", a)
}

func (d *Door) challenge(a *arriving) (err error) {
	if a.Challenge, err = d.Organisations.Challenge(); err == nil {
		a.Text, a.Issuer = d.Organisations.SignInText(a.Challenge), d.Issuer
	}
	return err
}

// out has the sign-in stand at an address below for who is signed out, and lead back: to the
// page itself, or to the one whose form was sent, which is not sent again.
func (d *Door) out(v *shell.Visit, refusal error) error {
	if !fault.Is(refusal, fault.Unauthenticated) {
		return refusal
	}
	a := arriving{Next: shell.Below("/partner", v.R.URL.RequestURI())}
	if v.R.Method != http.MethodGet {
		a.Next = shell.PageOver("/partner", v.R.URL.EscapedPath(), slices.AppendSeq(slices.Collect(maps.Keys(d.patterns())), maps.Keys(d.applicationPages())))
	}
	v.Back(a.Next)
	if err := d.challenge(&a); err != nil {
		return err
	}
	v.Instead(d.pages, "partner-start", a)
	return refusal
}

// handle is what a passkey carries of its owner: the organisation, and who they are in it.
func handle(org, member partner.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(org) + "." + string(member)))
}

func parseHandle(s string) (org, member partner.ID) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) > 64 { // a passkey holds no more (WebAuthn §5.4.3)
		return "", ""
	}
	o, m, _ := strings.Cut(string(b), ".")
	return partner.ID(o), partner.ID(m)
}

func (d *Door) signin(v *shell.Visit) error {
	signature, err := v.Signature()
	if err != nil {
		return d.arrive(v, arriving{}, fault.Wrap("partner.signin", fault.Unauthenticated, "partner_unproven", err))
	}
	org, member := parseHandle(v.Form("certificate"))
	cookie, err := d.Organisations.SignIn(v.Context(), v.Form("challenge"), org, member, signature)
	return d.came(v, arriving{}, cookie, err)
}

// came goes on with who was let in.
func (d *Door) came(v *shell.Visit, a arriving, cookie string, err error) error {
	if err != nil {
		return d.arrive(v, a, err)
	}
	v.SetCookie(shell.CookiePartner, cookie, 0)
	return v.Go(shell.Below("/partner", v.Form("next")))
}

func (d *Door) signout(v *shell.Visit) error {
	cookie := v.Cookie(shell.CookiePartner)
	v.DropCookie(shell.CookiePartner)
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	if err := d.Organisations.SignOut(v.Context(), cookie); err != nil { // a copy of it would be good still
		return err
	}
	return v.Go("/partner")
}

// coming is what somebody reads before they make their passkey: what it will sign.
type coming struct {
	Challenge, Text, Account, Member string
	Declared                         partner.Declared
	Org                              partner.Organisation
	Role                             partner.Role
	Invitation                       string
}

// come draws the challenge of somebody's coming, by which they will be called.
func (d *Door) come(c coming) (coming, partner.ID, error) {
	sealed, err := d.Organisations.Challenge()
	if err != nil {
		return c, "", err
	}
	org, member, err := d.Organisations.Born(sealed)
	if c.Challenge = sealed; c.Org.ID != "" {
		org = c.Org.ID
	}
	c.Account = handle(org, member)
	return c, org, err
}

func declared(v *shell.Visit) (partner.Declared, string) {
	return partner.Declared{Name: v.Form("organisation"), Code: v.Form("code"), Contact: v.Form("contact")}, v.Form("member")
}

// begin takes what a company says of itself, and shows what its first member will sign.
func (d *Door) begin(v *shell.Visit) error {
	said, name := declared(v)
	a := arriving{Declared: said, Member: name}
	if err := said.Check(); err != nil {
		return d.arrive(v, a, err)
	}
	c, _, err := d.come(coming{Declared: said, Member: name})
	if err != nil {
		return err
	}
	c.Text = d.Organisations.FoundText(c.Challenge, said, name)
	v.Back("/partner")
	return v.Show(d.pages, "partner-found", c)
}

func (d *Door) found(v *shell.Visit) error {
	said, name := declared(v)
	a := arriving{Declared: said, Member: name}
	signature, err := v.Signature()
	if err != nil {
		return d.arrive(v, a, err)
	}
	cookie, err := d.Organisations.Found(v.Context(), v.Form("challenge"), said, name, []byte(v.Form("device")), signature)
	return d.came(v, a, cookie, err)
}

// invited shows what the holder of a link will sign. The link is typed, never a part of an
// address: addresses stand in histories and logs.
func (d *Door) invited(v *shell.Visit) error {
	v.Back("/partner")
	o, role, err := d.Organisations.Invited(v.Context(), v.Form("invitation"))
	if err != nil {
		return err
	}
	c, _, err := d.come(coming{Org: o, Role: role, Member: v.Form("member"), Invitation: v.Form("invitation")})
	if err != nil {
		return err
	}
	c.Text = d.Organisations.JoinText(c.Challenge, o.ID, role, c.Member)
	return v.Show(d.pages, "partner-join", c)
}

func (d *Door) join(v *shell.Visit) error {
	signature, err := v.Signature()
	if err != nil {
		return d.arrive(v, arriving{}, err)
	}
	cookie, err := d.Organisations.Join(v.Context(), v.Form("invitation"), v.Form("challenge"), v.Form("member"), []byte(v.Form("device")), signature)
	return d.came(v, arriving{}, cookie, err)
}
