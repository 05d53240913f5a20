package law

// article1: purpose and legal basis.
func article1() Article {
	return Article{Number: 1, Kind: IsContext, Effective: effective(),
		Title: t("目的和依据", "Purpose and legal basis"),
		Summary: t("为实施可信数字身份战略、推进公共服务建设、保护公民身份信息安全、支撑数字经济健康有序发展，根据《网络安全法》《数据安全法》《个人信息保护法》《反电信网络诈骗法》《未成年人保护法》等法律法规制定。",
			"Made to carry out the strategy of trusted digital identity, to build the public service, to protect citizens' identity data and to support a sound digital economy, under the Cybersecurity Law, the Data Security Law, the Personal Information Protection Law, the Anti-Telecom and Online Fraud Law, the Law on the Protection of Minors, and others."),
		Met: t("本页和自述文件写明这些依据，以及公布本办法的部门令（第173号，2025年5月19日公布）。", "This page and the README name them, and the decree (No. 173 of the six departments, made public on 19 May 2025)."),
	}
}
