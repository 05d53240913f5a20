package persona

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// form is a form as it would be sent: every control that is successful before
// a person touches it (HTML §4.10.21.4), then what the person changes.
type form struct {
	action *url.URL
	values url.Values
	boxes  []*html.Node // unticked checkboxes and unchosen radio buttons
	submit []*html.Node // submit buttons, in order
}

// form finds the page's POST form to a path.
func (p *page) form(path string) (*form, error) {
	for n := range p.root.Descendants() {
		if n.DataAtom != atom.Form || !strings.EqualFold(attribute(n, "method"), http.MethodPost) {
			continue
		}
		to, err := p.at.Parse(attribute(n, "action"))
		if err == nil && to.Path == path {
			return readForm(n, to), nil
		}
	}
	if err := p.refusal(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the page %q at %s has no form to %s", p.name, p.at.Path, path)
}

func readForm(root *html.Node, to *url.URL) *form {
	f := &form{action: to, values: url.Values{}}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || has(n, "disabled") {
			continue
		}
		switch n.DataAtom {
		case atom.Input:
			f.input(n)
		case atom.Textarea:
			f.values.Add(attribute(n, "name"), content(n))
		case atom.Button:
			if t := attribute(n, "type"); t == "" || t == "submit" {
				f.submit = append(f.submit, n)
			}
		}
	}
	f.values.Del("")
	return f
}

func (f *form) input(n *html.Node) {
	switch attribute(n, "type") {
	case "checkbox", "radio":
		if has(n, "checked") {
			f.values.Add(attribute(n, "name"), valueOr(n, "on"))
		} else {
			f.boxes = append(f.boxes, n)
		}
	case "submit":
		f.submit = append(f.submit, n)
	case "button", "reset", "image", "file":
	default:
		f.values.Add(attribute(n, "name"), attribute(n, "value"))
	}
}

// set types or chooses a value.
func (f *form) set(name, value string) { f.values.Set(name, value) }

// offers reports whether a radio button or checkbox of that value is there.
func (f *form) offers(name, value string) bool {
	if f.values.Get(name) == value {
		return true
	}
	return slices.ContainsFunc(f.boxes, func(n *html.Node) bool { return attribute(n, "name") == name && valueOr(n, "on") == value })
}

// agree does what a person does who reads and agrees: ticks what is unticked,
// and presses the first button that is not one of refusal.
func (f *form) agree() {
	for _, n := range f.boxes {
		name, value := attribute(n, "name"), valueOr(n, "on")
		if name != "" && !refuses(value) && !f.values.Has(name) {
			f.values.Set(name, value)
		}
	}
	for _, n := range f.submit {
		name, value := attribute(n, "name"), attribute(n, "value")
		if refuses(value) || has(n, "formaction") {
			continue
		}
		if name != "" {
			f.values.Set(name, value)
		}
		return
	}
}

func refuses(value string) bool {
	switch value {
	case "no", "false", "0", "refuse", "decline", "withhold", "twin", "no-match":
		return true
	}
	return false
}

func valueOr(n *html.Node, or string) string {
	if has(n, "value") {
		return attribute(n, "value")
	}
	return or
}
