package citizen

import (
	"slices"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// draftAge is how long the browser keeps a draft's handle, in seconds.
const draftAge = int(enrol.Lifetime / 1e9)

// handle is the draft of this browser.
func (d *Door) handle(v *shell.Visit) (identity.Handle, error) {
	if err := apart(v); err != nil {
		return identity.Handle{}, err
	}
	h, err := identity.ParseHandle(v.Cookie(shell.CookieDraft))
	if err != nil {
		return h, fault.Wrap("citizen.handle", fault.Gone, "draft_unknown", err)
	}
	return h, nil
}

// apart refuses the browser of a clerk: who sits there could choose the passcode (ADR 0040).
func apart(v *shell.Visit) error {
	if v.Cookie(shell.CookieClerk) != "" {
		return fault.New("citizen.apart", fault.Forbidden, "counter_shared")
	}
	return nil
}

// draft opens it. A draft that is over is forgotten by the browser too.
func (d *Door) draft(v *shell.Visit) (identity.Handle, enrol.View, error) {
	h, err := d.handle(v)
	if err != nil {
		return h, enrol.View{}, err
	}
	view, err := d.Enrol.View(v.Context(), h)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		v.DropCookie(shell.CookieDraft)
	}
	return h, view, err
}

// due reports whether a page may be shown now.
func due(step, next string) bool {
	return step == next || step == enrol.StepPhone && next == enrol.StepCode
}

// step shows one page of enrolment, or the task list when another is due.
func (d *Door) step(name string) shell.Handler {
	return func(v *shell.Visit) error {
		_, view, err := d.draft(v)
		if fault.Because(err, "draft_unknown") {
			return v.Go("/enrol")
		}
		if err != nil {
			return err
		}
		if !due(name, view.Next) {
			return v.Go("/enrol")
		}
		return v.Show(d.pages, name, d.page(v, name, view))
	}
}

// took goes to the page that is due next, or shows the page again with the
// refusal on top, where the citizen can mend it.
func (d *Door) took(v *shell.Visit, name, field string, taken error) error {
	v.Back("/enrol/" + name)
	if taken != nil && !shell.Recoverable(taken) && !fault.Because(taken, "code_expired") && !fault.Because(taken, "challenge_expired") {
		return taken
	}
	_, view, err := d.draft(v)
	if err != nil {
		return err
	}
	if taken == nil {
		return v.Go("/enrol/" + view.Next)
	}
	if !due(name, view.Next) {
		return taken
	}
	page := d.page(v, name, view)
	if field == "phone" {
		page.Typed = v.Form("phone")
	}
	return v.Refuse(d.pages, name, taken, page, field)
}

func (d *Door) page(v *shell.Visit, name string, view enrol.View) stepPage {
	tasks, steps := road(view)
	p := stepPage{View: view, Drawer: d.Drawer, Face: d.Face && view.Compares, Eyes: d.Models != nil, Simulated: d.Simulated, Tasks: tasks, Steps: len(tasks), Reports: reports(v)}
	switch {
	case name == enrol.StepCard:
		p.Reader = d.reader(v, view)
	case name == enrol.StepFace && p.Face && p.Eyes:
		if p.Reader = d.reader(v, view); p.Reader != nil {
			p.Reader.Reasons = append(p.Reader.Reasons, unseen()...)
		}
		p.Prompts = prompts()
		v.Looks()
	}
	if n, ok := noticeOf[name]; ok {
		p.Notice, _ = d.text(n, v.Locale)
	}
	at, now := 0, len(steps)
	for i := range p.Tasks {
		t := &p.Tasks[i]
		pages := steps[at : at+max(1, t.Pages)]
		at += len(pages)
		switch {
		case slices.Contains(pages, view.Next):
			t.State, now = "now", i
		case i < now:
			t.State = "done"
		default:
			t.State = "later"
		}
		if slices.Contains(pages, name) {
			p.Step = i + 1
		}
	}
	return p
}
