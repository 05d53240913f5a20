package citizen_test

import (
	"strings"
	"testing"

	"netid/client"
	"netid/internal/identity"
)

// Whether a party may be told again is a line and a choice of its own, with
// nothing chosen; where it may, the citizen reads until when and how it ends.
func TestALastingAnswerIsSeen(t *testing.T) {
	for _, c := range []struct{ locale, choose, keep, give, until, record string }{
		{"en", "Whether to tell them again without you for 30 days", "They asked to be told again for 30 days, without you. We will not tell them.",
			"For 30 days they may be told again, without you, that this still holds. You can end that at any time. You agree to this one separately.",
			"May be told again, without you, that this still holds, until ", "was told again, without you"},
		{"zh-CN", "30 天内是否可在您不在场时再次告诉对方", "对方请求此后 30 天内在您不在场时再次得知，我们不会告诉对方。",
			"此后 30 天内，对方可以在您不在场时再次得知这一核验是否仍然有效；您可以随时撤回。这一项由您单独同意。", "该平台可在您不在场时再次得知核验仍然有效，至 ", "在您不在场时再次得知核验仍然有效"},
	} {
		w := newWorld()
		b := newBrowser(t, w).signIn().bind()
		b.locale = c.locale
		if b.get("/platforms").data("data-until") != "" || strings.Contains(b.get("/request?r=sealed").body, "offline_") {
			t.Error("what nobody asked is shown")
		}
		w.party.Offline = 30
		body := b.get("/request?r=sealed").body
		if !strings.Contains(body, c.choose) || !strings.Contains(body, `data-give="`+c.give) || !strings.Contains(body, c.keep+"</p>") || strings.Contains(body, "checked") {
			t.Errorf("%s: the line or its choice is missing, or made already", c.locale)
		}
		if st := w.statement(c.locale, []string{"offline_30"}); !st.Items[len(st.Items)-1].Given || st.Check() != nil {
			t.Errorf("%+v", st)
		} else if _, err := client.ParseStatement(st.Bytes()); err != nil {
			t.Error(err)
		}
		if a := b.get("/platforms"); !strings.Contains(a.body, c.until) || a.data("data-until") == "" || !strings.Contains(a.body, `action="/platforms/withdraw"`) {
			t.Errorf("%s: the access is not shown, or cannot be ended", c.locale)
		}
		until := identity.Offline(30).Ends(w.now())
		w.events[2].Until, w.events[2].Given = &until, append(w.events[2].Given, "offline_30")
		if a := b.get("/records/" + w.events[2].ID); !strings.Contains(a.body, until.UTC().Format("2006-01-02T15:04:05Z")) {
			t.Errorf("%s: the record does not say until when", c.locale)
		}
		again := w.events[2]
		again.ID, again.Kind, again.Given, again.Until, again.Approval = identity.NewEventID(w.now()).String(), identity.Refreshed, []string{"result"}, nil, nil
		w.events = append(w.events, again)
		if a := b.get("/records"); !strings.Contains(a.body, c.record) {
			t.Errorf("%s: the day on which it was told again is missing", c.locale)
		}
	}
}
