package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article5: use for registering and verifying.
func article5() Article {
	return Article{Number: 5, Kind: IsRule, Effective: effective(),
		Title: t("用于登记和核验", "Use for registering and verifying"),
		Summary: t("依照法律、行政法规需要登记、核验用户真实身份的，可以使用网号、网证。不满十四周岁的使用，应当取得监护人同意。",
			"Where laws and administrative regulations ask for the registration or verification of real identity, number and certificate may be used. Under 14, a parent or another guardian must consent to the use."),
		Met: t("平台必须登记并向本人说明用途。每次使用都按当天日期判断年龄；没有监护人同意，不满十四周岁的使用一律不发出。",
			"A party registers its purpose, and the citizen reads it. Age is judged on the day of each use; without a guardian's consent nothing leaves for a child under 14."),
		Rules: []Rule{
			{ID: "a5-child-use", Asked: []string{"Uses"}, Code: guardianNeeded, Acts: []string{"attest", "authorize"}, Event: identity.Verified,
				Obligations: []string{"A5-2", "A4-5"}, Test: "TestUses",
				Question: t("不满十四周岁的，监护人同意这次使用吗？", "Under 14: has the guardian consented to the use?"), Refusal: guardianSays()},
			{ID: "a5-purpose", Asked: []string{"Offers"}, Code: "purpose_missing", Kind: fault.Invalid, Acts: []string{"admit"}, Event: identity.PartyAdmitted,
				Obligations: []string{"A5-1"}, Test: "TestOffers",
				Question: t("平台写明用途了吗？", "Does the party state its purpose?"),
				Refusal:  t("平台必须写明核验身份的用途。", "A platform must state why it verifies people.")},
		},
	}
}

// User is a person about to use their certificate, at this moment.
type User struct {
	Standing         identity.Standing
	Regime           identity.Regime
	GuardianConsents bool // to this use
	CertificateValid bool // neither expired nor revoked
}

// Uses: the number is in good standing, the certificate is valid, and under 14
// the guardian consents to this use (Arts 2, 5). From 14 on one uses it alone.
func (b *Book) Uses(f User) Verdict {
	alone := f.Regime == identity.Adult || f.Regime == identity.Ward
	child := f.Regime == identity.Child && f.GuardianConsents
	return all(b.goodStanding(f.Standing), b.upheld(f.Standing), b.unexpired(f.CertificateValid), b.answer("a5-child-use", alone || child))
}

func (b *Book) purposeful(p identity.Party) Verdict {
	return b.answer("a5-purpose", said(p.Purpose.Text))
}
