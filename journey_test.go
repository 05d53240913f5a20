package netid_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/oauth2"

	"netid/client"
	sandboxtest "netid/test/sandbox"
)

// The main job, end to end, with the real binary, its command line and other
// people's OpenID library: enrol, issue, authorize, verify, look, erase. It is
// the same journey under every profile of cryptography.
func TestJourney(t *testing.T) {
	for _, profile := range []string{"international", "guomi", "dual"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			s := sandboxtest.Start(t, "--profile", profile)
			travel(t, s, profile, filepath.Join(s.Data, "netid.db*"))
		})
	}
}

// travel is the journey; files are those of the store.
func travel(t *testing.T, s *sandboxtest.Sandbox, profile string, files ...string) {
	t.Helper()
	j := &journey{Sandbox: s, t: t, profile: profile, files: files}
	j.register("wine-bar", "rp")
	for _, persona := range []string{"adult", "overseas"} { // a card that the authority decodes, a chip that netid verifies
		t.Run(persona, func(t *testing.T) {
			j := &journey{Sandbox: s, t: t, profile: profile, party: j.party, files: files}
			j.signIn(persona)
			j.bySM2(persona)
			j.pushed(persona)
			j.shop(persona)
			j.decline(persona)
			j.freeze(persona)
			j.withdraw(persona)
			if persona == "adult" && j.profile == "international" {
				j.standing(persona)
				j.across(persona)
			}
			j.export(persona)
		})
	}
	if j.profile == "international" {
		j.lostPhone()
		j.counter()
		j.minors()
	}
	j.secondDocument()
	if j.profile == "international" {
		j.news()
	}
	j.erase()
}

type journey struct {
	*sandboxtest.Sandbox
	t       *testing.T
	profile string
	party   party
	files   []string // patterns
}

type party struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

