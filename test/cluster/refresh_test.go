package clustertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"netid/test/visitor"
)

// A refresh token that one node gave is used at the other; used up at one it is
// used up at both, and what ends it at one ends it at the other with the next request.
func TestRefreshOnTwoNodesOverPostgreSQL(t *testing.T) {
	p := newPair(t)
	c := p.enrolled("adult-card", "10098700006")
	proves := register(t, p.nodes[0], "proves", "--offline", "30")
	app := register(t, p.nodes[0], "app", "--offline", "30", "--public")
	got := func(of *visitor.Party) string {
		t.Helper()
		p.on(0)
		to, err := c.Approve(of.Authorize(visitor.Lasting()))
		p.must(err)
		p.on(1)
		tokens, err := of.Redeem(to.Query().Get("code"), nil)
		p.must(err)
		if tokens.Refresh == "" || tokens.Scope != "openid offline_access" {
			t.Fatal(tokens.Body)
		}
		return tokens.Refresh
	}
	again := func(node int, of *visitor.Party, token string) (visitor.Tokens, string) {
		t.Helper()
		p.on(node)
		tokens, err := of.Again(token)
		p.must(err)
		return tokens, strings.TrimSpace(tokens.Error + " " + tokens.Description)
	}
	first := got(app)
	second, said := again(0, app, first)
	p.want("a token of the other node", said, "")
	third, said := again(1, app, second.Refresh)
	p.want("and back", said, "")
	if status := p.userinfo(third.Access); status != http.StatusOK {
		t.Error("UserInfo:", status)
	}
	_, said = again(0, app, second.Refresh)
	p.want("used up at the other node", said, "invalid_grant refresh_reused")
	_, said = again(1, app, third.Refresh)
	p.want("the newest of a family that ended at the other node", said, "invalid_grant approval_over")
	if status := p.userinfo(third.Access); status != http.StatusUnauthorized {
		t.Error("the access token of a family that ended:", status)
	}

	token := got(proves)
	for node := range 2 {
		_, said = again(node, proves, token)
		p.want("a token that stays", said, "")
	}
	p.on(0)
	if said := p.post(c, "/platforms/withdraw", url.Values{"party": {"proves"}}); said != "" {
		t.Fatal(said)
	}
	_, said = again(1, proves, token)
	p.want("withdrawn at the other node", said, "invalid_grant approval_over")
	token = got(proves)
	p.on(0)
	if said := p.post(c, "/certificate/freeze", nil); said != "" {
		t.Fatal(said)
	}
	_, said = again(1, proves, token)
	p.want("frozen at the other node", said, "invalid_grant approval_over")
}
