package trust_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/trust"
)

type word struct{ err error }

func (w word) List() (string, error) { return "a.b.c", w.err }
func (w word) PEM() ([]byte, error)  { return []byte("pem"), w.err }
func (w word) Registration(p identity.Party) (string, error) {
	if p.Standing != identity.PartyActive {
		return "", fault.New("test", fault.Forbidden, "party_suspended")
	}
	return "d.e." + string(p.ID), w.err
}

func (w word) Party(_ context.Context, id identity.PartyID) (identity.Party, error) {
	switch id {
	case "shop":
		return identity.Party{ID: id, Standing: identity.PartyActive}, nil
	case "halted":
		return identity.Party{ID: id, Standing: identity.PartySuspended}, nil
	case "away":
		return identity.Party{}, fault.New("test", fault.Unavailable, "store_unavailable")
	}
	return identity.Party{}, fault.New("test", fault.NotFound, "party_unknown")
}

func TestTrust(t *testing.T) {
	for _, c := range []struct {
		path   string
		err    error
		status int
		kind   string
		body   string
	}{
		{"/trust", nil, 200, "application/jwt", "a.b.c"},
		{"/trust/root.pem", nil, 200, "application/x-pem-file", "pem"},
		{"/trust/parties/shop", nil, 200, "application/jwt", "d.e.shop"},
		{"/trust/parties/halted", nil, 403, "text/plain; charset=utf-8", "party_suspended\n"},
		{"/trust/parties/nobody", nil, 404, "text/plain; charset=utf-8", "party_unknown\n"},
		{"/trust/parties/-", nil, 404, "text/plain; charset=utf-8", "party_unknown\n"},
		{"/trust/parties/away", nil, 503, "text/plain; charset=utf-8", "store_unavailable\n"},
		{"/trust", errors.New("a key's secret"), 500, "text/plain; charset=utf-8", "internal\n"},
	} {
		mux := http.NewServeMux()
		trust.New(word{c.err}, word{}, nil).Register(mux)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", c.path, nil))
		if h := w.Header(); w.Code != c.status || h.Get("Content-Type") != c.kind || w.Body.String() != c.body || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != "no-cache" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v %q", c.path, w.Code, h, w.Body)
		}
	}
}
