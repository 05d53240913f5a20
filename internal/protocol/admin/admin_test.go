package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/admin"
)

// register is an act that knows one party and one mistake.
type register struct{ saw *admit.Application }

func (r *register) Register(_ context.Context, in admit.Application) (identity.Party, string, error) {
	r.saw = &in
	switch in.ID {
	case "known":
		return identity.Party{}, "", fault.New("register", fault.Conflict, "party_exists")
	case "Bad":
		return identity.Party{}, "", fault.New("register", fault.Invalid, "party_id_invalid")
	case "unlawful":
		return identity.Party{}, "", fault.New("register", fault.Forbidden, "otherwise_missing")
	case "broken":
		return identity.Party{}, "", fault.Newf("register", fault.Internal, "secret_detail", "disk")
	}
	return identity.Party{ID: identity.PartyID(in.ID), Auth: identity.AuthSecret, SecretDigest: []byte("digest"), RedirectURIs: in.RedirectURIs,
		Standing: identity.PartyActive, Sandbox: in.Sandbox}, "told-once", nil
}

func (r *register) Parties(context.Context) ([]identity.Party, error) {
	return []identity.Party{{ID: "known", Auth: identity.AuthSecret, SecretDigest: []byte("digest")}}, nil
}

func (r *register) Party(_ context.Context, id identity.PartyID) (identity.Party, error) {
	if id != "known" {
		return identity.Party{}, fault.New("register", fault.NotFound, "party_unknown")
	}
	return identity.Party{ID: id, Standing: identity.PartyActive, SecretDigest: []byte("digest")}, nil
}

func (r *register) stand(id identity.PartyID, to identity.PartyStanding, reason string) (identity.Party, error) {
	if id == "gone" {
		return identity.Party{}, fault.New("register", fault.Gone, "party_removed")
	}
	p, err := r.Party(context.Background(), id)
	p.Standing, p.Reason = to, reason
	return p, err
}

func (r *register) Suspend(_ context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	return r.stand(id, identity.PartySuspended, reason)
}

func (r *register) Resume(_ context.Context, id identity.PartyID, join bool) (identity.Party, error) {
	if !join {
		return identity.Party{}, fault.New("register", fault.Conflict, "sector_shared")
	}
	return r.stand(id, identity.PartyActive, "")
}

func (r *register) Approve(_ context.Context, id identity.PartyID, e identity.Endorsement, join bool) (identity.Party, error) {
	p, err := r.Resume(context.Background(), id, join)
	p.Endorsed = []identity.Endorsement{e}
	return p, err
}

func (r *register) Reject(_ context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	return r.stand(id, identity.PartySuspended, reason)
}

func (r *register) Certify(_ context.Context, id identity.PartyID, request []byte) (identity.Party, error) {
	p, err := r.stand(id, identity.PartyActive, "")
	p.Requests = []identity.RequestCertificate{{Thumbprint: "for " + string(request)}}
	return p, err
}

func (r *register) Remove(_ context.Context, id identity.PartyID, reason string) (identity.Party, error) {
	return r.stand(id, identity.PartyRemoved, reason)
}

func (r *register) Invite(_ context.Context, whom string, life time.Duration) (string, time.Time, error) {
	return "invitation-for-" + whom, time.Unix(0, 0).Add(life), nil
}

// someone's endorsement, by its form.
func someone() string {
	return identity.Endorsement{Operator: strings.Repeat("A", 43), Signature: make([]byte, 64)}.Text()
}

func TestWhatTheOperatorDoesAboutAParty(t *testing.T) {
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/admin/parties/known", "", 200, `"standing":"active"`},
		{"GET", "/admin/parties/nobody", "", 404, "party_unknown"},
		{"POST", "/admin/parties/known/suspend", `{"reason":"complaints"}`, 200, `"standing":"suspended","reason":"complaints"`},
		{"POST", "/admin/parties/known/resume", `{}`, 409, "sector_shared"},
		{"POST", "/admin/parties/known/resume", `{"join_sector":true}`, 200, `"standing":"active"`},
		{"POST", "/admin/parties/known/approve", `{"join_sector":true,"endorsement":"` + someone() + `"}`, 200, `"endorsed":[{"operator":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`},
		{"POST", "/admin/parties/known/approve", `{"endorsement":"` + someone() + `"}`, 409, "sector_shared"},
		{"POST", "/admin/parties/known/approve", `{}`, 400, "endorsement_invalid"},
		{"POST", "/admin/parties/known/reject", `{"reason":"no licence"}`, 200, `"reason":"no licence"`},
		{"GET", "/admin/parties/known", "", 200, `"record":"{\"id\":\"known\"`},
		{"POST", "/admin/parties/known/certify", `{"csr":"mine"}`, 200, `"request_certificates":[{"x5t#S256":"for mine"`},
		{"POST", "/admin/parties/nobody/certify", `{"csr":"mine"}`, 404, "party_unknown"},
		{"POST", "/admin/parties/known/remove", `{"reason":"x"}`, 200, `"standing":"removed"`},
		{"POST", "/admin/parties/gone/remove", `{"reason":"x"}`, 410, "party_removed"},
		{"POST", "/admin/parties/known/remove", `{"reson":"x"}`, 400, "application_invalid"},
		{"POST", "/admin/invitations", `{"for":"Shop","seconds":60}`, 201, `"initial_access_token":"invitation-for-Shop"`},
		{"POST", "/admin/invitations", `{"for":"Shop","seconds":60}x`, 400, "application_invalid"},
	} {
		for _, token := range []string{"t", "wrong"} {
			mux := http.NewServeMux()
			admin.New(admin.Config{Issuer: "https://id.example", Token: "t", Sandbox: true, Admit: &register{}}).Register(mux)
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			described(mux, t).ServeHTTP(w, r)
			if token == "wrong" {
				if w.Code != 401 || strings.Contains(w.Body.String(), "invitation-for") {
					t.Errorf("%s: %d without the token", c.path, w.Code)
				}
				continue
			}
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "digest") {
				t.Errorf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
			}
		}
	}
}

