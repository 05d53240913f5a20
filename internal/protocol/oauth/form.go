package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	maxBody   = 32 << 10 // bytes of a form
	maxFields = 64
)

// Form is a request's parameters, each there once. A parameter without a
// value counts as not there (RFC 6749 §3.1); unknown ones are nobody's concern.
type Form map[string]string

// ParseForm reads the body of a POST as application/x-www-form-urlencoded and
// nothing else: no other method, no query string (a code or secret in an
// address ends up in logs), no parameter twice (RFC 6749 §3.2).
func ParseForm(w http.ResponseWriter, r *http.Request) (Form, *Refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST, OPTIONS")
		return nil, &Refusal{Status: http.StatusMethodNotAllowed, Code: "invalid_request", Description: "use POST"}
	}
	if r.URL.RawQuery != "" {
		return nil, Say("invalid_request", "parameters belong in the body")
	}
	raw, no := ReadForm(w, r)
	if no != nil {
		return nil, no
	}
	f, twice, ok := ParseParams(raw)
	if !ok || len(twice) > 0 {
		return nil, Say("invalid_request", "the body is malformed or a parameter is there twice")
	}
	return f, nil
}

// ReadForm reads a urlencoded body of bounded size, still encoded.
func ReadForm(w http.ResponseWriter, r *http.Request) (string, *Refusal) {
	kinds := r.Header.Values("Content-Type")
	if len(kinds) != 1 {
		return "", unsupported()
	}
	if kind, _, err := mime.ParseMediaType(kinds[0]); err != nil || kind != "application/x-www-form-urlencoded" {
		return "", unsupported()
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return "", &Refusal{Status: http.StatusRequestEntityTooLarge, Code: "invalid_request", Description: "the body is too large"}
	}
	if err != nil {
		return "", Say("invalid_request", "the body could not be read")
	}
	return string(b), nil
}

func unsupported() *Refusal {
	return &Refusal{Status: http.StatusUnsupportedMediaType, Code: "invalid_request", Description: "use application/x-www-form-urlencoded"}
}

// ParseParams reads urlencoded parameters. It names those that are there more
// than once and leaves them out; ok is false when the text is malformed: bad
// escapes, too many fields, not UTF-8.
func ParseParams(raw string) (f Form, twice map[string]bool, ok bool) {
	if strings.Count(raw, "&") >= maxFields {
		return nil, nil, false
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, nil, false
	}
	f, twice = Form{}, map[string]bool{}
	for name, v := range values {
		switch {
		case !utf8.ValidString(name) || !utf8.ValidString(v[0]):
			return nil, nil, false
		case len(v) > 1:
			twice[name] = true
		case v[0] != "":
			f[name] = v[0]
		}
	}
	return f, twice, true
}
