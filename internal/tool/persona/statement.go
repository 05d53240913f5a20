package persona

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"netid/client"
)

// line is one line of the statement on the page.
type line struct {
	item           string // of an optional item: its name
	text           string // as it stands
	give, withhold string // of an optional item: both of its sentences
}

// lines reads what the device is asked to sign, in the order of the page; with
// remember also the line that stands there once its box is ticked.
func (p *page) lines(remember bool) []line {
	var all []line
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode || !has(n, "data-line") && !(remember && has(n, "data-if-checked")) {
			continue
		}
		l := line{text: content(n)}
		if has(n, "data-give") || has(n, "data-withhold") {
			l.item, l.give, l.withhold = item(n), attribute(n, "data-give"), attribute(n, "data-withhold")
		}
		all = append(all, l)
	}
	return all
}

// item names the item that a line belongs to.
func item(n *html.Node) string {
	for ; n != nil; n = n.Parent {
		if has(n, "data-item") {
			return attribute(n, "data-item")
		}
	}
	return ""
}

// choose decides every optional item on the page, gives all but those
// withheld, plain text only where it is to be told, and returns the statement that then stands there. What does not
// read as a statement of the public client package, word for word, is not
// signed: its words are the same for everybody.
func choose(p *page, f *form, withhold, tell []string, remember bool) (client.Statement, error) {
	lines := p.lines(remember)
	left, untold := slices.Clone(withhold), slices.Clone(tell)
	for i, l := range lines {
		if l.item == "" {
			continue
		}
		choice, text := "give", l.give
		if at := slices.Index(left, l.item); at >= 0 {
			choice, text, left = "withhold", l.withhold, slices.Delete(left, at, at+1)
		} else if at := slices.Index(untold, l.item); at >= 0 {
			untold = slices.Delete(untold, at, at+1)
		} else if slices.Contains(client.PlainItems(), l.item) { // nobody's name is told because nobody said no
			choice, text = "withhold", l.withhold
		}
		lines[i].text = text
		f.set("choice-"+l.item, choice)
	}
	if len(left) > 0 {
		return client.Statement{}, fmt.Errorf("%q cannot be withheld: the request has no such optional item", left[0])
	}
	if len(untold) > 0 {
		return client.Statement{}, fmt.Errorf("%q cannot be told: the request does not ask it", untold[0])
	}
	s, err := client.ParseStatement([]byte(joined(lines)))
	if err != nil {
		return s, fmt.Errorf("the request page shows no statement that may be signed: %w", err)
	}
	if mode := p.data("data-mode"); mode != s.Mode {
		return s, fmt.Errorf("the page asks for the mode %q and its words say %q", mode, s.Mode)
	}
	items, err := remembered(f, s.Items, remember)
	if err != nil {
		return s, err
	}
	for _, i := range items {
		if i.Optional && f.values.Get("choice-"+i.Name) != map[bool]string{true: "give", false: "withhold"}[i.Given] {
			return s, errors.New("the page's words and its choices are not about the same items")
		}
	}
	return s, nil
}

// remembered ticks the box of a standing consent, which is never ticked
// unasked, and gives the other items.
func remembered(f *form, items []client.Item, remember bool) ([]client.Item, error) {
	f.values.Del("remember")
	last := len(items) - 1
	if !remember {
		return items, nil
	}
	if last < 1 || !f.offers("remember", items[last].Name) {
		return nil, errors.New("the request cannot be remembered: it is asked each time")
	}
	f.set("remember", items[last].Name)
	return items[:last], nil
}

func joined(lines []line) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}
