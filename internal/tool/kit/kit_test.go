package kit_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/demo/shop"
	"netid/internal/tool/kit"
)

// serve starts a handler that is made when its address is known.
func serve(t *testing.T, make func(url string) http.Handler) string {
	t.Helper()
	var h http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	h = make(s.URL)
	return s.URL
}

func tryOut(t *testing.T, c kit.Config, app func(issuer string) (base string)) kit.Report {
	t.Helper()
	var k *kit.Kit
	serve(t, func(issuer string) http.Handler {
		base := app(issuer)
		c.Issuer, c.Start, c.SignedIn = issuer, base+c.Start, base+c.SignedIn
		for _, at := range []*string{&c.Logout, &c.Erasure} {
			if *at != "" {
				*at = base + *at
			}
		}
		var err error
		if k, err = kit.New(c); err != nil {
			t.Error(err)
		}
		return k
	})
	r, err := k.Run(context.Background())
	if err != nil {
		t.Error(err)
	}
	return r
}

func failed(r kit.Report) (ids []string) {
	for _, c := range r.Checks {
		if c.Outcome == kit.Failed || c.Outcome == kit.Advised {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func runCareless(t *testing.T, flaw string) kit.Report {
	return tryOut(t, kit.Config{ClientID: "app", ClientSecret: "a secret", Start: "/login", SignedIn: "/me", Logout: "/backchannel", Erasure: "/erasure", Silence: 8 * time.Second}, func(issuer string) string {
		return serve(t, func(base string) http.Handler {
			return &careless{flaw: flaw, issuer: issuer, secret: "a secret", base: base, waiting: map[string]map[string]string{}, in: map[string][2]string{}}
		})
	})
}

// TestEveryFlawIsCaught: a client without flaws passes all; with one, that check
// fails and no other.
func TestEveryFlawIsCaught(t *testing.T) {
	t.Parallel()
	r := runCareless(t, "")
	if f := failed(r); f != nil || !r.Passed() {
		for _, c := range r.Checks {
			t.Log(c)
		}
		t.Fatalf("a careful client fails %v", f)
	}
	for _, c := range r.Checks {
		if c.Outcome == kit.Skipped {
			t.Errorf("%s was skipped: %s", c.ID, c.Why)
		}
	}
	also := map[string][]string{ // what one flaw cannot help but show
		"accept-first":  nil,
		"erasure-taken": {"erasure-answered"},
		"key-foreign":   {"erasure-foreign", "logout-foreign"}, // each is signed under the known name
		"key-rotated":   {"accept-last", "key-retired"},        // who knows only the old key takes what it signed
	}
	// Each waits two seconds for what never answers: they wait together.
	var all sync.WaitGroup
	room := make(chan struct{}, 16)
	for _, c := range kit.Checks() {
		if c.ID == "accept-last" { // as accept-first, and caught with key-rotated
			continue
		}
		all.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			got := failed(runCareless(t, c.ID))
			want := append([]string{c.ID}, also[c.ID]...)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s is caught by %v", c.ID, got)
			}
		})
	}
	all.Wait()
}

// TestTheShopPasses: the demonstration shop, through coreos/go-oidc.
func TestTheShopPasses(t *testing.T) {
	t.Parallel()
	r := tryOut(t, kit.Config{ClientID: "shop", ClientSecret: "the secret/", Start: "/signin", Post: true, SignedIn: "/account", Logout: "/backchannel", Erasure: "/erasure"}, func(issuer string) string {
		return serve(t, func(base string) http.Handler {
			return shop.New(shop.Config{Issuer: issuer, ClientID: "shop", ClientSecret: "the secret/", BaseURL: base})
		})
	})
	for _, c := range r.Checks {
		if c.Outcome == kit.Failed || c.Outcome == kit.Advised {
			t.Errorf("%s: %s", c.ID, c.Why)
		}
	}
	if !r.Passed() {
		t.Error("not passed")
	}
}

func TestChecksSayWhatTheyDo(t *testing.T) {
	all := kit.Checks()
	if len(all) < 30 {
		t.Errorf("%d checks", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		en, zh := c.Must()
		if c.ID == "" || c.Source == "" || c.EN == "" || c.ZH == "" || en == "" || zh == "" || seen[c.ID] || strings.ContainsAny(c.EN, "。，") {
			t.Errorf("%+v", c)
		}
		seen[c.ID] = true
	}
}

// TestNothingIsPassedUntried: an application that refuses everything passes nothing.
func TestNothingIsPassedUntried(t *testing.T) {
	r := runCareless(t, "accept-first")
	for _, c := range r.Checks[1:] {
		if c.Outcome != kit.Skipped || c.Why == "" {
			t.Errorf("%+v", c)
		}
	}
	if r.Passed() || (kit.Report{}).Passed() {
		t.Error("passed")
	}
}

// TestAdviceFailsNobody: what the standard leaves open is told and no more.
func TestAdviceFailsNobody(t *testing.T) {
	t.Parallel()
	for flaw, passes := range map[string]bool{"at-hash": true, "token-iat-future": true, "token-aud": false} {
		if r := runCareless(t, flaw); r.Passed() != passes || len(failed(r)) != 1 {
			t.Errorf("%s: %v", flaw, failed(r))
		}
	}
}

// TestALateKeyIsWaitedFor: a library that asks for keys seldom passes within the patience, and not without.
func TestALateKeyIsWaitedFor(t *testing.T) {
	t.Parallel()
	for patience, want := range map[time.Duration]int{0: 2, 2 * time.Second: 0} {
		r := tryOut(t, kit.Config{ClientID: "app", ClientSecret: "a secret", Start: "/login", SignedIn: "/me", Patience: patience}, func(issuer string) string {
			return serve(t, func(base string) http.Handler {
				return &careless{seldom: time.Second, issuer: issuer, secret: "a secret", base: base, waiting: map[string]map[string]string{}, in: map[string][2]string{}}
			})
		})
		got := 0
		for _, id := range failed(r) {
			if id == "key-rotated" || id == "accept-last" {
				got++
			}
		}
		if got != want {
			t.Errorf("patience %v: %v", patience, failed(r))
		}
	}
}

func TestDigestShowsAChange(t *testing.T) {
	t.Parallel()
	r := runCareless(t, "")
	if s, err := r.Sum(); err != nil || s != r.Digest {
		t.Errorf("%s %v", s, err)
	}
	r.Checks[3].Outcome = kit.Failed
	if s, _ := r.Sum(); s == r.Digest {
		t.Error("a changed report has the same digest")
	}
}

func TestAbsentApplication(t *testing.T) {
	k, err := kit.New(kit.Config{Issuer: "http://127.0.0.1:1", Start: "http://127.0.0.1:1/", SignedIn: "http://127.0.0.1:1/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Run(context.Background()); !errors.Is(err, kit.ErrAbsent) {
		t.Error(err)
	}
}
