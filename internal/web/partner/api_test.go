package partner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"netid/internal/web/partner"
)

const forPrograms = "/partner/api/"

// read is the published description of this door.
var read = sync.OnceValues(func() (*openapi3.T, error) {
	b, err := os.ReadFile("../../../docs/openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err == nil {
		err = doc.Validate(context.Background())
	}
	return doc, err
})

func document(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := read()
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// described holds what goes through the door to the document: every answer to a program,
// and every request of one that was taken.
func described(next http.Handler, t *testing.T) http.Handler {
	_, router := document(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, forPrograms) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		asked := r.Clone(r.Context())
		asked.Body, asked.URL.Scheme, asked.URL.Host = io.NopCloser(bytes.NewReader(body)), "https", "id.example"
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		for k, v := range answer.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(answer.Code)
		if _, err := w.Write(answer.Body.Bytes()); err != nil {
			t.Error(err)
		}
		route, params, err := router.FindRoute(asked)
		if err != nil {
			if answer.Code < 300 {
				t.Errorf("%s %s answers %d and is not described", r.Method, r.URL.Path, answer.Code)
			}
			return
		}
		in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
		if answer.Code < 300 {
			if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
				t.Errorf("%s %s was taken, and the document says: %v", r.Method, r.URL.Path, err)
			}
		}
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: answer.Code, Header: answer.Header(), Options: in.Options}
		if err := openapi3filter.ValidateResponse(t.Context(), out.SetBodyBytes(answer.Body.Bytes())); err != nil {
			t.Errorf("%s %s answers %d, and the document says: %v", r.Method, r.URL.Path, answer.Code, err)
		}
	})
}

// Every address for programs is described, and every description is one.
func TestTheDocumentHasEveryAddress(t *testing.T) {
	d := open(t)
	doc, _ := document(t)
	var is, written []string
	for _, pattern := range d.mux.all {
		if _, path, _ := strings.Cut(pattern, " "); strings.HasPrefix(path, forPrograms) {
			is = append(is, pattern)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if strings.HasPrefix(path, forPrograms) {
				written = append(written, method+" "+path)
			}
		}
	}
	slices.Sort(is)
	if slices.Sort(written); len(is) < 3 || !slices.Equal(is, written) {
		t.Errorf("the door has\n%s\nand the document\n%s", strings.Join(is, "\n"), strings.Join(written, "\n"))
	}
}

// A program reads its own organisation by a token that was shown once, until it is ended;
// a member's cookie opens nothing there, and no key or secret is told.
func TestProgramsOfAnOrganisation(t *testing.T) {
	d := open(t)
	p := d.founds("en")
	dev := p.lets("developer", "en")
	page := p.want(200, `id="secret"`)(p.do("POST", "/partner/tokens"))
	token, id := p.find(`id="secret">([^<]*)<`, page), p.find(`data-token="([^"]*)"`, page)
	if _, again := p.do("GET", "/partner/tokens"); strings.Contains(again, token) {
		t.Error("a token is shown again")
	}
	get := func(path, bearer string) (int, string) {
		t.Helper()
		status, h, body := p.ask("GET", forPrograms+path, "*/*", bearer)
		if kind := h.Get("Content-Type"); kind != "application/json" || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" {
			t.Error(path, h)
		}
		return status, body
	}
	var o partner.Organisation
	status, body := get("organisation", "Bearer "+token)
	if err := json.Unmarshal([]byte(body), &o); status != 200 || err != nil || string(o.ID) != p.label || o.Domains == nil {
		t.Error(status, body, err)
	}
	status, body = get("members", "bearer "+token)
	if status != 200 || !strings.Contains(body, dev.member()) || strings.Contains(body, "key") || strings.Contains(body, string(dev.key.JWK)) {
		t.Error(status, body)
	}
	if status, body = get("parties", "Bearer "+token); status != 200 || strings.TrimSpace(body) != `{"parties":[]}` {
		t.Error(status, body)
	}
	if status, body = get("none", "Bearer "+token); status != 404 || !strings.Contains(body, "page_unknown") {
		t.Error(status, body)
	}
	refused := func(what, bearer string) {
		t.Helper()
		if status, body := get("organisation", bearer); status != 401 || !strings.Contains(body, "partner_unproven") {
			t.Error(what, status, body)
		}
	}
	refused("a cookie alone", "")
	refused("another scheme", "Basic "+token)
	refused("another organisation's", "Bearer org-0."+strings.SplitN(token, ".", 2)[1])
	p.want(404, "partner_token_unknown")(p.do("POST", "/partner/tokens/end", "id", "t-none"))
	p.want(303, "/partner/tokens")(p.do("POST", "/partner/tokens/end", "id", id))
	refused("ended", "Bearer "+token)
	for range 10 {
		page = p.want(200, `id="secret"`)(p.do("POST", "/partner/tokens"))
	}
	p.hears(429, "partner_full")(p.do("POST", "/partner/tokens"))
	d.k.Advance(90 * 24 * time.Hour)
	refused("old", "Bearer "+p.find(`id="secret">([^<]*)<`, page))
}

func FuzzHandle(f *testing.F) {
	f.Add("b3JnLTAubS0w")
	f.Fuzz(func(t *testing.T, s string) {
		org, member := partner.ParseHandle(s)
		if org != "" && member != "" && !strings.Contains(string(member), ".") && partner.Handle(org, member) != s {
			t.Errorf("%q is read as %s, %s", s, org, member)
		}
	})
}
