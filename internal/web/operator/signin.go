package operator

import (
	"maps"
	"net/http"
	"slices"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// gate is what a passkey answers, and where who signs in goes on.
type gate struct{ Challenge, Text, Next string }

// home is the one address that answers everybody: the sign-in, or the console's first page.
func (d *Door) home(v *shell.Visit) error {
	if v.Cookie(shell.CookieStaff) != "" {
		m, err := d.who(v)
		if err == nil {
			return d.hall(v, m)
		}
		if !fault.Is(err, fault.Unauthenticated) {
			return err
		}
		return d.gate(v, err)
	}
	return d.gate(v, nil)
}

// hall is the first page of who is signed in: what stands still, and what waits for them.
func (d *Door) hall(v *shell.Visit, m staff.Member) error {
	page, err := d.hallOf(v, m)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "operator", d.page(m, page))
}

func (d *Door) gate(v *shell.Visit, refusal error) error {
	if refusal != nil && !shell.Recoverable(refusal) {
		return refusal
	}
	v.Back("/operator")
	c, text, err := d.Staff.Challenge()
	if err != nil {
		return err
	}
	at := gate{c, text, shell.Below("/operator", v.Form("next"))}
	if refusal != nil {
		return v.Refuse(d.pages, "operator-signin", refusal, at, "")
	}
	return v.Show(d.pages, "operator-signin", at)
}

// out has the sign-in stand at an address below for who is signed out, and lead back: to the
// page itself, or to the one whose form was sent, which is not sent again.
func (d *Door) out(v *shell.Visit, refusal error) error {
	if !fault.Is(refusal, fault.Unauthenticated) {
		return refusal
	}
	at := gate{Next: shell.Below("/operator", v.R.URL.RequestURI())}
	if v.R.Method != http.MethodGet {
		at.Next = shell.PageOver("/operator", v.R.URL.EscapedPath(), slices.Collect(maps.Keys(d.patterns())))
	}
	v.Back(at.Next)
	var err error
	if at.Challenge, at.Text, err = d.Staff.Challenge(); err != nil {
		return err
	}
	v.Instead(d.pages, "operator-signin", at)
	return refusal
}

func (d *Door) signin(v *shell.Visit) error {
	signature, err := v.Signature()
	if err != nil {
		return d.gate(v, fault.Wrap("operator.signin", fault.Unauthenticated, "staff_unproven", err))
	}
	cookie, err := d.Staff.SignIn(v.Context(), v.Form("challenge"), staff.ID(v.Form("certificate")), signature)
	if err != nil {
		return d.gate(v, err)
	}
	v.SetCookie(shell.CookieStaff, cookie, 0)
	return v.Go(shell.Below("/operator", v.Form("next")))
}

func (d *Door) signout(v *shell.Visit) error {
	cookie := v.Cookie(shell.CookieStaff)
	v.DropCookie(shell.CookieStaff)
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	if err := d.Staff.SignOut(v.Context(), cookie); err != nil { // a copy of it would be good still
		return err
	}
	return v.Go("/operator")
}

// joining is what the holder of an invitation reads before they make their passkey. The
// secret is typed, never a part of an address: addresses stand in histories and logs.
type joining struct {
	staff.Member
	Secret, Text string
	Coded        bool // who approved the invitation has told them a code
}

func (d *Door) invited(v *shell.Visit) error {
	return d.welcome(v, nil)
}

// welcome shows what somebody joins by; once more where the code was wrong.
func (d *Door) welcome(v *shell.Visit, refusal error) error {
	v.Back("/operator")
	secret := v.Form("invitation")
	m, text, err := d.Staff.Invited(v.Context(), secret)
	if err != nil {
		return err
	}
	coded, err := d.Staff.NeedsCode(v.Context(), secret)
	switch page := (joining{m, secret, text, coded}); {
	case err != nil:
		return err
	case refusal != nil:
		return v.Refuse(d.pages, "operator-join", refusal, page, "code")
	default:
		return v.Show(d.pages, "operator-join", page)
	}
}

func (d *Door) join(v *shell.Visit) error {
	signature, err := v.Signature()
	if err != nil {
		return err
	}
	cookie, err := d.Staff.Join(v.Context(), v.Form("invitation"), v.Form("code"), []byte(v.Form("device")), signature)
	if fault.Because(err, "join_code_wrong") {
		return d.welcome(v, err)
	}
	if err != nil {
		return err
	}
	v.SetCookie(shell.CookieStaff, cookie, 0)
	return v.Go("/operator")
}
