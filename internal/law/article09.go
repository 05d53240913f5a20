package law

import (
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// article9: necessary data, notice and consent.
func article9() Article {
	return Article{Number: 9, Kind: IsRule, Effective: effective(),
		Title: t("必需的信息、告知和同意、删除", "What is necessary, notice and consent, deletion"),
		Summary: t("仅限收集网络身份认证所必需的信息；处理个人信息须告知并取得同意，处理敏感个人信息须取得单独同意，依法应当书面同意的从其规定；不得用于登记、核验真实身份以外的目的；依照法律、行政法规规定或者用户要求及时删除。",
			"Only what authentication needs is collected; personal information is processed on notice and consent, sensitive information on separate consent, written where laws and administrative regulations say so; for no purpose but the registration and verification of real identity; deleted promptly, as those provide or as the user asks."),
		Met: t("收集的项目是一份封闭的清单。没有同意不读取证件，没有单独同意不做人脸这一步。一步删除：身份资料、网号和本人的密钥当场销毁，本服务运行中的系统再也打不开任何内容。法律要求留存的记录（网络日志六个月，向平台提供信息和同意的记录三年，自当月底起算）封存，只有多名经办人共同才能打开，钥匙在写明的日期销毁；其余记录随即删除。回执逐项写明。依法协助须两名经办人批准，只就一个人提供两样之一。",
			"The list of items is closed. No document is read without consent, and no face step is taken without its own. Erasing is one step: identity, number and the person's own keys are destroyed at once, and nothing opens any more in a running system. Records that law makes the service keep (network logs for six months; what was given to platforms, and consents, for three years, from the end of their month) stay sealed to several officers together, whose key is destroyed on a printed date; the others go at once. The receipt lists both. Lawful assistance needs two officers and gives one of two things about one person."),
		Rules: []Rule{
			{ID: "a9-necessary", Asked: []string{"Collects"}, Code: "field_not_necessary", Kind: fault.Invalid, Acts: []string{"enrol"}, Event: identity.Enrolled,
				Obligations: []string{"A9-1"}, Test: "TestCollects",
				Question: t("收集的每一项，都是认证所必需的吗？", "Is each item that is collected necessary?"),
				Refusal:  t("有一项不是身份认证所必需的，我们不收集。", "One item is not needed for authentication, so it is not collected.")},
			{ID: "a9-separate-consent", Asked: []string{"Separately"}, Code: "separate_consent_missing", Kind: fault.Conflict, Acts: []string{"enrol"}, Event: identity.Enrolled,
				Also: []int{11}, Obligations: []string{"A9-3", "A11-2", "FR-6", "PIPL-29"}, Test: "TestSeparately",
				Question: t("敏感的这一步，有对当前文字的单独同意吗？", "Has the sensitive step a consent of its own, to the current text?"),
				Refusal:  t("这一步需要您单独同意。在您同意之前，什么都不会读取。", "This step needs a consent of its own. Nothing is read before you give it.")},
			{ID: "a9-face", Asked: []string{"Compares"}, Code: "face_not_for_children", Acts: []string{"enrol"}, Event: identity.Enrolled,
				Also: []int{4}, Obligations: []string{"FR-7", "PIPL-28", "PIPL-31"}, Test: "TestCompares",
				Question: t("要比对人脸的人，已满十四周岁吗？", "Is whoever's face is to be compared 14 or over?"),
				Refusal:  t("未满十四周岁的，不比对人脸。请用不用人脸的方式，效力相同。", "Under 14 no face is compared. Take the way without a face; it counts the same.")},
			{ID: "a9-own-view", Asked: []string{"Sees"}, Code: notYours, Kind: fault.NotFound, Acts: []string{"look", "signin", "guard", "signal", "rights"}, Event: identity.Exported,
				Also: []int{12}, Obligations: []string{"A9-4", "A12-1"}, Test: "TestFreedoms",
				Question: t("看的是自己的资料和记录吗？", "Is it one's own data and record?"), Refusal: notYoursSays()},
			{ID: "a9-erase", Asked: []string{"Leaves"}, Code: leavingRefused, Acts: []string{"erase"}, Event: identity.Erased,
				Also: []int{4}, Obligations: []string{"A4-2", "A9-5"}, Test: "TestFreedoms",
				Question: t("本人要求时就删除吗？", "Is it erased when the person says so?"), Refusal: leavingSays()},
			{ID: "a9-keep", Asked: []string{"Keeps"}, Code: "retention_unknown", Acts: []string{"erase", "restore"}, Event: identity.Erased,
				Also: []int{12}, Obligations: []string{"A9-5", "CSL-21", "NDR-12"}, Test: "TestKeeps",
				Question: t("这类记录在删除以后要不要保留、保留多久，有定数吗？", "Is it settled whether such a record outlasts an erasure, and for how long?"),
				Refusal:  t("这类记录应当保留多久还没有规定，所以没有办理。请联系我们。", "How long such a record must be kept is not settled, so it was not done. Please contact us.")},
			claimRule(), heirRule(),
		},
	}
}

// Necessary is all that enrolment may collect of a person (Art. 9): a closed
// list, with nothing in it that authentication could do without.
func Necessary() []string {
	return []string{"name", "birth_date", "document_kind", "document_number", "document_expiry", "phone"}
}

// Collects: the fields are within the closed list of what is necessary (Art. 9).
func (b *Book) Collects(fields []string) Verdict {
	ok := true
	for _, f := range fields {
		ok = ok && slices.Contains(Necessary(), f)
	}
	return b.answer("a9-necessary", ok)
}

// Separately: the sensitive step ("document", "face") has its own consent,
// given to the current text of its own notice; the last word counts (Art. 9).
func (b *Book) Separately(subject string, consents []identity.Consent) Verdict {
	n, known := NoticeByID(subject)
	return b.answer("a9-separate-consent", known && n.Sensitive && b.consented(n, consents))
}

// Compares: no face of a child is compared, not even on a device. Under 14 it
// would take a guardian's consent and rules of its own (the face measures, art. 7;
// PIPL Art. 31), and the way without a face serves them as well.
func (b *Book) Compares(of identity.Regime) Verdict {
	return b.answer("a9-face", of == identity.Ward || of == identity.Adult)
}

// Sees: one's own data and record only (Arts 9, 12; PIPL Art. 45).
func (b *Book) Sees(owner bool) Verdict { return b.answer("a9-own-view", owner) }

// Leaves: one may leave at any time (Arts 4, 9).
func (b *Book) Leaves() Verdict { return b.answer("a9-erase", true) }
