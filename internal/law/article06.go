package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article6: encouraged, beside other ways.
func article6() Article {
	return Article{Number: 6, Kind: IsRule, Effective: effective(),
		Title:   t("鼓励使用,保留其他方式", "Encouraged, beside other ways"),
		Summary: t("按自愿原则推广;应当保留其他合法方式登记、核验身份。", "Promoted on a voluntary footing; other lawful ways of verification must be kept."),
		Met:     t("没有登记其他方式的平台不能接入。", "A party that names no other way is not admitted."),
		Rules: []Rule{
			{ID: "a6-other-ways", Code: "other_method_missing", Acts: []string{"admit"}, Event: identity.PartyAdmitted, Obligations: []string{"A6-2", "A7-3"}, Test: "TestOffers", Kind: fault.Invalid,
				Question: t("平台提供其他合法核验方式吗?", "Does the party offer another lawful way?"),
				Refusal:  t("平台必须提供其他合法的核验方式。", "A party must offer another lawful way of verification.")},
		},
	}
}
