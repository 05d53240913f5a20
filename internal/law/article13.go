package law

// article13: cryptography.
func article13() Article {
	return Article{Number: 13, Kind: IsDuty, Effective: effective(),
		Title:   t("密码管理", "Cryptography"),
		Summary: t("建设和服务涉及密码的，应当符合国家密码管理有关要求。", "Cryptography in building and running the service follows the state's requirements."),
		Met: t("所有密码运算集中在一处，由所选的密码配置决定算法：international 只用国际通用算法；guomi 与 dual 在存储、本服务各部分之间以及应依赖方要求使用商用密码算法（SM2、SM3、SM4），未提出要求的依赖方和公众的浏览器仍用 ES256。实现是软件，不是经过认证的密码模块，因此还不能满足本条对正式公共服务的要求。",
			"All cryptography is in one room, and a profile chooses the algorithms: international has the international ones only; guomi and dual use the national ones (SM2, SM3, SM4) at rest, between the service's own parts and for parties that ask, while parties that did not ask and citizens' browsers stay with ES256. It is software and not a certified module. It therefore does not yet meet this article for a public service in earnest."),
	}
}
