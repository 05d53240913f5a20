package portal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"netid/internal/act/partner"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/portal"
	"netid/internal/tool/ready"
	"netid/test/kit"
)

var published = sync.OnceValues(func() (*openapi3.T, error) {
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
	doc, err := published()
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

type patterns []string

func (p *patterns) Handle(pattern string, _ http.Handler) { *p = append(*p, pattern) }

const below = "/partner/api/applications"

// scene is an organisation with a proved host and a program's token.
type scene struct {
	*kit.Kit
	worker kit.Worker
	token  string
	door   http.Handler
}

func open(t *testing.T) scene {
	t.Helper()
	s := scene{Kit: kit.New(t, law.New())}
	var err error
	if s.worker, err = s.Organisation(t.Context()); err == nil {
		err = s.ProveHost(t.Context(), s.worker)
	}
	if err == nil {
		s.token, err = s.Partner.Issue(t.Context(), s.worker.Who)
	}
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	portal.New(portal.Config{Applications: s.Partner, Ready: func(library string, v partner.View) ([]byte, error) {
		return ready.For(library, ready.Application{Issuer: kit.Issuer, ClientID: string(v.ID), Redirect: v.Filed.RedirectURIs[0], Key: "k1"})
	}}).Register(mux)
	s.door = described(mux, t)
	return s
}

func (s scene) ask(t *testing.T, method, path string, send any) (int, string) {
	t.Helper()
	b, err := json.Marshal(send)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, below+path, bytes.NewReader(b))
	r.Header.Set("Authorization", "Bearer "+s.token)
	if send != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Every route is described and every description is a route, and a stranger is told 401 at each.
func TestTheDocumentIsThePortal(t *testing.T) {
	doc, _ := document(t)
	var written []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if strings.HasPrefix(path, below) {
				written = append(written, method+" "+path)
			}
		}
	}
	var is patterns
	portal.New(portal.Config{}).Register(&is)
	slices.Sort(is)
	if slices.Sort(written); !slices.Equal(is, patterns(written)) {
		t.Errorf("the door has\n%s\nand the document\n%s", strings.Join(is, "\n"), strings.Join(written, "\n"))
	}
	s := open(t)
	for _, pattern := range is {
		method, path, _ := strings.Cut(pattern, " ")
		for _, says := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Bearer " + s.token + "x", "Basic " + s.token} {
			r := httptest.NewRequest(method, strings.NewReplacer("{id}", "x", "{library}", "node").Replace(path), nil)
			if says != "" {
				r.Header.Set("Authorization", says)
			}
			w := httptest.NewRecorder()
			s.door.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "partner_unproven") {
				t.Errorf("%s with %q: %d %s", pattern, says, w.Code, w.Body)
			}
		}
	}
	for name, of := range map[string]reflect.Type{"Declaration": reflect.TypeFor[partner.Declaration](), "PartnerApplication": reflect.TypeFor[portal.Shown](), "PartnerKey": reflect.TypeFor[partner.Key](),
		"PartnerAlarm": reflect.TypeFor[partner.Alarm](), "PartnerEvent": reflect.TypeFor[partner.Step](), "KitResult": reflect.TypeFor[partner.Result](), "PartnerKeySet": reflect.TypeFor[portal.KeySet](), "PartnerDay": reflect.TypeFor[partner.Day]()} {
		var said, is []string
		for member := range doc.Components.Schemas[name].Value.Properties {
			said = append(said, member)
		}
		for i := range of.NumField() {
			member, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			is = append(is, member)
		}
		slices.Sort(said)
		if slices.Sort(is); !slices.Equal(is, said) {
			t.Errorf("%s has\n%v\nand the document\n%v", name, is, said)
		}
	}
}

