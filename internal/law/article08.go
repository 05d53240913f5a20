package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article8: The least that serves.
func article8() Article {
	return Article{Number: 8, Kind: IsRule, Effective: effective(),
		Title:   t("最小化提供", "The least that serves"),
		Summary: t("无需留存证件信息的,仅提供核验结果;确需明文的,须有法律依据并经单独同意,按最小化提供。", "Where documents need not be kept, only the result is given; where law needs plaintext, on separate consent and the minimum."),
		Met:     t("默认只给结果;每项明文须登记法律依据。", "By default only the result leaves; each plaintext item needs a registered basis."),
		Rules: []Rule{
			{ID: "a8-result-only", Code: "more_than_approved", Acts: []string{"verify"}, Event: identity.Verified, Obligations: []string{"A8-1", "A8-2"}, Test: "TestAnswers",
				Question: t("发出的内容是否都被请求并得到同意?", "Was all that leaves both asked and approved?"),
				Refusal:  t("发出的内容超出您同意的范围,已被拦下。什么都没有发出。", "More would have left than you approved; it was stopped. Nothing was sent.")},
			{ID: "a8-basis", Code: "basis_missing", Acts: []string{"admit"}, Event: identity.PartyAdmitted, Obligations: []string{"A8-2"}, Test: "TestCites", Kind: fault.Invalid,
				Question: t("每项明文都写明法律依据吗?", "Does each plaintext item cite its law?"),
				Refusal:  t("每项明文信息都必须写明法律依据。", "Each plaintext item must cite the law it rests on.")},
		},
	}
}
