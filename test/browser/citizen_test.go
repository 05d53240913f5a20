package browser_test

import (
	"encoding/json"
	"net/http"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// citizen is a made-up person in front of a browser, and how they go about it.
type citizen struct {
	*tab
	words    words
	kind     string // of the document
	card     string // in the drawer
	second   string // another card of theirs, which they show later
	spoilt   string // another card of that kind, which is refused
	refusal  string // and why
	twin     bool   // the way without a face
	person   person
	known    string // their name as the document has it
	masked   string // as much of it, and of the number, as a page of enrolment shows
	number   string // of the document
	passcode string
	net      string // the net number, once they have one
	subject  string // their pseudonym at the shop, likewise
}

type person struct {
	ID    string
	Name  string
	Birth string `json:"birth_date"`
	Phone string
}

// words are sentences that must stand on a page, as a reader sees them.
type words struct {
	other                                     string // the locale to which the switch leads
	unchanged, signed, remembers, grown, lies string // what a record's own check says
	frozen, withdrawn, keyGone, stranger      string
	shopLearned, told, notTold, declined      string
	simulator, again, waits                   string
}

var inWords = map[string]words{
	"zh-CN": {other: "en",
		unchanged: "这条记录一字未改", signed: "有本服务的签名", remembers: "这台设备从现在起记住", grown: "账本没有倒退", lies: "这条记录与账本不符",
		frozen: "没有平台能够核验您", withdrawn: "已撤回", keyGone: "密钥", stranger: "这台设备上没有网证",
		shopLearned: "没有姓名，没有证件号码，没有出生日期，也没有网号", told: "年满 18 周岁", notTold: "小铺没有被告知", declined: "您选择了不同意",
		simulator: "模拟", again: "仍是同一个人", waits: "有一项请求等您处理"},
	"en": {other: "zh-CN",
		unchanged: "It stands unchanged as number", signed: "signed by the service", remembers: "From now on this device remembers", grown: "The ledger has not gone back", lies: "It does not fit the ledger",
		frozen: "no platform can verify you", withdrawn: "Withdrawn", keyGone: "key", stranger: "There is no net certificate on this device",
		shopLearned: "No name, no document number, no birth date, no net number", told: "18 or over", notTold: "The shop was not told", declined: "You said no",
		simulator: "Simulator", again: "the same person", waits: "Something waits for you"},
}

// TestCitizen: one person by resident card and with the face step in Chinese,
// another by passport and without a face in English, side by side.
func TestCitizen(t *testing.T) {
	t.Parallel()
	engine(t)
	site := sandboxtest.Start(t, "--fetch-loopback", "--push", "localhost")
	for _, c := range []citizen{
		{tab: &tab{locale: "zh-CN"}, kind: "resident-id-card", card: "adult-card", spoilt: "expired-card", refusal: "document_expired", known: "沙盒·林一", masked: "•一 · ••••1005", second: "adult-passport", person: person{ID: "adult"}},
		{tab: &tab{locale: "en"}, kind: "passport", card: "overseas-passport", spoilt: "altered-passport", refusal: "document_data_mismatch", twin: true, known: "SANDBOX LIN YUAN", masked: "S• L• Y• · ••••0003", person: person{ID: "overseas"}},
	} {
		t.Run(c.locale, func(t *testing.T) {
			t.Parallel()
			c.words, c.passcode = inWords[c.locale], "73914628"
			c.tab = newTab(t, site, c.locale)
			c.meet()
			c.looksAround()
			c.otherWay()
			c.stops()
			c.asksTheShop()
			c.enrols()
			c.approves()
			c.remembers()
			c.buysWine()
			c.provesMore()
			c.tellsName()
			c.changes()
			c.freezes()
			c.losesTheNetwork()
			c.isSignalled()
			c.carriesTwo()
			c.looks()
			c.leaves()
		})
	}
}

// meet reads from the drawer who the person is.
func (c *citizen) meet() {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.site.URL+"/sandbox/drawer", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	var drawer struct {
		Personas []person
		Cards    []struct{ ID, Number string }
	}
	if err := json.NewDecoder(r.Body).Decode(&drawer); err != nil {
		c.t.Fatal(err)
	}
	for _, p := range drawer.Personas {
		if p.ID == c.person.ID {
			c.person = p
		}
	}
	for _, card := range drawer.Cards {
		if card.ID == c.card {
			c.number = card.Number
		}
	}
	if c.person.Name == "" || c.person.Phone == "" || c.person.Birth == "" || c.number == "" {
		c.t.Fatalf("the drawer does not know %s with %s", c.person.ID, c.card)
	}
}

// secrets are what no platform and no page for strangers may hold.
func (c *citizen) secrets() []string {
	s := []string{c.person.Name, c.known, c.person.Phone, c.person.Birth, c.number}
	if c.net != "" {
		s = append(s, c.net)
	}
	return s
}
