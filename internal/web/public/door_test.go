package public_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/admit"
	"netid/internal/act/tally"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/web/public"
	"netid/internal/web/shell"
	"netid/test/kit"
)

// world is the real acts behind the door.
func world(t *testing.T) (*kit.Kit, http.Handler) {
	t.Helper()
	k, mux := kit.New(t, law.New()), http.NewServeMux()
	frame := shell.New(shell.Config{Issuer: kit.Issuer, Reasons: law.Reasons()})
	public.New(public.Config{Shell: frame, Issuer: kit.Issuer, Figures: k.Tally, Ledger: k.Look, Register: k.Admit, Now: k.Now}).Serve(mux)
	return k, mux
}

func get(h http.Handler, path, locale string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", kit.Issuer+path, nil)
	r.Header.Set("Accept-Language", locale)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func admits(t *testing.T, k *kit.Kit, id string, how func(*admit.Application)) {
	t.Helper()
	in := admit.Application{ID: id, Name: "Town library", NameZH: "市图书馆", RedirectURIs: []string{"https://library.example/cb"}, Purpose: "Lend books", PurposeZH: "借书",
		AgeMarks: map[string]string{"over14": "a law on children"}, Bases: map[string]string{"name": "a law on libraries"}, KeepDays: 30, Unsealed: true,
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}, {Text: identity.Text{ZH: "网上表格", EN: "A form"}, URL: "https://library.example/form"}}, Sandbox: true}
	if how != nil {
		how(&in)
	}
	_, _, err := k.Admit.Register(context.Background(), in)
	must(t, err)
}

// happened is a month of a service, and some days of the next.
func happened(t *testing.T, k *kit.Kit) {
	t.Helper()
	for range 37 {
		k.Tally.Happened(identity.Event{Kind: identity.Verified, Party: "library", Given: []string{"result", "name=plaintext"}})
		k.Tally.Took(time.Millisecond)
	}
	for range 4 {
		k.Tally.Happened(identity.Event{Kind: identity.Declined})
	}
	k.Tally.Refused("plaintext_not_allowed")
	must(t, k.Tally.Keep(context.Background()))
	k.Advance(10 * 24 * time.Hour)
	must(t, k.Tally.Publish(context.Background()))
	k.Tally.Happened(identity.Event{Kind: identity.Restored})
	k.Tally.Happened(identity.Event{Kind: identity.Enrolled})
	must(t, k.Tally.Keep(context.Background()))
}

// The page says what was published, in both languages, to whoever asks.
func TestThePage(t *testing.T) {
	k, h := world(t)
	admits(t, k, "library", nil)
	if w := get(h, "/transparency", "en"); w.Code != 200 || !strings.Contains(w.Body.String(), "first whole month") {
		t.Fatalf("before the first month: %d %s", w.Code, w.Body)
	}
	k.Advance(time.Minute)
	happened(t, k)
	for locale, wants := range map[string][]string{
		"en":    {"Month 11 of 2026", "30 to 39", "at least 30", "fewer than 10", "a law on libraries", "half of them within a second", "two officers with keys of their own", "The service is free", "Incidents: put back", "Has each plaintext item"},
		"zh-CN": {"2026 年 11 月", "30 至 39", "至少 30", "少于 10", "a law on libraries", "一秒", "两名经办人用各自的密钥批准", "不收费", "事件"},
	} {
		w := get(h, "/transparency", locale)
		body := w.Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q", locale, want)
			}
		}
		for _, never := range []string{"<script", ">37<", "ZgotmplZ", "<no value>", ">figures."} {
			if strings.Contains(body, never) {
				t.Errorf("%s: %q", locale, never)
			}
		}
		if w.Code != 200 || !strings.Contains(body, `lang="`+locale+`"`) {
			t.Errorf("%s: %d", locale, w.Code)
		}
	}
}

