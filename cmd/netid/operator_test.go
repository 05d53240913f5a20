package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netid/internal/identity"
)

// operate runs one command of the operator's and says what it printed.
func operate(args ...string) (string, int) {
	var out bytes.Buffer
	code := run(context.Background(), args, nil, &out, &out)
	return out.String(), code
}

// A sandbox's parties, one command after the other.
func TestPartyStanding(t *testing.T) {
	door := httptest.NewServer(built(t, true).server)
	t.Cleanup(door.Close)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"add --id app --name App --redirect-uri http://127.0.0.1:9000/cb", 0, `"sector":"app"`},
		{"add --id two --name App --redirect-uri http://127.0.0.1:9000/cb --redirect-uri http://localhost:9000/cb", 1, "sector_missing: redirect URIs at several hosts"},
		{"add --id two --name App --redirect-uri http://127.0.0.1:9000/cb --sector-identifier-uri http://127.0.0.1/", 1, "sector_uri_invalid: --sector-identifier-uri takes https"},
		{"list", 0, "app  active"},
		{"list --json", 0, `"client_id":"app"`},
		{"show app", 0, "redirect URI      http://127.0.0.1:9000/cb"},
		{"show app --json", 0, `"standing":"active"`},
		{"show nobody", 1, "party_unknown: there is no party"},
		{"suspend app", 1, "--reason"},
		{"suspend app --reason complaints", 0, "complaints"},
		{"list", 0, "complaints"},
		{"resume app", 0, "active"},
		{"remove app --reason over", 0, "removed"},
		{"resume app", 1, "party_removed: this party was removed"},
		{"add --id app --name App --redirect-uri http://127.0.0.1:9000/cb", 1, "party_exists"},
		{"invite --for Shop", 0, `"registration_endpoint":"https://netid.example/register"`},
		{"invite --for Shop --life 200h", 1, "invitation_life_invalid: --life takes"},
	} {
		args := strings.Fields(c.args)
		out, code := operate(append([]string{"party", args[0], "--server", door.URL}, args[1:]...)...)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: status %d: %s", c.args, code, out)
		}
	}
}

