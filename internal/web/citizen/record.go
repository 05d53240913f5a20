package citizen

import (
	"strings"

	"netid/client"
	"netid/internal/act/look"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// recordPage is one event with what proves it; the browser checks the proof.
type recordPage struct {
	line
	Detail   string
	Standing string // the record of the standing consent that it is about
	Consent  string // the record of the separate consents to plain text, where there were any
	Consents []identity.Consent
	Signed   []string // the lines that the device signed
	SignedIn string   // their language
	Proof    look.Proven
	Position uint64 // from 1
	Undo     bool   // the citizen may still say that it was not them
}

func (d *Door) record(v *shell.Visit, s identity.Session) error {
	id, err := identity.ParseEventID(v.R.PathValue("id"))
	if err != nil {
		return notFound(err)
	}
	p, err := d.Look.Record(v.Context(), s, id)
	if err != nil {
		return err
	}
	e := p.Record.Event
	page := recordPage{line: plain(v, p.Record), Standing: e.Standing, Consents: e.Consents, Proof: p, Position: p.Record.Index + 1}
	if e.Approval != nil {
		page.Signed, page.SignedIn = strings.Split(string(e.Approval.Statement), "\n"), v.Locale
		if st, err := client.ParseStatement(e.Approval.Statement); err == nil {
			page.SignedIn = st.Locale
		}
	}
	if e.Kind == identity.Verified {
		page.Consent, page.Undo = e.Detail, d.undoable(e.Time)
	}
	if e.Kind == identity.Enrolled || e.Kind == identity.DocumentAdded {
		page.Detail = proved(v, e.Detail)
	}
	if e.Kind == identity.Attested {
		page.Detail = v.Say("record.attested", e.Detail)
	}
	if news, kind, of := strings.Cut(e.Detail, "/"); of && (e.Kind == identity.DocumentTold || e.Kind == identity.HeldByNews) {
		page.Detail = v.Say("record.told", v.Say("document."+kind), v.Say("news."+news))
	}
	return v.Show(d.pages, "record", page)
}

// proved says an enrolment's detail: "resident-id-card/authority-decoded/face-twin";
// at a counter its name follows, and that of a second clerk's.
func proved(v *shell.Visit, detail string) string {
	parts := strings.Split(detail, "/")
	if len(parts) < 3 {
		return ""
	}
	said := v.Say("record.proved", v.Say("document."+parts[0]), v.Say("origin."+parts[1]), v.Say("record."+parts[2]))
	switch len(parts) {
	case 4:
		said += v.Say("record.counter", parts[3])
	case 5:
		said += v.Say("record.counters", parts[3], parts[4])
	}
	return said
}
