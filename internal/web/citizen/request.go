package citizen

import (
	"net/url"

	"netid/client"
	"netid/internal/act/authorize"
	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// requestPage is what a party asks, as the citizen reads it before deciding.
type requestPage struct {
	R         string // the sealed request
	Party     identity.Party
	Name      string
	Statement client.Statement
	Who, Why  string
	Intent    string // the line that says what it is for, or ""
	Crossing  string // the line that says that it crosses two devices, or ""
	Items     []itemView
	Standing  itemView // the line by which the citizen may consent for longer; no Name: not offered
	Rest      []string // what is not told, how, which request, when
	Passcode  bool     // the mode asks for it
	Face      bool     // the mode asks for the face, or its twin
	FaceWay   string   // as chosen before a refusal
	Simulated bool
	Served    bool // the face step is served here: no page but enrolment's has the photo to compare with
	Locale    string
	Passkey   string      // the session's certificate, where a passkey has its key
	Sign      *signinPage // sign in first
	Here      string
	To        string // where the decision goes: "/request", or "/across" where it is for another device
	Across    bool
	Looks     string // what the other device's browser calls itself
	Crosses   bool   // it may be decided on another device
	Plain     bool   // plain text is asked for
}

// itemView is one item with both of its sentences.
type itemView struct {
	client.Item
	Line     string // the one that is shown and signed now
	Give     string
	Withhold string
	Choice   string // "", "give", "withhold"
}

// request shows a party's request in the browser that started it. Until the
// citizen is signed in the page says who asks and no more is decided.
func (d *Door) request(v *shell.Visit) error {
	if gone, err := d.silent(v, v.Query("r")); gone || err != nil {
		return err
	}
	page, s, err := d.asked(v, v.Query("r"))
	if err != nil {
		return err
	}
	if s != nil {
		if e, done, err := d.answeredBefore(v, *s, page.Statement.Transaction); err != nil {
			return err
		} else if done {
			return v.Show(d.pages, "answered", answeredPage{plain(v, look.Record{Event: e}), page.Name, page.Party.Domain})
		}
		// words that changed are read first
		due, err := d.Enrol.NoticeDue(v.Context(), *s)
		if err != nil {
			return err
		}
		if due {
			return v.Go("/consents/again?next=" + url.QueryEscape(page.Here))
		}
	}
	if s == nil {
		if page.Sign, err = d.gate(page); err != nil {
			return err
		}
	}
	return v.Show(d.pages, "request", page)
}

// answeredPage is a request that its citizen answered before, as their records have it.
type answeredPage struct {
	line
	Name   string
	Domain string
}

// answeredBefore looks whether the citizen's own records have an answer to a request: its id
// is the record's. In another browser the request does not open at all, and nobody else has
// the record; an approval that the party has not fetched yet has none (ADR 0009).
func (d *Door) answeredBefore(v *shell.Visit, s identity.Session, transaction string) (identity.Event, bool, error) {
	id, err := identity.ParseEventID(transaction)
	if err != nil { // a request that is no record's is shown as it is
		return identity.Event{}, false, nil
	}
	e, err := d.Look.Happened(v.Context(), s, id)
	switch {
	case err == nil:
		return e, true, nil
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		return e, false, nil
	}
	return e, false, err
}

func (d *Door) gate(page requestPage) (*signinPage, error) {
	p, err := d.knock(page.Here)
	return &p, err
}

// asked opens the request; the session is nil where the citizen has to sign
// in, which a party may ask for anew (prompt=login, max_age).
func (d *Door) asked(v *shell.Visit, sealed string) (requestPage, *identity.Session, error) {
	s, err := v.Session()
	if err != nil {
		return requestPage{}, nil, err
	}
	pr, err := d.Authorize.Present(v.Context(), sealed, browser(v), v.Locale)
	if err == nil && v.Prefer(pr.Ask.Locale) { // OpenID Core §3.1.2.1: ui_locales
		pr, err = d.Authorize.Present(v.Context(), sealed, browser(v), v.Locale)
	}
	if err != nil {
		return requestPage{}, nil, err
	}
	v.LeadsTo(pr.Ask.Redirect)
	lines := pr.Statement.Lines()
	if lines == nil { // what may not be shown cannot be approved
		return requestPage{}, nil, fault.New("citizen.asked", fault.Invalid, "request_invalid")
	}
	if s != nil && !pr.Ask.Accepts(*s) {
		s = nil
	}
	page := d.describe(v, sealed, pr, lines)
	page.Passkey = passkey(s)
	return page, s, nil
}

// passkey is the session's certificate where an authenticator holds its key: the
// page asks that to sign.
func passkey(s *identity.Session) string {
	if s == nil || !s.Passkey {
		return ""
	}
	return s.Certificate.String()
}

func (d *Door) describe(v *shell.Visit, sealed string, pr authorize.Presented, lines []string) requestPage {
	st := pr.Statement
	p := requestPage{R: sealed, Party: pr.Party, Name: pr.Party.Name.In(v.Locale), Statement: st, Passcode: pr.Ask.Mode.Passcode(),
		Face: pr.Ask.Mode.Face(), FaceWay: v.Form("face"), Simulated: d.Simulated, Served: d.Face && d.Models == nil, Locale: v.Locale,
		To: "/request", Crosses: d.Authorize.Crosses(pr.Ask) == nil, Plain: len(pr.Ask.Plain) > 0, Here: "/request?r=" + url.QueryEscape(sealed)}
	v.Back(p.Here)
	p.Who, p.Why, lines = lines[0], lines[1], lines[2:]
	if st.Intent != "" {
		p.Intent, lines = lines[0], lines[1:]
	}
	if st.Across {
		p.Crossing, lines = lines[0], lines[1:]
	}
	p.Rest = lines[len(st.Items):]
	for _, i := range st.Items {
		p.Items = append(p.Items, item(v, st, i))
	}
	if pr.Lasting != "" {
		p.Standing = itemView{Item: client.Item{Name: pr.Lasting}, Choice: v.Form("remember")}
		p.Standing.Line = st.Line(client.Item{Name: pr.Lasting, Given: true, Optional: true})
	}
	return p
}

// item shows both sentences of an optional item. The one that stands there
// before the citizen chose is that nothing is told.
func item(v *shell.Visit, st client.Statement, i client.Item) itemView {
	give, keep := i, i
	give.Given, keep.Given = true, false
	view := itemView{Item: i, Line: st.Line(i), Give: st.Line(give), Withhold: st.Line(keep)}
	if !i.Optional {
		return view
	}
	switch view.Choice = v.Form("choice-" + i.Name); view.Choice {
	case "give":
		view.Line = view.Give
	case "withhold":
	default:
		view.Choice = ""
	}
	return view
}

// browser is the binding of the browser that started the request; a missing
// one matches no request.
func browser(v *shell.Visit) identity.Handle {
	h, err := identity.ParseHandle(v.Cookie(shell.CookieBrowser))
	if err != nil {
		return identity.Handle{}
	}
	return h
}
