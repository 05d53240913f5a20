package law

import (
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
)

// result is the item that every answer holds: verified, and the pseudonym.
const result = "result"

// attested begins the items that a wallet holds.
const attested = "attest_"

// article8: the least that serves.
func article8() Article {
	return Article{Number: 8, Kind: IsRule, Effective: effective(),
		Title: t("最小化提供", "The least that serves"),
		Summary: t("平台依法核验真实身份但无需留存法定身份证件信息的，仅提供核验结果。依法确需获取、留存的，经用户授权或者单独同意，按照最小化原则提供。未经单独同意，平台不得擅自处理或者对外提供，法律、行政法规另有规定的除外。",
			"Where a platform must verify real identity but need not keep document data, only the result is given. Where laws and administrative regulations truly require that it gets and keeps such data, the least is given, on the user's authorization or separate consent. Without separate consent the platform may neither process nor pass on such data, unless laws and administrative regulations provide otherwise."),
		Met: t("默认只给核验结果。发出的每一项，都必须是平台请求过、本人在设备上签名同意过的，缺一不可。明文（姓名、生日、证件号码、手机号，或者与平台所持是否一致）逐项单独同意，事先都未选中，可以只拒绝其中一项；只加密给该平台，只在这一次答复里给出，并写明用途、保存期限和同意编号。平台收到以后怎样使用，软件无从得知，须靠监督。",
			"By default the result alone leaves. Whatever leaves was both asked by the party and approved by the citizen's own signature, or it does not leave. Plain text (name, birthday, document number, phone number, or whether one is what the party holds) is agreed to item by item, nothing chosen beforehand, and one can refuse any item alone; it is encrypted to that party, given in that one answer alone, with purpose, time of keeping and the id of the consent. What a platform does with it afterwards the software cannot see: that needs supervision."),
		Rules: []Rule{
			{ID: "a8-result-only", Asked: []string{"Answers"}, Code: "more_than_approved", Acts: []string{"verify"}, Event: identity.Verified,
				Obligations: []string{"A8-1", "A8-2", "A8-3"}, Test: "TestAnswers",
				Question: t("发出的每一项，都请求过并且得到同意吗？", "Was everything that leaves both asked and approved?"),
				Refusal:  t("将要发出的内容超出您同意的范围，已被拦下，什么都没有发出。", "More was about to leave than you approved. It was stopped, and nothing was sent.")},
			{ID: "a8-basis", Asked: []string{"Cites"}, Code: "basis_missing", Kind: fault.Invalid, Acts: []string{"admit"}, Event: identity.PartyAdmitted,
				Obligations: []string{"A8-2"}, Test: "TestCites",
				Question: t("登记的每项明文，都写明所依据的法律吗？", "Does each plaintext item cite the law it rests on?"),
				Refusal:  t("每一项明文信息都必须写明所依据的法律。", "Each plaintext item must cite the law it rests on.")},
			{ID: "a8-basis-term", Asked: []string{"InTerm"}, Code: "basis_over", Acts: []string{"authorize", "verify"}, Event: identity.Verified,
				Also: []int{7}, Obligations: []string{"A8-2"}, Test: "TestInTerm",
				Question: t("请求的每一项明文，所登记的法律依据今天还在期限之内吗？", "Is the registered basis of each plaintext item that is asked still in its term today?"),
				Refusal:  t("该平台为明文身份信息登记的法律依据已经到期，请求已被拒绝，什么都没有发出。", "The legal ground that this platform registered for identity in plain text has ended. Its request was refused, and nothing was sent.")},
			{ID: "a8-standing", Asked: []string{"Lasts"}, Code: "standing_not_possible", Acts: []string{"authorize"}, Event: identity.StandingGiven,
				Also: []int{4, 9}, Obligations: []string{"A8-1", "A8-2"}, Test: "TestLasts",
				Question: t("一次同意可以管到以后的，只是登录时的核验结果，并且不超过九十天吗？", "Is what one consent covers for later only the result, for signing in, and for 90 days at most?"),
				Refusal:  t("这次核验每次都须由您决定，不能预先同意。", "This is asked of you each time. It cannot be agreed to in advance.")},
			{ID: "a8-separate-consent", Asked: []string{"Discloses"}, Code: "plaintext_not_consented", Acts: []string{"authorize", "verify"}, Event: identity.Consented,
				Also: []int{7}, Obligations: []string{"A8-2", "A8-3", "A9-3"}, Test: "TestDiscloses",
				Question: t("要发出的每一项明文，都登记了法律依据、写明用途，并且有本人对这一项的单独同意吗？", "Has each plaintext item that leaves a registered basis, a purpose, and a consent of its own?"),
				Refusal:  t("有一项明文信息缺少您的单独同意、用途或者法律依据，已被拦下，什么都没有发出。", "An item in plain text lacked your separate consent, a purpose or a legal basis. It was stopped, and nothing was sent.")},
			{ID: "a8-attestation", Asked: []string{"Attests"}, Code: "attestation_not_for_children", Acts: []string{"attest", "authorize"}, Event: identity.Verified,
				Also: []int{5, 7, 10}, Obligations: []string{"A8-1"}, Test: "TestAttests",
				Question: t("证明放在钱包里以后，每次出示都由本人自己决定吗（已满十四周岁）？", "Once attestations lie in a wallet, is each showing of them the person's own to decide (14 or over)?"),
				Refusal:  t("未满十四周岁的，每次使用须由监护人同意；放进钱包的证明怎样使用，我们和监护人都看不到，所以没有发放。", "Under 14, a guardian agrees to each use. Neither we nor a guardian would see how proofs in a wallet are used, so none were given.")},
			{ID: "a8-erasure", Asked: []string{"Deletes"}, Code: "erasure_ground_missing", Kind: fault.Invalid, Acts: []string{"redress"}, Event: identity.ErasureAnswered,
				Obligations: []string{"A8-3", "PIPL-47"}, Test: "TestDeletes",
				Question: t("平台删除了，或者写明依据哪部法律不能删除吗？", "Has the platform deleted it, or named the law by which it may not?"),
				Refusal:  t("平台拒绝删除，必须写明所依据的法律。", "A platform that does not delete must name the law that it relies on.")},
			{ID: "a8-sealed", Asked: []string{"Seals"}, Code: "plaintext_not_sealed", Kind: fault.Invalid, Acts: []string{"authorize", "verify"}, Event: identity.Verified,
				Obligations: []string{"A8-2"}, Test: "TestSeals",
				Question: t("明文只有这个平台自己能解开，并且登记了最多保存多久吗？", "Can this party alone open the plain text, and has it registered how long it keeps it?"),
				Refusal:  t("该平台没有登记加密密钥或者保存期限，不能索取明文身份信息，什么都没有发出。", "This platform has registered no encryption key, or no time for which it keeps plain text, so it cannot ask for any. Nothing was sent.")},
		},
	}
}

