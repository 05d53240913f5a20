package law

import "netid/internal/identity"

// article16: in force.
func article16() Article {
	return Article{Number: 16, Kind: IsRule, Effective: effective(),
		Title:   t("施行日期", "In force"),
		Summary: t("自2025年7月15日起施行。", "In force from 15 July 2025."),
		Met: t("每次申领和每次平台接入都核对日期。每条规则的文字有日期；改了的，旧的文字仍在，当时的决定按当时的文字解释。同意以当天的告知为准。",
			"Each enrolment and each admission asks the date. The text of each rule has a day; where it changed, the text of before is kept, and a decision is explained by the text of its own day. A consent follows the notice of its day."),
		Rules: []Rule{
			{ID: "a16-in-force", Asked: []string{"InForce"}, Code: "not_in_force", Acts: []string{"enrol", "admit"}, Event: identity.Enrolled,
				Obligations: []string{"A16-1"}, Test: "TestInForce",
				Question: t("这一天办法已经施行了吗？", "Are the measures in force on this day?"),
				Refusal:  t("《国家网络身份认证公共服务管理办法》自2025年7月15日起施行，此前不能办理。", "The measures are in force from 15 July 2025; before that day nothing can be done under them.")},
		},
	}
}

// InForce: from 15 July 2025, that day included (Art. 16).
func (b *Book) InForce(day identity.Date) Verdict {
	return b.answer("a16-in-force", day.Valid() && !day.Before(effective()))
}
