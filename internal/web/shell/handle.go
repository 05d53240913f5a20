package shell

import (
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	maxBody   = 256 << 10 // bytes of a form; the largest carries a chip's evidence
	maxFields = 64
)

// Mux is where a door puts its routes: an *http.ServeMux, or what records them.
type Mux interface {
	Handle(pattern string, h http.Handler)
}

// Handle registers a handler under a pattern of net/http, behind everything
// that all pages share.
func (s *Shell) Handle(mux Mux, pattern string, h Handler) {
	mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		defer s.recover(v, pattern)
		if err := s.admit(v); err != nil {
			s.fail(v, pattern, err)
			return
		}
		if err := h(v); err != nil {
			s.fail(v, pattern, err)
		}
	}))
}

func (s *Shell) visit(w http.ResponseWriter, r *http.Request) *Visit {
	h := identity.NewHandle()
	v := &Visit{W: w, R: r, Locale: Locale(r), shell: s, id: hex.EncodeToString(h[:6])}
	w.Header().Set("X-Request-Id", v.id)
	return v
}

// admit lets a request in: none of another site, and a form that is small and
// of the one kind that pages send.
func (s *Shell) admit(v *Visit) error {
	const op = "shell.admit"
	if err := s.cross.Check(v.R); err != nil {
		return fault.Wrap(op, fault.Forbidden, "cross_site", err)
	}
	if v.R.Method != http.MethodPost {
		return nil
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxBody)
	kind, _, err := mime.ParseMediaType(v.R.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		if v.R.ContentLength == 0 || kind == "application/json" { // a script's call: its handler reads the body
			return nil
		}
		return fault.Wrap(op, fault.Invalid, "form_invalid", errors.Join(err, errors.New("content type")))
	}
	if err := v.R.ParseForm(); err != nil {
		return fault.Wrap(op, fault.Invalid, "form_invalid", err)
	}
	if len(v.R.PostForm) > maxFields {
		return fault.New(op, fault.Invalid, "form_invalid")
	}
	return nil
}

// recover turns a defect into an answer; the stack goes to the operator.
func (s *Shell) recover(v *Visit, pattern string) {
	e := recover()
	if e == nil {
		return
	}
	if e == http.ErrAbortHandler {
		panic(e)
	}
	s.Log.Error("panic", "route", pattern, "request", v.id, "stack", string(debug.Stack()))
	s.fail(v, pattern, fault.Newf("shell", fault.Internal, "internal", "panic of type %T", e))
}

// fail answers what went wrong, as JSON to a script and as a page to a person.
func (s *Shell) fail(v *Visit, pattern string, err error) {
	status := Status(err)
	if s.Refused != nil {
		s.Refused(fault.Public(err))
	}
	level := s.Log.Info
	if status >= 500 {
		level = s.Log.Error
	}
	level("refused", "route", pattern, "request", v.id, "status", status, "reason", fault.Public(err), "err", err)
	if v.wrote {
		return
	}
	if wantsJSON(v.R) {
		p := s.problem(v.Locale, err)
		v.JSON(status, map[string]string{"error": p.Code, "text": p.What + " " + p.Next})
		return
	}
	on := instead{s.errors, "error", nil}
	if v.instead != nil && status < 500 {
		on = *v.instead
	}
	if err := v.Refuse(on.pages, on.name, fault.At("page", err), on.data, ""); err != nil {
		s.Log.Error("error page", "request", v.id, "err", err)
		v.Plain(http.StatusInternalServerError, "text/plain; charset=utf-8", fmt.Appendf(nil, "%s\n", v.Say("error.title")))
	}
}

func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// WantsJSON reports whether a script asked rather than a person.
func (v *Visit) WantsJSON() bool { return wantsJSON(v.R) }
