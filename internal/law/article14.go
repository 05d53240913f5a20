package law

// article14: liability.
func article14() Article {
	return Article{Number: 14, Kind: IsContext, Effective: effective(),
		Title: t("法律责任", "Liability"),
		Summary: t("违反第七条、第八条、第九条、第十一条、第十二条的，依照《网络安全法》《数据安全法》《个人信息保护法》处罚、处分；构成犯罪的，追究刑事责任。主管部门、重点行业玩忽职守、滥用职权的，依法追究责任。",
			"Breaches of articles 7, 8, 9, 11 and 12 are punished under the Cybersecurity Law, the Data Security Law and the Personal Information Protection Law, and prosecuted where they are crimes. Departments and sectors that neglect their duty or abuse their power answer for it by law."),
		Met: t("每一件事都连同所依据的规则编号和版本记入账本，事后可以查证。每一条都可以导出证据包，有账本密钥的签名，可以离线核对。控制台上两人作出的每项决定，在存储、备库或恢复出的副本上用 netid ledger verify 逐项核对两份签名；证据包不含这些签名，因为所签的文字提到工作人员。", "Whatever happens is entered in the ledger with the rule and version it relied on, so that it can be proven afterwards. An evidence pack can be exported for each article, signed by the ledger's key and checked offline. Of each decision of two at the console `netid ledger verify` checks both signatures, on the store, a standby or a restored copy; the pack has none of them, for what is signed names staff."),
	}
}
