package operator

import (
	"netid/internal/act/staff"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// signing is a proposal before its proposer signed it.
type signing struct {
	staff.Proposal
	Sealed, Text, Secret string
	Locale               string
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
	v.Back("/operator/proposals")
	return v.Show(d.pages, "operator-sign", d.page(m, signing{p, sealed, text, secret, v.Locale}))
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
	Locale string
	Over   bool // nobody decided in time
}

// Said is what it does, in its reader's language.
func (l listed) Said() string { return l.Says.In(l.Locale) }

// Open reports whether it still waits.
func (l listed) Open() bool { return l.State == staff.Open && !l.Over }

func (d *Door) listed(v *shell.Visit, p staff.Proposal) listed {
	return listed{p, v.Locale, p.State == staff.Open && !d.Now().Before(p.Expires)}
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
	return v.Show(d.pages, "operator-proposals", d.page(m, rows))
}

// deciding is one proposal, with what the reader would sign by a yes or a no.
type deciding struct {
	listed
	Yes, No string // texts; "" where this reader does not decide
}

func (d *Door) proposal(v *shell.Visit, m staff.Member) error {
	p, err := d.Staff.Proposal(v.Context(), v.R.PathValue("number"))
	if err != nil {
		return err
	}
	shown := deciding{listed: d.listed(v, p)}
	if shown.Open() && p.By != m.ID && law.MayStaff(m.Role, p.Action, law.Approve) {
		shown.Yes, shown.No = d.Staff.DecideText(p, "approve", m), d.Staff.DecideText(p, "refuse", m)
	}
	return v.Show(d.pages, "operator-proposal", d.page(m, shown))
}

func (d *Door) decide(v *shell.Visit, m staff.Member) error {
	signature, err := v.Signature()
	if err != nil {
		return err
	}
	number := v.R.PathValue("number")
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
