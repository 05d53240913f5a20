package oidc_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	oracle "github.com/go-jose/go-jose/v4"

	"netid/internal/suite"
)

// The files in testdata are conversations: each `==` begins one with a
// service of its own, each request line is followed by what differs from the
// good request, and each `=>` by what the answer must be. testdata/README says
// how to read and write them.

func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split("\n"+string(b), "\n== ")[1:] {
			title, script, _ := strings.Cut(c, "\n")
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+title, func(t *testing.T) { converse(t, script) })
		}
	}
}

// talk is one conversation under way.
type talk struct {
	t     *testing.T
	s     *service
	req   *request
	resp  *http.Response
	body  string
	words map[string]string // of the last answer: parameters or JSON members
	kept  map[string]string // of the last registration, and the last invitation
	line  string
	turns int
}

type request struct {
	method, path string
	params       url.Values
	raw          string // a body or query as it is, instead of params
	head         http.Header
	claims       map[string]any // of the assertion
	object       map[string]any // claims of the signed request
	header       map[string]any // of the signed request
	forged       bool           // the signed request is signed by a key that nobody registered
	meta         map[string]any // client metadata
	hint         map[string]any // claims of the id_token_hint
	typ          string         // of the hint
	former       bool           // the hint is signed by the former key
	proof        map[string]any // what differs from a good DPoP proof; nil: none
}

func converse(t *testing.T, script string) {
	k := &talk{t: t, s: serve(t), kept: map[string]string{}}
	for line := range strings.Lines(script) {
		k.line = strings.TrimRight(line, "\n")
		trimmed := strings.TrimSpace(k.line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case strings.HasPrefix(k.line, "=> "):
			k.send(strings.Fields(k.line[3:]))
		case strings.HasPrefix(k.line, "at "):
			d, err := time.ParseDuration(k.line[3:])
			k.must(err == nil, "duration")
			k.s.now = start.Add(d)
		case strings.HasPrefix(k.line, "the answer "):
			k.s.acts.answer(strings.Fields(k.line[len("the answer "):]))
		case k.line == "the citizen withdraws":
			k.s.acts.withdrawn = true
		case k.line == "production":
			k.s.door.Sandbox = false
		case k.line == "credentials are served":
			k.s.door.Credentials = []string{"person", "age", "age-attested"}
		case k.line == "invited":
			k.kept["invitation"] = k.s.desk.invite()
		case strings.HasPrefix(k.line, "published "):
			k.s.desk.publish(strings.Fields(k.line)[1:])
		case strings.HasPrefix(k.line, "the operator "):
			k.s.desk.operator(strings.Fields(k.line)[2], k.kept["client_id"])
		case k.line == "the citizen decides":
			clear(k.s.acts.pushed)
		case strings.HasPrefix(k.line, "the act fails "):
			k.s.acts.fail(strings.Fields(k.line[len("the act fails "):]))
		case k.line[0] != ' ':
			k.start(strings.Fields(k.line))
		case k.resp == nil:
			k.change(trimmed)
		default:
			k.expect(trimmed)
		}
	}
	if k.turns == 0 || k.req != nil {
		t.Fatal("a conversation must end with an answer")
	}
}

func (k *talk) must(ok bool, format string, args ...any) {
	k.t.Helper()
	if !ok {
		k.t.Fatalf("%q: %s\n%s", k.line, fmt.Sprintf(format, args...), k.dump())
	}
}

func (k *talk) dump() string {
	if k.resp == nil {
		return ""
	}
	return fmt.Sprintf("%s %v\n%s", k.resp.Status, k.resp.Header, k.body)
}

// start reads "POST /token good by shop": a method, a path, and whether to
// begin with what makes a good request there, as whom, and whether it is signed.
func (k *talk) start(words []string) {
	k.must(len(words) >= 2, "a request line")
	k.req, k.resp = &request{method: words[0], path: k.value(words[1]), params: url.Values{}, head: http.Header{}}, nil
	rest := words[2:]
	if len(rest) > 0 && rest[0] == "good" {
		k.s.good(k.req)
		rest = rest[1:]
	}
	if len(rest) >= 2 && rest[0] == "by" {
		k.s.as(k.req, rest[1])
		rest = rest[2:]
	}
	if len(rest) == 2 && rest[0] == "signed" {
		k.s.signed(k.req, rest[1])
	}
}

