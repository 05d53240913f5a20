package law

import (
	"netid/internal/identity"
)

// article16: in force.
func article16() Article {
	return Article{Number: 16, Kind: IsRule, Effective: effective(),
		Title:   t("施行日期", "In force"),
		Summary: t("自2025年7月15日起施行。", "In force from 15 July 2025."),
		Met:     t("每次申领和接入都按日期判断。", "Each enrolment and admission asks the date."),
		Rules: []Rule{
			{ID: "a16-in-force", Code: "not_in_force", Acts: []string{"enrol", "admit"}, Event: identity.Enrolled, Obligations: []string{"A16-1"}, Test: "TestInForce",
				Question: t("办法已施行吗?", "Are the measures in force?"),
				Refusal:  t("本办法自2025年7月15日起施行。", "These measures are in force from 15 July 2025.")},
		},
	}
}
