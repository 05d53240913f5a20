package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article9: necessary data, notice and consent.
func article9() Article {
	return Article{Number: 9, Kind: IsRule, Effective: effective(),
		Title:   t("收集必要信息,告知并同意", "Necessary data, notice and consent"),
		Summary: t("仅收集必需的信息;告知并取得同意;敏感信息取得单独同意;依法或应要求及时删除。", "Only what is necessary; notice and consent; separate consent for sensitive data; deletion on law or request, promptly."),
		Met:     t("字段清单封闭;没有同意不读取证件;一步注销,密钥销毁。", "The list of fields is closed; no document is read without consent; leaving is one step and destroys the keys."),
		Rules: []Rule{
			{ID: "a9-necessary", Code: "field_not_necessary", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A9-1"}, Test: "TestCollects", Kind: fault.Invalid,
				Question: t("只收集认证必需的字段吗?", "Are only necessary fields collected?"),
				Refusal:  t("这一项不是认证所必需,不予收集。", "This field is not needed for authentication and is not collected.")},
			{ID: "a9-separate-consent", Code: "separate_consent_missing", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A9-3"}, Test: "TestSeparately", Kind: fault.Conflict,
				Question: t("敏感步骤有单独同意吗?", "Has the sensitive step its own consent?"),
				Refusal:  t("这一步需要您单独同意。没有同意之前,什么都不会读取。", "This step needs a consent of its own. Nothing is read before you give it.")},
			{ID: "a9-own-view", Code: "not_yours", Acts: []string{"look"}, Event: identity.Exported, Obligations: []string{"A9-4"}, Test: "TestFreedoms", Kind: fault.NotFound,
				Question: t("看的是自己的记录吗?", "Is it one's own record?"),
				Refusal:  t("您只能查看自己的记录。", "You can see your own records only.")},
			{ID: "a9-erase", Code: "leaving_refused", Acts: []string{"erase"}, Event: identity.Erased, Obligations: []string{"A9-5"}, Test: "TestFreedoms",
				Question: t("应本人要求删除吗?", "Is it erased at the person's own word?"),
				Refusal:  t("您随时可以注销。", "You may leave at any time.")},
			{ID: "a9-keep", Code: "retention_forbids", Acts: []string{"erase"}, Event: identity.Erased, Obligations: []string{"A9-5"}, Test: "TestKeeps",
				Question: t("删除后还必须保存什么?", "What must be kept after erasure?"),
				Refusal:  t("法律要求暂时保存这一项。", "Law requires this to be kept for a time.")},
		},
	}
}
