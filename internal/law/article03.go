package law

// article3: who is responsible.
func article3() Article {
	return Article{Number: 3, Kind: IsContext, Effective: effective(),
		Title:   t("各部门职责", "Who is responsible"),
		Summary: t("公安、网信部门会同民政、文化和旅游、卫生健康、广播电视等部门各负其责。", "The public-security and cyberspace departments, with civil affairs, culture and tourism, health, and broadcasting, each by its remit."),
		Met:     t("运营者的角色与监督者的只读视图随运营控制台提供。", "Roles of operators and read-only views of supervisors come with the operator console."),
	}
}
