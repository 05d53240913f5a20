package admin_test

import (
	"bytes"
	"context"
	"io"
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

	"netid/internal/act/admit"
	"netid/internal/act/ceremony"
	"netid/internal/act/incident"
	"netid/internal/act/recall"
	"netid/internal/act/supervise"
	"netid/internal/gauge"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/admin"
)

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

// patterns is a mux that notes what is registered on it.
type patterns []string

func (p *patterns) Handle(pattern string, _ http.Handler) {
	if pattern != "/admin/{rest...}" { // every other address is no address: 401, and 404 to the operator
		*p = append(*p, pattern)
	}
}

// Every route is described and every description is a route, and a stranger is told
// 401 at each, in both forms of the door.
func TestTheDocumentIsTheDoor(t *testing.T) {
	doc, _ := document(t)
	var written []string
	for path, item := range doc.Paths.Map() {
		if strings.HasPrefix(path, "/partner/") {
			continue // another door's, which holds it to the same document (internal/web/partner)
		}
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	var is patterns
	admin.New(admin.Config{}).Register(&is)
	slices.Sort(is)
	if slices.Sort(written); !slices.Equal(is, patterns(written)) {
		t.Errorf("the door has\n%s\nand the document\n%s", strings.Join(is, "\n"), strings.Join(written, "\n"))
	}
	for _, token := range []string{"", "sandbox"} {
		mux := http.NewServeMux()
		admin.New(admin.Config{Token: token}).Register(mux)
		for _, pattern := range is {
			method, path, _ := strings.Cut(pattern, " ")
			for _, says := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic sandbox"} {
				r := httptest.NewRequest(method, strings.NewReplacer("{id}", "x", "{ref}", "x").Replace(path), nil)
				if says != "" {
					r.Header.Set("Authorization", says)
				}
				w := httptest.NewRecorder()
				described(mux, t).ServeHTTP(w, r)
				if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "operator_unproven") {
					t.Errorf("%s with %q: %d %s", pattern, says, w.Code, w.Body)
				}
			}
		}
	}
}

// What is no address below /admin tells a stranger what every address does, whatever the
// method, so that nobody learns which there are; the operator is told that it is none.
func TestAStrangerFindsNoAddress(t *testing.T) {
	for _, token := range []string{"", "sandbox"} {
		mux := http.NewServeMux()
		admin.New(admin.Config{Token: token}).Register(mux)
		for _, path := range []string{"/admin/", "/admin/none", "/admin/parties/x/none", "/admin/keys/none"} {
			for _, method := range []string{"GET", "HEAD", "POST", "DELETE", "OPTIONS", "BREW"} {
				for says, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer sandbox": map[string]int{"": 401, "sandbox": 404}[token]} {
					r := httptest.NewRequest(method, path, nil)
					r.Header.Set("Authorization", says)
					w := httptest.NewRecorder()
					mux.ServeHTTP(w, r)
					if w.Code != want {
						t.Errorf("%s %s with %q: %d, want %d", method, path, says, w.Code, want)
					}
				}
			}
		}
	}
}

// Every member that the door reads or writes stands in the document, and no other.
func TestTheDocumentHasEveryMember(t *testing.T) {
	doc, _ := document(t)
	for name, of := range map[string]reflect.Type{
		"Application": reflect.TypeFor[admit.Application](), "Settings": admin.Settings, "Claim": reflect.TypeFor[identity.Claim](),
		"Incident": reflect.TypeFor[incident.Incident](), "Glass": reflect.TypeFor[incident.Glass](), "IncidentAlarm": reflect.TypeFor[incident.Alarm](), "IncidentReport": reflect.TypeFor[incident.Document](),
		"IncidentOpening": reflect.TypeFor[incident.Opening](), "IncidentEntry": reflect.TypeFor[incident.Entry](), "IncidentNotice": reflect.TypeFor[law.IncidentNotice](),
		"DutyOpening": reflect.TypeFor[supervise.Opening](), "DutyStep": reflect.TypeFor[supervise.Step](), "DutyEntry": reflect.TypeFor[supervise.Entry](), "DutyRecord": reflect.TypeFor[supervise.Record](), "DutyAlarm": reflect.TypeFor[supervise.Alarm](),
		"EmergencyNeed": reflect.TypeFor[supervise.Need](), "Emergency": reflect.TypeFor[supervise.Emergency](), "MinorTicket": reflect.TypeFor[supervise.Ticket](), "Export": reflect.TypeFor[supervise.Export](),
		"Asked": reflect.TypeFor[supervise.Asked](), "PartyDuty": reflect.TypeFor[supervise.PartyDuty](), "Supervision": reflect.TypeFor[supervise.All](),
		"KeyState": reflect.TypeFor[ceremony.State](), "KeyRow": reflect.TypeFor[ceremony.Row](), "HealthCheck": reflect.TypeFor[gauge.Check](), "ServiceAmount": reflect.TypeFor[gauge.Amount](), "Held": reflect.TypeFor[incident.Held](),
		"Proposal": admin.Proposal, "ProposalSignature": admin.Signature, "Account": admin.Account, "Founder": admin.Founder, "Recall": reflect.TypeFor[recall.Choice](), "Progress": reflect.TypeFor[recall.Progress](), "RequestCertificate": reflect.TypeFor[identity.RequestCertificate](),
	} {
		var said []string
		for member := range doc.Components.Schemas[name].Value.Properties {
			said = append(said, member)
		}
		slices.Sort(said)
		is := members(of)
		if slices.Sort(is); !slices.Equal(is, said) {
			t.Errorf("%s has\n%v\nand the document\n%v", name, is, said)
		}
	}
}

func members(of reflect.Type) (all []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, members(f.Type)...)
		case f.IsExported() && name != "-":
			all = append(all, name)
		}
	}
	return all
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
