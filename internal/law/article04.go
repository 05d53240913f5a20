package law

import (
	"netid/internal/identity"
)

// article4: applying is voluntary.
func article4() Article {
	return Article{Number: 4, Kind: IsRule, Effective: effective(),
		Title:   t("自愿申领", "Applying is voluntary"),
		Summary: t("持有有效法定身份证件的自然人可以自愿申领;不满十四周岁由监护人同意并代为申领;十四至十八周岁在监护下申领。", "A natural person with a valid legal identity document may apply, voluntarily; under 14 a guardian consents and applies; from 14 to 17 under a guardian."),
		Met:     t("每次申领都检查证件有效和年龄;任何一步都可以离开,不留痕迹。", "Each application checks the document and the age; leaving at any step leaves nothing."),
		Rules: []Rule{
			{ID: "a4-valid-document", Code: "document_expired", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A4-1"}, Test: "TestHolds",
				Question: t("证件今天有效吗?", "Is the document valid today?"),
				Refusal:  t("这张证件已过有效期。什么都没有保存。换领新证件后请再来。", "This document has expired. Nothing was kept. Please come back with the renewed one.")},
			{ID: "a4-may-apply", Code: "guardian_needed", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A4-3", "A4-4", "A4-5"}, Test: "TestApplies",
				Question: t("此人可以自己申领吗?", "May this person apply by themselves?"),
				Refusal:  t("未满十八周岁需由监护人一起办理。什么都没有保存。", "Under 18 a guardian takes part. Nothing was kept.")},
			{ID: "a4-voluntary", Code: "leaving_refused", Acts: []string{"authorize"}, Event: identity.Withdrawn, Obligations: []string{"A4-2"}, Test: "TestFreedoms",
				Question: t("可以拒绝、撤回、离开吗?", "May one refuse, withdraw, leave?"),
				Refusal:  t("您随时可以拒绝或撤回。", "You may refuse or withdraw at any time.")},
			{ID: "a4-freeze", Code: "not_yours", Acts: []string{"issue"}, Event: identity.Frozen, Obligations: []string{"A4-2"}, Test: "TestFreedoms",
				Question: t("可以冻结或解冻自己的网证吗?", "May one freeze or thaw one's own certificate?"),
				Refusal:  t("这不是您的网证。", "This certificate is not yours.")},
		},
	}
}
