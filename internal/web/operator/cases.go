package operator

import (
	"context"
	"slices"
	"strconv"
	"time"

	"netid/internal/act/redress"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Cases are counts of what citizens said about parties: never who.
type Cases interface {
	Cases(context.Context) ([]redress.Case, error)
}

// Claims wait for a person and name nobody.
type Claims interface {
	Queue(context.Context) ([]identity.Claim, error)
	Answer(ctx context.Context, ref string, granted bool, note string) error
}

// casesPage is both, and what a reference that was typed leads to.
type casesPage struct {
	Parties []redress.Case
	Claims  []claimRow
}

type claimRow struct {
	identity.Claim
	Over bool
	Says string // what was not understood or is not true, in words
}

func (d *Door) cases(v *shell.Visit, m staff.Member) error {
	parties, err := d.Cases.Cases(v.Context())
	if err != nil {
		return err
	}
	all, err := d.Claims.Queue(v.Context())
	if err != nil {
		return err
	}
	page := casesPage{Parties: parties}
	for _, c := range all {
		page.Claims = append(page.Claims, d.claimRow(v, c))
	}
	switch v.Query("as") {
	case "csv":
		return v.Table("netid-cases", d.Now(), page.claims(v))
	case "parties":
		return v.Table("netid-reports", d.Now(), page.parties(v))
	}
	return v.Show(d.pages, "operator-cases", d.page(m, page))
}

func (d *Door) claimRow(v *shell.Visit, c identity.Claim) claimRow {
	row := claimRow{c, c.Over(d.Now()), c.About}
	if c.Right == identity.RightCorrect {
		row.Says = v.Say("held." + c.About)
	} else if says, known := d.Shell.Reason(v.Locale, c.About); known {
		row.Says = says
	}
	return row
}

// claims are the rows of the file: what is asked, until when, and how it stands. A
// reference opens a case, so none leaves in a file: a list of them would be lost as one.
func (p casesPage) claims(v *shell.Visit) [][]string {
	all := [][]string{{v.Say("operator.does"), v.Say("operator.until"), v.Say("operator.state")}}
	for _, c := range p.Claims {
		all = append(all, []string{v.Say("operator.claim."+string(c.Right), c.Says), c.Due.In(shanghai()).Format(time.DateOnly), v.Say("operator.claim." + c.State())})
	}
	return all
}

// parties are the rows of the other file: counts, one line for each reason and month.
func (p casesPage) parties(v *shell.Visit) [][]string {
	all := [][]string{{v.Say("operator.party"), v.Say("operator.erasures"), v.Say("operator.overdue"), v.Say("operator.reports"), v.Say("operator.month"), v.Say("operator.load.count")}}
	for _, c := range p.Parties {
		row := []string{string(c.Party), strconv.Itoa(c.Open), strconv.Itoa(c.Overdue)}
		if len(c.Reports) == 0 {
			all = append(all, append(row, "", "", ""))
		}
		for _, r := range c.Reports {
			all = append(all, append(slices.Clone(row), v.Say("complaint."+string(r.Reason)), r.Month, strconv.Itoa(r.Persons)))
		}
	}
	return all
}

// State is the word for how a claim stands.
func (r claimRow) State() string {
	switch {
	case r.Over:
		return "late"
	case r.Answered.IsZero():
		return "waits"
	case r.Granted:
		return "granted"
	}
	return "refused"
}

// find leads from an exact reference to its claim. Nothing here searches by less (N04).
func (d *Door) find(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/cases")
	c, err := d.opens(v, m, v.Form("reference"))
	if err != nil {
		return err
	}
	return v.Go("/operator/cases/" + c.Ref)
}

func (d *Door) claimOf(v *shell.Visit, ref string) (identity.Claim, error) {
	all, err := d.Claims.Queue(v.Context())
	if err != nil {
		return identity.Claim{}, err
	}
	for _, c := range all {
		if c.Ref == ref {
			return c, nil
		}
	}
	return identity.Claim{}, fault.New("operator.claimOf", fault.NotFound, "claim_unknown")
}

// opens is claimOf for whoever reads it, which is noted: who opens many, or tries references
// that there are not, is put before the auditors (N05).
func (d *Door) opens(v *shell.Visit, m staff.Member, ref string) (identity.Claim, error) {
	c, err := d.claimOf(v, ref)
	if err == nil || fault.Because(err, "claim_unknown") {
		if noted := d.Staff.Opened(v.Context(), m, ref, err == nil); noted != nil {
			return c, noted
		}
	}
	return c, err
}

func (d *Door) claim(v *shell.Visit, m staff.Member) error {
	v.Back("/operator/cases")
	c, err := d.opens(v, m, v.R.PathValue("ref"))
	if err != nil {
		return err
	}
	return v.Show(d.pages, "operator-claim", d.page(m, d.claimRow(v, c)))
}

// answer is one person's word, once (PIPL Art. 50): it gives nothing away and is read by whoever asked.
func (d *Door) answer(v *shell.Visit, m staff.Member) error {
	ref, word := v.R.PathValue("ref"), v.Form("word")
	v.Back("/operator/cases")
	if word != "grant" && word != "refuse" {
		return fault.New("operator.answer", fault.Invalid, "proposal_invalid")
	}
	if _, err := d.opens(v, m, ref); err != nil { // an answer to a reference that there is not is a guess too
		return err
	}
	if err := d.Claims.Answer(v.Context(), ref, word == "grant", v.Form("note")); err != nil {
		return err
	}
	return v.Go("/operator/cases/" + ref)
}
