package client_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"netid/client"
)

// keeps is what a wallet asks to keep.
func keeps(locale string, items ...client.Item) client.Statement {
	return client.Statement{Locale: locale, Service: "netid", Party: "Purse", Domain: "purse.example", Purpose: "To keep proofs for you", Mode: "urn:netid:acr:cert",
		Items: items, Transaction: "Zk3v0Yx_9fQ-1", Time: time.Date(2026, 3, 1, 16, 5, 9, 0, time.UTC)}
}

// What a wallet will keep is said, how much and until when, and that nobody here
// learns where it is shown: this pins every character.
func TestStatementOfWhatAWalletKeeps(t *testing.T) {
	person, age := client.Item{Name: "attest_person", Given: true}, client.Item{Name: "attest_age", Given: true, Optional: true}
	withheld := client.Item{Name: "attest_age", Optional: true}
	for _, c := range []struct {
		s     client.Statement
		first string
		then  string
	}{
		{keeps("en", person, age), "This wallet will keep proofs of a real person for you: shown, they say that you are one, and nothing else. At most 32 at a time, each for one use, and over at 24:00 of the day, Beijing time. We are not told where you show them.",
			"This wallet will keep proofs of age for you: shown, they say that you are a real person, and what you choose of whether you are 14, 18 or 60 or over, never your birthday. At most 32 at a time, each for one use, and over at 24:00 of the day, Beijing time. We are not told where you show them. You agree to this one separately."},
		{keeps("zh-CN", person, age), "这个钱包会替您保存真人证明：出示时只说明您是真实的人。每次最多 32 份，每份用一次，北京时间当天 24 时失效。您在哪里出示，我们不会得知。",
			"这个钱包会替您保存年龄证明：出示时可以说明您是真实的人，以及您选择说明的：是否已满 14、18、60 周岁，绝不是您的生日。每次最多 32 份，每份用一次，北京时间当天 24 时失效。您在哪里出示，我们不会得知。这一项由您单独同意。"},
		{keeps("en", person, withheld), "", "We will give this wallet no proofs of age."},
		{keeps("zh-CN", person, withheld), "", "我们不会把年龄证明交给这个钱包。"},
		{keeps("en", client.Item{Name: "attest_age", Given: true}), "", "They do not learn your name, birthday, document, phone number, net number or device."},
	} {
		lines := c.s.Lines()
		if len(lines) < 6 || c.first != "" && lines[2] != c.first || lines[3] != c.then {
			t.Errorf("%q", lines)
		}
		if got, err := client.ParseStatement(c.s.Bytes()); err != nil || !reflect.DeepEqual(got, c.s) {
			t.Errorf("%+v: %v", got, err)
		}
	}
	result, mark := client.Item{Name: "result", Given: true}, client.Item{Name: "age_over_18", Given: true, Optional: true}
	for name, items := range map[string][]client.Item{
		"withheld alone":          {{Name: "attest_person"}},
		"optional alone":          {age},
		"the second not optional": {person, {Name: "attest_age", Given: true}},
		"beside the result":       {result, age},
		"before the result":       {person, result},
		"beside an age mark":      {person, mark},
		"twice":                   {person, {Name: "attest_person", Given: true, Optional: true}},
		"unknown":                 {{Name: "attest_name", Given: true}},
	} {
		if err := keeps("en", items...).Check(); !errors.Is(err, client.ErrStatement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
