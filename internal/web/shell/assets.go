package shell

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"

	"netid/client/js"
)

//go:embed assets
var assets embed.FS

type asset struct {
	body []byte
	kind string
	tag  string
}

var assetKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
	".json": "application/json", ".wasm": "application/wasm", ".bin": "application/octet-stream"}

// Assets serves the common stylesheet and icons and a door's own modules
// under /assets/: read once at start, found by name, checked again by tag. The
// module that checks what netid says is for the pages of others too.
func (s *Shell) Assets(mux Mux, more ...fs.FS) {
	all := map[string]asset{}
	for _, files := range append([]fs.FS{assets, js.Files()}, more...) {
		names, err := fs.Glob(files, "assets/*")
		if err != nil {
			panic(err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(files, name)
			if err != nil {
				panic(err)
			}
			all[path.Base(name)] = newAsset(b, path.Ext(name))
		}
	}
	mux.Handle("GET /assets/{file}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all[r.PathValue("file")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		s.give(w, r, a)
	}))
	s.app(mux, s.build(all))
}

func newAsset(b []byte, ext string) asset {
	return asset{b, assetKinds[ext], `"` + short(sha256.Sum256(b)) + `"`}
}

func short(sum [32]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:12]) }

// build is one mark of all that pages are made of: sentences, templates, assets.
func (s *Shell) build(all map[string]asset) string {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		io.WriteString(s.made, name+all[name].tag)
	}
	return short([32]byte(s.made.Sum(nil)))
}

func (s *Shell) give(w http.ResponseWriter, r *http.Request, a asset) {
	h := w.Header()
	s.secure(h, allowed{})
	if path.Ext(r.URL.Path) == ".mjs" {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", a.tag)
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write(a.body)
}