// A program takes an application from a draft to the operators, and reads all about it.
func TestAProgramKeepsAnApplication(t *testing.T) {
	s := open(t)
	status, body := s.ask(t, "POST", "", kit.Declared())
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated || made.ID == "" {
		t.Fatal(status, body, err)
	}
	at := "/" + made.ID
	expect := func(want int, contains, method, path string, send any) {
		t.Helper()
		if status, body := s.ask(t, method, at+path, send); status != want || !strings.Contains(body, contains) {
			t.Errorf("%s %s: %d %s", method, path, status, body)
		}
	}
	expect(http.StatusBadRequest, "jwks_missing", "POST", "/lodge", nil)
	expect(http.StatusOK, `"missing":"jwks_missing"`, "GET", "", nil)
	expect(http.StatusBadRequest, "partner_key_private", "PUT", "/keys", map[string]any{"jwks": json.RawMessage(`{"kty":"EC","d":"x"}`)})
	expect(http.StatusBadRequest, "partner_keys_unread", "PUT", "/keys", map[string]any{})
	expect(http.StatusNoContent, "", "PUT", "/keys", map[string]any{"jwks": map[string]any{"keys": []any{kit.PublicKey("k1")}}})
	d := kit.Declared()
	d.Name = "Another Shop"
	expect(http.StatusNoContent, "", "PUT", "", d)
	expect(http.StatusBadRequest, "partner_declaration_unread", "PUT", "", map[string]any{"nmae": "x"})
	expect(http.StatusBadRequest, "content_type_invalid", "PUT", "", nil)
	expect(http.StatusNoContent, "", "POST", "/lodge", nil)
	expect(http.StatusConflict, "partner_nothing_new", "POST", "/lodge", nil)
	expect(http.StatusNoContent, "", "PUT", "/kit", map[string]any{"checks": []any{map[string]any{"id": "x", "outcome": "passed"}}})
	expect(http.StatusBadRequest, "partner_report_unread", "PUT", "/kit", map[string]any{"checks": []any{}})
	expect(http.StatusOK, `"days":[]`, "GET", "/figures", nil)
	expect(http.StatusOK, made.ID, "GET", "/ready/node", nil)
	s.Advance(2e9)
	expect(http.StatusOK, `"state":"review"`, "GET", "", nil)
	if _, body := s.ask(t, "GET", "", nil); !strings.Contains(body, made.ID) || strings.Contains(body, `"word"`) {
		t.Error(body)
	}
	if status, body := s.ask(t, "GET", "/nobody", nil); status != http.StatusNotFound || !strings.Contains(body, "partner_application_unknown") {
		t.Error(status, body)
	}
	for range 13 { // of the running day nothing is shown, and of the one that is over tens
		s.Partner.Answered(identity.PartyID(made.ID), "invalid_grant", 0)
	}
	s.Advance(26 * 3600e9)
	if err := s.Partner.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(http.StatusOK, `{"code":"invalid_grant","n":10}`, "GET", "/figures", nil)
}

// described holds what goes through a door to the document: every answer, and every
// request that was taken.
func described(next http.Handler, t *testing.T) http.Handler {
	_, router := document(t)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		if answer.Body.Len() > 0 { // 204 has none
			if _, err := w.Write(answer.Body.Bytes()); err != nil {
				t.Error(err)
			}
		}
		route, params, err := router.FindRoute(asked)
		if err != nil {
			return // no address of this door: the mux answered
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

// What a program sends is as long as it likes, and the log is not.
func TestTheLogIsBrief(t *testing.T) {
	s := open(t)
	var log bytes.Buffer
	mux := http.NewServeMux()
	portal.New(portal.Config{Applications: s.Partner, Log: slog.New(slog.NewTextHandler(&log, nil))}).Register(mux)
	r, w := httptest.NewRequest("POST", below, strings.NewReader(`{"`+strings.Repeat("a", 40_000)+`":1}`)), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	if mux.ServeHTTP(w, r); w.Code != 400 || !strings.Contains(log.String(), "partner_declaration_unread") || log.Len() > 1000 {
		t.Error(w.Code, log.Len())
	}
}
