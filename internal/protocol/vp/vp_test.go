package vp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/present"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/vp"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/qr"
	"netid/test/holder"
	"netid/test/kit"
)

// parties are those that are registered.
type parties map[identity.PartyID]*identity.Party

func (p parties) Party(_ context.Context, id identity.PartyID) (identity.Party, error) {
	if q, ok := p[id]; ok {
		return *q, nil
	}
	return identity.Party{}, fault.New("parties", fault.NotFound, "party_unknown")
}

func (parties) SecretMatches(p identity.Party, secret string) bool {
	return string(p.SecretDigest) == secret
}

// world is a service of two nodes over one store, a shop, and a person's wallet.
type world struct {
	*kit.Kit
	issuer  string
	parties parties
	wallet  *holder.Wallet
	keys    []byte // of answers
	http    *http.Client
}

const back = "https://shop.example/back?a=b"

// reader is a key in a test's hands as the keyring would give it.
type reader struct {
	sign func([]byte) ([]byte, error)
}

func (reader) KeyID() string                   { return "reader" }
func (reader) Alg() string                     { return jose.ES256 }
func (r reader) Sign(m []byte) ([]byte, error) { return r.sign(m) }
func (reader) PublicJWK() []byte               { return nil }

func open(t testing.TB) *world {
	t.Helper()
	w := &world{Kit: kit.New(t, law.New())}
	var nodes [2]*http.ServeMux
	var turn atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { nodes[turn.Add(1)%2].ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.issuer, w.http = server.URL, server.Client()
	authority, err := holder.NewAuthority(w.issuer, w.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, chain, err := authority.Certify(w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	w.parties = parties{}
	for _, id := range []identity.PartyID{"shop", "bank"} {
		w.parties[id] = &identity.Party{ID: id, Auth: identity.AuthSecret, SecretDigest: []byte("secret of " + id), RedirectURIs: []string{back}, Standing: identity.PartyActive,
			AgeMarks: map[identity.AgeMark]string{identity.Over18: "未成年人保护法 Art. 59"}}
	}
	w.parties["app"] = &identity.Party{ID: "app", Auth: identity.AuthNone, Standing: identity.PartyActive}
	for i := range nodes {
		door, err := vp.New(vp.Config{Issuer: w.issuer, Signers: w.Ring.Signers("token"), Readers: func() []jose.Signer { return []jose.Signer{reader{client.NewSign(key)}} },
			Chains: func(kid string) [][]byte { return map[string][][]byte{"reader": chain}[kid] }, Roots: func() ([]byte, error) { return authority.Roots(), nil },
			Statement: func(_ context.Context, p identity.Party) (string, error) {
				return "statement." + string(p.ID) + ".x", nil
			},
			Asker: &present.Act{Store: w.Store, Cover: suite.Cover{Suite: identity.ES256}, Law: law.New(), Issuer: w.issuer},
			Gate:  oauth.Gate{Issuer: w.issuer, Parties: w.parties, Suite: identity.ES256, Now: w.Now}, Square: qr.Path, Now: w.Now})
		if err != nil {
			t.Fatal(err)
		}
		nodes[i] = http.NewServeMux()
		if err := door.Register(nodes[i]); err != nil {
			t.Fatal(err)
		}
	}
	if w.keys, err = jose.Publish(jose.ES256, w.Ring.Signers("token")()...); err != nil {
		t.Fatal(err)
	}
	w.wallet = &holder.Wallet{HTTP: w.http, Now: w.Now}
	for kind, hidden := range map[string][]holder.Hidden{"person": nil, "age": {{Name: "age_over_14", Value: true}, {Name: "age_over_18", Value: false}}} {
		c, err := authority.Issue(w.issuer+"/credentials/"+kind, hidden, func(p map[string]any) { p["real_person"] = true })
		if err != nil {
			t.Fatal(err)
		}
		w.wallet.Holds = append(w.wallet.Holds, c)
	}
	return w
}

// asked is what a party hears of its question.
type asked struct {
	ID, Link, QR, Error string
	WalletLink          string `json:"wallet_link"`
	WalletQR            string `json:"wallet_qr"`
	Access              string `json:"access_token"`
	Request             string `json:"request_uri"`
	Description         string `json:"error_description"`
	Expires             int    `json:"expires_in"`
}

func (w *world) ask(t testing.TB, party string, f url.Values) (status int, a asked) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.issuer+"/vp/requests", strings.NewReader(f.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if party != "app" {
		r.SetBasicAuth(party, url.QueryEscape("secret of "+party))
	}
	return w.do(t, r, &a), a
}

func (w *world) do(t testing.TB, r *http.Request, into any) int {
	t.Helper()
	resp, err := w.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(err, resp.Header)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return resp.StatusCode
}

type told struct{ Status, Error, Result string }

func (w *world) told(t testing.TB, id, access, code string) (status int, a told) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.issuer+"/vp/requests/"+id+"?response_code="+code, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	return w.do(t, r, &a), a
}

func (w *world) answer(t testing.TB, link string) (holder.Request, holder.Answered) {
	t.Helper()
	req, err := w.wallet.Fetch(link)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.wallet.Answer(req)
	if err != nil {
		t.Fatal(err)
	}
	return req, got
}

// says reads a result as a party does.
func (w *world) says(t testing.TB, text string) (claims map[string]json.RawMessage) {
	t.Helper()
	set, err := jose.ParseSet(w.keys, jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jose.Place{Algs: []string{jose.ES256}, Types: []string{client.ResultType}, Limit: 4096}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	o, err := token.Verify(set)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAPartyIsAnswered(t *testing.T) {
	w := open(t)
	for ask, says := range map[string]string{"person": `{"real_person":true}`, "age_over_18": `{"age_over_18":false,"real_person":true}`, "person age_over_18": `{"age_over_18":false,"real_person":true}`} {
		status, a := w.ask(t, "shop", url.Values{"ask": {ask}, "nonce": {"n-1"}})
		if status != http.StatusCreated || !strings.HasPrefix(a.QR, "<svg ") || a.Expires != 300 || strings.Contains(a.Link, a.Access) || !strings.HasPrefix(a.Request, w.issuer+"/vp/wallet/"+a.ID+"/") {
			t.Fatalf("%d %+v", status, a)
		}
		if status, now := w.told(t, a.ID, a.Access, ""); status != http.StatusOK || now != (told{Status: "waiting"}) {
			t.Errorf("%d %+v", status, now)
		}
		w.links(t, a)
		req, got := w.answer(t, a.Link)
		if got.Status != http.StatusOK || got.Redirect != "" || req.VerifierInfo[0].Data != "statement.shop.x" {
			t.Fatalf("%+v %+v", got, req)
		}
		status, now := w.told(t, a.ID, a.Access, "")
		if status != http.StatusOK || now.Status != "answered" {
			t.Fatalf("%d %+v", status, now)
		}
		c := w.says(t, now.Result)
		if string(c["says"]) != says || string(c["aud"]) != `"shop"` || string(c["iss"]) != `"`+w.issuer+`"` || string(c["nonce"]) != `"n-1"` || len(c) != 6 {
			t.Errorf("%s: %s", ask, c)
		}
	}
}

// links: the same question for the service's own wallet, whose server must not learn
// of it, and for others. Either can be followed.
func (w *world) links(t testing.TB, a asked) {
	t.Helper()
	page, asks, _ := strings.Cut(a.Link, "#")
	v, err := url.ParseQuery(asks)
	if err != nil || page != w.issuer+"/present" || len(v) != 3 || !strings.HasPrefix(v.Get("client_id"), "x509_hash:") || v.Get("request_uri") != a.Request || v.Get("request_uri_method") != "post" {
		t.Errorf("%s, %v", a.Link, err)
	}
	if a.WalletLink != "openid4vp://?"+asks || !strings.HasPrefix(a.WalletQR, "<svg ") || a.WalletQR == a.QR || strings.Contains(a.WalletLink, a.Access) {
		t.Errorf("%+v", a)
	}
	if _, err := w.wallet.Fetch(a.WalletLink); err != nil {
		t.Error(err)
	}
}

// G03 where netid reads: the code of the browser that came back and the word that the party alone was told.
func TestG03TheHostedReaderNeedsBoth(t *testing.T) {
	w := open(t)
	_, a := w.ask(t, "shop", url.Values{"ask": {"person"}, "redirect_uri": {back}})
	_, other := w.ask(t, "shop", url.Values{"ask": {"person"}, "redirect_uri": {back}})
	_, got := w.answer(t, a.Link)
	u, err := url.Parse(got.Redirect)
	if err != nil || a.QR+a.WalletQR != "" || !strings.HasPrefix(a.WalletLink, "openid4vp://?client_id=") || !strings.HasPrefix(got.Redirect, "https://shop.example/back?") || u.Query().Get("a") != "b" {
		t.Fatalf("%+v %+v", a, got)
	}
	code := u.Query().Get("response_code")
	for _, c := range [][3]string{{a.ID, a.Access, ""}, {a.ID, a.Access, "x"}, {a.ID, "", code}, {a.ID, other.Access, code}, {other.ID, a.Access, code}, {a.ID, a.ID + ".x", code}, {"x", "x.y", code}} {
		if status, now := w.told(t, c[0], c[1], c[2]); status != http.StatusUnauthorized || now.Error != "invalid_token" {
			t.Errorf("%q: %d %+v", c, status, now)
		}
	}
	if status, now := w.told(t, a.ID, a.Access, code); status != http.StatusOK || now.Status != "answered" {
		t.Errorf("%d %+v", status, now)
	}
}

// I17: what a party did not register, with the law that it cites, it does not ask.
func TestI17AskingForMoreThanRegistered(t *testing.T) {
	w := open(t)
	age := func(more string) string {
		return `{"credentials":[{"id":"c","format":"dc+sd-jwt","meta":{"vct_values":["` + w.issuer + `/credentials/age"]}` + more + `}]}`
	}
	for _, c := range []struct {
		party  string
		f      url.Values
		status int
	}{
		{"shop", url.Values{"dcql_query": {age(`,"claims":[{"path":["age_over_18"]},{"path":["real_person"]}]`)}}, 201},
		{"shop", url.Values{"dcql_query": {age(``)}}, 201},
		{"shop", url.Values{"ask": {"age_over_60"}}, 403},
		{"shop", url.Values{"ask": {"age_over_18 age_over_14"}}, 403},
		{"shop", url.Values{"dcql_query": {age(`,"claims":[{"path":["age_over_60"]}]`)}}, 403},
		{"shop", url.Values{"dcql_query": {age(`,"claims":[{"path":["over18"]}]`)}}, 403}, // a short form is no claim
		{"shop", url.Values{"dcql_query": {age(`,"claims":[{"path":["iss"]}]`)}}, 403},
		{"shop", url.Values{"dcql_query": {age(`,"claims":[{"path":["cnf","jwk"]}]`)}}, 403},
		{"shop", url.Values{"dcql_query": {age(`,"claims":[{"id":"a","path":["age_over_18"]},{"id":"b","path":["age_over_60"]}],"claim_sets":[["a"],["b"]]`)}}, 403},
		{"shop", url.Values{"dcql_query": {strings.ReplaceAll(age(``), "credentials/age", "credentials/net-certificate")}}, 403},
		{"shop", url.Values{"dcql_query": {strings.ReplaceAll(age(``), `/credentials/age"`, `/credentials/age","urn:eudi:pid:1"`)}}, 403},
		{"shop", url.Values{"dcql_query": {strings.ReplaceAll(age(`,"claims":[{"path":["age_over_18"]}]`), "credentials/age", "credentials/person")}}, 403},
		{"shop", url.Values{"ask": {"name"}}, 400}, {"shop", url.Values{"ask": {" "}}, 400}, {"shop", url.Values{}, 400}, {"shop", url.Values{"dcql_query": {"{}"}}, 400},
		{"shop", url.Values{"ask": {"person"}, "dcql_query": {age(``)}}, 400},
		{"shop", url.Values{"ask": {"person"}, "redirect_uri": {"https://shop.example/other"}}, 400},
		{"shop", url.Values{"ask": {"person"}, "nonce": {strings.Repeat("n", 129)}}, 400},
		{"app", url.Values{"ask": {"person"}, "client_id": {"app"}}, 403}, // it proves nothing, and its name would be shown
		{"nobody", url.Values{"ask": {"person"}}, 401},
	} {
		if status, a := w.ask(t, c.party, c.f); status != c.status || (a.Access != "") != (status == 201) {
			t.Errorf("%s %v: %d %+v", c.party, c.f, status, a)
		}
	}
	w.parties["shop"].AgeMarks = nil
	if status, _ := w.ask(t, "shop", url.Values{"ask": {"age_over_18"}}); status != http.StatusForbidden {
		t.Error(status)
	}
}

// I09: a nonce serves once on two nodes, however many answer at once.
func TestI09AnsweredOnceOnTwoNodes(t *testing.T) {
	w := open(t)
	_, a := w.ask(t, "shop", url.Values{"ask": {"person"}})
	req, err := w.wallet.Fetch(a.Link)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var good, late atomic.Int64
	for range 16 {
		all.Go(func() {
			switch got, err := w.wallet.Answer(req); {
			case err == nil && got.Status == http.StatusOK:
				good.Add(1)
			case err == nil && got.Status == http.StatusConflict:
				late.Add(1)
			default:
				t.Error(got, err)
			}
		})
	}
	all.Wait()
	if good.Load() != 1 || late.Load() != 15 {
		t.Errorf("%d were taken", good.Load())
	}
}

func TestAPersonSaysNo(t *testing.T) {
	w := open(t)
	_, a := w.ask(t, "shop", url.Values{"ask": {"person"}})
	req, err := w.wallet.Fetch(a.Link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.wallet.Refuse(req, "access_denied"); err != nil {
		t.Fatal(err)
	}
	if status, now := w.told(t, a.ID, a.Access, ""); status != http.StatusOK || now != (told{Status: "refused", Error: "access_denied"}) {
		t.Errorf("%d %+v", status, now)
	}
}

func TestAPartyThatWasStoppedHearsNothing(t *testing.T) {
	w := open(t)
	_, a := w.ask(t, "shop", url.Values{"ask": {"person"}})
	w.answer(t, a.Link)
	w.parties["shop"].Standing = identity.PartySuspended
	if status, now := w.told(t, a.ID, a.Access, ""); status != http.StatusForbidden || now.Result != "" {
		t.Errorf("%d %+v", status, now)
	}
}

func TestAQuestionEnds(t *testing.T) {
	w := open(t)
	_, a := w.ask(t, "shop", url.Values{"ask": {"person"}})
	w.answer(t, a.Link)
	w.Advance(5 * time.Minute)
	if status, _ := w.told(t, a.ID, a.Access, ""); status != http.StatusUnauthorized {
		t.Error(status)
	}
}

// What lies in the store opens with nothing that netid has, and its length says nothing.
func TestRowsAreSealedUnderTheirNames(t *testing.T) {
	w := open(t)
	cover := suite.Cover{Suite: identity.ES256}
	var sizes [2]int
	for i, ask := range []string{"person", "age_over_18"} {
		_, a := w.ask(t, "shop", url.Values{"ask": {ask}})
		if i == 1 {
			w.answer(t, a.Link)
		}
		h, err := identity.ParseHandle(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		row, err := w.Store.Draft(t.Context(), cover.ID(h))
		if err != nil {
			t.Fatal(err)
		}
		sizes[i] = len(row.Body)
		for _, word := range []string{"credentials/", "shop", "real_person", a.ID, base64.StdEncoding.EncodeToString([]byte("shop"))} {
			if strings.Contains(string(row.Body), word) {
				t.Errorf("%s is there to be read", word)
			}
		}
	}
	if sizes[0] != sizes[1] {
		t.Errorf("%d and %d bytes", sizes[0], sizes[1])
	}
}

func FuzzAsk(f *testing.F) {
	w := open(f)
	f.Add("person", "", "n", "")
	f.Add("", `{"credentials":[{"id":"c","format":"dc+sd-jwt","meta":{"vct_values":["`+w.issuer+`/credentials/age"]},"claims":[{"path":["age_over_18"]}]}]}`, "", back)
	f.Fuzz(func(t *testing.T, ask, query, nonce, redirect string) {
		status, a := w.ask(t, "bank", url.Values{"ask": {ask}, "dcql_query": {query}, "nonce": {nonce}, "redirect_uri": {redirect}})
		if status >= 500 || (status == http.StatusCreated) != (a.Access != "") {
			t.Errorf("%d %+v", status, a)
		}
	})
}
