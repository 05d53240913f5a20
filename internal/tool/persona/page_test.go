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
	f.Fuzz(func(t *testing.T, body []byte) { persona.Browse(body) })
}
