package shell

import (
	"net/http"
	"net/url"

	"netid/internal/fault"
)

// Handover answers with a form that the browser posts to another site at once
// (OAuth 2.0 Form Post Response Mode), or that the person sends where scripts
// are off. The page's policy lets its form go to that site and nowhere else.
func (s *Shell) Handover(w http.ResponseWriter, r *http.Request, action string, fields url.Values) {
	v := s.visit(w, r)
	defer s.recover(v, "handover")
	u, err := url.Parse(action)
	if err != nil {
		s.fail(v, "handover", fault.Wrap("shell.Handover", fault.Internal, "internal", err))
		return
	}
	v.LeadsTo(action)
	page := struct {
		Action, Host string
		Fields       url.Values
	}{action, u.Host, fields}
	if err := v.Show(s.errors, "handover", page); err != nil {
		s.fail(v, "handover", err)
	}
}