// change reads "name = value", "- name", "+ name = value" (a second time),
// "Header: value", "raw = body", "claim name = JSON".
func (k *talk) change(s string) {
	if name, ok := strings.CutPrefix(s, "- "); ok {
		within, inside := strings.CutPrefix(name, "in ")
		if inside {
			k.must(k.req.object[within] != nil, "nothing to leave out")
			delete(k.req.object, within)
			return
		}
		k.must(k.req.params.Has(name) || k.req.claims[name] != nil, "nothing to leave out")
		k.req.params.Del(name)
		delete(k.req.claims, name)
		return
	}
	if name, v, is := strings.Cut(s, " ="); is && strings.HasPrefix(name, "member ") {
		k.member(strings.TrimPrefix(name, "member "), strings.TrimSpace(v))
		return
	}
	if s == "former" {
		k.req.former, k.s.signers = true, append(k.s.signers, newSigner(k.t))
		return
	}
	if typ, ok := strings.CutPrefix(s, "hint of type "); ok {
		k.req.typ = typ
		return
	}
	if s == "forged" {
		k.req.forged = true
		return
	}
	if k.req.proof == nil && strings.HasPrefix(s, "proof") {
		k.req.proof = map[string]any{}
	}
	if s == "proof" {
		return
	}
	name, v, ok := strings.Cut(s, " = ")
	if !ok {
		name, v, ok = strings.Cut(s, ": ")
		k.must(ok, "not understood")
		k.req.head.Add(name, k.value(v))
		return
	}
	for prefix, to := range map[string]map[string]any{"claim ": k.req.claims, "in ": k.req.object, "header ": k.req.header, "proof ": k.req.proof, "hint ": k.req.hint} {
		if claim, ok := strings.CutPrefix(name, prefix); ok {
			var x any
			k.must(json.Unmarshal([]byte(v), &x) == nil, "JSON")
			to[claim] = x
			return
		}
	}
	v = k.value(v)
	switch again, twice := strings.CutPrefix(name, "+ "); {
	case twice:
		k.req.params.Add(again, v)
	case name == "raw":
		k.req.raw = v
	default:
		k.req.params.Set(name, v)
	}
}

// value unquotes a Go string, repeats "x*2048", and puts in {words} of the
// last answer.
func (k *talk) value(v string) string {
	if v[0] == '"' {
		s, err := strconv.Unquote(v)
		k.must(err == nil, "quoted string")
		v = s
	}
	if what, n, ok := strings.Cut(v, "*"); ok && what != "" {
		if count, err := strconv.Atoi(n); err == nil {
			return strings.Repeat(what, count)
		}
	}
	return k.filled(v)
}

// filled puts in words alone.
func (k *talk) filled(v string) string {
	for _, words := range []map[string]string{k.words, k.kept} {
		for name, word := range words {
			v = strings.ReplaceAll(v, "{"+name+"}", word)
		}
	}
	return v
}

// member sets one of client metadata; nothing after = leaves it out.
func (k *talk) member(name, v string) {
	if v == "" {
		k.must(k.req.meta[name] != nil, "nothing to leave out")
		delete(k.req.meta, name)
		return
	}
	var x any
	k.must(json.Unmarshal([]byte(k.filled(v)), &x) == nil, "JSON")
	k.req.meta[name] = x
}

// send sends the request and checks the first line of what must come back:
// a status, then page REASON | json [ERROR] | redirect [ERROR] | post [ERROR] |
// signed [ERROR] | signed-post [ERROR] | request | empty.
func (k *talk) send(want []string) {
	k.must(k.req != nil, "no request")
	r := k.s.request(k.t, k.req)
	w := httptest.NewRecorder()
	k.s.mux.ServeHTTP(w, r)
	k.resp, k.body = w.Result(), w.Body.String()
	if nonce := k.resp.Header.Get("DPoP-Nonce"); nonce != "" {
		k.s.nonce = nonce
	}
	k.req = nil
	k.turns++
	k.must(strconv.Itoa(k.resp.StatusCode) == want[0], "status %d", k.resp.StatusCode)
	what, detail := want[1], ""
	if len(want) > 2 {
		detail = want[2]
	}
	location := k.resp.Header.Get("Location")
	if what != "document" && what != "preflight" {
		k.must(k.resp.Header.Get("Cache-Control") == "no-store" || what == "other", "may be stored")
	}
	switch what {
	case "page":
		k.must(location == "" && k.body == "page "+detail, "not that page, or a redirect")
	case "json", "document":
		k.words = map[string]string{}
		var m map[string]any
		k.must(json.Unmarshal([]byte(k.body), &m) == nil && location == "", "no JSON")
		for name, v := range m {
			k.words[name] = said(v)
		}
		if k.words["registration_access_token"] != "" {
			for name, v := range k.words {
				k.kept[name] = v
			}
		}
		k.must(k.words["error"] == detail, "error %q", k.words["error"])
		k.must(detail == "" || len(k.words["id_token"]+k.words["access_token"]) == 0, "an error with a token")
	case "redirect", "signed":
		k.redirected(location, detail, what == "signed")
	case "post", "signed-post":
		action, fields, ok := strings.Cut(strings.TrimPrefix(k.body, "post "), "\n")
		k.must(ok && location == "", "not handed over")
		k.told(action, fields, detail, what == "signed-post")
	case "request":
		k.must(strings.HasPrefix(location, "/request?r=") && k.body == "", "Location %q", location)
	case "jwt": // UserInfo as one: its claims, verified as an ID token's are
		k.must(k.resp.Header.Get("Content-Type") == "application/jwt" && location == "", "no JWT")
		k.words = k.s.claims(k.t, k.body)
	case "empty":
		k.must(k.body == "" && location == "", "a body")
	case "goodbye":
		k.must(strings.HasPrefix(location, "/logout/page?g=") && k.body == "", "Location %q", location)
	case "back":
		k.must(location == detail && k.body == "", "Location %q", location)
	case "preflight", "other":
		k.must(location == "", "Location %q", location)
	default:
		k.must(false, "unknown word %q", what)
	}
}

