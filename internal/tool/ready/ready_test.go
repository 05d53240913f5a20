package ready_test

import (
	"errors"
	"go/format"
	"strings"
	"testing"

	"netid/internal/tool/ready"
)

func shop() ready.Application {
	return ready.Application{Issuer: "https://id.example", ClientID: "app-1", Redirect: "https://shop.example/netid/back", Key: "k-7"}
}

// Each text names what it was told, and nothing of another application stands in it.
func TestEachLibraryHasItsText(t *testing.T) {
	for _, l := range ready.Libraries() {
		b, err := ready.For(l.Name, shop())
		if err != nil {
			t.Fatal(l.Name, err)
		}
		for _, s := range []string{"https://id.example", "app-1", "k-7", "/netid/back"} {
			if !strings.Contains(string(b), s) {
				t.Errorf("%s does not name %s", l.Name, s)
			}
		}
		for _, s := range []string{"«", "»", "localhost:7080", "my-bank", "allowInsecure", "<no value>"} {
			if strings.Contains(string(b), s) {
				t.Errorf("%s holds %s", l.Name, s)
			}
		}
		if l.Name == "go" {
			if f, err := format.Source(b); err != nil || string(f) != string(b) {
				t.Errorf("not as gofmt writes it: %v", err)
			}
		}
	}
}

// A library that cannot do what the application registered gets no text that would fail.
func TestALibraryThatCannotSaysSo(t *testing.T) {
	for _, set := range []func(*ready.Application){
		func(a *ready.Application) { a.Pushes = true }, func(a *ready.Application) { a.DPoP = true }, func(a *ready.Application) { a.FAPI = true },
	} {
		a := shop()
		set(&a)
		for name, want := range map[string]error{"node": nil, "go": nil, "apache": nil, "authlib": ready.ErrStrict, "spring": ready.ErrStrict} {
			if _, err := ready.For(name, a); !errors.Is(err, want) {
				t.Errorf("%s, %+v: %v", name, a, err)
			}
		}
	}
	for name, want := range map[string]error{"nginx": ready.ErrNginx, "": ready.ErrUnknown, "../ready.go": ready.ErrUnknown} {
		if _, err := ready.For(name, shop()); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What could end a string, a line or a directive stands in no text.
func FuzzFor(f *testing.F) {
	for _, s := range []string{"https://shop.example/cb", "https://shop.example/'+evil()+'", "https://a.example/\"\nRequire all granted", "http://a.example/${x}", "https://a.example/`id`", "https://a.example/«.»", "https://a.example/%{x}", "https://a.example/a?b=c"} {
		f.Add(s, "app", "k")
	}
	f.Fuzz(func(t *testing.T, redirect, id, kid string) {
		for _, l := range ready.Libraries() {
			b, err := ready.For(l.Name, ready.Application{Issuer: "https://id.example", ClientID: id, Redirect: redirect, Key: kid})
			if err != nil {
				continue
			}
			for _, s := range []string{redirect, id, kid} {
				if strings.ContainsAny(s, "\"'`\\$%{}<>#;() \t\r\n«»") || s == "" {
					t.Fatalf("%q stands in the text for %s", s, l.Name)
				}
			}
			if l.Name == "go" {
				if _, err := format.Source(b); err != nil {
					t.Fatalf("%q %q %q: %v", redirect, id, kid, err)
				}
			}
		}
	})
}
