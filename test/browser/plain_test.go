package browser_test

import (
	"net/url"
	"strings"

	"github.com/chromedp/chromedp/kb"
)

// tellsName: a platform asks plain text, item by item. Nothing is chosen
// beforehand; the name is told and the document number is not, and the record
// says so with the consent that it rests on.
func (c *citizen) tellsName() {
	c.t.Helper()
	id := "insurer-" + strings.ToLower(c.locale)
	if _, errs, code := c.site.Run("party", "add", "--server", c.site.URL, "--id", id, "--name", "Sandbox Insurance", "--name-zh", "沙盒保险公司", "--redirect-uri", c.site.Shop+"/callback", "--public",
		"--basis", "name=《中华人民共和国反洗钱法》第二十九条", "--basis", "document_number=《中华人民共和国反洗钱法》第二十九条", "--keep-days", "1825", "--plain-unencrypted"); code != 0 {
		c.t.Fatalf("party add: %s", errs)
	}
	ask := c.site.URL + "/authorize?" + url.Values{"client_id": {id}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
		"redirect_uri": {c.site.Shop + "/callback"}, "code_challenge_method": {"S256"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
		"claims": {`{"id_token":{"verified_claims":{"verification":{"trust_framework":null},"claims":{"name":null,"document_number":null}}}}`}}.Encode()
	c.open(ask, "request")
	c.unchosen()
	c.capture("request-plain", phoneWidth)
	line := c.text("[data-item=name] [data-line]")
	c.press("input[name=choice-name][value=give]")
	if now := c.text("[data-item=name] [data-line]"); now == line || !strings.Contains(now, "1825") || !strings.Contains(now, "反洗钱法") {
		c.t.Errorf("the line to sign reads %q", now)
	}
	c.press("input[name=choice-document_number][value=withhold]")
	before := c.state().Origin
	c.tabTo("#approve")
	c.key(kb.Enter)
	c.arrive(before, "problem") // the shop never asked this, and says so
	c.open(c.site.URL+"/records", "records")
	if got := c.text("ol.records li[data-kind=consented] .what"); got == "" {
		c.t.Error("the consent is in no record")
	}
}
