package shell

import (
	_ "embed"
	"encoding/json"
	"net/http"
)

// worker is the script that shows pages without a network. It has to be
// found at the root: a worker sees no page above its own address.
//
//go:embed worker.js
var worker []byte

// The colours of the frame around an app, as netid.css has them.
const (
	paper     = "#f8f7f3"
	paperDark = "#14181a"
)

// manifest is what a browser needs to put the service among a device's apps
// (W3C Web Application Manifest).
type manifest struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Short      string         `json:"short_name"`
	Says       string         `json:"description"`
	Lang       string         `json:"lang"`
	Start      string         `json:"start_url"`
	Scope      string         `json:"scope"`
	Display    string         `json:"display"`
	Theme      string         `json:"theme_color"`
	Background string         `json:"background_color"`
	Icons      []manifestIcon `json:"icons"`
	Shortcuts  []shortcut     `json:"shortcuts"`
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

type shortcut struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// app serves the manifest, and the worker with a mark of everything that it may
// keep in front: when one byte of that changes, so does the worker, and
// browsers fetch it anew.
func (s *Shell) app(mux Mux, build string) {
	s.Handle(mux, "GET /manifest.webmanifest", s.manifest)
	body := append([]byte("const BUILD = \""+build+"\";\n"), worker...)
	mux.Handle("GET /worker.js", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.give(w, r, newAsset(body, ".js"))
	}))
}

// manifest is asked for without cookies, so its address says the language.
func (s *Shell) manifest(v *Visit) error {
	v.Prefer(v.Query("locale"))
	m := manifest{ID: "/", Name: s.Service, Short: s.Service, Says: v.Say("app.says"), Lang: v.Locale, Start: "/", Scope: "/", Display: "standalone", Theme: paper, Background: paper,
		Icons: []manifestIcon{{"/assets/icon.svg", "any", "image/svg+xml", ""}, {"/assets/icon-192.png", "192x192", "image/png", ""},
			{"/assets/icon-512.png", "512x512", "image/png", ""}, {"/assets/icon-mask.png", "512x512", "image/png", "maskable"}},
		Shortcuts: []shortcut{{v.Say("home.title"), "/"}, {v.Say("qr.title"), "/qr"}, {v.Say("frame.records"), "/records"}, {v.Say("frame.platforms"), "/platforms"}}}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "application/manifest+json", b)
}
