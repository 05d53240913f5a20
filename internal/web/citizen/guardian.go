package citizen

import (
	"net/url"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// guardian puts a minor's application before the guardians, and looks whether
// one has answered. The page is the same whether or not anybody is there to answer.
func (d *Door) guardian(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	if err = d.Enrol.AskGuardian(v.Context(), h); err == nil {
		err = d.Enrol.HearGuardian(v.Context(), h)
	}
	return d.took(v, "guardian", "", err)
}

// waitPage is what a child's browser shows while a guardian has not answered.
type waitPage struct {
	R, Waits, Name string
	Asked          bool // at least once: not yet
}

// guarded hands a child's signed decision on to the guardians.
func (d *Door) guarded(v *shell.Visit, page requestPage, s identity.Session, in authorize.Approval) error {
	answer, waits, err := d.Authorize.ApproveGuarded(v.Context(), s, page.R, browser(v), in)
	if err != nil {
		return d.refused(v, page, err)
	}
	if answer != "" {
		return v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
	}
	return v.Show(d.pages, "wait", waitPage{R: page.R, Waits: waits, Name: page.Name})
}

// wait looks whether a guardian answered, and goes on where one did.
func (d *Door) wait(v *shell.Visit) error {
	s, err := v.Session()
	if err != nil {
		return err
	}
	if s == nil {
		return fault.New("citizen.wait", fault.Unauthenticated, "session_over")
	}
	answer, err := d.Authorize.Resume(v.Context(), *s, v.Form("w"), browser(v))
	if err != nil {
		return err
	}
	if answer != "" {
		return v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
	}
	return v.Show(d.pages, "wait", waitPage{R: v.Form("r"), Waits: v.Form("w"), Name: v.Form("name"), Asked: true})
}
