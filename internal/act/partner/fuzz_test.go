package partner_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"netid/internal/act/partner"
)

// A name that is taken for a host's is the whole host of the address that is asked.
func FuzzHostname(f *testing.F) {
	for _, s := range []string{"company.example", "a@b.example", "b.example:1", "b.example/", "b.example#", "127.0.0.1", "xn--fiq228c.example", "%2e.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !partner.Hostname(s) {
			return
		}
		u, err := url.Parse("https://" + s + "/.well-known/x")
		if err != nil || u.Host != s || u.Hostname() != s || u.User != nil || u.Path != "/.well-known/x" || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q is %+v %v", s, u, err)
		}
	})
}

// A document names an organisation only by a line that is nothing else.
func FuzzNames(f *testing.F) {
	f.Add([]byte("org-1\n"), "org-1")
	f.Add([]byte("x org-1\r\norg-12"), "org-1")
	f.Add([]byte("\n\n"), "")
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		if partner.Names(body, partner.ID(id)) && !strings.ContainsAny(id, "\r\n") && (id == "" || !strings.Contains("\n"+strings.ReplaceAll(string(body), "\r", "\n")+"\n", "\n"+id+"\n")) {
			t.Fatalf("%q names %q", body, id)
		}
	})
}

// What a company says of itself is one line that hides nothing.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"示例科技有限公司", "a\nb", "a\u202eb", " a", "a\u200bb", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if partner.Plain(s, 40) && (!utf8.ValidString(s) || utf8.RuneCountInString(s) > 40 || strings.ContainsAny(s, "\n\r\t\u202e\u200b\u2066\x00")) {
			t.Fatalf("%q", s)
		}
	})
}