const good = `{"id":"shop","name":"Shop","redirect_uris":["https://shop.example/cb"],"public":false,"age_marks":{"over18":"a law"},"jwks":null}`

func knock(t *testing.T, token, method, authorization, kind, body string) (*httptest.ResponseRecorder, *register) {
	act := &register{}
	mux := http.NewServeMux()
	admin.New(admin.Config{Issuer: "https://id.example", Token: token, Sandbox: true, Admit: act}).Register(mux)
	r := httptest.NewRequest(method, "/admin/parties", strings.NewReader(body))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	described(mux, t).ServeHTTP(w, r)
	return w, act
}

func TestOnlyTheOperatorComesIn(t *testing.T) {
	for name, c := range map[string]struct {
		token, authorization string
		status               int
	}{
		"the token":                       {"sandbox", "Bearer sandbox", 201},
		"the scheme in another case":      {"sandbox", "bearer sandbox", 201},
		"no header":                       {"sandbox", "", 401},
		"another token":                   {"sandbox", "Bearer sandboX", 401},
		"the token and more":              {"sandbox", "Bearer sandbox x", 401},
		"empty token":                     {"sandbox", "Bearer ", 401},
		"another scheme":                  {"sandbox", "Basic sandbox", 401},
		"none configured":                 {"", "", 401},
		"none configured, none sent":      {"", "Bearer ", 401},
		"none configured, something sent": {"", "Bearer sandbox", 401},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"POST", "GET"} {
				want := c.status
				if method == "GET" && want == 201 {
					want = 200
				}
				w, act := knock(t, c.token, method, c.authorization, "application/json", good)
				if w.Code != want || want == 401 && (act.saw != nil || w.Header().Get("WWW-Authenticate") == "" || strings.Contains(w.Body.String(), "known")) {
					t.Fatalf("%s: %d %s", method, w.Code, w.Body)
				}
				if w.Header().Get("Cache-Control") != "no-store" {
					t.Fatal("may be stored")
				}
			}
		})
	}
}

func TestSettings(t *testing.T) {
	w, act := knock(t, "t", "POST", "Bearer t", "application/json", good)
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if w.Code != 201 || m["client_id"] != "shop" || m["client_secret"] != "told-once" || m["issuer"] != "https://id.example" || m["token_endpoint_auth_method"] != "client_secret_basic" || m["sandbox"] != true {
		t.Fatalf("%d %v", w.Code, m)
	}
	if !act.saw.Sandbox || act.saw.AgeMarks["over18"] != "a law" {
		t.Fatalf("%+v", act.saw)
	}
	w, act = knock(t, "t", "POST", "Bearer t", "application/json", strings.Replace(good, "{", `{"id_token_signed_response_alg":"urn:netid:alg:SM2",`, 1))
	if w.Code != 201 || act.saw.IDTokenAlg != "urn:netid:alg:SM2" {
		t.Fatalf("%d %+v", w.Code, act.saw)
	}
	w, _ = knock(t, "t", "GET", "Bearer t", "", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"client_id":"known"`) || strings.Contains(w.Body.String(), "digest") || strings.Contains(w.Body.String(), "client_secret\"") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestApplicationsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		kind, body string
		status     int
		reason     string
	}{
		"exists":            {"application/json", `{"id":"known"}`, 409, "party_exists"},
		"bad id":            {"application/json", `{"id":"Bad"}`, 400, "party_id_invalid"},
		"unlawful":          {"application/json", `{"id":"unlawful"}`, 403, "otherwise_missing"},
		"a defect of ours":  {"application/json", `{"id":"broken"}`, 500, "internal"},
		"a form":            {"application/x-www-form-urlencoded", `id=x`, 400, "content_type_invalid"},
		"no type":           {"", `{"id":"x"}`, 400, "content_type_invalid"},
		"not JSON":          {"application/json", `{`, 400, "application_invalid"},
		"empty":             {"application/json", ``, 400, "application_invalid"},
		"an array":          {"application/json", `[]`, 400, "application_invalid"},
		"two":               {"application/json", `{"id":"x"}{"id":"y"}`, 400, "application_invalid"},
		"a member twice":    {"application/json", `{"id":"x","id":"y"}`, 400, "application_invalid"},
		"a misspelt member": {"application/json", `{"id":"x","redirect_uri":"y"}`, 400, "application_invalid"},
		"its own sandbox":   {"application/json", `{"id":"x","sandbox":true}`, 400, "application_invalid"},
		"its own secret":    {"application/json", `{"id":"x","secret":"y"}`, 400, "application_invalid"},
		"another shape":     {"application/json", `{"id":7}`, 400, "application_invalid"},
		"more than 64 KB":   {"application/json", `{"id":"` + strings.Repeat("x", 64<<10) + `"}`, 400, "application_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := knock(t, "t", "POST", "Bearer t", c.kind, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), `"error":"`+c.reason+`"`) || strings.Contains(w.Body.String(), "disk") {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		})
	}
}