// In production the operator's door is a file of the data directory, and none on
// the network: an invitation is made there, used once over the network, and read
// before the party takes part.
func TestTheOperatorOfAProductionServer(t *testing.T) {
	h := built(t, false)
	net := httptest.NewServer(h.server)
	t.Cleanup(net.Close)
	if out, code := operate("party", "invite", "--for", "Shop", "--server", net.URL); code != 1 || !strings.Contains(out, "operator_unproven") {
		t.Fatalf("%d %s", code, out)
	}
	if out, code := operate("party", "list", "--data", h.Data); code != 1 || !strings.Contains(out, "no server answers") {
		t.Fatalf("%d %s", code, out)
	}
	for range 2 { // also where a server before left one
		door, err := h.openOperatorDoor()
		if err != nil {
			t.Fatal(err)
		}
		srv := &http.Server{Handler: door.Handler}
		go srv.Serve(door.Listener)
		t.Cleanup(func() { srv.Close() })
	}
	if info, err := os.Stat(filepath.Dir(operatorDoor(h.Data))); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("others reach it: %v %v", info, err)
	}
	out, code := operate("party", "invite", "--for", "Shop", "--data", h.Data)
	var made struct {
		Token string `json:"initial_access_token"`
	}
	if code != 0 || json.Unmarshal([]byte(out), &made) != nil || made.Token == "" {
		t.Fatalf("%d %s", code, out)
	}
	post := func() (status int, m map[string]any) {
		r, err := http.NewRequest("POST", net.URL+"/register", strings.NewReader(`{"client_name":"Shop","redirect_uris":["https://shop.example/cb"],"netid_purpose":"Sign in","netid_otherwise":[{"en":"Counter","zh":"柜台"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+made.Token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, m
	}
	status, m := post()
	if status != 201 || m["netid_standing"] != "suspended" || m["netid_reason"] != "review" {
		t.Fatalf("%d %v", status, m)
	}
	if status, m := post(); status != 401 || m["error_description"] != "invitation_used" {
		t.Fatalf("%d %v", status, m)
	}
	id := m["client_id"].(string)
	if out, code := operate("party", "show", id, "--data", h.Data); code != 0 || !strings.Contains(out, "review") || !strings.Contains(out, "Counter / 柜台") {
		t.Fatalf("%d %s", code, out)
	}
	approve := func(by string, more ...string) (string, int) {
		args := []string{"party", "approve", id, "--data", h.Data}
		if by != "" {
			args = append(args, "--key", filepath.Join(h.Data, by+".key"))
		}
		return operate(append(args, more...)...)
	}
	out, code = approve("")
	_, digest, _ := strings.Cut(out, "--record ")
	digest, _, _ = strings.Cut(digest, " ")
	if code != 0 || len(digest) != 64 || !strings.Contains(out, "+ name.en: Shop\n") || !strings.Contains(out, "+ redirect_uris[]: https://shop.example/cb") {
		t.Fatalf("%d %s", code, out)
	}
	for _, c := range []struct{ by, record, want string }{
		{"", digest, "whose approval?"},
		{"li", strings.Repeat("0", 64), "is registered otherwise than what you read"},
		{"li", digest, "domain_unproven: https://HOST/.well-known/netid-party.txt"},
	} {
		if out, code := approve(c.by, "--record", c.record); code != 1 || !strings.Contains(out, c.want) {
			t.Fatalf("%+v: %d %s", c, code, out)
		}
	}
	h.admit.Fetch = func(_ context.Context, address string) ([]byte, error) {
		if address != "https://shop.example/.well-known/netid-party.txt" {
			t.Errorf("asks at %s", address)
		}
		return []byte(id + "\n"), nil
	}
	for _, c := range []struct {
		do   func() (string, int)
		code int
		want string
	}{
		{func() (string, int) { return approve("li", "--record", digest) }, 0, "proposed by       li ("},
		{func() (string, int) { return approve("li", "--record", digest) }, 1, "endorsed_already: this operator"},
		{func() (string, int) { return operate("party", "resume", id, "--data", h.Data) }, 1, "two_required"},
		{func() (string, int) {
			return operate("party", "reject", id, "--data", h.Data, "--reason", "no licence")
		}, 0, "no licence"},
		{func() (string, int) { return approve("wang", "--record", digest) }, 0, "proposed by       wang ("},
		{func() (string, int) { return approve("") }, 0, "endorsed by wang"},
		{func() (string, int) { return approve("li", "--record", digest) }, 0, "approved by       li ("},
		{func() (string, int) { return operate("party", "resume", id, "--data", h.Data) }, 1, "two_required"},
		{func() (string, int) { // as two decide it at the console
			p, err := h.admit.Resume(t.Context(), identity.PartyID(id), false)
			return string(p.Standing), map[bool]int{true: 1}[err != nil]
		}, 0, "active"},
		{func() (string, int) { return operate("party", "show", id, "--data", h.Data) }, 0, "proposed by       wang ("},
	} {
		if out, code := c.do(); code != c.code || !strings.Contains(out, c.want) {
			t.Fatalf("%s: %d %s", c.want, code, out)
		}
	}
}

// What changed is shown line by line, and nothing of a record is left out or can
// move the cursor of who reads it.
func TestM09AnOperatorSeesWhatChanges(t *testing.T) {
	var out bytes.Buffer
	if err := compare(&out, `{"name":{"en":"Shop"},"uris":["a","b"],"days":7}`, `{"name":{"en":"Ministry\u001b[2K"},"uris":["b","c"],"days":7}`); err != nil {
		t.Fatal(err)
	}
	if want := "- name.en: Shop\n- uris[]: a\n  days: 7\n+ name.en: Ministry?[2K\n  uris[]: b\n+ uris[]: c\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
	if compare(&out, "", "x") == nil {
		t.Error("no record")
	}
}

// The door of a served one has every room that the network's has: none of its addresses
// falls over what nobody wired, so that whoever has to stop issuance at night can.
func TestTheServedDoorHasEveryRoom(t *testing.T) {
	h := built(t, false)
	door, err := h.openOperatorDoor()
	if err != nil {
		t.Fatal(err)
	}
	defer door.Listener.Close()
	knocked := 0
	for _, pattern := range h.routes {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.HasPrefix(path, "/admin/") {
			continue
		}
		for _, p := range []string{"id", "ref", "officer", "scope"} {
			path = strings.ReplaceAll(path, "{"+p+"}", "none")
		}
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%s: %v", pattern, p)
				}
			}()
			r, w := httptest.NewRequest(method, path, strings.NewReader("{}")), httptest.NewRecorder()
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+sandboxToken)
			door.Handler.ServeHTTP(w, r)
			if knocked++; w.Header().Get("Content-Type") != "application/json" && w.Code != http.StatusNoContent {
				t.Errorf("%s: %d %s", pattern, w.Code, w.Body)
			}
		}()
	}
	if knocked < 40 {
		t.Errorf("%d addresses", knocked)
	}
}
