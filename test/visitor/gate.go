package visitor

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Draw is a code for a gate, as the citizen's page draws it.
func (c *Citizen) Draw() (string, error) {
	var ask struct {
		Request, Locale, Certificate string
		Statement                    []string
	}
	if err := c.told("/qr/online/ask", nil, &ask); err != nil {
		return "", err
	}
	signature, err := c.Sign(strings.Join(ask.Statement, "\n"))
	if err != nil {
		return "", err
	}
	var code struct{ Text string }
	err = c.told("/qr/online", url.Values{"request": {ask.Request}, "locale": {ask.Locale}, "certificate": {ask.Certificate}, "signature": {signature}}, &code)
	return code.Text, err
}

// told posts a form as a page's script does, and reads the answer.
func (b *Browser) told(path string, form url.Values, into any) error {
	r, err := b.Request(http.MethodPost, path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", "Origin": b.URL, "Sec-Fetch-Site": "same-origin"} {
		r.Header.Set(name, value)
	}
	a, err := b.Send(r)
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return refused(a)
	}
	return json.Unmarshal([]byte(a.Body), into)
}

// Scan is a terminal of the party that asks about a code.
func (k *Keyed) Scan(code string) (*Answer, error) {
	r, err := k.Request(http.MethodPost, "/scan", strings.NewReader(url.Values{"client_id": {k.ID}, "client_assertion": {k.Assertion()},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "code": {code}}.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return k.Send(r)
}