func (j *journey) netid(args ...string) string {
	j.t.Helper()
	out, errs, code := j.Run(args...)
	if code != 0 {
		j.t.Fatalf("netid %s: status %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func (j *journey) persona(verb string, args ...string) string {
	j.t.Helper()
	return j.netid(append([]string{"persona", verb, "--server", j.URL}, args...)...)
}

const redirect = "http://127.0.0.1:1/callback" // never called: the command line stops before it

func (j *journey) register(id, name string) {
	j.t.Helper()
	out := j.netid("party", "add", "--server", j.URL, "--id", id, "--name", name, "--redirect-uri", redirect)
	if err := json.Unmarshal([]byte(out), &j.party); err != nil {
		j.t.Fatal(err)
	}
}

// rp is a relying party made of other people's libraries.
func (j *journey) rp() (*oauth2.Config, *oidc.Provider) {
	j.t.Helper()
	p, err := oidc.NewProvider(context.Background(), j.URL)
	if err != nil {
		j.t.Fatal(err)
	}
	return &oauth2.Config{ClientID: j.party.ClientID, ClientSecret: j.party.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: redirect, Scopes: []string{oidc.ScopeOpenID}}, p
}

func last(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

func (j *journey) answer(final string) url.Values {
	j.t.Helper()
	u, err := url.Parse(last(final))
	if err != nil || !strings.HasPrefix(last(final), redirect+"?") {
		j.t.Fatalf("final address %q", final)
	}
	if u.Query().Get("iss") != j.URL { // RFC 9207
		j.t.Fatalf("iss %q", u.Query().Get("iss"))
	}
	return u.Query()
}

// signIn is the plain OpenID flow: the ID token holds the least, the code is
// worth one answer, and a replay ends what it gave.
func (j *journey) signIn(persona string) {
	ctx := context.Background()
	conf, provider := j.rp()
	verifier := oauth2.GenerateVerifier()
	a := j.answer(j.persona("approve", persona, conf.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce-1"))))
	if a.Get("state") != "state-1" || a.Get("code") == "" {
		j.t.Fatalf("answer %v", a)
	}
	tok, err := conf.Exchange(ctx, a.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		j.t.Fatal(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: conf.ClientID}).Verify(ctx, raw)
	if err != nil || id.Nonce != "nonce-1" || id.Subject == "" {
		j.t.Fatalf("ID token: %v", err)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		j.t.Fatal(err)
	}
	for name := range claims {
		if !strings.Contains(" iss sub aud exp iat nonce acr receipt ", " "+name+" ") {
			j.t.Errorf("the ID token carries %q unasked", name)
		}
	}
	j.receipt(tok, conf.ClientID, "nonce-1", id.Subject)
	if claims["acr"] != "urn:netid:acr:cert" {
		j.t.Errorf("acr %v", claims["acr"])
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tok))
	if err != nil || info.Subject != id.Subject {
		j.t.Fatalf("userinfo: %v", err)
	}
	if _, err := conf.Exchange(ctx, a.Get("code"), oauth2.VerifierOption(verifier)); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		j.t.Errorf("the code a second time: %v", err)
	}
	if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tok)); err == nil {
		j.t.Error("a replayed code's token still speaks")
	}
}

// receipt comes with every answer in dual, signed by both suites over the ID
// token's claims, and in no other profile.
func (j *journey) receipt(tok *oauth2.Token, party, nonce, subject string) {
	j.t.Helper()
	r := tok.Extra("receipt")
	if j.profile != "dual" {
		if r != nil {
			j.t.Errorf("a receipt in %s: %v", j.profile, r)
		}
		return
	}
	b, err := json.Marshal(r)
	if err != nil {
		j.t.Fatal(err)
	}
	a, err := client.CheckReceipt(b, []byte(j.get("/jwks")), []byte(j.get("/jwks-sm")), j.URL, party, nonce, time.Now())
	if err != nil || a.Subject != subject {
		j.t.Errorf("receipt: %+v %v\n%s", a, err, b)
	}
}

// bySM2 is a party that asks for SM2: it gets its ID tokens so where the
// profile has it, and is not admitted where it has not.
func (j *journey) bySM2(persona string) {
	id := "sm-" + persona
	add := []string{"party", "add", "--server", j.URL, "--id", id, "--name", "SM2", "--redirect-uri", redirect, "--id-token-alg", client.AlgSM2}
	if j.profile == "international" {
		if out, errs, code := j.Run(add...); code == 0 || !strings.Contains(errs, "id_token_alg_not_served") {
			j.t.Errorf("admitted for SM2: %d %s%s", code, out, errs)
		}
		r, err := http.Get(j.URL + "/jwks-sm")
		if err != nil {
			j.t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusNotFound {
			j.t.Errorf("/jwks-sm: %s", r.Status)
		}
		return
	}
	var p party
	if err := json.Unmarshal([]byte(j.netid(add...)), &p); err != nil {
		j.t.Fatal(err)
	}
	_, provider := j.rp()
	conf := oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: redirect, Scopes: []string{oidc.ScopeOpenID}}
	verifier := oauth2.GenerateVerifier()
	a := j.answer(j.persona("approve", persona, conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce-sm"))))
	tok, err := conf.Exchange(context.Background(), a.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		j.t.Fatal(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	keys := j.get("/jwks-sm")
	said, err := client.CheckAnswerSM(raw, []byte(keys), j.URL, id, "nonce-sm", time.Now())
	if err != nil || said.Subject == "" {
		j.t.Fatalf("ID token by SM2: %+v %v", said, err)
	}
	if strings.Contains(j.get("/jwks"), "SM2") || strings.Contains(keys, "ES256") {
		j.t.Error("the two key sets are mixed")
	}
	if _, err := provider.Verifier(&oidc.Config{ClientID: id}).Verify(context.Background(), raw); err == nil {
		j.t.Error("a library that knows ES256 takes it")
	}
	info, err := provider.UserInfo(context.Background(), oauth2.StaticTokenSource(tok))
	if err != nil || info.Subject != said.Subject {
		j.t.Errorf("userinfo: %v", err)
	}
	j.receipt(tok, id, "nonce-sm", said.Subject)
}

// shop presses both buttons of the demonstration shop as a browser would,
// with the citizen's part done by the command line.
func (j *journey) shop(persona string) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		j.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), j.Shop) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	press := func(path string) string {
		r, err := browser.PostForm(j.Shop+path, nil)
		if err != nil {
			j.t.Fatal(err)
		}
		r.Body.Close()
		if !strings.HasPrefix(r.Header.Get("Location"), j.URL+"/authorize") {
			j.t.Fatalf("%s leads to %d %q", path, r.StatusCode, r.Header.Get("Location"))
		}
		return r.Header.Get("Location")
	}
	back := func(address string) string {
		r, err := browser.Get(address)
		if err != nil {
			j.t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			j.t.Fatalf("back in the shop: %d %v\n%s", r.StatusCode, err, b)
		}
		return string(b)
	}
	if page := back(last(j.persona("approve", persona, press("/signin")))); !strings.Contains(page, "urn:netid:acr:cert") || strings.Contains(page, "age_over_18") {
		j.t.Errorf("after signing in the shop shows:\n%s", page)
	}
	if page := back(last(j.persona("approve", persona, press("/buy")))); !strings.Contains(page, "age_over_18") {
		j.t.Errorf("after buying wine the shop shows:\n%s", page)
	}
	if page := back(last(j.persona("approve", "--withhold", "age_over_18", persona, press("/buy")))); strings.Contains(page, "<td>true</td>") {
		j.t.Errorf("a withheld mark arrived:\n%s", page)
	}
}

func (j *journey) decline(persona string) {
	conf, _ := j.rp()
	a := j.answer(j.persona("decline", persona, conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))))
	if a.Get("error") != "access_denied" || a.Get("code") != "" {
		j.t.Errorf("declined: %v", a)
	}
}

