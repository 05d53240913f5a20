package citizen

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"netid/internal/act/guard"
	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// matterView is what waits for a guardian, in their words.
type matterView struct {
	Key    string
	Name   string
	Kind   identity.MatterKind
	Regime identity.Regime
	Doc    identity.DocumentKind
	Lines  []string // of a use: what the child signed
	Text   string   // of an application: what the guardian's device signs

	Passkey string // the session's certificate, where a passkey has its key
}

// childrenPage is a guardian's page.
type childrenPage struct {
	Answered bool // just now
	Signals  bool // may be turned on here
	Matters  []matterView
	Stopped  []identity.Matter // given up by who applied
	Children []guard.Child
	Review   guard.Review // where a person looks at the guardian's next application
}

func (d *Door) children(v *shell.Visit, s identity.Session) error {
	page := childrenPage{Answered: v.Query("answered") != "", Signals: d.Signals != nil}
	all, err := d.Guard.Waiting(v.Context(), s)
	if err != nil {
		return err
	}
	for _, m := range all {
		page.Matters = append(page.Matters, d.matterView(m))
	}
	if page.Stopped, err = d.Guard.Stopped(v.Context(), s); err != nil {
		return err
	}
	if page.Children, err = d.Guard.Children(v.Context(), s); err != nil {
		return err
	}
	if page.Review, err = d.Guard.Review(v.Context(), s); err != nil {
		return err
	}
	return v.Show(d.pages, "children", page)
}

func (d *Door) matterView(m identity.Matter) matterView {
	view := matterView{Key: hex.EncodeToString(m.Key), Name: m.Name, Kind: m.Kind, Regime: m.Regime, Doc: m.Document}
	if text := string(d.Guard.Text(m)); m.Kind == identity.MatterUse {
		view.Lines = strings.Split(text, "\n")
	} else {
		view.Text = text
	}
	return view
}

// matter shows one that waits.
func (d *Door) matter(v *shell.Visit, s identity.Session) error {
	m, err := d.waiting(v, s, v.R.PathValue("key"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "matter", m)
}

func (d *Door) waiting(v *shell.Visit, s identity.Session, key string) (matterView, error) {
	all, err := d.Guard.Waiting(v.Context(), s)
	if err != nil {
		return matterView{}, err
	}
	for _, m := range all {
		if view := d.matterView(m); view.Key == key {
			view.Passkey = passkey(&s)
			return view, nil
		}
	}
	stopped, err := d.Guard.Stopped(v.Context(), s)
	if err != nil {
		return matterView{}, err
	}
	if slices.ContainsFunc(stopped, func(m identity.Matter) bool { return hex.EncodeToString(m.Key) == key }) {
		return matterView{}, fault.New("citizen.matter", fault.Gone, "matter_given_up")
	}
	return matterView{}, fault.New("citizen.matter", fault.Gone, "matter_over")
}

// answerMatter takes the guardian's answer.
func (d *Door) answerMatter(v *shell.Visit, s identity.Session) error {
	v.Back("/children")
	m, err := d.waiting(v, s, v.Form("key"))
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(m.Key)
	if err != nil {
		return notFound(err)
	}
	in := guard.Reply{Key: key, Answer: identity.GuardianAnswer(v.Form("answer")), Certificate: v.Form("certificate")}
	if in.Signature, err = base64.RawURLEncoding.Strict().DecodeString(v.Form("signature")); err != nil {
		err = fault.Wrap("citizen.answerMatter", fault.Invalid, "signature_invalid", err)
	} else {
		err = d.Guard.Answer(v.Context(), s, in)
	}
	switch {
	case err == nil:
		return v.Go("/children?answered=1")
	case shell.Recoverable(err):
		return v.Refuse(d.pages, "matter", err, m, "")
	}
	return err
}

// childPage is a child under 14 as the guardian sees them.
type childPage struct {
	guard.Child
	Lines    []line
	Parties  []line // where something was allowed, each once
	Assisted []helped
}

func (d *Door) child(v *shell.Visit, s identity.Session) error {
	page, err := d.ofChild(v, s, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "child", page)
}

func (d *Door) ofChild(v *shell.Visit, s identity.Session, ref string) (childPage, error) {
	child, events, err := d.Guard.Uses(v.Context(), s, ref)
	page := childPage{Child: child}
	seen := map[identity.PartyID]bool{}
	for _, e := range events {
		l := plain(v, look.Record{Event: e})
		page.Lines = append(page.Lines, l)
		if e.Party == "" || seen[e.Party] || e.Kind == identity.Declined {
			continue
		}
		if seen[e.Party] = true; e.Kind != identity.Withdrawn && e.Kind != identity.ErasureAsked {
			page.Parties = append(page.Parties, l)
		}
	}
	if err == nil {
		page.Assisted, err = d.helpedChild(v, child.Number)
	}
	return page, err
}

// forChild does one thing for a child and shows the child again.
func (d *Door) forChild(do func(Guardian, context.Context, identity.Session, string) error) func(*shell.Visit, identity.Session) error {
	return func(v *shell.Visit, s identity.Session) error {
		ref := v.Form("ref")
		if err := do(d.Guard, v.Context(), s, ref); err != nil {
			return d.childRefused(v, s, ref, err, "")
		}
		return v.Go("/children/of/" + ref)
	}
}

func (d *Door) childRefused(v *shell.Visit, s identity.Session, ref string, refusal error, field string) error {
	v.Back("/children")
	if !shell.Recoverable(refusal) {
		return refusal
	}
	page, err := d.ofChild(v, s, ref)
	if err != nil {
		return refusal
	}
	return v.Refuse(d.pages, "child", refusal, page, field)
}

// withdrawFor ends what one platform was allowed for a child.
func (d *Door) withdrawFor(v *shell.Visit, s identity.Session) error {
	v.Back("/children")
	id, err := identity.ParsePartyID(v.Form("party"))
	if err != nil {
		return notFound(err)
	}
	ref := v.Form("ref")
	if err := d.Guard.Withdraw(v.Context(), s, ref, id); err != nil {
		return d.childRefused(v, s, ref, err, "")
	}
	return v.Go("/children/of/" + ref)
}

// eraseWard ends a child's identity here and shows the receipt.
func (d *Door) eraseWard(v *shell.Visit, s identity.Session) error {
	ref := v.Form("ref")
	if v.Form("confirm") != "erase" {
		return d.childRefused(v, s, ref, fault.New("citizen.eraseWard", fault.Invalid, "erase_unconfirmed"), "confirm")
	}
	r, err := d.Erase.EraseWard(v.Context(), s, ref, v.Form("passcode"))
	if err != nil {
		field := ""
		if strings.HasPrefix(fault.Public(err), "passcode_") {
			field = "passcode"
		}
		return d.childRefused(v, s, ref, err, field)
	}
	v.Back("/children")
	return v.Show(d.pages, "receipt", receiptPage{r, true})
}
