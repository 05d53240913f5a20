package operator

import (
	"context"
	"slices"
	"strconv"

	"netid/internal/act/staff"
	"netid/internal/act/tally"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Figures are those that are published of each month.
type Figures interface {
	Report(context.Context) (tally.Report, error)
}

// ofMonths are the lines that are plotted month by month, and ofReasons those that are divided.
func ofMonths() []string  { return []string{"enrolled", "verified", "attested", "withdrawn", "erased"} }
func ofReasons() []string { return []string{"refused", "declined", "plaintext"} }

// figures plots what everybody may read, as it was published and rounded; staff have no
// finer figures (ADR 0060).
func (d *Door) figures(v *shell.Visit, m staff.Member) error {
	r, err := d.Figures.Report(v.Context())
	if err != nil {
		return err
	}
	months := []tally.Month{}
	for _, p := range slices.Backward(r.Months) {
		months = append(months, p.Month)
	}
	if !r.Narrowed { // a sandbox shows the month that runs, too
		months = append(months, r.Running)
	}
	if len(months) == 0 {
		return v.Show(d.pages, "operator-figures", d.page(m, []plot{}))
	}
	plots := []plot{}
	for _, name := range ofMonths() {
		plots = append(plots, d.byMonth(v, name, months))
	}
	for _, name := range ofReasons() {
		plots = append(plots, d.byReason(v, name, months))
	}
	return v.Show(d.pages, "operator-figures", d.page(m, plots))
}

func (d *Door) byMonth(v *shell.Visit, name string, months []tally.Month) plot {
	labels, counts, says := []string{}, []int{}, []string{}
	for _, m := range months {
		at := slices.IndexFunc(m.Lines, func(l tally.Line) bool { return l.Name == name })
		var l tally.Line
		if at >= 0 {
			l = m.Lines[at]
		}
		labels, counts, says = append(labels, m.Month), append(counts, l.Count), append(says, rounded(v, l))
	}
	return d.published(v, name, v.Say("operator.figures.month"), labels, counts, says)
}

// byReason adds what months say of each reason: so it tells nothing that they did not.
func (d *Door) byReason(v *shell.Visit, name string, months []tally.Month) plot {
	var all []tally.Line
	for _, m := range months {
		for _, l := range m.Lines {
			if l.Name != name {
				continue
			}
			if at := slices.IndexFunc(all, func(o tally.Line) bool { return o.Of == l.Of }); at >= 0 {
				all[at].Count, all[at].Few = all[at].Count+l.Count, all[at].Few || l.Few
			} else {
				all = append(all, l)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y tally.Line) int { return y.Count - x.Count })
	labels, counts, says := []string{}, []int{}, []string{}
	for _, l := range all {
		labels, counts, says = append(labels, reason(v, l)), append(counts, l.Count), append(says, rounded(v, l))
	}
	return d.published(v, name, v.Say("operator.figures.reason"), labels, counts, says)
}

func (d *Door) published(v *shell.Visit, name, axis string, labels []string, counts []int, says []string) plot {
	p := drawn(name, labels, counts, 0)
	p.Title, p.Axis, p.Head = v.Say("figures."+name), axis, v.Say("operator.figures.count")
	p.Sum = v.Say("operator.figures.sum", p.All)
	if p.All == 0 { // "at least none" would say nothing
		p.Sum = v.Say("operator.figures.few")
	}
	for i := range p.Bars {
		p.Bars[i].Says = says[i]
	}
	return p
}

// reason is why, in words.
func reason(v *shell.Visit, l tally.Line) string {
	switch {
	case l.Name == "declined":
		return v.Say("figures.declined." + l.Of)
	case l.Name == "refused":
		return law.QuestionOf(l.Of).In(v.Locale)
	case l.Of == "":
		return v.Say("figures.plaintext.other")
	}
	return l.Of
}

// rounded is a figure as it was published: down to tens.
func rounded(v *shell.Visit, l tally.Line) string {
	switch {
	case l.Count == 0 && l.Few:
		return v.Say("figures.few", tally.Grain)
	case l.Exact || l.Count == 0:
		return strconv.Itoa(l.Count)
	}
	return v.Say("figures.least", l.Count)
}
