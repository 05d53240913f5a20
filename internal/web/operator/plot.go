package operator

import (
	"slices"
	"strconv"
)

// bar is one of a plot: its figure, and where it stands in the picture.
type bar struct {
	Label               string
	Count               int
	Says                string // the figure in words
	X, Y, Width, Height int
}

// plot is a picture of bars, drawn by the server, and the table beneath it.
type plot struct {
	Name, Title, Sum string
	Axis, Head       string // of the table's two columns
	Most             int
	All              int
	Limit            bool // the picture's upper edge is one
	Bars             []bar
}

// None reports that there is nothing to show: no bar, or all of them nought. What is too few to
// be said is not nothing: its table says so.
func (p plot) None() bool {
	return !slices.ContainsFunc(p.Bars, func(b bar) bool { return b.Count > 0 || b.Says != "0" && b.Says != unread })
}

// unread stands where nobody read an amount.
const unread = "–"

// First and Last are the ends of the axis.
func (p plot) First() string { return p.Bars[0].Label }

// Last is as First.
func (p plot) Last() string { return p.Bars[len(p.Bars)-1].Label }

// The picture's own units; the page scales it.
const plotWide, plotHigh = 600, 120

// drawn lays bars side by side, the highest as high as the picture, or as their share of a
// limit. What is not nought is seen.
func drawn(name string, labels []string, counts []int, limit int) plot {
	p := plot{Name: name, Limit: limit > 0}
	for _, n := range counts {
		p.Most, p.All = max(p.Most, n), p.All+n
	}
	high, each := max(p.Most, limit), plotWide/max(1, len(counts))
	for i, n := range counts {
		tall := 0
		if n > 0 {
			tall = max(2, int(float64(n)/float64(high)*plotHigh))
		}
		p.Bars = append(p.Bars, bar{Label: labels[i], Count: n, Says: strconv.Itoa(n), X: i * each, Y: plotHigh - tall, Width: max(1, each-2), Height: tall})
	}
	return p
}
