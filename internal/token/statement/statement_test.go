package statement_test

import (
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/token/statement"
)

func TestOf(t *testing.T) {
	ask := identity.CodeAsk{Transaction: "x1", Mode: identity.ModeCertPwd, Time: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC),
		Marks: []identity.Mark{{Mark: identity.Over18}, {Mark: identity.Over60}}}
	p := identity.Party{Name: identity.Text{ZH: "小店", EN: "Shop"}, Domain: "shop.example", Purpose: identity.Purpose{Text: identity.Text{ZH: "登录", EN: "Sign in"}}}
	for _, locale := range []string{"zh-CN", "en"} {
		s := statement.Of("netid")(ask, p, locale, []string{"age_over_18", "name"}) // what was not asked is not in it, whatever is given
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if len(s.Items) != 3 || !s.Items[0].Given || s.Items[0].Optional || !s.Items[1].Given || s.Items[2].Given || !s.Items[2].Optional {
			t.Errorf("%+v", s.Items)
		}
		if s.Party != p.Name.In(locale) || s.Purpose != p.Purpose.Text.In(locale) || s.Service != "netid" || s.Mode != string(ask.Mode) {
			t.Errorf("%+v", s)
		}
	}
	for _, i := range statement.Of("netid")(ask, p, "en", nil).Items[1:] {
		if i.Given {
			t.Errorf("%s is given though nobody chose it", i.Name)
		}
	}
}
