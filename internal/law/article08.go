package law

import (
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// result is the item that every answer holds: verified, and the pseudonym.
const result = "result"

// article8: the least that serves.
func article8() Article {
	return Article{Number: 8, Kind: IsRule, Effective: effective(),
		Title: t("最小化提供", "The least that serves"),
		Summary: t("平台依法核验真实身份但无需留存法定身份证件信息的，仅提供核验结果。依法确需获取、留存的，经用户授权或者单独同意，按照最小化原则提供。未经单独同意，平台不得擅自处理或者对外提供，法律、行政法规另有规定的除外。",
			"Where a platform must verify real identity but need not keep document data, only the result is given. Where laws and administrative regulations truly require that it gets and keeps such data, the least is given, on the user's authorization or separate consent. Without separate consent the platform may neither process nor pass on such data, unless laws and administrative regulations provide otherwise."),
		Met: t("默认只给核验结果。发出的每一项，都必须是平台请求过、本人在设备上签名同意过的，缺一不可。",
			"By default the result alone leaves. Whatever leaves was both asked by the party and approved by the citizen's own signature, or it does not leave."),
		Rules: []Rule{
			{ID: "a8-result-only", Asked: []string{"Answers"}, Code: "more_than_approved", Acts: []string{"verify"}, Event: identity.Verified,
				Obligations: []string{"A8-1", "A8-2", "A8-3"}, Test: "TestAnswers",
				Question: t("发出的每一项，都请求过并且得到同意吗？", "Was everything that leaves both asked and approved?"),
				Refusal:  t("将要发出的内容超出您同意的范围，已被拦下，什么都没有发出。", "More was about to leave than you approved. It was stopped, and nothing was sent.")},
			{ID: "a8-basis", Asked: []string{"Cites"}, Code: "basis_missing", Kind: fault.Invalid, Acts: []string{"admit"}, Event: identity.PartyAdmitted,
				Obligations: []string{"A8-2"}, Test: "TestCites",
				Question: t("登记的每项明文，都写明所依据的法律吗？", "Does each plaintext item cite the law it rests on?"),
				Refusal:  t("每一项明文信息都必须写明所依据的法律。", "Each plaintext item must cite the law it rests on.")},
			{ID: "a8-standing", Asked: []string{"Lasts"}, Code: "standing_not_possible", Acts: []string{"authorize"}, Event: identity.StandingGiven,
				Also: []int{4, 9}, Obligations: []string{"A8-1", "A8-2"}, Test: "TestLasts",
				Question: t("一次同意可以管到以后的，只是登录时的核验结果，并且不超过九十天吗？", "Is what one consent covers for later only the result, for signing in, and for 90 days at most?"),
				Refusal:  t("这次核验每次都须由您决定，不能预先同意。", "This is asked of you each time. It cannot be agreed to in advance.")},
		},
	}
}

// Answers: what leaves was asked and approved, and the result is in it (Art. 8).
func (b *Book) Answers(asked, approved, answered []string) Verdict {
	ok := slices.Contains(answered, result)
	for _, item := range answered {
		ok = ok && slices.Contains(asked, item) && slices.Contains(approved, item)
	}
	return b.answer("a8-result-only", ok)
}

// StandingDays is for how long one consent may answer for later ones.
const StandingDays = 90

// Lasting is what a consent is to cover for later, too.
type Lasting struct {
	Asked  []string
	Intent identity.Intent
	Mode   identity.Mode
	Days   int // how long it is to last, or how many have begun since it was given
}

// Lasts: the bare result, for signing in, proven by the device alone, for 90
// days at most. An item, a new account, the same person again, a passcode or a
// face is asked each time (Arts 4, 8, 9: voluntary, separate, by consent).
func (b *Book) Lasts(f Lasting) Verdict {
	bare := len(f.Asked) == 1 && f.Asked[0] == result
	signIn := f.Intent == "" || f.Intent == identity.IntentSignIn
	return b.answer("a8-standing", bare && signIn && f.Mode == identity.ModeCert && f.Days >= 0 && f.Days <= StandingDays)
}

// Cites: every plaintext item and every age mark names the law it rests on
// (Arts 8, 10). Whether that law says so is for whoever reviews the admission.
func (b *Book) Cites(p identity.Party) Verdict {
	bases, marks := true, true
	for item, law := range p.Bases {
		bases = bases && item != "" && worded(law)
	}
	for mark := range p.AgeMarks {
		marks = marks && registered(p, mark)
	}
	return all(b.answer("a8-basis", bases), b.answer("a10-age-mark", marks))
}
