package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article5: use for registering and verifying.
func article5() Article {
	return Article{Number: 5, Kind: IsRule, Effective: effective(),
		Title:   t("用于登记和核验", "Use for registering and verifying"),
		Summary: t("依法需要登记、核验真实身份的,可以使用网号、网证;不满十四周岁使用须监护人同意。", "Where law asks for real identity, number and certificate may be used; under 14 the guardian consents to the use."),
		Met:     t("每次使用时按当天日期判断年龄。", "Age is judged on the day of each use."),
		Rules: []Rule{
			{ID: "a5-child-use", Code: "guardian_needed", Acts: []string{"authorize"}, Event: identity.Verified, Obligations: []string{"A5-2"}, Test: "TestUses",
				Question: t("不满十四周岁者的使用得到监护人同意了吗?", "Has the guardian of a child under 14 consented to the use?"),
				Refusal:  t("未满十四周岁需由监护人同意。什么都没有发出。", "Under 14 a guardian must agree. Nothing was sent.")},
			{ID: "a5-purpose", Code: "purpose_missing", Acts: []string{"admit"}, Event: identity.PartyAdmitted, Obligations: []string{"A5-1"}, Test: "TestOffers", Kind: fault.Invalid,
				Question: t("平台登记了用途吗?", "Has the party registered a purpose?"),
				Refusal:  t("平台必须写明用途。", "A party must state its purpose.")},
		},
	}
}
