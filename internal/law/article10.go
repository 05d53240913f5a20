package law

import (
	"netid/internal/identity"
)

// article10: age marks.
func article10() Article {
	return Article{Number: 10, Kind: IsRule, Effective: effective(),
		Title:   t("年龄标识", "Age marks"),
		Summary: t("涉及未成年人、老年人的,可以依法向平台提供年龄标识。", "For minors and the elderly an age mark may be given to platforms, by law."),
		Met:     t("只给是或否,从不给生日;平台须登记门槛和所依法律。", "Yes or no, never a birthday; the party registers the threshold and the law it cites."),
		Rules: []Rule{
			{ID: "a10-age-mark", Code: "age_mark_not_registered", Acts: []string{"admit", "authorize"}, Event: identity.Verified, Obligations: []string{"A10-1"}, Test: "TestMarks",
				Question: t("平台登记了这个年龄门槛及其依据吗?", "Has the party registered this threshold and its law?"),
				Refusal:  t("该平台没有登记这个年龄标识。什么都没有发出。", "This platform has not registered this age mark. Nothing was sent.")},
		},
	}
}
