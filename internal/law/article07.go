package law

import "netid/internal/identity"

// article7: how platforms join.
func article7() Article {
	return Article{Number: 7, Kind: IsRule, Effective: effective(),
		Title: t("互联网平台的接入", "How platforms join"),
		Summary: t("鼓励平台按照自愿原则接入。用户选择使用并通过验证的，平台不得要求另行提供明文身份信息，法律、行政法规另有规定或者用户同意的除外。平台应当保障以其他方式核验的用户享有同等服务。",
			"Platforms are encouraged to join, voluntarily. Once a user has chosen this way and passed, the platform may not demand identity in plain text on top, unless a law or administrative regulation provides otherwise or the user agrees. Users who verify in another way get equal service."),
		Met: t("平台能请求什么，以登记的法律依据为限；没有登记依据的明文请求当即被拒绝。即使有依据，也要本人逐项单独同意。答复里没有可供区别对待的等级。平台在本服务之外向用户索取什么，软件无从得知，须靠监督。",
			"What a party can ask is bounded by the legal bases it registered; plain text without one is refused at once. With one, each item still needs a consent of its own. Nothing in an answer ranks users by how they verified. What a platform asks outside this service the software cannot see: that needs supervision."),
		Rules: []Rule{
			{ID: "a7-no-plaintext", Asked: []string{"Asks"}, Code: "plaintext_not_allowed", Acts: []string{"authorize", "present", "verify"}, Event: identity.Verified,
				Also: []int{8}, Obligations: []string{"A7-1", "A7-2", "A8-2"}, Test: "TestAsks",
				Question: t("请求的每一项明文，都登记有法律依据吗？", "Has each plaintext item that is asked a registered legal basis?"),
				Refusal:  t("该平台没有依法登记索取明文身份信息，请求已被拒绝，什么都没有发出。", "This platform has no registered legal ground for identity in plain text. Its request was refused, and nothing was sent.")},
			{ID: "a7-report", Asked: []string{"Reports"}, Code: "report_unfounded", Acts: []string{"redress"}, Event: identity.Reported,
				Also: []int{8}, Obligations: []string{"A7-2"}, Test: "TestReports",
				Question: t("被举报的平台，确实核验过或者请求过举报的人吗？", "Has the platform that is reported verified, or asked, whoever reports it?"),
				Refusal:  t("您的记录里没有这个平台的请求，所以不能在这里举报它。", "Your records hold no request of this platform, so it cannot be reported here.")},
		},
	}
}

// Asks: a party may always ask the result; a plaintext item only on a
// registered basis (Arts 7, 8). Age marks have a question of their own: Marks.
func (b *Book) Asks(p identity.Party, items []string) Verdict {
	ok := true
	for _, item := range items {
		ok = ok && (item == result || worded(p.Bases[item]))
	}
	return b.answer("a7-no-plaintext", ok)
}

// Reports: of a platform tells whoever it asked; a report that anybody could
// make would be a weapon (Art. 7).
func (b *Book) Reports(asked bool) Verdict { return b.answer("a7-report", asked) }
