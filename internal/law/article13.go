package law

// article13: cryptography.
func article13() Article {
	return Article{Number: 13, Kind: IsDuty, Effective: effective(),
		Title:   t("密码管理", "Cryptography"),
		Summary: t("建设和服务涉及密码的，应当符合国家密码管理有关要求。", "Cryptography in building and running the service follows the state's requirements."),
		Met: t("所有密码运算集中在一处。本版本只有国际通用算法，没有商用密码算法（SM2、SM3、SM4），也没有经过认证的密码模块，因此还不能满足本条对正式公共服务的要求。",
			"All cryptography is in one room. This version has the international algorithms only: neither the national ones (SM2, SM3, SM4) nor a certified module. It therefore does not yet meet this article for a public service in earnest."),
	}
}
