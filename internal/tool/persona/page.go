package persona

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is one page as a browser sees it. What a page means, it says in data-
// attributes, which are part of its interface: their names do not change with
// its words or looks.
type page struct {
	at     *url.URL
	status int
	name   string // data-page of <main>
	root   *html.Node
}

func readPage(at *url.URL, status int, body []byte) (*page, error) {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s is no page: %w", at.Path, err)
	}
	p := &page{at: at, status: status, root: root}
	if m := p.find(func(n *html.Node) bool { return n.DataAtom == atom.Main }); m != nil {
		p.name = attribute(m, "data-page")
	}
	return p, nil
}

// refusal is the reason that the page gives for not going on, or nil.
func (p *page) refusal() error {
	n := p.find(func(n *html.Node) bool {
		return has(n, "data-error") && (attribute(n, "data-error") != "" || text(n) != "")
	})
	switch {
	case n != nil:
		return &Refusal{Page: p.at.Path, Status: p.status, Code: attribute(n, "data-error"), Text: said(n)}
	case p.status >= 400:
		return &Refusal{Page: p.at.Path, Status: p.status, Text: text(p.root)}
	}
	return nil
}

// said are the sentences of a problem, without its heading and its links.
func said(n *html.Node) string {
	var sentences []string
	for d := range n.Descendants() {
		if d.DataAtom == atom.P && !links(d) {
			sentences = append(sentences, text(d))
		}
	}
	if len(sentences) == 0 {
		return text(n)
	}
	return strings.Join(sentences, " ")
}

func links(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.DataAtom == atom.A {
			return true
		}
	}
	return false
}

// Refusal is a page that says no.
type Refusal struct {
	Page   string // its path
	Status int    // HTTP
	Code   string // the stable reason: "certificate_frozen"
	Text   string // what the person reads
}

func (r *Refusal) Error() string {
	switch {
	case r.Code == "":
		return fmt.Sprintf("%s answers %d: %s", r.Page, r.Status, clip(r.Text))
	case r.Text == "":
		return r.Code
	}
	return r.Code + ": " + clip(r.Text)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return s
}

// data is the value of the first element that carries the attribute.
func (p *page) data(name string) string {
	if n := p.find(func(n *html.Node) bool { return has(n, name) }); n != nil {
		return attribute(n, name)
	}
	return ""
}

// heading is the page's <h1>.
func (p *page) heading() string {
	if n := p.find(func(n *html.Node) bool { return n.DataAtom == atom.H1 }); n != nil {
		return text(n)
	}
	return ""
}

// carries reports whether any element has the attribute with a value.
func (p *page) carries(name string) bool { return p.data(name) != "" }

func (p *page) find(ok func(*html.Node) bool) *html.Node {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && ok(n) {
			return n
		}
	}
	return nil
}

func (p *page) all(name string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && has(n, name) {
			found = append(found, n)
		}
	}
	return found
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// content is an element's textContent, exactly.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// text is the same for a person to read: single spaces, also between blocks.
func text(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// handed is where the page's form would go, with what it carries.
func (p *page) handed() (step, error) {
	n := p.find(func(n *html.Node) bool { return has(n, "data-handover") })
	if n == nil {
		return step{}, fmt.Errorf("the page at %s has no form that hands anything over", p.at.Path)
	}
	to, err := p.at.Parse(attribute(n, "action"))
	if err != nil {
		return step{}, fmt.Errorf("the page hands over to %q: %w", attribute(n, "action"), err)
	}
	if to.RawQuery != "" {
		to.RawQuery += "&"
	}
	to.RawQuery += readForm(n, to).values.Encode()
	return step{leave: to.String()}, nil
}
