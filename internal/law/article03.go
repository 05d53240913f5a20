package law

// article3: who is responsible.
func article3() Article {
	return Article{Number: 3, Kind: IsContext, Effective: effective(),
		Title: t("各部门职责", "Who is responsible"),
		Summary: t("国务院公安部门、国家网信部门会同民政、文化和旅游、卫生健康、广播电视等部门，在各自职责范围内负责有关工作。",
			"The public-security department and the national cyberspace department, with those for civil affairs, culture and tourism, health, and broadcasting, each within its remit."),
		Met: t("任何人都可以凭公开的账本签名核对服务没有改动记录。供监督者使用的只读视图，本版本尚未提供。",
			"Anybody can check by the public ledger's signature that the service altered no record. Read-only views for supervisors are not in this version."),
	}
}