func (j *journey) freeze(persona string) {
	conf, _ := j.rp()
	address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	j.persona("freeze", persona)
	if out, errs, code := j.Run("persona", "approve", "--server", j.URL, persona, address); code == 0 || !strings.Contains(errs, "certificate_frozen") {
		j.t.Errorf("approving while frozen: %d %s%s", code, out, errs)
	}
	j.persona("thaw", persona)
	if a := j.answer(j.persona("approve", persona, address)); a.Get("code") == "" {
		j.t.Error("thawed and still refused")
	}
}

// withdraw ends one party's tokens; the next approval begins anew.
func (j *journey) withdraw(persona string) {
	ctx := context.Background()
	conf, provider := j.rp()
	verifier := oauth2.GenerateVerifier()
	a := j.answer(j.persona("approve", persona, conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))))
	tok, err := conf.Exchange(ctx, a.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		j.t.Fatal(err)
	}
	if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tok)); err != nil {
		j.t.Fatal(err)
	}
	j.persona("withdraw", persona, j.party.ClientID)
	if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tok)); err == nil {
		j.t.Error("withdrawn, and the token still speaks")
	}
	if got := strings.Fields(j.persona("records", persona)); got[0] != "signed-in" || got[2] != "withdrawn" { // looking is signing in
		j.t.Errorf("records, newest first: %v", got)
	}
}

// standing consents to be asked no more, is answered without a page from then on
// (oidcc-prompt-none-logged-in), and asked again once that is over. Each answer's
// receipt is the number of a record of the citizen's.
func (j *journey) standing(persona string) {
	conf, provider := j.rp()
	type answered struct{ Sub, Receipt, ACR string }
	trade := func(a url.Values, verifier string) (got answered) {
		j.t.Helper()
		tok, err := conf.Exchange(context.Background(), a.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			j.t.Fatal(err)
		}
		raw, _ := tok.Extra("id_token").(string)
		id, err := provider.Verifier(&oidc.Config{ClientID: j.party.ClientID}).Verify(context.Background(), raw)
		if err == nil {
			err = id.Claims(&got)
		}
		if err != nil {
			j.t.Fatal(err)
		}
		return got
	}
	verifier := oauth2.GenerateVerifier()
	address := func(prompt string) string {
		more := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
		if prompt != "" {
			more = append(more, oauth2.SetAuthURLParam("prompt", prompt))
		}
		return conf.AuthCodeURL("s", more...)
	}
	none := address("none")
	no := func(why string, args ...string) {
		j.t.Helper()
		out, errs, code := j.Run(append([]string{"persona", "approve", "--server", j.URL}, args...)...)
		if code == 0 || !strings.Contains(out, "error=login_required") {
			j.t.Errorf("%s, and yet: %s%s", why, out, errs)
		}
	}
	no("nobody consented", "--signed-in", persona, none)
	asked := trade(j.answer(j.persona("approve", "--remember", persona, address(""))), verifier)
	for _, way := range [][]string{{"approve", "--signed-in", persona, none}, {"approve", "--signed-in", persona, address("")}, {"approve", persona, address("")}} {
		got := trade(j.answer(j.persona(way[0], way[1:]...)), verifier)
		if got.Sub != asked.Sub || got.Receipt == asked.Receipt || got.ACR != "urn:netid:acr:cert" {
			j.t.Errorf("%v: %+v, and not as %+v", way, got, asked)
		}
		if records := j.persona("records", persona); !strings.Contains(records, "verified "+got.Receipt+"\n") || !strings.Contains(records, "verified "+asked.Receipt+"\n") {
			j.t.Errorf("no record has the number of the receipt %s:\n%s", got.Receipt, records)
		}
	}
	no("nobody is signed in", persona, none) // oidcc-prompt-none-not-logged-in
	j.persona("withdraw", persona, j.party.ClientID)
	no("withdrawn", "--signed-in", persona, none)
}

