// Package status is the public door to the lists of statuses, for whoever reads
// certificates: caches, venues, anybody's program.
//
// It owns the two paths, which form is given, and the headers by which anybody may
// keep an answer. It refuses to know what a place means, and asks nobody who they are:
// a list is the same for all, so that asking tells nothing.
//
// Invariant: an answer is a list that says until when it is good, or none.
//
// Specification: draft-ietf-oauth-status-list-21 §8, §9, §11. Decisions: docs/adr/0047-status.md.
package status

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"netid/internal/act/publish"
	"netid/internal/fault"
)

// Media types of the two forms (§8.2).
const (
	typeJWT = "application/statuslist+jwt"
	typeCWT = "application/statuslist+cwt"
)

// Lists are what is published.
type Lists interface {
	Lists() ([]string, error)
	List(number uint32, form string) (publish.Signed, error)
}

// Door serves them below /status.
type Door struct {
	lists Lists
	log   *slog.Logger
}

// New serves the lists; log may be nil.
func New(lists Lists, log *slog.Logger) *Door {
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &Door{lists, log}
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /status", http.HandlerFunc(d.all))
	m.Handle("GET /status/{list}", http.HandlerFunc(d.one))
}

// all names every list (§9.3), so that a reader can fetch them ahead.
func (d *Door) all(w http.ResponseWriter, r *http.Request) {
	uris, err := d.lists.Lists()
	if err != nil {
		d.refuse(w, err)
		return
	}
	b, err := json.Marshal(map[string][]string{"status_lists": uris})
	if err != nil {
		d.refuse(w, fault.Wrap("status.all", fault.Internal, "", err))
		return
	}
	open(w.Header(), "application/json")
	say(w, b)
}

func (d *Door) one(w http.ResponseWriter, r *http.Request) {
	number, ok := parse(r.PathValue("list"))
	if !ok || r.URL.Query().Has("time") { // what a list said once is not kept (§8.4: 501 is for those)
		d.refuse(w, unsupported(ok))
		return
	}
	form, kind, ok := chosen(r.Header.Values("Accept"))
	if !ok {
		d.refuse(w, fault.New("status.one", fault.Invalid, "status_form_unknown"))
		return
	}
	list, err := d.lists.List(number, form)
	if err != nil {
		d.refuse(w, err)
		return
	}
	h := w.Header()
	open(h, kind)
	tag := `W/"` + list.Tag + "-" + form + `"` // weak: two nodes sign the same with different signatures
	h.Set("ETag", tag)
	h.Set("Last-Modified", list.Issued.Format(http.TimeFormat))
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	say(w, list.Body)
}

// parse reads a list's number in its one spelling.
func parse(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && strconv.FormatUint(n, 10) == s
}

func unsupported(known bool) error {
	if !known {
		return fault.New("status.one", fault.NotFound, "status_list_unknown")
	}
	return fault.New("status.one", fault.Invalid, "status_time_unsupported")
}

// chosen is the form that is asked for (§8.1): the JWT where both or anything will do.
func chosen(accept []string) (form, kind string, ok bool) {
	jwt, cwt := len(accept) == 0, false
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil && q == 0 {
			continue
		}
		switch kind {
		case typeJWT, "application/*", "*/*":
			jwt = true
		case typeCWT:
			cwt = true
		}
	}
	switch {
	case jwt:
		return publish.JWT, typeJWT, true
	case cwt:
		return publish.CWT, typeCWT, true
	}
	return "", "", false
}

// matches is If-None-Match, compared weakly (RFC 9110 §13.1.2).
func matches(headers []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// open lets every page and every cache have it. What is kept is a minute old at
// most when it is given on; the list itself says how long it may be believed.
func open(h http.Header, kind string) {
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=20")
	h.Set("Vary", "Accept")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
}

func say(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b) // whoever left has left
}

// refuse tells nothing but the reason, and lets nobody keep it.
func (d *Door) refuse(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	switch {
	case fault.Because(err, "status_form_unknown"):
		code = http.StatusNotAcceptable
	case fault.Because(err, "status_time_unsupported"):
		code = http.StatusNotImplemented
	case fault.Is(err, fault.NotFound):
		code = http.StatusNotFound
	case fault.Is(err, fault.Unavailable):
		code = http.StatusServiceUnavailable
	}
	if code == http.StatusInternalServerError || code == http.StatusServiceUnavailable {
		d.log.Error("refused", "at", "status", "cause", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, fault.Public(err)+"\n")
}
