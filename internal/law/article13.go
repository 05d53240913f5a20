package law

// article13: cryptography.
func article13() Article {
	return Article{Number: 13, Kind: IsDuty, Effective: effective(),
		Title:   t("密码管理", "Cryptography"),
		Summary: t("涉及密码的应当符合国家密码管理要求。", "Cryptography follows the state's rules."),
		Met:     t("现用国际算法套件;商用密码套件在同一接口之后实现。", "The international suite serves now; the national suite comes behind the same names."),
	}
}
