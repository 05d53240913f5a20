package persona_test

import (
	"testing"
	"time"

	"netid/client"
	"netid/internal/tool/persona"
)

// FuzzPage: no page makes the citizen fall over or accept words that are no statement.
func FuzzPage(f *testing.F) {
	s := client.Statement{Locale: "en", Service: "netid", Party: "Peach Shop", Domain: "127.0.0.1:7081", Purpose: "Sell wine", Mode: "urn:netid:acr:cert",
		Items: []client.Item{{Name: "result", Given: true}}, Transaction: "t", Time: time.Unix(1_800_000_000, 0)}
	f.Add([]byte(`<main data-page="request">` + requestBody(s, true, nil) + `</main>`))
	f.Add([]byte(`<main><div data-error="x"><form method="post" action="//else:where"><input type=radio name=a><button formaction=/x>`))
	f.Add([]byte(`<main data-page="handover"><form data-handover method="post" action="https://[::1"><input name=a>`))
	f.Fuzz(func(t *testing.T, body []byte) { persona.Browse(body); persona.Handed(body) })
}

// A platform that was left has no button any more; another one's is not its.
func TestWithdrawable(t *testing.T) {
	page := []byte(`<main data-page="platforms"><ul><li data-party="left"><p class="tag">Withdrawn</p></li>
<li data-party="shop"><form method="post" action="/platforms/withdraw"><input type="hidden" name="party" value="shop"><button>Withdraw</button></form></li></ul></main>`)
	for party, want := range map[string]bool{"shop": true, "left": false, "nobody": false} {
		if persona.Withdrawable(page, party) != want {
			t.Errorf("%s: %v", party, !want)
		}
	}
}

// What a page hands over to a party is told as one address.
func TestHanded(t *testing.T) {
	for page, want := range map[string]string{
		`<form method="post" action="https://shop.example/cb?own=1" data-handover><input type="hidden" name="code" value="a&amp;b"><input type="hidden" name="iss" value="x"></form>`: "https://shop.example/cb?own=1&code=a%26b&iss=x",
		`<form method="post" action="https://shop.example/cb" data-handover><input type="hidden" name="error" value="access_denied"></form>`:                                          "https://shop.example/cb?error=access_denied",
		`<form method="post" action="https://shop.example/cb"><input type="hidden" name="code" value="a"></form>`:                                                                     "",
		`<form method="post" action="https://[::1" data-handover></form>`:                                                                                                             "",
	} {
		if got := persona.Handed([]byte(`<main data-page="handover">` + page + `</main>`)); got != want {
			t.Errorf("%s: %q", page, got)
		}
	}
}
