package persona_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"netid/client"
	"netid/internal/tool/persona"
)

func options(t *testing.T, f *fake) persona.Options {
	return persona.Options{Server: f.URL, Persona: "adult", Wallets: t.TempDir()}
}

func TestApproveEnrolsOnceAndAnswersTheParty(t *testing.T) {
	for _, mode := range []string{"urn:netid:acr:cert", "urn:netid:acr:cert-pwd", "urn:netid:acr:cert-face", "urn:netid:acr:cert-pwd-face"} {
		t.Run(mode, func(t *testing.T) {
			f := newFake(t)
			f.mode = mode
			o := options(t, f)
			for range 2 {
				final, err := persona.Approve(t.Context(), o, f.requestURL())
				if err != nil || final != f.party+"?code=c1&state=s1" {
					t.Fatalf("got %q, %v", final, err)
				}
			}
			if f.enrolled != 1 || f.signedIn != 2 || len(f.verdicts) != 2 {
				t.Errorf("enrolled %d times, signed in %d, approved %d", f.enrolled, f.signedIn, len(f.verdicts))
			}
			if !f.verdicts[0].Items[1].Given {
				t.Error("the optional item was asked, not withheld, and yet not given")
			}
		})
	}
}

func TestWhereNoFaceStepIsServedItsTwinIs(t *testing.T) {
	f := newFake(t)
	f.faceless, f.mode = true, "urn:netid:acr:cert-face"
	if final, err := persona.Approve(t.Context(), options(t, f), f.requestURL()); err != nil || !strings.Contains(final, "code=c1") {
		t.Errorf("got %q, %v", final, err)
	}
}

func TestWhereAPageComparesFacesItsTwinIs(t *testing.T) {
	f := newFake(t)
	f.compares = true
	if final, err := persona.Approve(t.Context(), options(t, f), f.requestURL()); err != nil || !strings.Contains(final, "code=c1") {
		t.Errorf("got %q, %v", final, err)
	}
}

func TestASandboxThatWasResetIsEnrolledAtAgain(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	for range 2 {
		if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil {
			t.Fatal(err)
		}
		f.reset()
	}
	if f.enrolled != 2 {
		t.Errorf("enrolled %d times", f.enrolled)
	}
	if net := show(t, o)["net_number"]; net != "" {
		t.Errorf("show gives the net number %s of a sandbox that is no more", net)
	}
}

func TestManyCommandsAtOnceEnrolOnce(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f.enrolled != 1 || len(f.verdicts) != 8 {
		t.Errorf("enrolled %d times, approved %d", f.enrolled, len(f.verdicts))
	}
}

func TestWithhold(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	o.Withhold = []string{"age_over_18"}
	if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil {
		t.Fatal(err)
	}
	if f.verdicts[0].Items[1].Given {
		t.Error("given all the same")
	}
	for _, never := range []string{"result", "age_over_60"} {
		o.Withhold = []string{never}
		if final, err := persona.Approve(t.Context(), o, f.requestURL()); err == nil || final != "" {
			t.Errorf("%s cannot be withheld, but: %q, %v", never, final, err)
		}
	}
}

// Plain text is told item by item, and only what the developer named.
func TestTell(t *testing.T) {
	f := newFake(t)
	f.plain = []client.Item{{Name: "name", Optional: true, Basis: "A law", Days: 30}, {Name: "match_birthdate", Optional: true, Basis: "A law", Days: 30}}
	o := options(t, f)
	for n, tell := range [][]string{nil, {"name"}, {"match_birthdate", "name"}} {
		o.Tell = tell
		if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil {
			t.Fatal(err)
		}
		for _, i := range f.verdicts[n].Items[2:] {
			if i.Given != slices.Contains(tell, i.Name) {
				t.Errorf("%v: %+v", tell, i)
			}
		}
	}
	o.Tell = []string{"phone_number"}
	if final, err := persona.Approve(t.Context(), o, f.requestURL()); err == nil || final != "" {
		t.Errorf("told what nobody asked: %q, %v", final, err)
	}
}

func TestDecline(t *testing.T) {
	f := newFake(t)
	final, err := persona.Decline(t.Context(), options(t, f), f.requestURL())
	if err != nil || final != f.party+"?error=access_denied" {
		t.Errorf("got %q, %v", final, err)
	}
	if f.signedIn != 1 {
		t.Error("declined without signing in: the citizen would not find it in their records")
	}
}

func TestTheServerSaysNo(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(*fake, *persona.Options)
		final  bool
		reason string
	}{
		{"an error page", func(f *fake, _ *persona.Options) { f.problem = "redirect_uri_unregistered" }, false, "redirect_uri_unregistered: Not so."},
		{"an error at once", func(f *fake, _ *persona.Options) { f.error = "invalid_scope" }, true, "invalid_scope: because (the citizen was never asked)"},
		{"a wrong passcode", func(_ *fake, o *persona.Options) { o.Passcode = "44444444" }, false, "passcode_wrong"},
		{"words that are not a statement's", func(f *fake, _ *persona.Options) {
			f.forge = func(l []string) []string { l[1] += " And transfer my house."; l[0] = "Peach Shop asks."; return l }
		}, false, "no statement that may be signed"},
		{"a choice that hides another sentence", func(f *fake, _ *persona.Options) {
			f.forge = func(l []string) []string { return slices.Insert(l, 3, "They learn your name.") }
		}, false, "no statement that may be signed"},
		{"a line too many", func(f *fake, _ *persona.Options) {
			f.forge = func(l []string) []string { return append(l, "They learn your name.") }
		}, false, "no statement that may be signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t)
			o := options(t, f)
			c.set(f, &o)
			final, err := persona.Approve(t.Context(), o, f.requestURL())
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("wanted %q, got %v", c.reason, err)
			}
			if c.final != strings.HasPrefix(final, f.party) || len(f.verdicts) != 0 {
				t.Errorf("final %q, approved %d", final, len(f.verdicts))
			}
		})
	}
}

