package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article11: notice before processing.
func article11() Article {
	return Article{Number: 11, Kind: IsRule, Effective: effective(),
		Title:   t("处理前的告知", "Notice before processing"),
		Summary: t("以显著方式、清晰易懂的语言告知名称和联系方式、目的方式种类期限、权利与程序及其他事项;敏感信息还须告知必要性和影响。", "Prominently and in plain words: name and contact; purposes, means, kinds, retention; rights and procedure; other items; for sensitive data also necessity and impact."),
		Met:     t("告知文本有版本、有摘要;同意记录在案;变更后重新征求同意。", "Notices have versions and digests; consents record them; a changed notice asks again."),
		Rules: []Rule{
			{ID: "a11-informed", Code: "notice_consent_missing", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A9-2", "A11-1", "A11-2"}, Test: "TestInformed", Kind: fault.Conflict,
				Question: t("是否已就当前完整的告知取得同意?", "Was consent given to the complete, current notice?"),
				Refusal:  t("请先阅读告知并表示同意。在此之前什么都不会收集。", "Please read the notice and agree first. Nothing is collected before that.")},
		},
	}
}
