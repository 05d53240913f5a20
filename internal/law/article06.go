package law

import (
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// article6: encouraged, beside other ways.
func article6() Article {
	return Article{Number: 6, Kind: IsRule, Effective: effective(),
		Title: t("鼓励使用，保留其他方式", "Encouraged, beside other ways"),
		Summary: t("鼓励有关主管部门、重点行业按照自愿原则推广应用；它们应当保留、提供现有的或者其他合法方式登记、核验真实身份。",
			"Competent departments and key sectors are encouraged to promote its use on a voluntary footing; they must keep and offer existing or other lawful ways to register and verify real identity."),
		Met: t("没有写明其他合法核验方式的平台不能接入。登记项中没有“必须使用”这一选项。",
			"A party that names no other lawful way is not admitted. No registration can make the service compulsory: there is no such setting."),
		Rules: []Rule{
			{ID: "a6-other-ways", Asked: []string{"Offers"}, Code: "other_method_missing", Kind: fault.Invalid, Acts: []string{"admit"}, Event: identity.PartyAdmitted,
				Also: []int{7}, Obligations: []string{"A6-1", "A6-2", "A7-3"}, Test: "TestOffers",
				Question: t("平台提供其他合法的核验方式吗？", "Does the party offer another lawful way?"),
				Refusal:  t("平台必须为用户保留并写明至少一种其他合法的核验方式。", "A platform must keep, and name, at least one other lawful way of verification.")},
		},
	}
}

// Offers: a party names its purpose and at least one other lawful way of
// verification, in one language at least (Arts 5, 6, 7).
func (b *Book) Offers(p identity.Party) Verdict {
	return all(b.purposeful(p), b.answer("a6-other-ways", slices.ContainsFunc(p.Otherwise, func(w identity.Way) bool { return said(w.Text) })))
}
