package operator

import (
	"fmt"
	"time"

	"netid/internal/act/staff"
	"netid/internal/gauge"
	"netid/internal/web/shell"
)

// Load is how this process answered in the last hour.
type Load interface {
	Hour(now time.Time) []gauge.Minute
}

// bar is one of a plot: its figure, and where it stands in the picture.
type bar struct {
	Label               string
	Count               int
	X, Y, Width, Height int
}

// plot is a picture of bars, drawn by the server, and the table beneath it.
type plot struct {
	Name string
	Most int
	All  int
	Bars []bar
}

// First and Last are the ends of the axis.
func (p plot) First() string { return p.Bars[0].Label }

// Last is as First.
func (p plot) Last() string { return p.Bars[len(p.Bars)-1].Label }

// The picture's own units; the page scales it.
const plotWide, plotHigh = 600, 120

// drawn lays bars side by side, the highest as high as the picture. What is not nought is
// seen.
func drawn(name string, labels []string, counts []int) plot {
	p := plot{Name: name}
	for _, n := range counts {
		p.Most, p.All = max(p.Most, n), p.All+n
	}
	each := plotWide / max(1, len(counts))
	for i, n := range counts {
		high := 0
		if n > 0 {
			high = max(2, n*plotHigh/p.Most)
		}
		p.Bars = append(p.Bars, bar{Label: labels[i], Count: n, X: i * each, Y: plotHigh - high, Width: max(1, each-2), Height: high})
	}
	return p
}

// load shows them; what happened to people's identities stands on the page for everybody,
// with its roundings, and is not told here a second time.
func (d *Door) load(v *shell.Visit, m staff.Member) error {
	hour := d.Load.Hour(d.Now())
	var asked, refused, failed []int
	var minutes []string
	took := make([]int, len(gauge.Limits())+1)
	for _, g := range hour {
		minutes = append(minutes, g.Start.In(shanghai()).Format("15:04"))
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
	return v.Show(d.pages, "operator-load", d.page(m, []plot{drawn("asked", minutes, asked), drawn("refused", minutes, refused), drawn("failed", minutes, failed), drawn("took", steps, took)}))
}

// shanghai is the clock of who reads: China has one, without summer time.
func shanghai() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }
