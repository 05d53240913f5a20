// Package portal is the door through which an organisation's own programs keep its
// applications: JSON over HTTP, opened by an access token of the organisation.
//
// It owns the shape of what is sent and answered, and refuses to know what makes an
// application good, and who may do what: that is the act's, and the same as at the pages.
//
// Invariant: a stranger hears 401 at each address, and nobody learns whether another
// organisation's application is there. Described in docs/openapi.yaml.
package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/token/jose"
)

const (
	maxBody   = 64 << 10
	maxReport = 256 << 10
	maxCause  = 500
)

// Applications is what organisations do with theirs.
type Applications interface {
	Bearer(ctx context.Context, token string) (partner.Who, error)
	Applications(ctx context.Context, by partner.Who) ([]partner.View, error)
	Application(ctx context.Context, by partner.Who, id identity.PartyID) (partner.View, error)
	Figures(ctx context.Context, by partner.Who, id identity.PartyID) ([]partner.Day, error)
	Draft(ctx context.Context, by partner.Who, id identity.PartyID, d partner.Declaration) (identity.PartyID, error)
	Lodge(ctx context.Context, by partner.Who, id identity.PartyID) error
	Upload(ctx context.Context, by partner.Who, id identity.PartyID, body []byte, until time.Time) error
	Publish(ctx context.Context, by partner.Who, id identity.PartyID, address string) error
	Tested(ctx context.Context, by partner.Who, id identity.PartyID, report []byte) error
}

// Config is what the door leans on.
type Config struct {
	Applications Applications
	Ready        func(library string, v partner.View) ([]byte, error) // the text with which it signs people in
	Log          *slog.Logger
}

// Door serves organisations' programs.
type Door struct{ Config }

// New makes the door.
func New(c Config) *Door {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Door{c}
}

// Register puts the door's routes on a mux.
func (d *Door) Register(m interface {
	Handle(pattern string, h http.Handler)
}) {
	m.Handle("GET /partner/api/applications", d.member(d.list))
	m.Handle("POST /partner/api/applications", d.member(d.add))
	m.Handle("GET /partner/api/applications/{id}", d.member(d.one))
	m.Handle("PUT /partner/api/applications/{id}", d.member(d.amend))
	m.Handle("POST /partner/api/applications/{id}/lodge", d.member(d.lodge))
	m.Handle("PUT /partner/api/applications/{id}/keys", d.member(d.keys))
	m.Handle("GET /partner/api/applications/{id}/figures", d.member(d.figures))
	m.Handle("PUT /partner/api/applications/{id}/kit", d.member(d.tested))
	m.Handle("GET /partner/api/applications/{id}/ready/{library}", d.member(d.ready))
}

type handler func(w http.ResponseWriter, r *http.Request, by partner.Who)

