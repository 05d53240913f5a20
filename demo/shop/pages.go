package shop

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// page is what a template shows.
type page struct {
	Name    string // of the page
	Lang    string // "zh-CN" or "en"
	Path    string // where a change of language leads back to
	Member  bool
	Way     string // how the customer signed in
	Who     string
	Claims  []claim
	Wine    string
	Problem string
	Entered string
	Mail    string
	Code    string
}

// T is a word of the catalogue in the page's language; an unknown one fails
// the page, so that no test passes with a hole in it.
func (p page) T(key string) (string, error) {
	w, ok := words[key]
	if !ok {
		return "", errors.New("no word for " + key)
	}
	if p.Lang == "en" {
		return w.en, nil
	}
	return w.zh, nil
}

// Meaning says in plain words what a claim tells the shop.
func (p page) Meaning(name string) (string, error) {
	if _, ok := words["claim."+name]; !ok {
		name = "unknown"
	}
	return p.T("claim." + name)
}

type pages map[string]*template.Template

// loadPages reads the templates, which are part of the program: one that does
// not parse is a defect that no request could meet.
func loadPages() pages {
	all := pages{}
	base := template.Must(template.ParseFS(files, "pages/frame.html"))
	for _, name := range []string{"home", "account", "wine", "other", "code", "declined", "problem"} {
		all[name] = template.Must(template.Must(base.Clone()).ParseFS(files, "pages/"+name+".html"))
	}
	return all
}

// show renders a page whole before any of it is sent.
func (s *shop) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	x := s.sessions.look(r)
	p.Name, p.Lang, p.Wine, p.Path = name, language(r), x.wine, back(r.URL.Path)
	if x.member != nil {
		p.Member, p.Way, p.Who, p.Claims = true, x.member.way, x.member.name, x.member.claims
	}
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "frame.html", p); err != nil {
		http.Error(w, fmt.Sprintf("page %s", name), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Lang)
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "home", page{})
}

func (s *shop) account(w http.ResponseWriter, r *http.Request) {
	if s.sessions.look(r).member == nil {
		seeOther(w, r, "/")
		return
	}
	s.show(w, r, http.StatusOK, "account", page{})
}

func (s *shop) wine(w http.ResponseWriter, r *http.Request) {
	if s.sessions.look(r).wine == "" {
		seeOther(w, r, "/")
		return
	}
	s.show(w, r, http.StatusOK, "wine", page{})
}

func (s *shop) missing(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusNotFound, "problem", page{Problem: "missing"})
}

// back is a page of the shop that can be opened again, for nothing that came
// with a request is ever followed.
func back(path string) string {
	if slices.Contains([]string{"/account", "/wine", "/other", "/other/code"}, path) {
		return path
	}
	return "/"
}

const languageCookie = "lang"

// language takes the customer's choice of language.
func (s *shop) language(w http.ResponseWriter, r *http.Request) {
	choice := "zh-CN"
	if r.PostFormValue("locale") == "en" {
		choice = "en"
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: choice, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.sessions.cookie.Secure, SameSite: http.SameSiteLaxMode})
	seeOther(w, r, back(r.PostFormValue("next")))
}

// language is the customer's choice, else what the browser prefers of zh and
// en, else zh-CN.
func language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == "en" || c.Value == "zh-CN") {
		return c.Value
	}
	best, most := "zh-CN", 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, q := part, 1.0
		if i := strings.Index(part, ";q="); i >= 0 {
			tag = part[:i]
			if f, err := strconv.ParseFloat(strings.TrimSpace(part[i+3:]), 64); err == nil {
				q = f
			}
		}
		base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		lang := map[string]string{"zh": "zh-CN", "en": "en"}[base]
		if lang != "" && q > most {
			best, most = lang, q
		}
	}
	return best
}
