package public

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"netid/internal/act/look"
	"netid/internal/act/tally"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// figure is one line in words.
type figure struct {
	Name, Of    string // as published
	Label, Says string
	Value       string
}

// month is one in words.
type month struct {
	Name    string
	Title   string
	Lines   []figure
	Erasure *tally.Times
	Event   string
}

func (d *Door) figures(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	r, err := d.Figures.Report(v.Context())
	if err != nil {
		return err
	}
	head, key, err := d.Ledger.Head(v.Context())
	if err != nil {
		return err
	}
	page := struct {
		Total, Running []figure
		Months         []month
		This           string
		Narrowed       bool
		Head, Key      string
	}{Narrowed: r.Narrowed, This: title(v, r.Running.Month), Running: inWords(v, r.Running.Lines, each), Total: inWords(v, r.Total, atLeast), Head: head, Key: key}
	for _, m := range r.Months {
		page.Months = append(page.Months, month{m.Month.Month, title(v, m.Month.Month), inWords(v, m.Lines, each), m.Erasure, m.Event.String()})
	}
	return v.Show(d.pages, "transparency", page)
}

// title is a month's name.
func title(v *shell.Visit, m string) string {
	if len(m) != len("2006-01") {
		return m
	}
	n, err := strconv.Atoi(m[5:])
	if err != nil {
		return m
	}
	return v.Say("figures.month", m[:4], n)
}

func inWords(v *shell.Visit, all []tally.Line, value func(*shell.Visit, tally.Line) string) (out []figure) {
	for _, l := range all {
		f := figure{Name: l.Name, Of: l.Of, Label: v.Say("figures." + l.Name), Value: value(v, l)}
		switch l.Name {
		case "declined":
			f.Says = v.Say("figures.declined." + l.Of)
		case "refused":
			f.Says = law.QuestionOf(l.Of).In(v.Locale)
		case "plaintext":
			if f.Says = l.Of; l.Of == "" {
				f.Says = v.Say("figures.plaintext.other")
			}
		}
		out = append(out, f)
	}
	return out
}

// each is one month's figure: a span of ten, where it is about people.
func each(v *shell.Visit, l tally.Line) string {
	switch {
	case l.Exact || l.Count == 0 && !l.Few:
		return strconv.Itoa(l.Count)
	case l.Count == 0:
		return v.Say("figures.few", tally.Grain)
	}
	return v.Say("figures.span", l.Count, l.Count+tally.Grain-1)
}

// atLeast is a sum of what was published.
func atLeast(v *shell.Visit, l tally.Line) string {
	switch {
	case l.Exact || l.Count == 0 && !l.Few:
		return strconv.Itoa(l.Count)
	case l.Count == 0:
		return v.Say("figures.some")
	}
	return v.Say("figures.least", l.Count)
}

// proof is what client.CheckEvent needs for one month.
type proof struct {
	Event []byte   `json:"event"` // in base64, as all bytes here: the bytes that were hashed, the month in their "detail"
	Salt  []byte   `json:"salt"`
	Index uint64   `json:"index"`
	Size  uint64   `json:"size"`
	Path  [][]byte `json:"path"`
	Head  string   `json:"head"`
}

func proven(p look.Proven) proof {
	return proof{p.Canonical, p.Salt, p.Record.Index, p.Size, p.Proof, p.Head}
}

func (d *Door) figuresJSON(ctx context.Context) ([]byte, error) {
	r, err := d.Figures.Report(ctx)
	if err != nil {
		return nil, err
	}
	type one struct {
		tally.Month
		Proof proof `json:"proof"`
	}
	said := struct {
		Issuer  string       `json:"issuer"`
		Free    bool         `json:"free"`
		Grain   int          `json:"rounded_down_to"`
		Months  []one        `json:"months"`
		Total   []tally.Line `json:"total"`
		Running tally.Month  `json:"running"`
		Head    string       `json:"head"`
		Keys    string       `json:"keys"`
	}{Issuer: d.Issuer, Free: true, Grain: tally.Grain, Months: []one{}, Total: append([]tally.Line{}, r.Total...), Running: r.Running}
	for _, m := range r.Months {
		p, err := d.Ledger.Public(ctx, m.Event)
		if err != nil {
			return nil, err
		}
		said.Months = append(said.Months, one{m.Month, proven(p)})
	}
	if said.Head, _, err = d.Ledger.Head(ctx); err != nil {
		return nil, err
	}
	if said.Keys, err = d.Ledger.Keys(ctx); err != nil {
		return nil, err
	}
	return written(said)
}

// written is JSON as a person may read it too.
func written(what any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(what)
	return b.Bytes(), err
}
