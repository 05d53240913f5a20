package law

// article12: security, storage at home.
func article12() Article {
	return Article{Number: 12, Kind: IsDuty, Effective: effective(),
		Title: t("安全、境内存储、事件处置", "Security, storage at home, incidents"),
		Summary: t("加强网络运行安全、数据安全和个人信息保护，建立安全管理制度、技术防护和监督制度；重要数据和个人信息在境内存储，确需向境外提供的应当进行安全评估；发生安全事件立即启动预案、消除隐患、告知用户并报告。",
			"Network, data and personal information are kept safe by management rules, technical protection and supervision; important data and personal information are stored within the country, and exported only after a security assessment; in an incident the plan is started at once, the danger removed, users told and the authorities informed."),
		Met: t("身份资料和记录逐人加密，数据库单独泄露读不出内容；账本防篡改，任何人可以核对；本人只能查看自己的记录（第九条的规则）。存储地点由运营者在配置中声明，声明不在境内的，服务不启动；硬盘实际在哪里，软件看不到。本版本不向境外提供任何数据。事件的时限、清单和告知项目已有定论，保存事件的控制台尚未提供。",
			"Identity and records are sealed person by person, so a leaked store says nothing; the ledger is tamper-evident, and anybody can check it; one sees one's own records only (a rule under article 9). Where data is stored the operator declares, and a service that is declared to store it elsewhere does not start; where a disk stands no program sees. This version sends nothing abroad. Clock, checklist and notice of an incident are decided; the console that keeps incidents is not in this version."),
	}
}
