package shell

import (
	"net/http"
	"path"

	"netid/internal/fault"
)

// Fallback serves mux and gives people a page where it knows no address. The
// status stays the one that mux would answer (404, or 405 with Allow).
func (s *Shell) Fallback(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" || wantsJSON(r) {
			if pattern == "" || path.Clean(r.URL.Path) != r.URL.Path { // mux answers by itself: no such address, or the way to its clean form
				s.secure(w.Header(), allowed{})
			}
			mux.ServeHTTP(w, r)
			return
		}
		q := quiet{header: http.Header{}}
		h.ServeHTTP(&q, r)
		v := s.visit(w, r)
		defer s.recover(v, "fallback")
		reason, status := "page_unknown", http.StatusNotFound
		if q.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", q.header.Get("Allow"))
			reason, status = "method_unknown", q.status
		}
		if _, err := v.Session(); err != nil {
			s.fail(v, "fallback", err)
			return
		}
		s.page(v, status, fault.New("shell.Fallback", fault.NotFound, reason))
	})
}

// Page answers a person at a door of machines: why the browser cannot go on.
func (s *Shell) Page(w http.ResponseWriter, r *http.Request, status int, reason string) {
	v := s.visit(w, r)
	defer s.recover(v, "page")
	kind := fault.Invalid
	if status >= http.StatusInternalServerError {
		kind = fault.Unavailable
	}
	s.page(v, status, fault.New("shell.Page", kind, reason))
}

func (s *Shell) page(v *Visit, status int, err error) {
	p := s.problem(v.Locale, err)
	if status >= http.StatusInternalServerError {
		p.ID = v.id
	}
	if err := v.show(s.errors, "error", status, nil, &p); err != nil {
		s.fail(v, "page", err)
	}
}

// quiet takes an answer's status and header and drops its body.
type quiet struct {
	header http.Header
	status int
}

func (q *quiet) Header() http.Header { return q.header }

func (q *quiet) WriteHeader(status int) { q.status = status }

func (q *quiet) Write(b []byte) (int, error) { return len(b), nil }
