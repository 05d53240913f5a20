package persona_test

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"netid/client"
)

// What the fake shares word for word with the real pages and the drawer.

type person struct{ id, name, birth, phone, kind, number string }

func drawerOf(people []person) any {
	var cards, personas []map[string]any
	for _, p := range people {
		cards = append(cards, map[string]any{"id": "card-" + p.id, "persona": p.id, "kind": p.kind, "number": p.number})
		personas = append(personas, map[string]any{"id": p.id, "name": p.name, "birth_date": p.birth, "phone": p.phone, "cards": []string{"card-" + p.id}})
	}
	return map[string]any{"cards": cards, "personas": personas}
}

func outboxOf(messages []map[string]string) any { return map[string]any{"messages": messages} }

// requestBody is the request page's main part for somebody who is signed in.
func requestBody(s client.Statement, face bool, forge func([]string) []string) string {
	lines := s.Lines()
	if forge != nil {
		lines = forge(lines)
	}
	var b strings.Builder
	b.WriteString(`<div data-mode="` + s.Mode + `"><ul>`)
	for i, l := range lines {
		at := slices.IndexFunc(s.Items, func(i client.Item) bool { return i.Optional && s.Line(i) == l })
		if at < 0 {
			fmt.Fprintf(&b, `<li data-line class="l%d">%s</li>`, i, template.HTMLEscapeString(l))
			continue
		}
		item := s.Items[at]
		item.Given = true
		fmt.Fprintf(&b, `<li data-item="%s"><p data-line data-give="%s" data-withhold="%s">%s</p></li>`,
			item.Name, template.HTMLEscapeString(s.Line(item)), template.HTMLEscapeString(l), template.HTMLEscapeString(l))
	}
	b.WriteString(`</ul></div><form method="post" action="/request/approve"><input type="hidden" name="r" value="sealed"><input type="hidden" name="locale" value="en">
<input type="radio" name="choice-age_over_18" value="give"><input type="radio" name="choice-age_over_18" value="withhold">
<input type="radio" name="face" value="twin">`)
	if face {
		b.WriteString(`<input type="radio" name="face" value="match">`)
	}
	b.WriteString(`</form>
<form method="post" action="/request/decline"><input type="hidden" name="r" value="sealed"></form>`)
	return b.String()
}
