package law

import (
	"netid/internal/identity"
)

// article7: how platforms join.
func article7() Article {
	return Article{Number: 7, Kind: IsRule, Effective: effective(),
		Title:   t("互联网平台的接入", "How platforms join"),
		Summary: t("自愿接入;通过验证后不得要求用户另行提供明文身份信息;未使用者享有同等服务。", "Platforms join voluntarily; after a pass they may not demand plaintext identity; those who do not use it get equal service."),
		Met:     t("平台能请求的内容以登记为限;撤回随时可以。", "What a party can ask is bounded by its registration; withdrawal is always possible."),
		Rules: []Rule{
			{ID: "a7-no-plaintext", Code: "plaintext_not_allowed", Acts: []string{"authorize"}, Event: identity.Verified, Obligations: []string{"A7-2"}, Test: "TestAsks",
				Question: t("平台请求了明文身份信息吗?", "Does the party ask for plaintext identity?"),
				Refusal:  t("该平台没有依法登记索取明文身份信息,请求已被拒绝。", "This platform has no registered legal ground for plaintext identity; the request was refused.")},
		},
	}
}
