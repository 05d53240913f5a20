package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/connector/authority"
	"netid/internal/connector/face"
	"netid/internal/connector/sms"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/quorum"
	"netid/internal/sandbox"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

// built opens one form of the server without listening.
func built(t *testing.T, inSandbox bool) *house { return builtIn(t, inSandbox, "") }

// builtIn is built under a profile, and over databases for store and shelf where they are named.
func builtIn(t *testing.T, inSandbox bool, profile suite.Profile, at ...string) *house {
	t.Helper()
	dir := t.TempDir()
	people, err := sandbox.Found(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := settings{Issuer: "https://netid.example", Data: dir, Master: keyring.MasterFile(masterFile(dir)), Profile: profile, CSCA: people.Trust,
		Authority: authority.New("http://127.0.0.1:1", "x"), Post: sms.NewOutbox(time.Now), Log: slog.New(slog.DiscardHandler), SelfTest: suite.SelfTest,
		Operator: law.Operator{Name: identity.Text{ZH: "某", EN: "Some"}, Contact: "x@netid.invalid"}}
	if inSandbox {
		outbox := sms.NewOutbox(time.Now)
		s.Sandbox, s.Faces, s.Post, s.AdminToken, s.Drawer = true, face.Simulator{}, outbox, sandboxToken, drawers{people, nil, outbox}
	}
	if !inSandbox {
		s.Operators = operatorsIn(t, dir)
		officered(t, dir, s.Master, s.Profile)
	}
	if len(at) == 2 {
		if s.Site, err = siteOf(dir, at[0], at[1]); err != nil {
			t.Fatal(err)
		}
	}
	h, err := build(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// operatorsIn makes two operators' keys, li.key and wang.key, by the command.
func operatorsIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	named := map[string]string{}
	for _, name := range []string{"li", "wang"} {
		out, code := operate("operator", "key", "--plain", "--out", filepath.Join(dir, name+".key"))
		if code != 0 {
			t.Fatal(out)
		}
		named[name] = strings.TrimSpace(out)
	}
	return named
}

// officered names officers in a data directory and makes this month and the next.
func officered(t *testing.T, data string, m keyring.Master, profile suite.Profile) {
	t.Helper()
	r, err := keyring.Open(keyringDir(data), m, profile)
	if err != nil {
		t.Fatal(err)
	}
	q, err := quorum.Open(quorumDir(data), r.Secret("quorum"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var all []suite.Recipient
	for range 3 {
		o, err := quorum.NewOfficer(r.Profile().Suite())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.Public())
	}
	if err := q.Found(all, 2, false); err != nil {
		t.Fatal(err)
	}
	month := identity.MonthAt(time.Now())
	if _, err := q.Make(month, month+1, law.Ends); err != nil {
		t.Fatal(err)
	}
}

// officeredBy is officered for the directory that a configuration names.
func officeredBy(t *testing.T, path string) string {
	t.Helper()
	if conf, err := readConfig(path); err == nil { // one that cannot be read is refused before
		officered(t, conf.Data, keyring.MasterEnv(masterEnv), suite.Profile(conf.Profile))
	}
	return path
}

// The routes of sandbox and serve differ by the card drawer and the outbox alone.
func TestRoutesDifferByTheDrawerAlone(t *testing.T) {
	box, real := built(t, true).routes, built(t, false).routes
	var more []string
	for _, r := range box {
		if !slices.Contains(real, r) {
			more = append(more, r)
		}
	}
	for _, r := range real {
		if !slices.Contains(box, r) {
			t.Errorf("serve alone has %s", r)
		}
	}
	if len(real) < 30 {
		t.Errorf("only %d routes: the comparison is broken", len(real))
	}
	for _, r := range more {
		if !strings.Contains(r, " /sandbox/") {
			t.Errorf("the sandbox alone has %s", r)
		}
	}
	if len(more) < 3 {
		t.Errorf("the drawer is missing: %v", more)
	}
}

// The file of a production server takes two operators' endorsements beside each
// entry: printed by a command that asks no server, and good for the entry as it
// stands. A changed entry without them leaves in force what was approved.
func TestM09TheReviewedFileHasTwoSignatures(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	path := officeredBy(t, written(t, state(t, false)))
	dir := filepath.Dir(path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	entry := "    redirect_uris: [https://shop.example/cb]\n"
	named := operatorsIn(t, dir)
	text := strings.Replace(string(b), "parties:\n", fmt.Sprintf("operators: {li: %s, wang: %s}\nparties:\n", named["li"], named["wang"]), 1)
	write := func(name, endorsements string) {
		t.Helper()
		changed := strings.NewReplacer("Some Shop", name, entry, entry+endorsements).Replace(text)
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sign := func(by string) string {
		t.Helper()
		var out, read bytes.Buffer
		if code := run(context.Background(), []string{"party", "sign", "shop", "--config", path, "--key", filepath.Join(dir, by+".key")}, nil, &out, &read); code != 0 || !strings.Contains(read.String(), "+ redirect_uris[]: https://shop.example/cb") {
			t.Fatalf("%s %s", &out, &read)
		}
		return strings.TrimSpace(out.String())
	}
	started := func() (p identity.Party, said string) {
		t.Helper()
		conf, err := readConfig(path)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		set, err := conf.settings(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		h, err := build(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		if err := h.admitParties(t.Context(), conf); err != nil {
			t.Fatal(err)
		}
		if p, err = h.store.PartyNow(t.Context(), "shop"); err != nil {
			t.Fatal(err)
		}
		return p, log.String()
	}
	write("Some Shop", "")
	if p, said := started(); p.Standing != identity.PartySuspended || p.Reason != identity.PartyReview || !strings.Contains(said, "a party waits for two operators") {
		t.Fatalf("nobody signed: %+v %s", p, said)
	}
	li, wang := sign("li"), sign("wang")
	write("Some Shop", "    endorsements: ["+li+", "+li+"]\n")
	for range 2 {
		if p, _ := started(); p.Standing == identity.PartyActive || len(p.Endorsed) != 1 {
			t.Fatalf("one operator signed twice: %+v", p)
		}
	}
	write("Some Shop", "    endorsements: ["+li+", "+wang+"]\n")
	for range 2 {
		if p, said := started(); p.Standing != identity.PartyActive || len(p.Endorsed) != 2 || strings.Contains(said, "operators") {
			t.Fatalf("%+v %s", p, said)
		}
	}
	write("Ministry", "    endorsements: ["+li+", "+wang+"]\n")
	if p, said := started(); p.Standing != identity.PartyActive || p.Name.EN != "Some Shop" || !strings.Contains(said, "what they approved stays in force") {
		t.Fatalf("%+v %s", p, said)
	}
	if out, code := operate("party", "sign", "nobody", "--config", path); code != 1 || !strings.Contains(out, "names no party nobody") {
		t.Errorf("%d %s", code, out)
	}
}

// In serve nobody is an operator, whatever word they send.
func TestServeAdmitsNobodyOverHTTP(t *testing.T) {
	h := built(t, false)
	for _, token := range []string{"", "sandbox", "Bearer"} {
		r := httptest.NewRequest("POST", "https://netid.example/admin/parties", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%q: %d", token, w.Code)
		}
	}
}

func TestOneServerADirectory(t *testing.T) {
	h := built(t, true)
	if _, err := build(context.Background(), h.settings); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("two servers in one directory: %v", err)
	}
}

// state is a state body's service that is not a simulator, or is one.
func state(t *testing.T, simulator bool) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(authority.About{Name: identity.Text{ZH: "某机关", EN: "Some authority"}, Simulator: simulator})
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// written is a good configuration on disk, changed by edits of old to new.
func written(t *testing.T, authorityURL string, edits ...string) string {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	token := file("token", "token\n")
	text := `issuer: https://netid.example
listen: 127.0.0.1:0
data: ` + filepath.Join(dir, "data") + `
region: CN
operator: {name_zh: 某机构, name_en: Some Body, contact: privacy@netid.invalid}
authority: {url: "` + authorityURL + `", token_file: ` + token + `}
sms: {url: "http://127.0.0.1:1/send", token_file: ` + token + `}
csca: ` + file("csca.pem", realRoot(t)) + `
parties:
  - id: shop
    name: Some Shop
    redirect_uris: [https://shop.example/cb]
    public: true
    purpose: Sign you in
    otherwise: [{zh: 柜台, en: Counter}]
`
	return file("netid.yaml", strings.NewReplacer(edits...).Replace(text))
}

func TestServeRefuses(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	for name, c := range map[string]struct {
		edits     []string
		simulator bool
		want      string
	}{
		"simulator":              {simulator: true, want: "is a simulator"},
		"a long drain":           {edits: []string{"issuer:", "drain: 2m\nissuer:"}, want: "drain is at most 1m"},
		"unknown key":            {edits: []string{"issuer:", "isuer:"}, want: "field isuer is no key of this file"},
		"http issuer":            {edits: []string{"https://netid.example", "http://netid.example"}, want: "issuer must be https"},
		"issuer path":            {edits: []string{"https://netid.example", "https://netid.example/x"}, want: "issuer must be https"},
		"issuer of another form": {edits: []string{"https://netid.example", "https://Netid.example"}, want: "as browsers write an origin"},
		"issuer port":            {edits: []string{"https://netid.example", "https://netid.example:443"}, want: "as browsers write an origin"},
		"bare listener":          {edits: []string{"127.0.0.1:0", "0.0.0.0:443"}, want: "without tls"},
		"nobody":                 {edits: []string{"name_zh: 某机构, ", ""}, want: "operator needs"},
		"bad party":              {edits: []string{"https://shop.example/cb", "http://shop.example/cb"}, want: "redirect_uri_invalid"},
		"no other way":           {edits: []string{"otherwise: [{zh: 柜台, en: Counter}]", "otherwise: []"}, want: "other_method_missing"},
		"two identities":         {edits: []string{"public: true", "public: true\n    secret_file: x"}, want: "exactly one of"},
		"another profile":        {edits: []string{"listen:", "profile: gm\nlisten:"}, want: "profile must be international, guomi or dual"},
		"SM2 without it":         {edits: []string{"public: true", "public: true\n    id_token_signed_response_alg: urn:netid:alg:SM2"}, want: "id_token_alg_not_served"},
		"no algorithm":           {edits: []string{"public: true", "public: true\n    id_token_signed_response_alg: none"}, want: "id_token_alg_unknown"},
		"store without a shelf":  {edits: []string{"listen:", "store: postgres://u:PassWord@localhost/netid\nlisten:"}, want: "given together"},
		"shelf without a store":  {edits: []string{"listen:", "shelf: postgres://u:PassWord@localhost/shelf\nlisten:"}, want: "needs the store there too"},
		"shelf in the store":     {edits: []string{"listen:", "store: postgres://u:PassWord@localhost/netid\nshelf: postgres://v@localhost/netid?search_path=s\nlisten:"}, want: "a database of its own"},
		"store in the clear":     {edits: []string{"listen:", "store: postgres://u:PassWord@db.example/netid\nshelf: postgres://u@localhost/shelf\nlisten:"}, want: "sslmode=verify-full"},
		"no roots":               {edits: []string{"csca.pem", "token"}, want: "no certificate"},
		"no operator's key":      {edits: []string{"csca:", "operators: {li: x}\ncsca:"}, want: "operators: roster.New: invalid (operator_key_invalid)"},
		"no endorsement":         {edits: []string{"public: true", "public: true\n    endorsements: [x]"}, want: "is not what netid party sign prints"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs bytes.Buffer
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			code := run(ctx, []string{"serve", "--config", officeredBy(t, written(t, state(t, c.simulator), c.edits...))}, nil, &errs, &errs)
			if code != 1 || !strings.Contains(errs.String(), c.want) || strings.Contains(errs.String(), "PassWord") {
				t.Errorf("status %d: %s", code, errs.String())
			}
		})
	}
}

func TestServeRefusesASandboxesDirectory(t *testing.T) {
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	path := written(t, state(t, false))
	conf, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(authorityDir(conf.Data), 0o700); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	if code := run(context.Background(), []string{"serve", "--config", path}, nil, &errs, &errs); code != 1 || !strings.Contains(errs.String(), "sandbox's data directory") {
		t.Errorf("status %d: %s", code, errs.String())
	}
}

// A sandbox whose master and synthetic people were taken away is still one:
// its officers' keys lie beside the store, and open what no serving machine may.
func TestServeRefusesSimulatedOfficers(t *testing.T) {
	path := written(t, state(t, false))
	conf, err := readConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(conf.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.Open(keyringDir(conf.Data), keyring.MasterFile(masterFile(conf.Data)), "")
	if err != nil {
		t.Fatal(err)
	}
	q, err := quorum.Open(quorumDir(conf.Data), ring.Secret("quorum"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := simulateOfficers(q, conf.Data, ring.Profile().Suite(), time.Now()); err != nil {
		t.Fatal(err)
	}
	master, err := os.ReadFile(masterFile(conf.Data))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(masterEnv, strings.TrimSpace(string(master)))
	if err := os.Remove(masterFile(conf.Data)); err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // a server that starts stops by itself, with 0
	defer cancel()
	if code := run(ctx, []string{"serve", "--config", path}, nil, &errs, &errs); code != 1 || !strings.Contains(errs.String(), officersDir(conf.Data)) {
		t.Errorf("status %d: %s", code, errs.String())
	}
}

func TestServeNeedsTheMaster(t *testing.T) {
	t.Setenv(masterEnv, "")
	var errs bytes.Buffer
	if code := run(context.Background(), []string{"serve", "--config", written(t, state(t, false))}, nil, &errs, &errs); code != 1 || !strings.Contains(errs.String(), masterEnv) {
		t.Errorf("status %d: %s", code, errs.String())
	}
}

// The production form starts, serves and stops when told to, in every profile.
func TestServeStartsAndStops(t *testing.T) {
	for profile, edits := range map[string][]string{
		"international": {"listen:", "profile: international\nlisten:"},
		"guomi":         {"listen:", "profile: guomi\nlisten:", "public: true", "public: true\n    id_token_signed_response_alg: urn:netid:alg:SM2"},
		"dual":          {"listen:", "profile: dual\nlisten:", "public: true", "public: true\n    id_token_signed_response_alg: ES256"},
	} {
		t.Run(profile, func(t *testing.T) { startsAndStops(t, edits...) })
	}
}

func startsAndStops(t *testing.T, edits ...string) {
	t.Helper()
	t.Setenv(masterEnv, hex.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	ctx, cancel := context.WithCancel(context.Background())
	var errs lockedBuffer
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"serve", "--config", officeredBy(t, written(t, state(t, false), edits...))}, nil, &errs, &errs)
	}()
	for range 200 {
		if strings.Contains(errs.String(), `"msg":"ready"`) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !strings.Contains(errs.String(), `"msg":"ready"`) {
		t.Fatalf("not ready: %s", errs.String())
	}
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("status %d: %s", code, errs.String())
	}
}

func TestHelpAndNonsense(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--help"}, 0, "sandbox"},
		{[]string{"nonsense"}, 1, "nonsense"},
		{[]string{"ledger", "verify", "--data", "/nonexistent"}, 1, "no store"},
		{[]string{"persona", "list", "--server", "http://127.0.0.1:1"}, 1, "does not answer"},
	} {
		var out bytes.Buffer
		if code := run(context.Background(), c.args, nil, &out, &out); code != c.code || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: status %d: %s", c.args, code, out.String())
		}
	}
}
