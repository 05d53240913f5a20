package shell

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

const maxLocal = 16 << 10 // bytes; a sealed request fits

// LocalPath returns next if it is a path of this service, else "/". Whatever
// a browser could read as another origin is refused: a second slash, a
// backslash, a control character (browsers drop some of them), dots that climb.
func LocalPath(next string) string {
	if len(next) > maxLocal || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return "/"
	}
	for _, c := range []byte(next) {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return "/"
		}
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	if path.Clean(u.Path) != u.Path || strings.ContainsAny(u.Path, "\\") {
		return "/"
	}
	return next
}

// PageOver is the nearest page at an address or above it, and at last the root: what a
// browser is led back to that sent a form. Patterns are those of net/http.
func PageOver(root, at string, patterns []string) string {
	for ; strings.HasPrefix(at, root+"/"); at = path.Dir(at) {
		for _, p := range patterns {
			if page, get := strings.CutPrefix(p, http.MethodGet+" "); get && fits(page, at) {
				return LocalPath(at)
			}
		}
	}
	return root
}

func fits(pattern, at string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(at, "/")
	for i := range want {
		if i >= len(got) || want[i] != got[i] && (!strings.HasPrefix(want[i], "{") || got[i] == "") {
			return false
		}
	}
	return len(want) == len(got)
}

// Below returns next where it is a path of this service at the root or below it, else the root.
func Below(root, next string) string {
	if p, _, _ := strings.Cut(LocalPath(next), "?"); p == root || strings.HasPrefix(p, root+"/") {
		return next
	}
	return root
}
