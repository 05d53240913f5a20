package shell

import (
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
