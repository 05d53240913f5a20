package evidence

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
)

// page is a report under way in one language.
type page struct {
	bytes.Buffer
	say    Say
	locale string
}

func (p *page) s(key string, args ...any) string { return p.say(p.locale, "evidence."+key, args...) }
func (p *page) in(t identity.Text) string        { return inert(t.In(p.locale)) }

// inert keeps what others wrote from being read as marks of the page.
func inert(s string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", "`", "'", "\n", " ", "\r", " ", "[", "(", "]", ")").Replace(s)
}

func (p *page) table(heads string, rows [][]string) {
	columns := strings.Split(p.s(heads), "|")
	fmt.Fprintf(p, "\n| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, r := range rows {
		fmt.Fprintf(p, "| %s |\n", strings.Join(r, " | "))
	}
}

// report is the pack in words: what it shows, what it does not, and how to check it.
func (f Facts) report(say Say, locale string, figures Figures) []byte {
	p := &page{say: say, locale: locale}
	scope := p.s("all")
	if f.Article > 0 {
		scope = p.in(f.articles()[0].Citation())
	}
	operator := p.s("unnamed")
	if f.Operator.Contact != "" {
		operator = inert(f.Operator.Name.In(locale))
	}
	fmt.Fprintf(p, "# %s\n\n%s\n\n%s\n", p.s("title"), p.s("taken", f.Taken.UTC().Format(time.RFC3339), operator, scope), p.s("never"))
	if f.Sandbox {
		fmt.Fprintf(p, "\n**%s**\n", p.s("sandbox"))
	}
	fmt.Fprintf(p, "\n## %s\n\n%s\n\n    netid compliance check . --key KEY\n    netid ledger verify --data DIR --head ledger-head.txt\n", p.s("check"), p.s("check.how"))
	for _, a := range f.articles() {
		p.article(a)
	}
	p.obligations(f.obligations())
	p.figures(figures)
	p.parties(f.Parties)
	p.supervision(f.Kept.whole())
	p.retention()
	p.texts()
	return p.Bytes()
}

func (p *page) article(a law.Article) {
	fmt.Fprintf(p, "\n## %s\n\n%s\n\n%s\n", p.in(a.Citation())+" · "+p.in(a.Title), p.in(a.Summary), p.in(a.Met))
	var rows [][]string
	for _, r := range a.Rules {
		for _, w := range law.New().Wordings(r.ID) {
			rows = append(rows, []string{"`" + r.ID + "`", w.Version, p.in(w.Question), "`" + strings.Join(functions(r), "`, `") + "`", strings.Join(r.Acts, ", "), string(r.Event), p.in(w.Refusal), r.Test})
		}
	}
	if len(rows) > 0 {
		p.table("rules", rows)
	}
}

func (p *page) obligations(all []law.Obligation) {
	var rows [][]string
	for _, o := range all {
		rows = append(rows, []string{o.ID, p.in(o.Says), strings.Join(o.Tests, "<br>"), p.in(o.Owed)})
	}
	fmt.Fprintf(p, "\n## %s\n", p.s("obligations"))
	p.table("obligations.heads", rows)
}

// unsigned is how many decisions lack their signatures, where anybody could look.
func (p *page) unsigned(n *uint64) string {
	if n == nil {
		return p.s("figures.unchecked")
	}
	return strconv.FormatUint(*n, 10)
}

func (p *page) figures(f Figures) {
	fmt.Fprintf(p, "\n## %s\n\n%s\n\n%s\n", p.s("figures"), p.s("figures.small", f.Least), p.s("figures.sealed"))
	rows := [][]string{{p.s("figures.entries"), f.Entries}, {p.s("figures.erased"), f.Erased}, {p.s("figures.held"), f.Held}, {p.s("figures.faces"), f.Faces},
		{p.s("figures.parties"), strconv.Itoa(f.Parties)}, {p.s("figures.broken"), strconv.FormatUint(f.Broken, 10)}, {p.s("figures.unsigned"), p.unsigned(f.Unsigned)}}
	for _, list := range []struct {
		of   string
		many []Figure
	}{{"figures.public", f.Public}, {"figures.rule", f.Rules}, {"figures.month", f.Sealed}} {
		for _, one := range list.many {
			rows = append(rows, []string{p.s(list.of, "`"+one.Of+"`"), one.Count})
		}
	}
	for _, m := range f.Published {
		for _, l := range m.Lines {
			rows = append(rows, []string{p.s("figures.published", m.Month, strings.TrimSpace(l.Name+" "+l.Of)), l.count()})
		}
	}
	p.table("figures.heads", rows)
}

func (p *page) parties(all []identity.Party) {
	var rows [][]string
	for _, one := range register(all) {
		bases := []string{}
		for _, item := range slices.Sorted(maps.Keys(one.Bases)) {
			bases = append(bases, item+": "+one.Bases[item])
		}
		for _, mark := range slices.Sorted(maps.Keys(one.AgeMarks)) {
			bases = append(bases, mark+": "+one.AgeMarks[mark])
		}
		var other []string
		for _, t := range one.Otherwise {
			other = append(other, strings.TrimSpace(p.in(t.Text)+" "+inert(t.URL)))
		}
		rows = append(rows, []string{inert(one.ID), p.in(one.Name), inert(one.Domain), p.in(one.Purpose), inert(strings.Join(bases, "; ")), strings.Join(other, "; "), one.Standing})
	}
	fmt.Fprintf(p, "\n## %s\n", p.s("parties"))
	p.table("parties.heads", rows)
}

func (p *page) retention() {
	var rows [][]string
	for _, k := range retention() {
		rows = append(rows, []string{"`" + k.Kind + "`", k.Class, strconv.Itoa(k.Months), p.in(k.Basis)})
	}
	fmt.Fprintf(p, "\n## %s\n\n%s\n", p.s("retention"), p.s("retention.says"))
	p.table("retention.heads", rows)
}

func (p *page) texts() {
	var rows [][]string
	for _, n := range notices() {
		rows = append(rows, []string{"`" + n.ID + "`", p.in(n.Title), strings.Join(n.Versions, ", ")})
	}
	fmt.Fprintf(p, "\n## %s\n", p.s("notices"))
	p.table("notices.heads", rows)
}
