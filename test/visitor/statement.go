package visitor

import (
	"html"
	"regexp"
)

// statement reads the lines of a request's page and the optional items among
// them, each with the sentence of giving it; the line of a standing consent only
// when its box is to be ticked, and then the item's name.
func statement(page string, remember bool) (lines, optional []string, standing string) {
	line := regexp.MustCompile(`(?s)<p[^>]*\sdata-line(?:\sdata-give="([^"]*)")?[^>]*>(.*?)</p>|name="remember" id="remember" value="([^"]*)"[^>]*> <span data-if-checked>(.*?)</span>`)
	for _, m := range line.FindAllStringSubmatch(page, -1) {
		if m[3] != "" {
			if remember {
				lines, standing = append(lines, html.UnescapeString(m[4])), m[3]
			}
		} else if m[1] != "" {
			lines = append(lines, html.UnescapeString(m[1]))
		} else {
			lines = append(lines, html.UnescapeString(m[2]))
		}
	}
	for _, m := range regexp.MustCompile(`\sname="choice-([a-z0-9_]+)" id="give-`).FindAllStringSubmatch(page, -1) {
		optional = append(optional, m[1])
	}
	return lines, optional, standing
}
