package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article2: The service, the net number, the net certificate.
func article2() Article {
	return Article{Number: 2, Kind: IsRule, Effective: effective(),
		Title:   t("公共服务、网号、网证的含义", "The service, the net number, the net certificate"),
		Summary: t("网号由字母和数字组成、不含明文身份信息、与自然人对应;网证承载网号及非明文身份信息。", "The number is letters and digits, says nothing in the clear and corresponds to one natural person; the certificate carries it and identity information that is not in the clear."),
		Met:     t("网号随机产生;同一自然人凭任何证件只有一个网号。", "Numbers are random; one natural person has one number, whatever the document."),
		Rules: []Rule{
			{ID: "a2-one-number", Code: "second_number", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A2-1", "A2-4"}, Test: "TestOneNumber", Kind: fault.Conflict,
				Question: t("此人是否会出现第二个网号?", "Would a second number of one person arise?"),
				Refusal:  t("您已有网号。一个人只有一个网号,不会再产生第二个。", "You have a net number already. One person has one number; no second one is made.")},
			{ID: "a2-good-standing", Code: "certificate_frozen", Acts: []string{"issue", "authorize"}, Event: identity.Verified, Obligations: []string{"A2-3"}, Test: "TestUses",
				Question: t("网证现在可以使用吗?", "May the certificate be used now?"),
				Refusal:  t("您的网证已冻结,什么都没有发出。您可以在首页解冻。", "Your certificate is frozen; nothing was sent. You can thaw it on your home page.")},
			{ID: "a2-unexpired", Code: "certificate_expired", Acts: []string{"issue", "authorize"}, Event: identity.Verified, Obligations: []string{"A2-2"}, Test: "TestUses",
				Question: t("网证是否在有效期内?", "Is the certificate still valid?"),
				Refusal:  t("您的网证已到期,什么都没有发出。请再出示一次证件,网号不变。", "Your certificate has expired; nothing was sent. Show your document again; your number stays the same.")},
		},
	}
}