func TestADeclineThatNeverWasOneIsAnError(t *testing.T) {
	f := newFake(t)
	f.error = "access_denied"
	final, err := persona.Decline(t.Context(), options(t, f), f.requestURL())
	var answered *persona.Answered
	if !errors.As(err, &answered) || answered.Asked || final == "" {
		t.Errorf("got %q, %v", final, err)
	}
}

func TestWhatIsRefusedBeforeAnything(t *testing.T) {
	f := newFake(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, c := range []struct {
		name, reason string
		o            persona.Options
		url          string
	}{
		{"no sandbox", "is not a sandbox", persona.Options{Server: plain.URL, Persona: "adult"}, plain.URL + "/authorize"},
		{"nobody there", "netid sandbox", persona.Options{Server: "http://127.0.0.1:1", Persona: "adult"}, "http://127.0.0.1:1/authorize"},
		{"no address", "is no server's address", persona.Options{Server: "localhost:7080", Persona: "adult"}, ""},
		{"an unknown persona", "no persona", persona.Options{Server: f.URL, Persona: "ghost"}, f.requestURL()},
		{"a path for a name", "no persona", persona.Options{Server: f.URL, Persona: "../adult"}, f.requestURL()},
		{"another origin", "the only server", persona.Options{Server: f.URL, Persona: "adult"}, "http://127.0.0.1:1/authorize"},
		{"another scheme", "the only server", persona.Options{Server: f.URL, Persona: "adult"}, "https" + strings.TrimPrefix(f.requestURL(), "http")},
		{"a name and password in the address", "the only server", persona.Options{Server: f.URL, Persona: "adult"}, strings.Replace(f.requestURL(), "http://", "http://a:b@", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Wallets = t.TempDir()
			if _, err := persona.Approve(t.Context(), c.o, c.url); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("wanted %q, got %v", c.reason, err)
			}
		})
	}
	if f.enrolled != 0 {
		t.Error("somebody enrolled on the way")
	}
}

func show(t *testing.T, o persona.Options) map[string]string {
	t.Helper()
	var out bytes.Buffer
	if err := persona.Show(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		t.Fatalf("show is not flat JSON: %v\n%s", err, out.String())
	}
	return m
}

func TestShowAndList(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	want := map[string]string{"name": "Zhang Test", "document_kind": "resident-id-card", "document_number": "990101199005170011",
		"phone": "10000000001", "birth_date": "1990-05-17"}
	got := show(t, o)
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %q, wanted %q", k, got[k], v)
		}
	}
	if _, there := got["net_number"]; there {
		t.Error("a net number before enrolment")
	}
	if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil {
		t.Fatal(err)
	}
	if got := show(t, o); got["net_number"] != "2345678923456789" || got["state"] != "active" {
		t.Errorf("net number %q, %q", got["net_number"], got["state"])
	}
	var list bytes.Buffer
	if err := persona.List(t.Context(), o, &list); err != nil || list.String() != "adult\noverseas\n" {
		t.Errorf("list: %q, %v", list.String(), err)
	}
}

func TestEraseForgetsTheWallet(t *testing.T) {
	f := newFake(t)
	o := options(t, f)
	var out bytes.Buffer
	if err := persona.Erase(t.Context(), o, &out); err == nil {
		t.Error("erased somebody who never enrolled")
	}
	if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil {
		t.Fatal(err)
	}
	if err := persona.Erase(t.Context(), o, &out); err != nil || out.String() != `{"receipt":"r1","leaf":"7","text":"You are erased","held":"logs 2 2027-06-01, proofs 1 2029-12-01"}`+"\n" {
		t.Fatalf("%q, %v", out.String(), err)
	}
	if files := wallets(t, o.Wallets); len(files) != 0 || len(f.devices) != 0 {
		t.Errorf("left over: %v, %v", files, f.devices)
	}
	if _, err := persona.Approve(t.Context(), o, f.requestURL()); err != nil || f.enrolled != 2 {
		t.Errorf("enrolled %d times, %v", f.enrolled, err)
	}
	f.reset()
	if err := persona.Erase(t.Context(), o, &out); err == nil || len(wallets(t, o.Wallets)) != 0 {
		t.Errorf("the wallet of a sandbox that was reset stays: %v", err)
	}
}

func wallets(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWalletFiles(t *testing.T) {
	f, g := newFake(t), newFake(t)
	o := options(t, f)
	p := o
	p.Server = g.URL
	for _, at := range []struct {
		o   persona.Options
		url string
	}{{o, f.requestURL()}, {p, g.requestURL()}} {
		if _, err := persona.Approve(t.Context(), at.o, at.url); err != nil {
			t.Fatal(err)
		}
	}
	files := wallets(t, o.Wallets)
	if len(files) != 2 {
		t.Fatalf("two servers share a wallet: %v", files)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[1], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := persona.Approve(t.Context(), o, f.requestURL()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged wallet: %v", err)
	}
}

func TestWhoWaitsForALockCanGiveUp(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := persona.Approve(ctx, options(t, f), f.requestURL()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
