package shell_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"netid/internal/web/shell"
)

// A sentence that is written into a page at start is escaped for text and for a
// quoted attribute that is no address, no style and no script: it stands nowhere else.
func TestSentencesStandInTextOrInQuotes(t *testing.T) {
	names, err := filepath.Glob("../*/templates/*.html")
	if err != nil || len(names) < 20 {
		t.Fatal(len(names), err)
	}
	word := regexp.MustCompile(`\{\{-? ?t "[^"]*" ?-?\}\}`)
	action := regexp.MustCompile(`\{\{[^}]*\}\}`)
	attribute := regexp.MustCompile(`\s([a-z-]+)="[^"]*$`)
	seen := 0
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page := string(b)
		for _, at := range word.FindAllStringIndex(page, -1) {
			seen++
			before := action.ReplaceAllString(page[:at[0]], "")
			if strings.Count(before, "<script") != strings.Count(before, "</script>") || strings.Contains(before, "<style") {
				t.Errorf("%s: %s within a script or a style", name, page[at[0]:at[1]])
			}
			if strings.LastIndex(before, ">") > strings.LastIndex(before, "<") || !strings.Contains(before, "<") {
				continue
			}
			in := attribute.FindStringSubmatch(before)
			if in == nil || in[1] == "href" || in[1] == "src" || in[1] == "action" || in[1] == "style" || strings.HasPrefix(in[1], "on") {
				t.Errorf("%s: %s within a tag, not in a quoted attribute of text", name, page[at[0]:at[1]])
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d sentences were looked at", seen)
	}
}

// A page with its sentences written in says what the words themselves say,
// wherever they stand: in branches, loops, other templates, attributes.
func TestSettledPagesSayTheSame(t *testing.T) {
	const key, other, quoted = "request.says", "frame.help", "origin.chip-verified"
	files := fstest.MapFS{"templates/one.html": {Data: []byte(`{{define "title"}}{{t "` + other + `"}}{{end}}{{define "main"}}` +
		`<p id="a">{{t "` + key + `"}}</p>{{if .Data}}<p id="b" title="{{t "` + key + `"}}">{{t "` + key + `"}}</p>{{else}}{{t "` + other + `"}}{{end}}` +
		`{{range .Data}}<i>{{t "` + other + `"}}{{.}}</i>{{else}}{{t "` + key + `"}}{{end}}{{with .Data}}<b>{{t "` + key + `"}}</b>{{end}}` +
		`<p id="c">{{t "` + key + `" "<&>"}}</p><p>{{t "` + quoted + `"}}</p>{{end}}`)}}
	s := shell.New(shell.Config{})
	mux := http.NewServeMux()
	pages := s.Pages(files, "templates/*.html")
	s.Handle(mux, "GET /full", func(v *shell.Visit) error { return v.Show(pages, "one", []string{"x", "<y>"}) })
	s.Handle(mux, "GET /empty", func(v *shell.Visit) error { return v.Show(pages, "one", []string{}) })
	for path, want := range map[string][]string{
		"/full":  {`<p id="a">KEY</p><p id="b" title="KEY">KEY</p>`, `<i>OTHERx</i><i>OTHER&lt;y&gt;</i><b>KEY</b>`, `<p id="c">FILLED</p>`},
		"/empty": {`<p id="a">KEY</p>OTHERKEY<p id="c">FILLED</p>`},
	} {
		for _, locale := range []string{shell.Chinese, shell.English} {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("Accept-Language", locale)
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			// What is compared is what a browser reads.
			got := html.UnescapeString(w.Body.String())
			for _, part := range want {
				part = strings.NewReplacer("KEY", s.Say(locale, key), "OTHER", s.Say(locale, other), "FILLED", s.Say(locale, key, "<&>")).Replace(part)
				if !strings.Contains(got, html.UnescapeString(part)) {
					t.Errorf("%s %s: no %q in\n%s", path, locale, part, got)
				}
			}
			if say := s.Say(locale, quoted); strings.Contains(say, "'") && (strings.Contains(w.Body.String(), say) || !strings.Contains(got, say)) {
				t.Errorf("%q stands unescaped, or not at all", say)
			}
			if strings.Contains(w.Body.String(), "<y>") || strings.Contains(w.Body.String(), "<&>") {
				t.Error("a value stands unescaped")
			}
		}
	}
}
