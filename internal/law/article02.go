package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article2: the service, the net number, the net certificate.
func article2() Article {
	return Article{Number: 2, Kind: IsDefinition, Effective: effective(),
		Title: t("公共服务、网号、网证的含义", "The service, the net number, the net certificate"),
		Summary: t("公共服务根据法定身份证件信息，为自然人提供申领网号、网证和核验身份的服务。网号由字母和数字组成，不含明文身份信息，与自然人的身份信息相对应；网证承载网号和非明文身份信息。二者用于非明文登记、核验真实身份。",
			"On the ground of legal identity documents the service lets natural persons get a net number and a net certificate, and verifies them. The number is letters and digits, holds no identity data in the clear and corresponds to one natural person's identity; the certificate carries the number and identity data that is not in the clear. Both serve to register and verify real identity without plain text."),
		Met: t("网号随机产生，不由任何身份信息推算。无论出示哪种证件、同时尝试多少次，一个人只有一个网号。网证与设备密钥绑定，平台读不出其中内容。",
			"Numbers are drawn at random and derived from nothing. One person has one number, whatever the document and however many attempts at once. The certificate is bound to a device key and opaque to parties."),
		Rules: []Rule{
			{ID: "a2-one-number", Asked: []string{"OneNumber"}, Code: "second_number", Kind: fault.Conflict, Acts: []string{"enrol", "issue", "signin"}, Event: identity.Enrolled,
				Obligations: []string{"A2-1", "A2-4"}, Test: "TestOneNumber",
				Question: t("会不会出现同一个人的第二个网号？", "Would this person get a second number?"),
				Refusal:  t("您已有网号。一个人只有一个网号，不会产生第二个。", "You have a net number already. One person has one number; no second one is made.")},
			{ID: "a2-good-standing", Asked: []string{"Uses"}, Code: "certificate_frozen", Acts: []string{"attest", "authorize"}, Event: identity.Verified,
				Obligations: []string{"A2-3", "A4-2"}, Test: "TestUses",
				Question: t("网号没有被本人冻结吗？", "Is the number in good standing, not frozen by its owner?"),
				Refusal:  t("网号已被您冻结，什么都没有发出。您可以在“我的网证”用口令解冻。", "You froze your net number, so nothing was sent. You can unfreeze it with your passcode under “My certificate”.")},
			{ID: "a2-unexpired", Asked: []string{"Uses"}, Code: "certificate_expired", Acts: []string{"attest", "authorize"}, Event: identity.Verified,
				Obligations: []string{"A2-2", "A4-1"}, Test: "TestUses",
				Question: t("网证没有过期，也没有被吊销吗？", "Is the certificate neither expired nor revoked?"),
				Refusal:  t("您的网证已到期，什么都没有发出。请重新出示证件换领，网号不变。", "Your certificate has expired, so nothing was sent. Present your document again to get a new one; your net number stays.")},
		},
	}
}

// OneNumber: a person who has a number keeps it (Art. 2). existing is empty
// for a person without one; next is the number that would be theirs.
func (b *Book) OneNumber(existing, next identity.Number) Verdict {
	return b.answer("a2-one-number", next != "" && (existing == "" || existing == next))
}

func (b *Book) goodStanding(s identity.Standing) Verdict {
	return b.answer("a2-good-standing", s != 0 && !s.Has(identity.FrozenByOwner|identity.FrozenByGuardian))
}

func (b *Book) unexpired(valid bool) Verdict { return b.answer("a2-unexpired", valid) }