// Answers: what leaves was asked and approved, and the result is in it, or an attestation, which says the same without a name (Art. 8).
func (b *Book) Answers(asked, approved, answered []string) Verdict {
	ok := slices.ContainsFunc(answered, func(item string) bool { return item == result || strings.HasPrefix(item, attested) })
	for _, item := range answered {
		ok = ok && slices.Contains(asked, item) && slices.Contains(approved, item)
	}
	return b.answer("a8-result-only", ok)
}

// Deletes: whoever is asked to delete does, or cites the law by which it keeps
// what it was given (Art. 8; PIPL Art. 47).
func (b *Book) Deletes(done bool, citation string) Verdict {
	return b.answer("a8-erasure", done || worded(citation))
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

// Attests: attestations are shown out of sight, so they are for who decides alone
// over each use (Arts 5, 7, 10): nobody under 14.
func (b *Book) Attests(r identity.Regime) Verdict {
	return b.answer("a8-attestation", r == identity.Ward || r == identity.Adult)
}

// Discloses: each plaintext item that leaves has a registered basis, a purpose,
// and the person's own yes to this item alone (Arts 7, 8; PIPL Art. 23, 29).
func (b *Book) Discloses(p identity.Party, items []identity.PlainAsk, consents []identity.Consent) Verdict {
	ok := said(p.Purpose.Text)
	for _, i := range items {
		given := false
		for _, c := range consents {
			if c.Subject == i.Name() {
				given = c.Given // the last word counts
			}
		}
		ok = ok && given && worded(p.Bases[string(i.Item)])
	}
	return b.answer("a8-separate-consent", ok)
}

// InTerm: a basis that was registered with a last day carries nothing after it
// (Art. 8). One without a last day lasts until it is taken back.
func (b *Book) InTerm(p identity.Party, items []identity.PlainAsk, on identity.Date) Verdict {
	ok := true
	for _, i := range items {
		last, ends := p.BasesUntil[string(i.Item)]
		ok = ok && !(ends && last.Before(on))
	}
	return b.answer("a8-basis-term", ok)
}

// Seals: plain text goes to a party that alone can open it and that said for
// how long it keeps it (Art. 8). A sandbox has synthetic people only, and may be
// told otherwise.
func (b *Book) Seals(p identity.Party) Verdict {
	return b.answer("a8-sealed", p.KeepDays > 0 && (p.Sealed != "" || p.Sandbox && p.Unsealed))
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
