package shell

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"netid/internal/identity"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are parsed templates, each in both languages.
type Pages struct {
	sets map[string]*template.Template // name + "/" + locale
}

// Pages parses page templates, each inside the common frame. A page defines
// "title" and "main", and "script" where it has a module.
func (s *Shell) Pages(files fs.FS, patterns ...string) *Pages {
	p := &Pages{map[string]*template.Template{}}
	for _, pattern := range patterns {
		names, err := fs.Glob(files, pattern)
		if err != nil || len(names) == 0 {
			panic(fmt.Errorf("no templates %s: %w", pattern, err))
		}
		for _, name := range names {
			if b, err := fs.ReadFile(files, name); err == nil {
				s.made.Write(b)
			}
		}
		for _, locale := range []string{Chinese, English} {
			around := s.frameOf(files, path.Dir(names[0]), locale)
			for _, name := range names {
				if strings.HasPrefix(path.Base(name), "part_") {
					continue
				}
				t := template.Must(template.Must(around.Clone()).ParseFS(files, name))
				s.settle(t, locale, around)
				p.sets[strings.TrimSuffix(path.Base(name), ".html")+"/"+locale] = t
			}
		}
	}
	return p
}

// frameOf is what stands around every page of a directory, in one language, with
// the parts that its pages share: parsed once, for there are many pages.
func (s *Shell) frameOf(files fs.FS, dir, locale string) *template.Template {
	t := template.New("layout.html").Funcs(s.words(locale)).Option("missingkey=error")
	t = template.Must(t.ParseFS(templates, "templates/layout.html", "templates/part_*.html"))
	if parts, _ := fs.Glob(files, dir+"/part_*.html"); len(parts) > 0 {
		t = template.Must(t.ParseFS(files, parts...))
	}
	s.settle(t, locale, nil)
	return t
}

// frame is what the layout and every page see.
type frame struct {
	Locale  string
	Other   string // the language to switch to
	Here    string // the local path of this page, to come back to
	Name    string
	Service string
	Sandbox bool
	Signed  bool
	Large   bool
	Problem *Problem
	Data    any
}

// Show answers a page.
func (v *Visit) Show(pages *Pages, name string, data any) error {
	return v.show(pages, name, http.StatusOK, data, nil)
}

func (v *Visit) show(pages *Pages, name string, status int, data any, problem *Problem) error {
	t, ok := pages.sets[name+"/"+v.Locale]
	if !ok {
		return fmt.Errorf("no page %q", name)
	}
	f := frame{Locale: v.Locale, Other: Chinese, Here: v.here(), Name: name, Service: v.shell.Service, Sandbox: v.shell.Sandbox,
		Signed: v.session != nil, Large: v.large(), Problem: problem, Data: data}
	if v.Locale == Chinese {
		f.Other = English
	}
	var b bytes.Buffer
	b.Grow(8 << 10) // most pages
	if err := t.Execute(&b, f); err != nil {
		return fmt.Errorf("page %q: %w", name, err)
	}
	h := v.W.Header()
	v.shell.secure(h, v.may)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Locale)
	v.write(status)
	_, err := v.W.Write(b.Bytes())
	return err
}

// large is the citizen's own choice; the worker, which asks without cookies, says it.
func (v *Visit) large() bool {
	return v.Cookie(CookieLarge) == "1" || v.Query("view") == "large" && v.R.Header.Get("Cookie") == ""
}

// here is where this page is found again with GET: its own address, or what
// the handler of a form said.
func (v *Visit) here() string {
	if v.R.Method == http.MethodGet || v.R.Method == http.MethodHead {
		return LocalPath(v.R.URL.RequestURI())
	}
	return LocalPath(v.back)
}

// words are the functions of templates, in one language.
func (s *Shell) words(locale string) template.FuncMap {
	return template.FuncMap{
		"t":    func(key string, args ...any) string { return s.Say(locale, key, args...) },
		"when": func(t time.Time) string { return When(locale, t) },
		"day":  func(t time.Time) string { return Day(locale, t) },
		"date": func(d identity.Date) string { return Date(locale, d) },
		"iso":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"b64":  func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) },
		"b64s": func(list [][]byte) string {
			words := make([]string, len(list))
			for i, b := range list {
				words[i] = base64.RawURLEncoding.EncodeToString(b)
			}
			return strings.Join(words, " ")
		},
	}
}

// When is an instant as a citizen reads it: Beijing time, to the minute.
func When(locale string, t time.Time) string {
	if locale == English {
		return beijing(t).Format("2 January 2006, 15:04")
	}
	return beijing(t).Format("2006年1月2日 15:04")
}

// Day is its civil day.
func Day(locale string, t time.Time) string {
	if locale == English {
		return beijing(t).Format("2 January 2006")
	}
	return beijing(t).Format("2006年1月2日")
}

// Date is a civil date as a citizen reads it, in the style of Day.
func Date(locale string, d identity.Date) string {
	return Day(locale, time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, time.FixedZone("UTC+8", 8*60*60)))
}

func beijing(t time.Time) time.Time { return t.In(time.FixedZone("UTC+8", 8*60*60)) }
