package law

// article3: who is responsible.
func article3() Article {
	return Article{Number: 3, Kind: IsContext, Effective: effective(),
		Title: t("各部门职责", "Who is responsible"),
		Summary: t("国务院公安部门、国家网信部门会同民政、文化和旅游、卫生健康、广播电视等部门，在各自职责范围内负责有关工作。",
			"The public-security department and the national cyberspace department, with those for civil affairs, culture and tourism, health, and broadcasting, each within its remit."),
		Met: t("任何人都可以凭公开的账本签名核对服务没有改动记录。各部门可以看什么，已有对照表；公安、网信部门和行业主管部门各有只读账户，登录后只看到其职责范围内的页面。运营者可以随时导出证据包交给监督者。",
			"Anybody can check by the public ledger's signature that the service altered no record. What each department may read is a table; public security, the cyberspace administration and sector departments have accounts that read, each the pages of its remit. The operator can hand supervisors an evidence pack at any time."),
	}
}