// member lets the bearer of an organisation's token in.
func (d *Door) member(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		oauth.NoStore(w.Header())
		headers := r.Header.Values("Authorization")
		scheme, token, _ := strings.Cut(strings.Join(headers, "\n"), " ")
		err := error(fault.New("portal.member", fault.Unauthenticated, "partner_unproven"))
		var by partner.Who
		if len(headers) == 1 && strings.EqualFold(scheme, "Bearer") {
			by, err = d.Applications.Bearer(r.Context(), token)
		}
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer realm="netid partner"`)
			d.refuse(w, err)
			return
		}
		next(w, r, by)
	}
}

func (d *Door) list(w http.ResponseWriter, r *http.Request, by partner.Who) {
	all, err := d.Applications.Applications(r.Context(), by)
	if err != nil {
		d.refuse(w, err)
		return
	}
	out := []Shown{}
	for _, v := range all {
		out = append(out, shown(v))
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"applications": out})
}

func (d *Door) one(w http.ResponseWriter, r *http.Request, by partner.Who) {
	v, err := d.Applications.Application(r.Context(), by, called(r))
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusOK, shown(v))
}

func called(r *http.Request) identity.PartyID { return identity.PartyID(r.PathValue("id")) }

func (d *Door) add(w http.ResponseWriter, r *http.Request, by partner.Who) {
	in, err := read[partner.Declaration](w, r)
	var id identity.PartyID
	if err == nil {
		id, err = d.Applications.Draft(r.Context(), by, "", in)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	oauth.WriteJSON(w, http.StatusCreated, map[string]any{"id": id})
}

func (d *Door) amend(w http.ResponseWriter, r *http.Request, by partner.Who) {
	in, err := read[partner.Declaration](w, r)
	if err == nil {
		_, err = d.Applications.Draft(r.Context(), by, called(r), in)
	}
	d.done(w, err)
}

func (d *Door) lodge(w http.ResponseWriter, r *http.Request, by partner.Who) {
	d.done(w, d.Applications.Lodge(r.Context(), by, called(r)))
}

// KeySet is what a program says of an application's keys: the keys, or where they are.
type KeySet struct {
	JWKS    json.RawMessage `json:"jwks,omitempty"`
	JWKSURI string          `json:"jwks_uri,omitempty"`
	Until   time.Time       `json:"until,omitzero"` // how long the former keys stay good
}

func (d *Door) keys(w http.ResponseWriter, r *http.Request, by partner.Who) {
	in, err := read[KeySet](w, r)
	switch {
	case err != nil:
	case (len(in.JWKS) > 0) == (in.JWKSURI != ""):
		err = fault.New("portal.keys", fault.Invalid, "partner_keys_unread")
	case in.JWKSURI != "":
		err = d.Applications.Publish(r.Context(), by, called(r), in.JWKSURI)
	default:
		err = d.Applications.Upload(r.Context(), by, called(r), in.JWKS, in.Until)
	}
	d.done(w, err)
}

func (d *Door) figures(w http.ResponseWriter, r *http.Request, by partner.Who) {
	days, err := d.Applications.Figures(r.Context(), by, called(r))
	if err != nil {
		d.refuse(w, err)
		return
	}
	steps := []int64{}
	for _, s := range partner.Steps() {
		steps = append(steps, s.Milliseconds())
	}
	oauth.WriteJSON(w, http.StatusOK, map[string]any{"steps_ms": steps, "days": append([]partner.Day{}, days...)})
}

func (d *Door) tested(w http.ResponseWriter, r *http.Request, by partner.Who) {
	b, err := body(w, r, maxReport)
	if err == nil {
		err = d.Applications.Tested(r.Context(), by, called(r), b)
	}
	d.done(w, err)
}

func (d *Door) ready(w http.ResponseWriter, r *http.Request, by partner.Who) {
	v, err := d.Applications.Application(r.Context(), by, called(r))
	var b []byte
	if err == nil {
		b, err = d.Ready(r.PathValue("library"), v)
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if _, err := w.Write(b); err != nil {
		d.Log.Info("a text was not taken", "at", "portal", "err", err)
	}
}

func (d *Door) done(w http.ResponseWriter, err error) {
	if err != nil {
		d.refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (d *Door) refuse(w http.ResponseWriter, err error) {
	d.Log.Info("refused", "at", "portal", "told", fault.Public(err), "cause", brief(err))
	oauth.WriteJSON(w, status(err), map[string]string{"error": fault.Public(err)})
}

// brief is a cause as the log has it: it may repeat what was sent, which is as long as its
// sender likes.
func brief(err error) string {
	s := err.Error()
	return strings.ToValidUTF8(s[:min(len(s), maxCause)], "")
}

func status(err error) int {
	switch fault.Of(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func body(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	const op = "portal.body"
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, fault.New(op, fault.Invalid, "content_type_invalid")
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	return b, fault.Wrap(op, fault.Invalid, "partner_declaration_unread", err)
}

// read takes one object, strictly: a misspelt member would otherwise be a default that
// nobody chose, and of two with one name nobody knows which is meant.
func read[T any](w http.ResponseWriter, r *http.Request) (in T, err error) {
	const op = "portal.read"
	b, err := body(w, r, maxBody)
	if err != nil {
		return in, err
	}
	if _, err := jose.ParseObject(b, maxBody); err != nil {
		return in, fault.Wrap(op, fault.Invalid, "partner_declaration_unread", err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return in, fault.Wrap(op, fault.Invalid, "partner_declaration_unread", dec.Decode(&in))
}
