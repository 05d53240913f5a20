package visitor

import (
	"html"
	"regexp"
)

// statement reads the lines of a request's page and the optional items among
// them, each with the sentence of giving it.
func statement(page string) (lines, optional []string) {
	line := regexp.MustCompile(`(?s)<p[^>]*\sdata-line(?:\sdata-give="([^"]*)")?[^>]*>(.*?)</p>`)
	for _, m := range line.FindAllStringSubmatch(page, -1) {
		if m[1] != "" {
			lines = append(lines, html.UnescapeString(m[1]))
		} else {
			lines = append(lines, html.UnescapeString(m[2]))
		}
	}
	for _, m := range regexp.MustCompile(`\sname="choice-([a-z0-9_]+)" id="give-`).FindAllStringSubmatch(page, -1) {
		optional = append(optional, m[1])
	}
	return lines, optional
}
