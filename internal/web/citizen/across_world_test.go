package citizen_test

import (
	"context"

	"netid/client"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
)

// crossed is how far the world's request across two devices is.
type crossed struct {
	state authorize.CrossingState // "": nobody read the code
	looks string
	drawn int // codes
}

func (w asker) Crosses(identity.Ask) error {
	if w.plain != nil {
		return fault.New("world", fault.Forbidden, "across_refused")
	}
	return nil
}

func (w asker) Screen(_ context.Context, _ string, browser identity.Handle, looks string) (authorize.Crossing, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if browser != w.browser {
		return authorize.Crossing{}, fault.New("world", fault.Forbidden, "other_browser")
	}
	if w.plain != nil {
		return authorize.Crossing{}, fault.New("world", fault.Forbidden, "across_refused")
	}
	w.crossing.drawn++
	switch w.crossing.looks = looks; w.crossing.state {
	case "":
		return authorize.Crossing{State: authorize.CrossingShown, Code: "frame"}, nil
	case authorize.CrossingRead:
		w.crossing.state = authorize.CrossingAsked
	}
	return authorize.Crossing{State: w.crossing.state}, nil
}

func (w asker) Match(_ context.Context, _ string, _ identity.Handle, number string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.crossing.state == authorize.CrossingDeclined:
		return "declined", nil
	case w.crossing.state != authorize.CrossingApproved:
		return "", fault.New("world", fault.Conflict, "across_waits")
	case number != "42":
		return "", fault.New("world", fault.Invalid, "across_number_wrong")
	}
	w.crossing.state = authorize.CrossingDone
	return "approved", nil
}

func (w asker) Arrive(code string) (string, error) {
	if code != "frame" {
		return "", fault.New("world", fault.Gone, "across_late")
	}
	return "kept", nil
}

func (w asker) Scan(_ context.Context, _ identity.Session, kept string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case kept != "kept":
		return fault.New("world", fault.Gone, "across_over")
	case w.crossing.state != "":
		return fault.New("world", fault.Gone, "across_used")
	}
	w.crossing.state = authorize.CrossingRead
	return nil
}

func (w asker) Scanned(_ context.Context, _ identity.Session, kept, locale string) (authorize.Crossing, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if kept != "kept" || w.crossing.state == "" {
		return authorize.Crossing{}, fault.New("world", fault.Gone, "across_over")
	}
	c := authorize.Crossing{State: w.crossing.state, Looks: w.crossing.looks, Presented: authorize.Presented{Party: w.party,
		Ask: identity.Ask{Party: w.party.ID, Redirect: w.party.RedirectURIs[0], Mode: identity.ModeCertPwd, Fresh: w.fresh, Time: w.asked}, Statement: w.across(locale)}}
	if c.State == authorize.CrossingApproved {
		c.Match = "42"
	}
	return c, nil
}

func (w *world) across(locale string) client.Statement {
	s := w.statement(locale, nil)
	s.Across, s.Mode = true, string(identity.ModeCertPwd)
	return s
}

func (w asker) ApproveAcross(_ context.Context, _ identity.Session, _ string, in authorize.Approval) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	st := w.across(in.Locale)
	for i := range st.Items {
		for _, g := range in.Give {
			st.Items[i].Given = st.Items[i].Given || st.Items[i].Name == g
		}
	}
	if _, err := client.CheckApproval(st.Bytes(), in.Signature, w.device); err != nil {
		return fault.Wrap("world", fault.Unauthenticated, "signature_invalid", err)
	}
	if in.Passcode != "24681357" {
		return fault.New("world", fault.Invalid, "passcode_wrong")
	}
	w.crossing.state = authorize.CrossingApproved
	return nil
}

func (w asker) DeclineAcross(context.Context, identity.Session, string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crossing.state = authorize.CrossingDeclined
	return nil
}

func (w parter) Disown(_ context.Context, _ identity.Session, receipt identity.EventID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Disown"); err != nil {
		return err
	}
	w.parted = append(w.parted, "disowned "+receipt.String())
	return nil
}