// export is checked offline, and a remembered head is continued.
func (j *journey) export(persona string) {
	file := j.persona("export", persona)
	key := j.get("/ledger/key")
	report, err := client.CheckExport(strings.NewReader(file), strings.TrimSpace(key))
	if err != nil || report.Approvals == 0 {
		j.t.Errorf("export: %+v %v", report, err)
	}
	head := filepath.Join(j.t.TempDir(), "head")
	if err := os.WriteFile(head, []byte(j.netid("ledger", "head", "--data", j.Data)), 0o600); err != nil {
		j.t.Fatal(err)
	}
	j.persona("freeze", persona)
	j.persona("thaw", persona)
	j.netid("ledger", "verify", "--data", j.Data, "--head", head) // beside the running server
}

func (j *journey) get(path string) string {
	j.t.Helper()
	r, err := http.Get(j.URL + path)
	if err != nil {
		j.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		j.t.Fatalf("%s: %d %v", path, r.StatusCode, err)
	}
	return string(b)
}

type shown struct {
	Name, Phone    string
	DocumentNumber string `json:"document_number"`
	NetNumber      string `json:"net_number"`
	State          string
}

func (j *journey) show(persona string, more ...string) shown {
	j.t.Helper()
	var who shown
	if err := json.Unmarshal([]byte(j.persona("show", append(more, persona)...)), &who); err != nil {
		j.t.Fatal(err)
	}
	return who
}

// secondDocument: the same person from another device keeps the number, and
// the pseudonym at each party.
func (j *journey) secondDocument() {
	first := j.show("adult")
	conf, _ := j.rp()
	wallets := j.t.TempDir()
	j.persona("approve", "--wallets", wallets, "adult", conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))
	if second := j.show("adult", "--wallets", wallets); second.NetNumber == "" || second.NetNumber != first.NetNumber {
		j.t.Errorf("one person, two numbers: %q %q", first.NetNumber, second.NetNumber)
	}
	j.certificate(wallets)
	if other := j.show("overseas"); other.NetNumber == first.NetNumber {
		j.t.Error("two persons, one number")
	}
}

// news: what the register says by itself takes effect, and can be taken back; and the
// persona that is there to be refused for it is.
func (j *journey) news() {
	conf, _ := j.rp()
	address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	refused := func(persona, reason string) {
		j.t.Helper()
		if out, errs, code := j.Run("persona", "approve", "--server", j.URL, persona, address); code == 0 || !strings.Contains(errs, reason) {
			j.t.Errorf("%s approves: %d %s%s", persona, code, out, errs)
		}
	}
	becomes := func(state string) {
		j.t.Helper()
		for range 120 {
			if j.show("overseas").State == state {
				return
			}
			time.Sleep(250 * time.Millisecond)
		}
		j.t.Fatalf("overseas did not become %q", state)
	}
	number := j.show("overseas").NetNumber
	j.persona("event", "overseas", "lost")
	becomes("held")
	refused("overseas", "number_held")
	j.persona("event", "overseas", "good")
	becomes("active")
	if a := j.answer(j.persona("approve", "overseas", address)); a.Get("code") == "" || j.show("overseas").NetNumber != number {
		j.t.Error("found again and still refused")
	}
	refused("deceased", "document_not_valid")
	if who := j.show("deceased"); who.State != "out" {
		j.t.Errorf("the deceased is %q", who.State)
	}
}

// certificate: the net certificate in a wallet is signed in the suite of the
// profile, and binds the device's key, which is ES256 in every profile.
func (j *journey) certificate(wallets string) {
	files, err := filepath.Glob(filepath.Join(wallets, "*", "adult.json"))
	if err != nil || len(files) != 1 {
		j.t.Fatalf("wallets: %v %v", files, err)
	}
	b, err := os.ReadFile(files[0])
	var wallet struct{ Token string }
	if err != nil || json.Unmarshal(b, &wallet) != nil {
		j.t.Fatal(err)
	}
	var parts [2]string
	for i, part := range strings.SplitN(wallet.Token, ".", 3)[:2] {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			j.t.Fatal(err)
		}
		parts[i] = string(b)
	}
	alg := map[bool]string{true: "ES256", false: client.AlgSM2}[j.profile == "international"]
	if !strings.HasPrefix(parts[0], `{"alg":"`+alg+`",`) || !strings.Contains(parts[1], `"crv":"P-256"`) {
		j.t.Errorf("the net certificate: %s %s", parts[0], parts[1])
	}
}

