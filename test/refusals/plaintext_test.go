package refusals_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/test/visitor"
)

// plaintexts tells one party who somebody is, and lets everybody else ask: the
// only place in which it can be read afterwards is that party. What is searched
// for at the end has by then been asked, shown, sealed, matched and told.
func (w *world) plaintexts(t *testing.T) {
	file, key := encryptionKey(t)
	bases := []string{"--basis", "name=Law of names", "--basis", "document_number=Law of numbers", "--basis", "birthdate=Law of days", "--basis", "phone_number=Law of telephones", "--keep-days", "30"}
	bank := w.party(t, "refusal-learner", append(bases, "--encryption-key", file)...)
	keyless := w.party(t, "refusal-keyless", bases...)
	who := w.member(t, "adult-card")
	secrets := w.secrets(t)
	number := secrets["the number of adult-card"]

	w.unchanged(t, func() {
		for name, c := range map[string]struct {
			party *visitor.Party
			items string
			told  string
		}{
			"a party without a basis":         {w.bank, `"name":null`, "access_denied"},
			"a party without a key":           {keyless, `"name":null`, "invalid_request"},
			"a match by one without":          {keyless, `"name":{"value":"x"}`, "invalid_request"},
			"a match in an address":           {bank, `"document_number":{"value":"110101199003070000"}`, "invalid_request"},
			"the net number, and nothing":     {bank, `"net_number":null`, ""},
			"a list of values":                {bank, `"name":{"values":["a","b"]}`, "invalid_request"},
			"a value that is an object":       {bank, `"name":{"value":{}}`, "invalid_request"},
			"a request that is as it must be": {bank, `"name":null`, ""},
		} {
			a, err := w.browser().Get(c.party.Authorize(plain(c.items)))
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(a.Leads())
			if err != nil || u.Query().Get("error") != c.told {
				t.Errorf("%s: %q %v", name, a.Leads(), err)
			}
		}
	})

	// Told: four items, or three and a match of the number, pushed.
	all := `"name":null,"birthdate":null,"phone_number":null`
	answer := w.told(t, who, bank, bank.Authorize(plain(all+`,"document_number":null`)), key)
	if answer.Plain == nil || answer.Plain.Values["document_number"] != number || answer.Plain.Values["phone_number"] != who.Phone || len(answer.Plain.Values) != 4 {
		t.Fatalf("the party was not told what the canary looks for: %+v", answer.Plain)
	}
	if !strings.Contains(strings.Join(names(secrets), "\n"), answer.Plain.Values["name"]) {
		t.Error("the name that was told is not among what the canary looks for")
	}
	for value, want := range map[string]bool{number: true, number[:len(number)-1] + "?": false} {
		form := plain(all + `,"document_number":{"value":"` + value + `"}`)
		pushed := w.push(t, bank, form)
		answer := w.told(t, who, bank, bank.URL+"/authorize?"+url.Values{"client_id": {bank.ID}, "request_uri": {pushed}}.Encode(), key)
		if same, there := answer.Plain.Matches["match_document_number"]; !there || same != want || answer.Plain.Values["document_number"] != "" {
			t.Errorf("a match says %v %v", same, there)
		}
	}
}

func names(secrets map[string]string) (all []string) {
	for what, s := range secrets {
		if strings.Contains(what, "name") {
			all = append(all, s)
		}
	}
	return all
}

func plain(items string) url.Values {
	return url.Values{"claims": {`{"id_token":{"verified_claims":{"verification":{"trust_framework":null},"claims":{` + items + `}}}}`}}
}

// push sends a request ahead.
func (w *world) push(t *testing.T, p *visitor.Party, change url.Values) string {
	t.Helper()
	u, err := url.Parse(p.Authorize(change))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Request(http.MethodPost, "/par", strings.NewReader(u.RawQuery))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(p.ID), url.QueryEscape(p.Secret))
	a, err := p.Send(r)
	if err != nil {
		t.Fatal(err)
	}
	var pushed struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal([]byte(a.Body), &pushed); err != nil || a.Status != http.StatusCreated {
		t.Fatalf("%d %s %v", a.Status, a.Body, err)
	}
	return pushed.URI
}

// told is the whole way: the citizen agrees to every item, the party trades the
// code and opens what it got. Nobody gets it again: not for the code, nor for the
// access token.
func (w *world) told(t *testing.T, who *visitor.Citizen, p *visitor.Party, ask string, key []byte) client.Answer {
	t.Helper()
	final, err := who.Approve(ask)
	if err != nil {
		t.Fatal(err)
	}
	code := final.Query().Get("code")
	tokens, err := p.Redeem(code, nil)
	if err != nil || tokens.ID == "" {
		t.Fatalf("%+v %v", tokens, err)
	}
	w.mu.Lock()
	w.seen = append(w.seen, tokens.Body, code)
	w.mu.Unlock()
	signed, err := client.Open(tokens.ID, key)
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := w.browser().Get("/jwks")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.CheckAnswer(signed, []byte(jwks.Body), p.URL, p.ID, "n", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(tokens.Body, base64.RawURLEncoding.EncodeToString([]byte(`{"iss"`))) {
		t.Error("an ID token stands in the answer unencrypted")
	}
	r, err := p.Request(http.MethodGet, "/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+tokens.Access)
	if info, err := p.Send(r); err != nil || info.Status != http.StatusOK || bytes.Contains([]byte(info.Body), []byte("verified")) {
		t.Errorf("UserInfo: %+v %v", info, err)
	}
	if again, err := p.Redeem(code, nil); err != nil || again.Error != "invalid_grant" {
		t.Errorf("a second time: %+v %v", again, err)
	}
	return answer
}

// encryptionKey is a party's: the public half in a file, the private one beside it.
func encryptionKey(t *testing.T) (public string, private []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	jwk := map[string]string{"kty": "EC", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:])}
	out, err := json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	public = filepath.Join(t.TempDir(), "encryption.jwk")
	if err := os.WriteFile(public, out, 0o600); err != nil {
		t.Fatal(err)
	}
	jwk["d"] = enc(b)
	private, err = json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return public, private
}
