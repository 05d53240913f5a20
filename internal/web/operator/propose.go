package operator

import (
	"time"

	"netid/internal/act/staff"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// signing is a proposal before its proposer signed it.
type signing struct {
	staff.Proposal
	Sealed, Text, Secret string
	Locale               string
	Record               *reading // of a party that is to be approved
}

// Said is what it does, in its reader's language.
func (s signing) Said() string { return s.Says.In(s.Locale) }

// sign shows a proposal to who makes it: they read all of it and sign it with their passkey.
func (d *Door) sign(v *shell.Visit, m staff.Member, a law.Action, subject string, body []byte) error {
	return d.signWith(v, m, a, subject, body, "")
}

// signWith also shows a secret, which stands nowhere else: of an invitation.
func (d *Door) signWith(v *shell.Visit, m staff.Member, a law.Action, subject string, body []byte, secret string) error {
	sealed, text, p, err := d.Staff.Prepare(v.Context(), m, a, subject, body)
	if err != nil {
		return err
	}
	record, err := d.recordOf(v, p)
	if err != nil {
		return err
	}
	v.Back("/operator/proposals")
	return v.Show(d.pages, "operator-sign", d.page(m, signing{p, sealed, text, secret, v.Locale, record}))
}

func (d *Door) propose(v *shell.Visit, m staff.Member) error {
	signature, err := v.Signature()
	if err != nil {
		return err
	}
	number, err := d.Staff.Propose(v.Context(), m, v.Form("sealed"), signature)
	if err != nil {
		return err
	}
	return v.Go("/operator/proposals/" + number)
}

// listed is one proposal in the table.
type listed struct {
	staff.Proposal
	Locale  string
	Over    bool   // nobody decided in time
	Failure string // why what two agreed could not be done, in words
}

// Said is what it does, in its reader's language.
func (l listed) Said() string { return l.Says.In(l.Locale) }

// Open reports whether it still waits.
func (l listed) Open() bool { return l.State == staff.Open && !l.Over }

func (d *Door) listed(v *shell.Visit, p staff.Proposal) listed {
	l := listed{p, v.Locale, p.State == staff.Open && !d.Now().Before(p.Expires), ""}
	if p.State == staff.Failed {
		l.Failure = p.Why
		if says, known := d.Shell.Reason(v.Locale, p.Why); known {
			l.Failure = says
		}
	}
	return l
}

func (d *Door) proposals(v *shell.Visit, m staff.Member) error {
	all, err := d.Staff.Proposals(v.Context())
	if err != nil {
		return err
	}
	rows := []listed{}
	for _, p := range all {
		rows = append(rows, d.listed(v, p))
	}
	heads := []string{v.Say("operator.number"), v.Say("operator.does"), v.Say("operator.by"), v.Say("operator.second"), v.Say("operator.state"), v.Say("operator.until")}
	s, sent, err := sheetOf(d, v, "proposals", heads, rows, func(l listed) []string {
		state, second := "staff.state."+string(l.State), ""
		if l.Over {
			state = "staff.state.over"
		}
		if l.Decided != nil {
			second = string(l.Decided.By)
		}
		return []string{l.Number, l.Said(), string(l.By), second, v.Say(state), l.Expires.In(shanghai()).Format(time.RFC3339)}
	})
	if sent || err != nil {
		return err
	}
	return v.Show(d.pages, "operator-proposals", d.page(m, s))
}

// deciding is one proposal, with what the reader would sign by a yes or a no.
type deciding struct {
	listed
	Yes, No string // texts; "" where this reader does not decide

	First, Second string // names of who proposed and who decided, where this reader may know them

	Record *reading // of a party that is to be approved; nil where it reads otherwise by now
	Moved  bool     // what it is about is not any more as it was proposed
	Code   string   // of an invitation, for who approved it alone: they tell it themselves
	Half   string   // of a counter's credential, in the same way
}

// decides reports whether it waits for this person's yes or no.
func (d *Door) decides(m staff.Member, l listed) bool {
	return l.Open() && l.By != m.ID && law.MayStaff(m.Role, l.Action, law.Approve)
}

func (d *Door) proposal(v *shell.Visit, m staff.Member) error {
	p, err := d.Staff.Proposal(v.Context(), v.R.PathValue("number"))
	if err != nil {
		return err
	}
	shown := deciding{listed: d.listed(v, p)}
	names, err := d.names(v, m)
	if err != nil {
		return err
	}
	shown.First = names[string(p.By)]
	if p.Decided != nil {
		shown.Second = names[string(p.Decided.By)]
	}
	if shown.Code, err = d.Staff.Code(v.Context(), m, p); err != nil {
		return err
	}
	if shown.Half, err = d.half(v, m, p); err != nil {
		return err
	}
	if d.decides(m, shown.listed) {
		shown.Yes, shown.No = d.Staff.DecideText(p, "approve", m), d.Staff.DecideText(p, "refuse", m)
	}
	if shown.Open() {
		if shown.Record, err = d.recordOf(v, p); err != nil { // what it would approve is no more: it can be refused alone
			shown.Yes, shown.Record, shown.Moved = "", nil, true
		}
	}
	return v.Show(d.pages, "operator-proposal", d.page(m, shown))
}

func (d *Door) decide(v *shell.Visit, m staff.Member) error {
	signature, err := v.Signature()
	if err != nil {
		return err
	}
	number := v.R.PathValue("number")
	v.Back("/operator/proposals/" + number)
	if v.Form("word") == "approve" {
		err = d.Staff.Approve(v.Context(), m, number, signature)
	} else {
		err = d.Staff.Refuse(v.Context(), m, number, signature)
	}
	if err != nil {
		return err
	}
	return v.Go("/operator/proposals/" + number)
}
