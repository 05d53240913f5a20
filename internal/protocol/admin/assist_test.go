package admin_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/assist"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/officer"
	"netid/internal/protocol/admin"
	"netid/test/kit"
)

// A request goes its way through the door; without approvals, and a second time, it is refused.
func TestAssistanceAtTheDoor(t *testing.T) {
	k := kit.New(t, law.New())
	c := k.Adult(1)
	if err := c.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Sandbox: true, Assist: k.Assist}).Register(mux)
	knock := func(method, path string, in any, want int) []byte {
		t.Helper()
		b, _ := json.Marshal(in)
		if in == nil {
			b = nil
		}
		q := httptest.NewRequest(method, path, strings.NewReader(string(b)))
		q.Header.Set("Authorization", "Bearer operator")
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, q)
		if w.Code != want {
			t.Errorf("%s %s %s: %d %s", method, path, b, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	into := func(b []byte, v any) {
		t.Helper()
		if err := json.Unmarshal(b, v); err != nil {
			t.Fatal(string(b), err)
		}
	}
	key, err := officer.NewAuthority(identity.ES256)
	if err != nil {
		t.Fatal(err)
	}
	knock("GET", "/admin/assist", nil, 200)
	day := k.Now().UTC().Format("2006-01-02") + "T00:00:00Z"
	ask := map[string]any{"by": "Ed", "authority": "an office", "citation": "a law", "key": key.Public().Text(), "help": "authentication-log", "number": c.Grant.Number, "from": day, "to": day}
	ask["names"] = []string{"somebody"}
	knock("POST", "/admin/assist", ask, 400)
	delete(ask, "names")
	var made struct{ Reference string }
	into(knock("POST", "/admin/assist", ask, 201), &made)
	at := "/admin/assist/" + made.Reference
	knock("POST", at+"/open", struct{}{}, 403)
	knock("GET", "/admin/assist/none/papers/x", nil, 404)
	for n, name := range []string{"Ann", "Bo"} {
		id := k.Officers.Keys[n].Public().ID()
		knock("GET", at+"/papers/"+id, nil, 403)
		knock("POST", "/admin/assist/officers", assist.Officer{ID: id, Name: name}, 204)
		knock("POST", "/admin/assist/officers", assist.Officer{ID: id, Name: name}, 409)
		var p assist.Paper
		into(knock("GET", at+"/papers/"+id, nil, 200), &p)
		word, err := officer.Yes(p, k.Officers.Keys[n])
		if err != nil {
			t.Fatal(err)
		}
		knock("POST", at+"/approve", map[string]string{"word": "none"}, 403)
		knock("POST", at+"/approve", map[string]string{"word": word}, 200)
		knock("POST", at+"/approve", map[string]string{"word": word}, 403)
	}
	var r assist.Release
	into(knock("POST", at+"/open", struct{}{}, 200), &r)
	knock("POST", at+"/open", struct{}{}, 409)
	owner, err := officer.Owner(r, k.Officers.Keys...)
	if err != nil {
		t.Fatal(err)
	}
	var rows struct{ Rows []assist.Entry }
	into(knock("POST", at+"/rows", map[string]any{"owner": owner}, 200), &rows)
	if a, err := officer.Log(r, rows.Rows, k.Now(), k.Officers.Keys...); err != nil || len(rows.Rows) == 0 || len(a.Log) != 0 {
		t.Errorf("%d rows: %+v %v", len(rows.Rows), a, err)
	}
	knock("POST", at+"/review", map[string]string{"by": "Ann", "what": "fine"}, 403)
	knock("POST", at+"/review", map[string]string{"by": "Di", "what": "fine"}, 204)
	delete(ask, "from")
	delete(ask, "to")
	ask["help"] = "real-identity"
	knock("POST", "/admin/assist", ask, 201)
	delete(ask, "number")
	ask["pseudonym"], ask["at"] = identity.NewHandle().Text(), "nowhere"
	knock("POST", "/admin/assist", ask, 404)
	if _, _, err := k.Admit.Register(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	ask["at"] = "shop"
	knock("POST", "/admin/assist", ask, 201)
	if all := knock("GET", "/admin/assist", nil, 200); !strings.Contains(string(all), `"by":"Di"`) || strings.Count(string(all), `"reference"`) != 3 || !strings.Contains(string(all), `"sector":"shop"`) {
		t.Error(string(all))
	}
}

// Outside of a sandbox nobody's name is taken from what is typed: who writes a request
// down or reviews an opening does so by a passkey, and two say who the officers are.
func TestNoNameOfAssistanceIsTyped(t *testing.T) {
	k := kit.New(t, law.New())
	mux := http.NewServeMux()
	admin.New(admin.Config{Token: "operator", Assist: k.Assist}).Register(mux)
	for path, want := range map[string]string{"/admin/assist": "console_required", "/admin/assist/none/review": "console_required", "/admin/assist/officers": "two_required"} {
		body := map[string]string{"/admin/assist": `{"by":"Ed"}`, "/admin/assist/officers": `{"officer":"` + k.Officers.Keys[0].Public().ID() + `","name":"Ann"}`, "/admin/assist/none/review": `{"by":"Di","what":"it was right"}`}[path]
		q := httptest.NewRequest("POST", path, strings.NewReader(body))
		q.Header.Set("Authorization", "Bearer operator")
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		described(mux, t).ServeHTTP(w, q)
		if w.Code != 403 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if all, err := k.Assist.Officers(t.Context()); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}

// slow is an opening that takes a while, as a walk over many people does.
type slow struct {
	admin.Assister
	wait  time.Duration
	ended chan error
}

func (s slow) Release(ctx context.Context, _ string) (assist.Release, error) {
	select {
	case <-time.After(s.wait):
		return assist.Release{Months: []assist.Month{}}, nil
	case <-ctx.Done():
		s.ended <- ctx.Err()
		return assist.Release{}, ctx.Err()
	}
}

// An opening is answered however long it takes, on a server that answers nothing else so
// late; and who goes away ends it.
func TestALongOpeningIsAnswered(t *testing.T) {
	const short = 100 * time.Millisecond
	begin := func(wait time.Duration) (*httptest.Server, chan error) {
		mux, ended := http.NewServeMux(), make(chan error, 1)
		admin.New(admin.Config{Token: "operator", Assist: slow{wait: wait, ended: ended}}).Register(mux)
		server := httptest.NewUnstartedServer(mux)
		server.Config.ReadTimeout, server.Config.WriteTimeout = short, short
		server.Start()
		t.Cleanup(server.Close)
		return server, ended
	}
	knock := func(ctx context.Context, server *httptest.Server) (string, error) {
		q, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/admin/assist/ref/open", strings.NewReader("{}"))
		if err != nil {
			return "", err
		}
		q.Header.Set("Authorization", "Bearer operator")
		q.Header.Set("Content-Type", "application/json")
		w, err := server.Client().Do(q)
		if err != nil {
			return "", err
		}
		defer w.Body.Close()
		b, err := io.ReadAll(w.Body)
		return w.Status + string(b), err
	}
	server, _ := begin(5 * short)
	if got, err := knock(t.Context(), server); err != nil || !strings.HasPrefix(got, "200") || !strings.Contains(got, `"months":[]`) {
		t.Error(got, err)
	}
	server, ended := begin(time.Hour)
	within, stop := context.WithTimeout(t.Context(), short)
	defer stop()
	if got, err := knock(within, server); err == nil {
		t.Error(got)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("who went away did not end it")
	}
}
