package citizen

import (
	"slices"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// steps are the pages of enrolment in their order, as enrol.View.Next names them.
func steps() []string {
	return []string{enrol.StepNotice, enrol.StepDocumentConsent, enrol.StepCard, enrol.StepFaceConsent, enrol.StepFace,
		enrol.StepPhone, enrol.StepCode, enrol.StepPasscode, enrol.StepGuardian, enrol.StepConfirm}
}

// road is the task list with the pages of its tasks: a task may take two.
func road(v enrol.View) ([]task, []string) {
	if v.Adds {
		return []task{{Name: "notice"}, {Name: "document-consent"}, {Name: "card"}, {Name: "keep"}},
			[]string{enrol.StepNotice, enrol.StepDocumentConsent, enrol.StepCard, enrol.StepKeep}
	}
	if v.Moves {
		return []task{{Name: "phone", Pages: 2}, {Name: "move"}}, []string{enrol.StepPhone, enrol.StepCode, enrol.StepMove}
	}
	tasks, pages := []task{{Name: "notice"}, {Name: "document-consent"}, {Name: "card"}, {Name: "face", Pages: 2}, {Name: "phone", Pages: 2},
		{Name: "passcode"}, {Name: "guardian"}, {Name: "confirm"}}, steps()
	if !v.Minor {
		tasks = slices.DeleteFunc(tasks, func(t task) bool { return t.Name == "guardian" })
		pages = slices.DeleteFunc(pages, func(s string) bool { return s == enrol.StepGuardian })
	}
	return tasks, pages
}

type task struct {
	Name  string
	Pages int
	State string // "done", "now", "later"
}

// kindPage is the choice of the document.
type kindPage struct {
	Served, Unserved []identity.DocumentKind
	Reports          bool   // they came from the page of lost telephones
	Stopped          string // why nobody enrols now
}

// stepPage is what every page of enrolment shows.
type stepPage struct {
	enrol.View
	Step      int // place of the task, from 1
	Steps     int
	Tasks     []task
	Notice    Notice // on the pages that ask for consent
	Drawer    bool
	Face      bool
	Simulated bool
	Reader    *bridge  // on the pages that read a document's chip beside the browser
	Prompts   []string // what the page says while it compares
	Eyes      bool     // the page compares faces; a simulator's two buttons stand there otherwise
	Reports   bool     // they came from the page of lost telephones
	Typed     string   // what was typed, where it may be shown again
	Stopped   string   // on the task list: why nobody enrols now
}

// enrolment is the choice of the document, or the task list of who is under way.
func (d *Door) enrolment(v *shell.Visit) error {
	if next := v.Query("next"); next != "" {
		v.SetCookie(shell.CookieReturn, shell.LocalPath(next), draftAge)
	}
	_, view, err := d.draft(v)
	if fault.Because(err, "draft_unknown") {
		page := d.kinds(v)
		if !page.Reports { // who stops everything by a document goes on
			if page.Stopped, err = d.stopped(v); err != nil {
				return err
			}
		}
		return v.Show(d.pages, "kind", page)
	}
	if err != nil {
		return err
	}
	page := d.page(v, "", view)
	if !view.Adds && !view.Moves && !page.Reports {
		if page.Stopped, err = d.stopped(v); err != nil {
			return err
		}
	}
	return v.Show(d.pages, "tasks", page)
}

// reports tells whoever came from the page of lost telephones: they show a document
// to stop everything, and enrol only if they go on.
func reports(v *shell.Visit) bool {
	return v.Query("next") == "/lost" || v.Query("next") == "" && v.Cookie(shell.CookieReturn) == "/lost"
}

func (d *Door) kinds(v *shell.Visit) kindPage {
	page := kindPage{Served: d.Enrol.Kinds(), Reports: reports(v)}
	for _, k := range identity.DocumentKinds {
		if !slices.Contains(page.Served, k) {
			page.Unserved = append(page.Unserved, k)
		}
	}
	return page
}

// chooseKind starts a draft.
func (d *Door) chooseKind(v *shell.Visit) error {
	v.Back("/enrol")
	if v.Form("kind") == "" {
		return v.Refuse(d.pages, "kind", fault.New("citizen.chooseKind", fault.Invalid, "kind_missing"), d.kinds(v), "kinds")
	}
	if err := apart(v); err != nil {
		return err
	}
	h, err := d.Enrol.Start(v.Context(), v.Form("kind"))
	if err != nil {
		if shell.Recoverable(err) {
			return v.Refuse(d.pages, "kind", err, d.kinds(v), "kinds")
		}
		return err
	}
	if err := d.under(v, h); err != nil {
		return err
	}
	return v.Go("/enrol")
}

// under takes up a draft. An older one of this browser is forgotten.
func (d *Door) under(v *shell.Visit, h identity.Handle) error {
	if old, err := d.handle(v); err == nil {
		if err := d.Enrol.Cancel(v.Context(), old); err != nil {
			return err
		}
	}
	v.SetCookie(shell.CookieDraft, h.Text(), draftAge)
	return nil
}

// cancel leaves: one step, nothing kept.
func (d *Door) cancel(v *shell.Visit) error {
	_, view, err := d.draft(v)
	back := ""
	switch {
	case err == nil && view.Adds:
		back = "/documents"
	case err == nil && view.Moves:
		back = "/data"
	}
	if h, err := d.handle(v); err == nil {
		if err := d.Enrol.Cancel(v.Context(), h); err != nil {
			return err
		}
	}
	v.DropCookie(shell.CookieDraft)
	if back != "" { // who is signed in goes on there
		return v.Go(back)
	}
	v.DropCookie(shell.CookieReturn)
	return v.Show(d.pages, "left", nil)
}
