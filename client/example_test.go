package client_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"netid/client"
)

// A party that registered for SM2, after its OpenID library has traded the
// code: body is the token endpoint's answer, nonce what the party had sent.
func ExampleCheckAnswerSM() {
	check := func(body []byte, issuer, clientID, nonce string) (client.Answer, error) {
		var tokens struct {
			ID      string          `json:"id_token"`
			Receipt json.RawMessage `json:"receipt"`
		}
		if err := json.Unmarshal(body, &tokens); err != nil {
			return client.Answer{}, err
		}
		jwksSM, err := get(issuer + "/jwks-sm")
		if err != nil {
			return client.Answer{}, err
		}
		answer, err := client.CheckAnswerSM(tokens.ID, jwksSM, issuer, clientID, nonce, time.Now())
		if err != nil || tokens.Receipt == nil {
			return answer, err
		}
		// In dual a receipt comes too: keep it with both key sets and the time.
		jwks, err := get(issuer + "/jwks")
		if err != nil {
			return client.Answer{}, err
		}
		return client.CheckReceipt(tokens.Receipt, jwks, jwksSM, issuer, clientID, nonce, time.Now())
	}
	_, err := check([]byte(`{"id_token":"a.b.c"}`), "http://127.0.0.1:1", "my-app", "n")
	fmt.Println(err != nil)
	// Output: true
}

func get(url string) ([]byte, error) {
	r, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, r.Status)
	}
	return io.ReadAll(io.LimitReader(r.Body, 64<<10))
}

// A party that registered a key for encryption and asked for plain text, after
// its OpenID library has traded the code. It keeps what it was told with the terms
// under which it was told, and deletes both on the day that they name.
func ExampleOpen() {
	learn := func(idToken string, privateJWK []byte, issuer, clientID, nonce string) (client.Answer, error) {
		signed, err := client.Open(idToken, privateJWK)
		if err != nil {
			return client.Answer{}, err
		}
		jwks, err := get(issuer + "/jwks")
		if err != nil {
			return client.Answer{}, err
		}
		answer, err := client.CheckAnswer(signed, jwks, issuer, clientID, nonce, time.Now())
		if err == nil && answer.Plain != nil {
			name, agreed := answer.Plain.Values["name"]
			fmt.Println(name, agreed, answer.Plain.KeepUntil, answer.Plain.Consent)
		}
		return answer, err
	}
	_, err := learn("a.b.c.d.e", []byte(`{}`), "http://127.0.0.1:1", "my-app", "n")
	fmt.Println(err != nil)
	// Output: true
}
