package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"netid/client"
)

// looked is a vector of the client's, with the files that a reader of it has.
type looked struct {
	Name, Text, Audience, Nonce, Form, Verdict string
	Bytes                                      []byte
	Without, Lists, Open                       []string
	At                                         *time.Time
	Facts                                      []client.Fact
}

type vectorsOf struct {
	Now                   time.Time
	Issuer, Roots, Ledger string
	Keys, KeysSM          json.RawMessage
	Cases                 []looked
}

func vectorsFor(t *testing.T) (v vectorsOf, flags func(looked) []string) {
	t.Helper()
	b, err := os.ReadFile("../../client/testdata/vectors/verify.json")
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keep := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	all := map[string][2]string{"roots": {"--trust", keep("roots.pem", v.Roots)}, "keys": {"--jwks", keep("jwks", string(v.Keys))}, "keysSM": {"--jwks-sm", keep("jwks-sm", string(v.KeysSM))},
		"ledger": {"--ledger", v.Ledger}, "issuer": {"--issuer", v.Issuer}}
	return v, func(c looked) []string {
		at := v.Now
		if c.At != nil {
			at = *c.At
		}
		args := []string{"--at", at.Format(time.RFC3339)}
		for name, flag := range all {
			without := false
			for _, w := range c.Without {
				without = without || w == name
			}
			if !without {
				args = append(args, flag[0], flag[1])
			}
		}
		for _, list := range c.Lists {
			args = append(args, "--status", keep("list", list))
		}
		if c.Audience != "" {
			args = append(args, "--audience", c.Audience)
		}
		if c.Nonce != "" {
			args = append(args, "--nonce", c.Nonce)
		}
		return args
	}
}

func verified(t *testing.T, text []byte, args ...string) (code int, out, errs string) {
	t.Helper()
	var said, failed bytes.Buffer
	code = run(t.Context(), append([]string{"verify", "-"}, args...), bytes.NewReader(text), &said, &failed)
	return code, said.String(), failed.String()
}

// A vector of every form, verdict and what is open in it ends with the status and
// the facts that it must, in both languages, and says that nothing is proven which is not. The client's test reads them all.
func TestVerify(t *testing.T) {
	v, flags := vectorsFor(t)
	unsaid := regexp.MustCompile(`verify\.[a-z]|\{[0-9]\}`)
	seen := map[string]bool{}
	for _, c := range v.Cases {
		kind := fmt.Sprint(c.Form, c.Verdict, c.Open)
		if seen[kind] {
			continue
		}
		seen[kind] = true
		text := append([]byte(c.Text), c.Bytes...)
		want := map[string]int{"proven": 0, "not_proven": 1, "not_checked": 1}[c.Verdict]
		args := flags(c)
		code, out, errs := verified(t, text, append(args, "--json")...)
		var got struct {
			Form, Verdict, Why string
			Proven             []client.Fact
			Open               []string `json:"not_checked"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != want || errs != "" || got.Form != c.Form || got.Verdict != c.Verdict || len(got.Proven) != len(c.Facts) || len(got.Open) != len(c.Open) || (got.Why == "") != (code == 0) {
			t.Errorf("%s: %d\n%s%s%v", c.Name, code, out, errs, err)
		}
		for lang, word := range map[string]string{"en": "Proven:", "zh_CN.UTF-8": "已证实"} {
			code, out, errs := verified(t, text, append(args, "--lang", lang)...)
			if code != want || errs != "" || strings.Contains(out, word) != (code == 0) || unsaid.MatchString(out) {
				t.Errorf("%s: %d\n%s%s", c.Name, code, out, errs)
			}
			if lang == "en" && c.Facts == nil && strings.IndexFunc(out, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
				t.Errorf("%s: %s", c.Name, out)
			}
		}
	}
}

func TestVerifyIsMisused(t *testing.T) {
	v, _ := vectorsFor(t)
	dir := t.TempDir()
	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, make([]byte, 65<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"no such flag": {"--nothing"}, "no time": {"--at", "yesterday"}, "no such file": {"--jwks", filepath.Join(dir, "none")}, "a long key set": {"--jwks", long}, "no roots": {"--trust", long},
		"no ledger key": {"--ledger", filepath.Join(dir, "none")}, "no list": {"--status", filepath.Join(dir, "none")},
	} {
		if code, out, errs := verified(t, []byte(v.Cases[0].Text), args...); code != 2 || out != "" || !strings.HasPrefix(errs, "netid: ") {
			t.Errorf("%s: %d %q %q", name, code, out, errs)
		}
	}
	var said, failed bytes.Buffer
	if code := run(t.Context(), []string{"verify", filepath.Join(dir, "none")}, nil, &said, &failed); code != 2 {
		t.Errorf("no such file to look at: %d", code)
	}
	if code := run(t.Context(), []string{"verify"}, nil, &said, &failed); code != 2 {
		t.Errorf("nothing to look at: %d", code)
	}
}

// A trust list does for the roots, and a changed one does not.
func TestVerifyByATrustList(t *testing.T) {
	v, _ := vectorsFor(t)
	by := map[string]looked{}
	for _, c := range v.Cases {
		by[c.Name] = c
	}
	list := by["trust list"].Text
	for name, want := range map[string]int{list: 0, strings.Replace(list, ".", ".A", 1): 2, "": 2} {
		file := filepath.Join(t.TempDir(), "trust")
		if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := verified(t, []byte(by["presentation by its chain"].Text), "--trust", file, "--at", v.Now.Format(time.RFC3339), "--lang", "en")
		if code != want {
			t.Errorf("%d, not %d: %s%s", code, want, out, errs)
		}
	}
	// this computer's clock is said to be one
	if code, out, _ := verified(t, []byte(by["head"].Text), "--ledger", v.Ledger, "--lang", "en"); code != 0 || !strings.Contains(out, "this computer's clock") {
		t.Errorf("%d %s", code, out)
	}
}

func TestShownOnATerminal(t *testing.T) {
	if got := shown("a\x1b[2Jb\u202ec\u200b上"); got != "a\ufffd[2Jb\ufffdc\ufffd上" {
		t.Errorf("%q", got)
	}
}