// What is published is proven by the program that knows nothing of ours; the
// month that runs says nothing of people.
func TestTheSameAsJSON(t *testing.T) {
	k, h := world(t)
	admits(t, k, "library", nil)
	happened(t, k)
	w := get(h, "/transparency.json", "en")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || !strings.HasPrefix(w.Header().Get("Cache-Control"), "public, max-age=") || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	var said struct {
		Free    bool
		Running tally.Month
		Months  []struct {
			tally.Month
			Proof struct {
				Event, Salt []byte
				Index, Size uint64
				Path        [][]byte
				Head        string
			}
		}
	}
	must(t, json.Unmarshal(w.Body.Bytes(), &said))
	if len(said.Months) != 1 || !said.Free {
		t.Fatalf("%s", w.Body)
	}
	key := k.Keeper.VerifierKey()
	p := said.Months[0].Proof
	must(t, client.CheckEvent(p.Event, p.Salt, p.Index, p.Size, p.Path, []byte(p.Head), key))
	p.Event[len(p.Event)/2] ^= 1
	if client.CheckEvent(p.Event, p.Salt, p.Index, p.Size, p.Path, []byte(p.Head), key) == nil {
		t.Error("another figure passes")
	}
	p.Event[len(p.Event)/2] ^= 1
	var event struct{ Detail string }
	must(t, json.Unmarshal(p.Event, &event))
	shown, err := json.Marshal(said.Months[0].Month)
	must(t, err)
	if string(shown) != event.Detail {
		t.Errorf("shown %s\nsaid %s", shown, event.Detail)
	}
	for _, l := range said.Running.Lines {
		if !l.Exact {
			t.Errorf("of people, in the month that runs: %+v", l)
		}
	}
}

// The register says what a party declared, and of the operator's people nothing.
func TestTheRegister(t *testing.T) {
	k, h := world(t)
	ctx := context.Background()
	admits(t, k, "library", nil)
	admits(t, k, "stopped", nil)
	admits(t, k, "gone", nil)
	_, err := k.Admit.Suspend(ctx, "stopped", "clerk Wang found it asks for names")
	must(t, err)
	_, err = k.Admit.Remove(ctx, "gone", "clerk Li")
	must(t, err)
	for _, path := range []string{"/parties", "/parties.json", "/parties/library", "/parties/stopped", "/parties/gone"} {
		w := get(h, path, "en")
		body := w.Body.String()
		if w.Code != 200 || strings.Contains(body, "clerk") || strings.Contains(body, "secret") || strings.Contains(body, "/cb") {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
		for _, want := range map[string][]string{"/parties": {"data-state=\"active\"", "data-state=\"suspended\"", "data-state=\"removed\"", "a law on libraries", "a law on children", "The desk", "https://library.example/form", "30 days", "23 November 2026"},
			"/parties.json":    {`"state": "suspended"`, `"stood": "2026-11-23`, `"url": "https://library.example/form"`},
			"/parties/library": {"Lend books", "/trust/parties/library"}, "/parties/stopped": {"(since 23 November 2026)"}, "/parties/gone": {"removed"}}[path] {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in %s", path, want, body)
			}
		}
	}
	if w := get(h, "/parties/library", "zh-CN"); !strings.Contains(w.Body.String(), "借书") || !strings.Contains(w.Body.String(), "服务台") {
		t.Errorf("%s", w.Body)
	}
	for path, code := range map[string]int{"/parties/nobody": 404, "/parties/..%2f": 404, "/parties/%00": 404} {
		if w := get(h, path, "en"); w.Code != code {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// What waits for the operators is in force for nobody, and nothing of it is said.
func TestAWaitingDeclarationIsNotShown(t *testing.T) {
	k, h := world(t)
	admits(t, k, "library", nil)
	p, err := k.Store.Party(context.Background(), "library")
	must(t, err)
	p.Standing, p.Reason, p.Version = identity.PartySuspended, identity.PartyReview, p.Version+1
	_, err = ledger.NewBook(k.Store, nil, k.Now).RecordPublic(context.Background(), identity.Event{Kind: identity.PartyHalted, Grounds: []identity.Ground{}}, identity.AmendParty{Party: p, From: p.Version - 1})
	must(t, err)
	w := get(h, "/parties/library", "en")
	if strings.Contains(w.Body.String(), "Lend books") || !strings.Contains(w.Body.String(), "waits for approval") {
		t.Errorf("%s", w.Body)
	}
}

// Whoever asks often is given what was read already.
func TestAskedOften(t *testing.T) {
	k, h := world(t)
	happened(t, k)
	get(h, "/transparency.json", "en")
	before := k.Store.Reads()
	for range 50 {
		get(h, "/transparency.json", "en")
	}
	if n := k.Store.Reads() - before; n != 0 {
		t.Errorf("%d reads", n)
	}
}

// Whoever asks first and goes away takes nobody's answer along.
func TestAnAnswerForAllOutlivesWhoAsked(t *testing.T) {
	k, h := world(t)
	admits(t, k, "library", nil)
	k.Advance(time.Minute)
	happened(t, k)
	gone, leave := context.WithCancel(context.Background())
	leave()
	for _, path := range []string{"/transparency.json", "/parties.json"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", kit.Issuer+path, nil).WithContext(gone))
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
