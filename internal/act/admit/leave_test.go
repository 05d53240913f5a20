package admit_test

import (
	"strings"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/law"
	"netid/test/kit"
)

// What a party says of log-outs is held against the same rules as what it says of answers and of its keys.
func TestLeaving(t *testing.T) {
	k := kit.New(t, law.New())
	many := strings.Split(strings.Repeat("https://shop.example/bye ", 21), " ")[:21]
	for reason, all := range map[string][]admit.Leaving{
		"post_logout_uri_invalid": {{PostLogout: many}, {PostLogout: []string{"http://shop.example/"}}, {PostLogout: []string{"https://shop.example/#x"}}, {PostLogout: []string{"javascript:alert(1)"}},
			{PostLogout: []string{"https://shop.example/bye", "https://a@shop.example/"}}},
		"backchannel_uri_invalid": {{BackChannel: "http://shop.example/"}, {BackChannel: "https://127.0.0.1/"}, {BackChannel: "https://shop.example:8080/"}, {BackChannel: "https://shop.example/#x"}, {BySession: true}},
	} {
		for _, in := range all {
			if _, _, err := k.Admit.Register(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true, Leaving: in}); !fault.Because(err, reason) {
				t.Errorf("%+v: %v", in, err)
			}
		}
	}
	p, _, err := k.Admit.Register(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true,
		Leaving: admit.Leaving{PostLogout: []string{"https://shop.example/bye"}, BackChannel: "https://shop.example/back", BySession: true}})
	if err != nil || !p.LogsOut() || !p.Leaves("https://shop.example/bye") || p.Leaves("https://shop.example/cb") || !p.BySession || p.BackChannel == "" {
		t.Errorf("%+v %v", p, err)
	}
}
