package verifier_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"netid/client"
	"netid/client/verifier"
	"netid/test/holder"
)

const (
	age    = "https://netid.example/credentials/age"
	person = "https://netid.example/credentials/person"
)

var began = time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)

// world is a shop, a wallet, and who gave it what it holds.
type world struct {
	authority *holder.Authority
	desk      *verifier.Desk
	reader    client.Reader
	wallet    *holder.Wallet
	now       time.Time
	query     client.Query
}

func open(t testing.TB) *world {
	t.Helper()
	w := &world{now: began}
	clock := func() time.Time { return w.now }
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	var err error
	if w.authority, err = holder.NewAuthority("https://netid.example", began); err != nil {
		t.Fatal(err)
	}
	key, chain, err := w.authority.Certify("https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	w.reader = client.Reader{Chain: chain, Sign: client.NewSign(key), Roots: w.authority.Roots(), Statement: "a.b.c"}
	w.desk = &verifier.Desk{Reader: func() (client.Reader, error) { return w.reader, nil }, Base: server.URL + "/wallet", Store: verifier.NewMemory(100, clock), Now: clock}
	if err := w.desk.Register(mux); err != nil {
		t.Fatal(err)
	}
	w.wallet = &holder.Wallet{HTTP: server.Client(), Now: clock}
	w.gives(t, age, nil, holder.Hidden{Name: "age_over_14", Value: true}, holder.Hidden{Name: "age_over_18", Value: true}, holder.Hidden{Name: "age_over_60", Value: false})
	w.query = ask(t, age, "age_over_18")
	return w
}

func (w *world) gives(t testing.TB, kind string, edit func(map[string]any), hidden ...holder.Hidden) {
	t.Helper()
	c, err := w.authority.Issue(kind, hidden, func(p map[string]any) {
		p["real_person"] = true
		if edit != nil {
			edit(p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.wallet.Holds = append([]holder.Credential{c}, w.wallet.Holds...)
}

func ask(t testing.TB, kind string, claims ...string) client.Query {
	t.Helper()
	q, err := client.QueryFor(kind, claims...)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func (w *world) begin(t testing.TB, q verifier.Question) (verifier.Begun, holder.Request) {
	t.Helper()
	if q.Query.Bytes() == nil {
		q.Query = w.query
	}
	b, err := w.desk.Begin(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	req, err := w.wallet.Fetch(b.Link)
	if err != nil {
		t.Fatal(err)
	}
	return b, req
}

// answer has the wallet answer, and gives what the application then knows.
func (w *world) answer(t testing.TB, b verifier.Begun, req holder.Request) (holder.Answered, verifier.Result) {
	t.Helper()
	a, err := w.wallet.Answer(req)
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	if u, err := url.Parse(a.Redirect); err == nil {
		code = u.Query().Get("response_code")
	}
	r, err := w.desk.Result(t.Context(), b.Handle, code)
	if err != nil {
		t.Fatal(err)
	}
	return a, r
}

// Of a wallet that is a page, nothing that is asked is in what its server is sent.
func TestAWebWallet(t *testing.T) {
	w := open(t)
	for _, page := range []string{"https://id.example/present", "http://localhost:7080/present?ui_locales=en"} {
		b, req := w.begin(t, verifier.Question{Scheme: page})
		if before, asks, _ := strings.Cut(b.Link, "#"); before != page || !strings.HasPrefix(asks, "client_id=x509_hash%3A") {
			t.Error(b.Link)
		}
		if _, r := w.answer(t, b, req); len(r.Credentials["credential"]) != 1 {
			t.Errorf("%+v", r)
		}
	}
	if _, err := w.desk.Begin(t.Context(), verifier.Question{Query: w.query, Scheme: "https://id.example/#present"}); !errors.Is(err, client.ErrRequest) {
		t.Error("two fragments:", err)
	}
}

func TestAnotherDevice(t *testing.T) {
	w := open(t)
	b, req := w.begin(t, verifier.Question{Tag: "order 7"})
	if req.Mode != "direct_post.jwt" || len(req.VerifierInfo) != 1 || req.VerifierInfo[0].Format != "urn:netid:registration" || req.VerifierInfo[0].Data != "a.b.c" {
		t.Errorf("%+v", req)
	}
	if r, err := w.desk.Result(t.Context(), b.Handle, ""); err != nil || !r.Pending || r.Tag != "order 7" {
		t.Errorf("%+v, %v", r, err)
	}
	a, r := w.answer(t, b, req)
	got := r.Credentials["credential"]
	if a.Status != http.StatusOK || a.Redirect != "" || r.Pending || r.Refused != "" || r.Tag != "order 7" || len(got) != 1 {
		t.Fatalf("%+v, %+v", a, r)
	}
	if p := got[0]; p.Kind != age || string(p.Claims["age_over_18"]) != "true" || string(p.Claims["real_person"]) != "true" || p.Claims["age_over_14"] != nil || p.Claims["age_over_60"] != nil {
		t.Errorf("%+v", p)
	}
}

// The link or QR code shows nothing by which its photographer could collect the answer.
func TestTheHandleIsInNoLink(t *testing.T) {
	w := open(t)
	b, req := w.begin(t, verifier.Question{})
	_, secret, _ := strings.Cut(b.Handle, ".")
	text, err := json.Marshal(req)
	if err != nil || len(secret) != 43 || strings.Contains(b.Link+b.RequestURI+string(text), secret) {
		t.Error("the secret half is told", err)
	}
	w.answer(t, b, req)
	name, _, _ := strings.Cut(b.Handle, ".")
	for _, handle := range []string{"", ".", name, name + ".", name + "." + name, name + "." + secret[:42], "." + secret, strings.Repeat("A", 43) + "." + secret, name + "=." + secret} {
		if r, err := w.desk.Result(t.Context(), handle, ""); !errors.Is(err, verifier.ErrUnknown) {
			t.Errorf("%q: %+v, %v", handle, r, err)
		}
	}
}

// G03: whoever begins and sends the link on brings no code; whoever followed it has no handle.
func TestG03TheSameDeviceNeedsHandleAndCode(t *testing.T) {
	w := open(t)
	b, req := w.begin(t, verifier.Question{Return: "https://shop.example/done?lang=zh"})
	other, _ := w.begin(t, verifier.Question{Return: "https://shop.example/done"})
	a, r := w.answer(t, b, req)
	u, err := url.Parse(a.Redirect)
	if err != nil || a.Status != http.StatusOK || u.Host != "shop.example" || u.Query().Get("lang") != "zh" || len(u.Query().Get("response_code")) != 43 || r.Credentials == nil {
		t.Fatalf("%+v, %+v, %v", a, r, err)
	}
	code := u.Query().Get("response_code")
	for _, c := range [][2]string{{b.Handle, ""}, {b.Handle, code[:42]}, {b.Handle, strings.Repeat("A", 43)}, {strings.Split(b.Handle, ".")[0] + "." + strings.Split(other.Handle, ".")[1], code}} {
		if r, err := w.desk.Result(t.Context(), c[0], c[1]); !errors.Is(err, verifier.ErrUnknown) {
			t.Errorf("%q: %+v, %v", c, r, err)
		}
	}
	if r, err := w.desk.Result(t.Context(), other.Handle, code); err != nil || !r.Pending {
		t.Errorf("the other browser: %+v, %v", r, err)
	}
}

// I09, G02: a nonce serves once, however many answer at the same time.
func TestI09ATransactionIsAnsweredOnce(t *testing.T) {
	w := open(t)
	w.gives(t, age, nil, holder.Hidden{Name: "age_over_18", Value: false})
	b, req := w.begin(t, verifier.Question{})
	var all sync.WaitGroup
	status := make(chan int, 64)
	for range 64 {
		all.Go(func() {
			a, err := w.wallet.Answer(req)
			if err != nil {
				t.Error(err)
			}
			status <- a.Status
		})
	}
	all.Wait()
	close(status)
	good := 0
	for s := range status {
		if s == http.StatusOK {
			good++
		} else if s != http.StatusConflict {
			t.Error(s)
		}
	}
	if good != 1 {
		t.Errorf("%d answers were taken", good)
	}
	if a, _ := w.answer(t, b, req); a.Status != http.StatusConflict {
		t.Errorf("%+v", a)
	}
	if _, err := w.wallet.Fetch(b.Link); err == nil {
		t.Error("what was answered is asked again")
	}
}

func TestARequestIsFetchedAgainUntilItIsAnswered(t *testing.T) {
	w := open(t)
	b, first := w.begin(t, verifier.Question{})
	w.wallet.ByGet = true
	second, err := w.wallet.Fetch(b.Link)
	if err != nil || second.Nonce != first.Nonce || second.State != first.State || first.WalletNonce == "" || second.WalletNonce != "" {
		t.Errorf("%+v, %+v, %v", first, second, err)
	}
	w.now = w.now.Add(5*time.Minute - time.Second)
	if a, r := w.answer(t, b, second); a.Status != http.StatusOK || r.Pending {
		t.Errorf("in the last second: %+v, %+v", a, r)
	}
	b, req := w.begin(t, verifier.Question{})
	w.now = w.now.Add(5 * time.Minute)
	if a, err := w.wallet.Answer(req); err != nil || a.Status != http.StatusNotFound {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := w.wallet.Fetch(b.Link); err == nil {
		t.Error("past its time")
	}
	if _, err := w.desk.Result(t.Context(), b.Handle, ""); !errors.Is(err, verifier.ErrUnknown) {
		t.Error(err)
	}
}

// A wallet that says no, plain or encrypted: one of the words that there are.
func TestAWalletSaysNo(t *testing.T) {
	for _, c := range [][2]string{{"access_denied", "access_denied"}, {"wallet_unavailable", "wallet_unavailable"}, {"<b>", "invalid_request"}} {
		w := open(t)
		b, req := w.begin(t, verifier.Question{})
		a, err := w.wallet.Refuse(req, c[0])
		if r, err2 := w.desk.Result(t.Context(), b.Handle, ""); err != nil || err2 != nil || a.Status != http.StatusOK || r.Pending || r.Refused != c[1] || r.Credentials != nil {
			t.Errorf("%s: %+v, %+v, %v, %v", c[0], a, r, err, err2)
		}
	}
	w := open(t)
	_, req := w.begin(t, verifier.Question{})
	req.State = "another"
	if a, err := w.wallet.Refuse(req, "access_denied"); err != nil || a.Status != http.StatusBadRequest {
		t.Errorf("of another transaction: %+v, %v", a, err)
	}
}

func TestAnAnswerThatComesPlain(t *testing.T) {
	w := open(t)
	b, req := w.begin(t, verifier.Question{Plain: true})
	if a, r := w.answer(t, b, req); req.Mode != "direct_post" || a.Status != http.StatusOK || r.Credentials == nil {
		t.Errorf("%+v, %+v", a, r)
	}
	_, req = w.begin(t, verifier.Question{})
	req.Mode = "direct_post"
	if a, err := w.wallet.Answer(req); err != nil || a.Status != http.StatusBadRequest {
		t.Errorf("plain where it was to be encrypted: %+v, %v", a, err)
	}
}

func TestBothEncryptionsAndNoOther(t *testing.T) {
	for _, c := range []struct {
		enc    jose.ContentEncryption
		zip    bool
		status int
	}{{jose.A128GCM, false, 200}, {jose.A256GCM, false, 200}, {jose.A192GCM, false, 400}, {jose.A128CBC_HS256, false, 400}, {jose.A128GCM, true, 400}} {
		w := open(t)
		_, req := w.begin(t, verifier.Question{})
		w.wallet.Seal = func(o *jose.EncrypterOptions) jose.ContentEncryption {
			if c.zip {
				o.Compression = jose.DEFLATE
			}
			return c.enc
		}
		if a, err := w.wallet.Answer(req); err != nil || a.Status != c.status {
			t.Errorf("%+v: %+v, %v", c, a, err)
		}
	}
}

// A key is one transaction's: what was encrypted for one opens in no other.
func TestKeysAreEachTransactionsOwn(t *testing.T) {
	w := open(t)
	_, one := w.begin(t, verifier.Question{})
	_, two := w.begin(t, verifier.Question{})
	if one.Nonce == two.Nonce || one.State == two.State || one.ResponseURI == two.ResponseURI || one.Metadata.Keys.Keys[0].KeyID == two.Metadata.Keys.Keys[0].KeyID {
		t.Error("two transactions share something")
	}
	two.Metadata = one.Metadata
	if a, err := w.wallet.Answer(two); err != nil || a.Status != http.StatusBadRequest {
		t.Errorf("%+v, %v", a, err)
	}
}

// Answers that are refused, and leave the transaction for the right one.
func TestAnswersThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(*world, *holder.Wallet){
		"more than was asked": func(_ *world, h *holder.Wallet) {
			h.Choose = func(_ string, names []string) []string { return append(names, "age_over_60") }
		},
		"less than was asked": func(_ *world, h *holder.Wallet) { h.Choose = func(string, []string) []string { return nil } },
		"nothing":             func(_ *world, h *holder.Wallet) { h.Token = func(m map[string]any) { clear(m) } },
		"twice": func(_ *world, h *holder.Wallet) {
			h.Token = func(m map[string]any) {
				m["credential"] = append(m["credential"].([]string), m["credential"].([]string)...)
			}
		},
		"what nobody asked for": func(_ *world, h *holder.Wallet) {
			h.Token = func(m map[string]any) { m["other"] = m["credential"] }
		},
		"no array": func(_ *world, h *holder.Wallet) {
			h.Token = func(m map[string]any) { m["credential"] = m["credential"].([]string)[0] }
		},
		"no state":    func(_ *world, h *holder.Wallet) { h.Post = func(f url.Values) { f.Set("response", "a.b.c.d.e") } },
		"empty":       func(_ *world, h *holder.Wallet) { h.Post = func(f url.Values) { clear(f) } },
		"field twice": func(_ *world, h *holder.Wallet) { h.Post = func(f url.Values) { f.Add("response", "x") } },
		"no proof": func(_ *world, h *holder.Wallet) {
			h.Show = func(_, text string) string { return text[:strings.LastIndex(text, "~")+1] }
		},
		"a status": func(w *world, _ *holder.Wallet) {
			w.gives(t, age, status, holder.Hidden{Name: "age_over_18", Value: true})
		},
		"another kind": func(w *world, h *holder.Wallet) { w.gives(t, person, nil); h.Holds[0].Kind = age },
	} {
		w := open(t)
		b, req := w.begin(t, verifier.Question{})
		right := *w.wallet
		right.Holds = w.wallet.Holds
		change(w, w.wallet)
		if a, r := w.answer(t, b, req); a.Status != http.StatusBadRequest || a.Code != "invalid_request" || !r.Pending {
			t.Errorf("%s: %+v, %+v", name, a, r)
		}
		w.wallet = &right
		if a, r := w.answer(t, b, req); a.Status != http.StatusOK || r.Pending {
			t.Errorf("after %s: %+v, %+v", name, a, r)
		}
	}
}

func status(p map[string]any) {
	p["status"] = map[string]any{"status_list": map[string]any{"idx": 3, "uri": "https://netid.example/status/1"}}
}

// A status is looked up by whoever can, and only that decides.
func TestAStatusIsLookedUp(t *testing.T) {
	for _, revoked := range []bool{false, true} {
		w := open(t)
		w.gives(t, age, status, holder.Hidden{Name: "age_over_18", Value: true})
		w.reader.Standing = func(p client.Presentation) error {
			if p.Status.Index != 3 || p.Status.URI != "https://netid.example/status/1" {
				t.Errorf("%+v", p.Status)
			}
			if revoked {
				return client.ErrCredential
			}
			return nil
		}
		b, req := w.begin(t, verifier.Question{})
		if a, r := w.answer(t, b, req); (a.Status == http.StatusOK) == revoked || r.Pending != revoked {
			t.Errorf("%v: %+v, %+v", revoked, a, r)
		}
	}
}

func TestTransactionData(t *testing.T) {
	data := []json.RawMessage{json.RawMessage(`{"type":"urn:shop:order","credential_ids":["credential"],"sum":"7.00"}`)}
	for name, c := range map[string]struct {
		proof  func(header, claims map[string]any)
		status int
	}{
		"agreed":     {nil, 200},
		"not agreed": {func(_, claims map[string]any) { delete(claims, "transaction_data_hashes") }, 400},
		"another":    {func(_, claims map[string]any) { claims["transaction_data_hashes"] = []string{"AAAA"} }, 400},
		"one more": {func(_, claims map[string]any) {
			claims["transaction_data_hashes"] = append(claims["transaction_data_hashes"].([]string), "AAAA")
		}, 400},
		"another hash":  {func(_, claims map[string]any) { claims["transaction_data_hashes_alg"] = "sha-512" }, 400},
		"the same hash": {func(_, claims map[string]any) { claims["transaction_data_hashes_alg"] = "sha-256" }, 200},
	} {
		w := open(t)
		_, req := w.begin(t, verifier.Question{Data: data})
		w.wallet.Proof = c.proof
		if a, err := w.wallet.Answer(req); err != nil || a.Status != c.status || len(req.Data) != 1 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	w := open(t)
	for _, bad := range []string{`{}`, `[]`, `{"type":"x"}`, `{"type":"x","credential_ids":["other"]}`, `{"type":"x","credential_ids":["credential"],"transaction_data_hashes_alg":["sha-512"]}`} {
		if _, err := w.desk.Begin(t.Context(), verifier.Question{Query: w.query, Data: []json.RawMessage{json.RawMessage(bad)}}); !errors.Is(err, client.ErrRequest) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestQuestionsThatAreNone(t *testing.T) {
	w := open(t)
	for _, q := range []verifier.Question{{}, {Query: w.query, Return: "javascript:alert(1)"}, {Query: w.query, Return: "/done"}} {
		if _, err := w.desk.Begin(t.Context(), q); err == nil {
			t.Errorf("%+v", q)
		}
	}
	w.reader.Chain = append(w.reader.Chain, w.authority.Root.Raw)
	b, err := w.desk.Begin(t.Context(), verifier.Question{Query: w.query})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.wallet.Fetch(b.Link); err == nil {
		t.Error("a root in the chain")
	}
}

func TestPagesOfAnySiteMayAsk(t *testing.T) {
	w := open(t)
	b, _ := w.begin(t, verifier.Question{})
	for _, at := range []string{b.RequestURI, strings.TrimSuffix(b.RequestURI, "request") + "response"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, at, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := w.wallet.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent || resp.Header.Get("Access-Control-Allow-Origin") != "*" || resp.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", at, resp.StatusCode, resp.Header)
		}
	}
}

func TestMemory(t *testing.T) {
	now := began
	m := verifier.NewMemory(2, func() time.Time { return now })
	ctx := context.Background()
	for _, name := range []string{"a", "b"} {
		if err := m.Put(ctx, name, []byte("1"), now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Put(ctx, "c", nil, now.Add(time.Minute)); err == nil {
		t.Error("more than it may hold")
	}
	if err := m.Put(ctx, "a", nil, now.Add(time.Minute)); err == nil {
		t.Error("a name twice")
	}
	if err := m.Replace(ctx, "a", []byte("2"), []byte("3")); !errors.Is(err, verifier.ErrTaken) {
		t.Error(err)
	}
	if err := m.Replace(ctx, "a", []byte("1"), []byte("3")); err != nil {
		t.Error(err)
	}
	if got, err := m.Get(ctx, "a"); err != nil || string(got) != "3" {
		t.Error(string(got), err)
	}
	now = now.Add(time.Minute)
	if _, err := m.Get(ctx, "a"); !errors.Is(err, verifier.ErrUnknown) {
		t.Error(err)
	}
	if err := m.Put(ctx, "c", nil, now.Add(time.Minute)); err != nil {
		t.Error("what is over makes no room", err)
	}
}

// HAIP 1.0 §5: by the key of who vouches for the issuer.
func TestTheAuthorityThatIsAskedFor(t *testing.T) {
	for id, status := range map[string]int{"a2V5IG9mIGh0dHBzOi8vbmV0aWQuZXhhbXBsZQ": http.StatusOK, "YQ": http.StatusBadRequest} { // "key of https://netid.example"
		w := open(t)
		q, err := client.ParseQuery([]byte(`{"credentials":[{"id":"x","format":"dc+sd-jwt","meta":{"vct_values":["` + person + `","` + age + `"]},"trusted_authorities":[{"type":"aki","values":["` + id + `"]}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		_, req := w.begin(t, verifier.Question{Query: q})
		if a, err := w.wallet.Answer(req); err != nil || a.Status != status {
			t.Errorf("%s: %+v, %v", id, a, err)
		}
	}
}

func TestTwoCredentialsAtOnce(t *testing.T) {
	w := open(t)
	w.gives(t, person, nil)
	q, err := client.ParseQuery([]byte(`{"credentials":[{"id":"p","format":"dc+sd-jwt","meta":{"vct_values":["` + person + `"]}},{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["` + age + `"]},"claims":[{"path":["age_over_18"],"values":[true]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b, req := w.begin(t, verifier.Question{Query: q})
	if a, r := w.answer(t, b, req); a.Status != http.StatusOK || len(r.Credentials) != 2 || r.Credentials["p"][0].Kind != person {
		t.Errorf("%+v, %+v", a, r)
	}
	_, req = w.begin(t, verifier.Question{Query: q})
	w.wallet.Token = func(m map[string]any) { delete(m, "p") }
	if a, err := w.wallet.Answer(req); err != nil || a.Status != http.StatusBadRequest {
		t.Errorf("%+v, %v", a, err)
	}
}

// A certificate that is renewed while a wallet thinks: its answer is for the name that asked.
func TestARenewedCertificate(t *testing.T) {
	w := open(t)
	b, req := w.begin(t, verifier.Question{})
	key, chain, err := w.authority.Certify("https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	w.reader.Chain, w.reader.Sign = chain, client.NewSign(key)
	if _, err := w.wallet.Fetch(b.Link); err == nil {
		t.Error("a question of the former name, signed by the new one")
	}
	former, err := (client.Reader{Chain: [][]byte{w.authority.Root.Raw}}).Begin(client.Asking{Query: w.query, ResponseURI: "https://shop.example/r"}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.reader.Request(former, "", w.now); !errors.Is(err, client.ErrRequest) {
		t.Error(err)
	}
	if a, r := w.answer(t, b, req); a.Status != http.StatusOK || r.Pending {
		t.Errorf("%+v, %+v", a, r)
	}
}

// A store that keeps things for too long lengthens nothing.
func TestTheDeskKnowsTheTimeItself(t *testing.T) {
	w := open(t)
	w.desk.Store = verifier.NewMemory(10, func() time.Time { return began })
	b, req := w.begin(t, verifier.Question{})
	w.answer(t, b, req)
	w.now = w.now.Add(5 * time.Minute)
	if r, err := w.desk.Result(t.Context(), b.Handle, ""); !errors.Is(err, verifier.ErrUnknown) {
		t.Errorf("%+v, %v", r, err)
	}
}

// What a wallet posts when it fetches a request: any bytes, and its nonce comes back or it is refused.
func FuzzFetch(f *testing.F) {
	w := open(f)
	mux := http.NewServeMux()
	if err := w.desk.Register(mux); err != nil {
		f.Fatal(err)
	}
	b, _ := w.begin(f, verifier.Question{})
	at, err := url.Parse(b.RequestURI)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("wallet_nonce=n&wallet_metadata=%7B%7D")
	f.Add("wallet_nonce=a&wallet_nonce=b")
	f.Fuzz(func(t *testing.T, body string) {
		said := httptest.NewRecorder()
		mux.ServeHTTP(said, httptest.NewRequestWithContext(t.Context(), http.MethodPost, at.Path, strings.NewReader(body)))
		if said.Code == http.StatusBadRequest {
			return
		}
		parts := strings.Split(said.Body.String(), ".")
		if said.Code != http.StatusOK || len(parts) != 3 {
			t.Fatalf("%q: %d %s", body, said.Code, said.Body)
		}
		text, err := base64.RawURLEncoding.DecodeString(parts[1])
		var claims struct {
			Nonce string `json:"wallet_nonce"`
		}
		if err == nil {
			err = json.Unmarshal(text, &claims)
		}
		form, err2 := url.ParseQuery(body)
		if err != nil || err2 != nil || claims.Nonce != form.Get("wallet_nonce") {
			t.Errorf("%q: %s, %v, %v", body, text, err, err2)
		}
	})
}

// A root may certify others than the issuer, readers among them: their word is not the issuer's.
func TestAReaderBelowTheRootIssuesNothing(t *testing.T) {
	for kind, issuers := range map[string]map[string]string{age: nil, "urn:x": nil, "urn:y": {"urn:y": "https://netid.example"}, "urn:z": {"urn:z": "https://shop.example"}} {
		w := open(t)
		if err := w.authority.Issues("https://shop.example"); err != nil {
			t.Fatal(err)
		}
		w.reader.Issuers = issuers
		w.gives(t, kind, nil, holder.Hidden{Name: "age_over_18", Value: true})
		_, req := w.begin(t, verifier.Question{Query: ask(t, kind, "age_over_18")})
		a, err := w.wallet.Answer(req)
		if good := kind == "urn:z"; err != nil || (a.Status == http.StatusOK) != good {
			t.Errorf("%s: %+v, %v", kind, a, err)
		}
	}
}
