package pool_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"netid/client"
	"netid/client/verifier"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/vci"
	"netid/internal/token/vc"
	"netid/test/holder"
	"netid/test/kit"
	"netid/test/wallet"
)

// fetches adds the door at which wallets fetch, as the program has it.
func (w *world) fetches() {
	c := vci.Config{Issuer: kit.Issuer, Name: identity.Text{ZH: "甲", EN: "A"}, Attester: w.Attest, Configurations: map[string]map[string]any{}, Types: map[string][]byte{}, Now: w.Now,
		Gate: oauth.Gate{Issuer: kit.Issuer, Parties: w.Admit, Nonces: oauth.Nonces{Secrets: w.Ring.Secrets("nonce")}, Suite: identity.ES256, Now: w.Now}, Nonces: vci.Nonces{Secrets: w.Ring.Secrets("nonce"), Label: "c-nonce"}}
	for _, k := range vc.Kinds(false) {
		document, err := k.Document(kit.Issuer)
		must(w.t, err)
		c.Configurations[k.ID], c.Types[k.Name] = k.Configuration(kit.Issuer), document
	}
	door, err := vci.New(c)
	must(w.t, err)
	door.Register(w.mux)
}

// served hands over one request, and says what came of it.
func (w *world) served(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	if rec.Code >= 300 {
		w.t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	return rec
}

// order is a wallet's request for so many credentials, with their proofs.
func (w *world) order(access string, n int) *http.Request {
	var nonce struct {
		C string `json:"c_nonce"`
	}
	must(w.t, json.Unmarshal(w.served(httptest.NewRequest("POST", kit.Issuer+"/nonce", nil)).Body.Bytes(), &nonce))
	var proofs []string
	for range n {
		k := wallet.NewKey()
		proofs = append(proofs, k.Sign("openid4vci-proof+jwt", map[string]any{"jwk": k.JWK()}, map[string]any{"aud": kit.Issuer, "iat": w.Now().Unix(), "nonce": nonce.C}))
	}
	body, err := json.Marshal(map[string]any{"credential_configuration_id": "age", "proofs": map[string]any{"jwt": proofs}})
	must(w.t, err)
	r := httptest.NewRequest("POST", kit.Issuer+"/credential", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+access)
	return r
}

// BenchmarkCredential is the whole credential endpoint: proofs checked, credentials
// made, and one commit to the embedded store on disk before they leave.
func BenchmarkCredential(b *testing.B) {
	w := found(b)
	w.fetches()
	p := w.Adult(1)
	must(b, p.Enrol(b.Context()))
	for _, n := range []int{1, 8, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			access, left, size, spent := "", 0, 0, time.Duration(0)
			for range b.N {
				b.StopTimer()
				if left < n { // of the day's share
					w.Advance(25 * time.Hour)
					must(b, p.SignIn(b.Context()))
					granted, _, err := p.Held(b.Context(), identity.Confirm{}, "age")
					must(b, err)
					access, left = granted.Access, 256
				}
				left -= n
				r := w.order(access, n)
				b.StartTimer()
				began := used()
				size = w.served(r).Body.Len()
				spent += used() - began
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(size)/float64(n), "bytes/credential")
		})
	}
}

// BenchmarkPresentation is what a reader does for one answer: the question drawn, the
// answer opened, and everything in it checked (the signature of the request is counted as the wallet's, which fetches it); and the same at netid for a party, with its result signed.
func BenchmarkPresentation(b *testing.B) {
	w := found(b)
	p := &person{Citizen: w.Adult(1), holds: map[string][]holder.Credential{}}
	must(b, p.Enrol(b.Context()))
	must(b, p.SignIn(b.Context()))
	at := w.parties[0]
	q, err := client.QueryFor(kit.Issuer+"/credentials/age", "age_over_18")
	must(b, err)
	purse := w.wallet(p, "age") // one credential, shown again: to a reader it is one as good as another
	// posts keeps the wallet's own work out of the time.
	var apart time.Duration
	posts := func(b *testing.B, link string) *http.Request {
		b.StopTimer()
		began := used()
		var kept *http.Request
		held := *purse
		held.HTTP = &http.Client{Transport: postman{w, &kept}}
		req, err := held.Fetch(link)
		must(b, err)
		_, err = held.Answer(req)
		if kept == nil {
			b.Fatal(err)
		}
		apart += used() - began
		b.StartTimer()
		return kept
	}
	b.Run("by oneself", func(b *testing.B) {
		b.ReportAllocs()
		began := used()
		apart = 0
		for range b.N {
			begun, err := at.desk.Begin(b.Context(), verifier.Question{Query: q})
			must(b, err)
			w.served(posts(b, begun.Link))
			got, err := at.desk.Result(b.Context(), begun.Handle, "")
			if err != nil || len(got.Credentials) != 1 {
				b.Fatal(got, err)
			}
		}
		b.ReportMetric(float64((used()-began-apart).Microseconds())/float64(b.N), "cpu-µs/op")
	})
	b.Run("by netid", func(b *testing.B) {
		b.ReportAllocs()
		began := used()
		apart = 0
		for range b.N {
			r := httptest.NewRequest("POST", kit.Issuer+"/vp/requests", strings.NewReader(url.Values{"ask": {"age_over_18"}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(string(at.id), url.QueryEscape(at.secret))
			var asked struct {
				ID, Link string
				Access   string `json:"access_token"`
			}
			must(b, json.Unmarshal(w.served(r).Body.Bytes(), &asked))
			w.served(posts(b, asked.Link))
			r = httptest.NewRequest("GET", kit.Issuer+"/vp/requests/"+asked.ID, nil)
			r.Header.Set("Authorization", "Bearer "+asked.Access)
			if !strings.Contains(w.served(r).Body.String(), `"answered"`) {
				b.Fatal("no answer")
			}
		}
		b.ReportMetric(float64((used()-began-apart).Microseconds())/float64(b.N), "cpu-µs/op")
	})
}

// used is the processor time of this process so far, the writer's of the store too.
func used() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// postman carries a wallet's requests, and keeps its answer back.
type postman struct {
	w    *world
	kept **http.Request
}

func (m postman) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/response") {
		return m.w.RoundTrip(r)
	}
	in := r.Clone(r.Context())
	in.Host, in.RequestURI, in.RemoteAddr = r.URL.Host, r.URL.RequestURI(), "127.0.0.1:9"
	*m.kept = in
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: http.NoBody, Request: r}, nil
}
