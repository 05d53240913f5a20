package operator

import (
	"fmt"
	"strconv"
	"time"

	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// Load is how this process answered in the last hour.
type Load interface {
	Hour(now time.Time) []gauge.Minute
}

// loadPage are the plots of answers, and of what the service's stores bear for who works
// inside it.
type loadPage struct {
	Answers, Levels []plot
}

// load shows them; what happened to people's identities has its page, of published figures
// alone, and is not told here a second time.
func (d *Door) load(v *shell.Visit, m staff.Member) error {
	hour := d.Load.Hour(d.Now())
	var asked, refused, failed []int
	var minutes []string
	took := make([]int, len(gauge.Limits())+1)
	for _, g := range hour {
		minutes = append(minutes, clock(g.Start))
		asked, refused, failed = append(asked, g.Asked), append(refused, g.Refused), append(failed, g.Failed)
		for i, n := range g.Took {
			took[i] += n
		}
	}
	var steps []string
	for _, most := range gauge.Limits() {
		steps = append(steps, fmt.Sprintf("≤ %d ms", most.Milliseconds()))
	}
	steps = append(steps, fmt.Sprintf("> %d ms", gauge.Limits()[len(gauge.Limits())-1].Milliseconds()))
	minute := v.Say("operator.load.minute")
	page := loadPage{Answers: []plot{d.answers(v, "asked", minute, minutes, asked), d.answers(v, "refused", minute, minutes, refused), d.answers(v, "failed", minute, minutes, failed), d.answers(v, "took", v.Say("operator.load.step"), steps, took)}}
	if law.MayStaff(m.Role, law.SeeHealth, law.Look) {
		var err error
		if page.Levels, err = d.levels(v); err != nil {
			return err
		}
	}
	return v.Show(d.pages, "operator-load", d.page(m, page))
}

// answers is a plot of counts that add up.
func (d *Door) answers(v *shell.Visit, name, axis string, labels []string, counts []int) plot {
	p := drawn(name, labels, counts, 0)
	p.Title, p.Axis, p.Head = v.Say("operator.load."+name), axis, v.Say("operator.load.count")
	p.Sum = v.Say("operator.load.sum", p.All, p.Most)
	return p
}

// levels are plots of amounts in the last hour, each below its limit where it has one.
func (d *Door) levels(v *shell.Visit) (all []plot, err error) {
	amounts, err := d.Capacity.Amounts(v.Context())
	for _, a := range amounts {
		var labels []string
		var counts []int
		hour := d.Capacity.Hour(d.Now(), a.Name)
		for i, l := range hour {
			n := l.Amount
			if i == len(hour)-1 {
				n = a.Now // read just now
			}
			labels, counts = append(labels, clock(l.Start)), append(counts, int(n))
		}
		p := drawn(a.Name, labels, counts, int(a.Most))
		p.Title, p.Axis, p.Head = v.Say("operator.level."+a.Name), v.Say("operator.load.minute"), v.Say("operator.level.amount")
		p.Sum = v.Say("operator.level.now", amountOf(a, a.Now))
		if a.Most > 0 {
			p.Sum += v.Say("operator.level.limit", amountOf(a, a.Most))
		}
		for i := range p.Bars {
			if p.Bars[i].Says = amountOf(a, int64(p.Bars[i].Count)); i < len(hour)-1 && !hour[i].Known {
				p.Bars[i].Says = unread
			}
		}
		all = append(all, p)
	}
	return all, err
}

// amountOf is n of an amount, as people read it.
func amountOf(a gauge.Amount, n int64) string {
	if !a.Bytes {
		return strconv.FormatInt(n, 10)
	}
	units, size := []string{"B", "kB", "MB", "GB", "TB"}, float64(n)
	i := 0
	for ; size >= 1000 && i < len(units)-1; i++ {
		size /= 1000
	}
	if i == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[i]
}

// clock is an instant on the clock of who reads.
func clock(t time.Time) string { return t.In(shanghai()).Format("15:04") }

// shanghai is the clock of who reads: China has one, without summer time.
func shanghai() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }
