package law

import (
	"bytes"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// article11: notice before processing.
func article11() Article {
	return Article{Number: 11, Kind: IsRule, Effective: effective(),
		Title: t("处理前的告知", "Notice before processing"),
		Summary: t("处理个人信息前，应当以书面形式、显著方式和清晰易懂的语言，真实、准确、完整地告知：名称和联系方式；目的、方式、种类、保存期限；行使权利的方式和程序；依法应当告知的其他事项。处理敏感个人信息的，还应当告知必要性和对个人权益的影响。依法应当保密或者不需要告知的除外；紧急情况消除后及时告知。",
			"Before personal information is processed, the user is told in writing, prominently, in clear and plain language, truly, accurately and completely: name and contact; purposes, means, kinds, retention; how and by what procedure to use one's rights; other items that laws and administrative regulations require. For sensitive information also why it is necessary and what it means for one. Exceptions: secrecy by law, and emergencies, where one is told promptly afterwards."),
		Met: t("告知缺少任何一项就不能使用。同意记下所看文字的版本、语言和摘要，与当前文字对不上就不算数。以前的文字都保留。本版本没有任何保密或紧急的例外；例外须满足的条件已有定论。",
			"A notice that lacks an item cannot be used. A consent keeps version, language and digest of the text that was read, and counts only if they fit the current text. Texts of before are kept. There is no exception for secrecy or emergency in this version; what one would have to hold is decided."),
		Rules: []Rule{
			{ID: "a11-informed", Asked: []string{"Informed"}, Code: "notice_consent_missing", Kind: fault.Conflict, Acts: []string{"enrol"}, Event: identity.Enrolled,
				Also: []int{9}, Obligations: []string{"A9-2", "A11-1"}, Test: "TestInformed",
				Question: t("对完整的、当前的告知，本人同意了吗？", "Has the person consented to the complete, current notice?"),
				Refusal:  t("请先阅读告知并表示同意。在此之前，什么都不会收集。", "Please read the notice and agree first. Nothing is collected before that.")},
			{ID: "a11-changed", Asked: []string{"Current"}, Code: "notice_changed", Kind: fault.Conflict, Acts: []string{"authorize", "enrol"}, Event: identity.NoticeAgreed,
				Also: []int{9}, Obligations: []string{"A11-1", "PIPL-14"}, Test: "TestCurrent",
				Question: t("本人同意的告知，是现在这份文字吗？", "Is the notice that the person agreed to the one in force?"),
				Refusal:  t("告知的文字有了变化，需要您重新阅读并决定。在此之前，没有告诉平台任何内容。", "The notice has changed, and it is yours to read and decide anew. Nothing was told to the platform before that.")},
		},
	}
}

// Notified is a notice and the consents given so far.
type Notified struct {
	Notice   Notice
	Consents []identity.Consent
}

// Informed: the notice is the current one and complete, its operator included,
// and consent was given to exactly its text before anything is processed (Arts 9, 11).
func (b *Book) Informed(f Notified) Verdict {
	current, known := NoticeByID(f.Notice.ID)
	ok := known && current.Version == f.Notice.Version && len(f.Notice.Lint()) == 0 && b.consented(f.Notice, f.Consents)
	return b.answer("a11-informed", ok)
}

// Current: whoever is here agreed to the words in force, by the mark of what they
// agreed to last (Art. 11; PIPL Art. 14: what changed is agreed to anew).
func (b *Book) Current(mark []byte) Verdict {
	return b.answer("a11-changed", slices.ContainsFunc(b.current, func(m []byte) bool { return bytes.Equal(m, mark) }))
}

// consented: the last word on the notice's subject is a yes to this version
// and, in the language in which it was read, to these very words.
func (b *Book) consented(n Notice, consents []identity.Consent) bool {
	given := false
	for _, c := range consents {
		if c.Subject == n.Subject {
			given = c.Given && c.Version == n.Version && b.shown(n, c)
		}
	}
	return given
}

// shown: the digest is that of these words, with this operator named in them.
func (b *Book) shown(n Notice, c identity.Consent) bool {
	return b.operator.complete() && bytes.Equal(c.Digest, n.Digest(c.Locale, b.operator)) // Art. 11, item 1: a text that names nobody is no notice
}
