package netid_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// pushed is a request that the party pushes ahead, with what it is for: the
// citizen's browser brings a name alone, the record says what it was for, and
// the name is worth one answer.
func (j *journey) pushed(persona string) {
	j.t.Helper()
	conf, _ := j.rp()
	verifier := oauth2.GenerateVerifier()
	whole, err := url.Parse(conf.AuthCodeURL("state-p", oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		j.t.Fatal(err)
	}
	form := whole.Query()
	form.Set("response_mode", "form_post") // a persona tells what would be posted as an address
	form.Set("authorization_details", `[{"type":"urn:netid:verification","intent":"reverify"}]`)
	status, body := j.post("/par", form)
	var told struct {
		URI     string `json:"request_uri"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &told); status != http.StatusCreated || err != nil || told.Expires != 90 {
		j.t.Fatalf("%d %s", status, body)
	}
	whole.RawQuery = url.Values{"client_id": {j.party.ClientID}, "request_uri": {told.URI}}.Encode()
	a := j.answer(j.persona("approve", persona, whole.String()))
	if a.Get("state") != "state-p" {
		j.t.Fatalf("%v", a)
	}
	status, body = j.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {a.Get("code")}, "redirect_uri": {redirect}, "code_verifier": {verifier}})
	if status != http.StatusOK || !strings.Contains(body, `"authorization_details":[{"type":"urn:netid:verification","intent":"reverify"}]`) {
		j.t.Fatalf("%d %s", status, body)
	}
	for range 2 { // on whichever node
		r, err := http.Get(whole.String())
		if err != nil {
			j.t.Fatal(err)
		}
		page, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusBadRequest || !strings.Contains(string(page), `data-error="request_uri_unknown"`) {
			j.t.Fatalf("a request that was answered: %d %v", r.StatusCode, err)
		}
	}
}

// post is the party's own request, by its secret.
func (j *journey) post(path string, form url.Values) (int, string) {
	j.t.Helper()
	r, err := http.NewRequest("POST", j.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		j.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(j.party.ClientID, j.party.ClientSecret)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		j.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	return a.StatusCode, string(b)
}