// erase: afterwards no byte of the person is in the store, while the server
// runs and after it stopped; everybody else still signs in; the ledger holds.
func (j *journey) erase() {
	conf, _ := j.rp()
	address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	who := j.show("adult")
	head := filepath.Join(j.t.TempDir(), "head")
	if err := os.WriteFile(head, []byte(j.netid("ledger", "head", "--data", j.Data)), 0o600); err != nil {
		j.t.Fatal(err)
	}
	if out := j.persona("erase", "adult"); !strings.Contains(out, "{") || !strings.Contains(out, `"held"`) || !strings.Contains(out, "proofs ") || !strings.Contains(out, "logs ") {
		j.t.Errorf("no receipt, or it does not say what is held: %s", out)
	}
	for i := range 2 {
		for name, value := range map[string]string{"name": who.Name, "document": who.DocumentNumber, "phone": who.Phone, "net number": who.NetNumber} {
			if where := search(j.t, value, j.files); where != "" {
				j.t.Errorf("the %s is found in %s", name, where)
			}
		}
		j.netid("ledger", "verify", "--data", j.Data, "--head", head)
		if i == 0 {
			j.Stop()
		}
	}
	j.Restart()
	if a := j.answer(j.persona("approve", "overseas", address)); a.Get("code") == "" {
		j.t.Error("somebody else's certificate went too")
	}
	j.netid("ledger", "verify", "--data", j.Data, "--head", head)
}

// search looks for a value in every form in every file of the store.
func search(t *testing.T, value string, patterns []string) string {
	t.Helper()
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil || len(found) == 0 {
			t.Fatalf("no store in %s: %v", p, err)
		}
		files = append(files, found...)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if errors.Is(err, fs.ErrNotExist) { // a log file of the server's that was used up meanwhile
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ToLower(b)
		for _, form := range []string{value, hex.EncodeToString([]byte(value)), base64.StdEncoding.EncodeToString([]byte(value)),
			base64.RawURLEncoding.EncodeToString([]byte(value)), url.QueryEscape(value), strings.Trim(fmt.Sprintf("%+q", value), `"`), digest(md5.New(), value),
			digest(sha1.New(), value), digest(sha256.New(), value), digest(sm3.New(), value), hex.EncodeToString([]byte(digest(sha256.New(), value))), hex.EncodeToString([]byte(digest(md5.New(), value)))} {
			if value != "" && bytes.Contains(b, bytes.ToLower([]byte(form))) {
				return filepath.Base(f)
			}
		}
	}
	return ""
}

// digest: an unkeyed hash of an identity number is as good as the number.
func digest(h hash.Hash, value string) string {
	h.Write([]byte(value))
	return string(h.Sum(nil))
}

// A store that was tampered with is named as such, read-only, at the first bad index.
func TestLedgerVerifyNamesTampering(t *testing.T) {
	s := sandboxtest.Start(t)
	j := &journey{Sandbox: s, t: t}
	j.register("rp", "rp")
	conf, _ := j.rp()
	j.persona("approve", "elder", conf.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))
	s.Stop()
	db := filepath.Join(s.Data, "netid.db")
	for name, c := range map[string]struct{ sql, want string }{
		"edit":     {"UPDATE ledger_event SET leaf = randomblob(32) WHERE seq = 1", "first bad index 1"},
		"body":     {"UPDATE ledger_event SET body = NULL WHERE seq = 2", "first bad index 2"},
		"delete":   {"DELETE FROM ledger_event WHERE seq = 1", "first bad index 1"},
		"truncate": {"DELETE FROM ledger_event WHERE seq = (SELECT MAX(seq) FROM ledger_event)", "first bad index"},
		"reorder":  {"UPDATE ledger_event SET seq = -1 WHERE seq = 0; UPDATE ledger_event SET seq = 0 WHERE seq = 1; UPDATE ledger_event SET seq = 1 WHERE seq = -1", "first bad index 0"},
		"headless": {"DELETE FROM ledger_head", "does not hold"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(dir, os.DirFS(s.Data)); err != nil {
				t.Fatal(err)
			}
			tamper(t, filepath.Join(dir, "netid.db"), c.sql)
			before, err := os.ReadFile(filepath.Join(dir, "netid.db"))
			if err != nil {
				t.Fatal(err)
			}
			out, errs, code := s.Run("ledger", "verify", "--data", dir)
			if code != 1 || !strings.Contains(errs, c.want) {
				t.Errorf("status %d: %s%s", code, out, errs)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, "netid.db")); !bytes.Equal(before, after) {
				t.Error("verify changed the store")
			}
		})
	}
	if out, errs, code := s.Run("ledger", "verify", "--data", s.Data); code != 0 {
		t.Errorf("control: %d %s%s (%s)", code, out, errs, db)
	}
}
