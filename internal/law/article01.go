package law

// article1: purpose and legal basis.
func article1() Article {
	return Article{Number: 1, Kind: IsContext, Effective: effective(),
		Title:   t("目的和依据", "Purpose and legal basis"),
		Summary: t("为实施可信数字身份战略、保护公民身份信息安全而制定,依据网络安全法、数据安全法、个人信息保护法、反电信网络诈骗法、未成年人保护法等。", "Made for trusted digital identity and for the safety of citizens' identity data, under the Cybersecurity Law, the Data Security Law, the Personal Information Protection Law, the Anti-Telecom and Online Fraud Law and the Law on the Protection of Minors."),
		Met:     t("自述文件与本页写明依据。", "README and this page name the laws."),
	}
}
