package law

import "netid/internal/identity"

// article10: age marks.
func article10() Article {
	return Article{Number: 10, Kind: IsRule, Effective: effective(),
		Title: t("年龄标识", "Age marks"),
		Summary: t("涉及未成年人、老年人等用户的，公共服务平台可以依法向平台提供年龄标识信息，支持其履行相应的法律义务。",
			"For minors, the elderly and others, the service may by law give platforms an age mark that helps them to meet their legal duties."),
		Met: t("年龄标识只有“是”或“否”，从来不是生日。平台须先登记门槛和所依据的法律；本人可以单独拒绝这一项，登录照常。",
			"A mark is a yes or a no, never a birthday. The party first registers the threshold and the law it cites; the citizen can refuse the mark alone and still sign in."),
		Rules: []Rule{
			{ID: "a10-age-mark", Asked: []string{"Marks", "Cites"}, Code: "age_mark_not_registered", Acts: []string{"admit", "authorize", "present", "verify"}, Event: identity.Verified,
				Obligations: []string{"A10-1"}, Test: "TestMarks",
				Question: t("平台登记了这个年龄门槛和所依据的法律吗？", "Has the party registered this threshold and the law it cites?"),
				Refusal:  t("该平台没有登记这个年龄标识和所依据的法律，什么都没有发出。", "This platform has not registered this age mark with the law it cites. Nothing was sent.")},
		},
	}
}

// Marks: an age mark only at a registered threshold with its law (Art. 10).
func (b *Book) Marks(p identity.Party, m identity.AgeMark) Verdict {
	return b.answer("a10-age-mark", registered(p, m))
}

func registered(p identity.Party, m identity.AgeMark) bool {
	return m.Years() > 0 && worded(p.AgeMarks[m])
}