// redirected: to the registered address, its own query kept.
func (k *talk) redirected(location, code string, signed bool) {
	action, query, _ := strings.Cut(location, "?")
	k.must(k.body == "", "a redirect with a body")
	k.told(action, query, code, signed)
}

// told: by the registered address, the issuer named; in a signed answer alone.
func (k *talk) told(action, fields, code string, signed bool) {
	before, _, _ := strings.Cut(action, "?")
	k.must(before == "https://shop.example/cb" || before == "http://localhost:3000/cb", "went to %q", action)
	all, err := url.ParseQuery(fields)
	k.must(err == nil, "fields")
	k.words = map[string]string{}
	for name, v := range all {
		k.must(len(v) == 1, "%s twice", name)
		k.words[name] = v[0]
	}
	if signed {
		delete(k.words, "own") // of the party's address
		k.must(len(k.words) == 1, "beside the signed answer: %v", k.words)
		k.words = k.s.claims(k.t, k.words["response"])
	}
	k.must(k.words["error"] == code && k.words["iss"] == issuer, "error %q from %q", k.words["error"], k.words["iss"])
	k.must(code == "" || k.words["code"] == "", "an error with a code")
	for _, c := range k.words["error_description"] {
		k.must(c >= 0x20 && c <= 0x7e && c != '"' && c != '\\', "character %q in the description", c)
	}
}

// expect reads "name = value" (a word of the answer; nothing after = means
// absent), "only a b c" (the members, all of them), "Header: value" ("none":
// absent), "saw name = value" (what reached the act), "not in it: text", and
// "id only …" / "id name = value" (claims of the ID token).
func (k *talk) expect(s string) {
	if text, ok := strings.CutPrefix(s, "not in it: "); ok {
		k.must(!strings.Contains(k.body+fmt.Sprint(k.resp.Header), text), "is in it")
		return
	}
	if what, ok := strings.CutPrefix(s, "saw "); ok {
		name, v, _ := strings.Cut(what, " =")
		got := k.s.acts.saw()[name]
		if v == " of the proof" {
			v = thumbprint(k.t, k.s.bound)
		}
		k.must(got == strings.TrimSpace(v), "saw %q", got)
		return
	}
	words := k.words
	if what, ok := strings.CutPrefix(s, "id "); ok {
		s, words = what, k.s.claims(k.t, k.words["id_token"])
	}
	if list, ok := strings.CutPrefix(s, "only "); ok {
		want := strings.Fields(list)
		k.must(len(want) == len(words), "%d members: %v", len(words), words)
		for _, name := range want {
			_, there := words[name]
			k.must(there, "no %s", name)
		}
		return
	}
	if name, v, ok := strings.Cut(s, " ="); ok {
		v = strings.TrimSpace(v)
		if v != "" {
			v = k.value(v)
		}
		k.must(words[name] == v, "%s is %q", name, words[name])
		return
	}
	name, v, ok := strings.Cut(s, ": ")
	k.must(ok, "not understood")
	got := strings.Join(k.resp.Header.Values(name), ", ")
	if v == "none" {
		v = ""
	}
	k.must(got == v || v != "" && strings.HasSuffix(v, "…") && strings.HasPrefix(got, strings.TrimSuffix(v, "…")), "is %q", got)
}

// said writes a JSON value as the conversations do.
func said(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// thumbprint of a key, by an independent reader (RFC 7638).
func thumbprint(t *testing.T, s suite.Signer) string {
	t.Helper()
	var k oracle.JSONWebKey
	if err := json.Unmarshal(s.PublicJWK(), &k); err != nil {
		t.Fatal(err)
	}
	b, err := k.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return b64(b)
}
