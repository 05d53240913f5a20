package law

import (
	"slices"

	"netid/internal/identity"
)

// article4: applying is voluntary.
func article4() Article {
	return Article{Number: 4, Kind: IsRule, Effective: effective(),
		Title: t("自愿申领", "Applying is voluntary"),
		Summary: t("持有有效法定身份证件的自然人，可以自愿申领。不满十四周岁的，应当取得监护人同意并由监护人代为申领；已满十四周岁未满十八周岁的，应当在监护人的监护下申领。",
			"A natural person who holds a valid legal identity document may apply, voluntarily. Under 14, a parent or another guardian must consent and applies in the child's place; from 14 to 17, one applies under a guardian's supervision."),
		Met: t("每次申领都核对证件当天有效，并按当天日期判断年龄。申领途中随时可以停下，草稿随即删除。不满十四周岁的，由监护人在自己的会话中代为申领；十四至十七周岁的，由监护人在自己的会话中同意。谁是监护人，每次都向人口登记机关查询。",
			"Each application checks the document and the age on that very day. One can stop at any step, and the draft is gone. Under 14 a guardian applies, and from 14 to 17 a guardian agrees, each in a session of their own. Who is a guardian is asked of the population register each time."),
		Rules: []Rule{
			{ID: "a4-valid-document", Asked: []string{"Holds"}, Code: "document_expired", Acts: []string{"enrol"}, Event: identity.Enrolled,
				Obligations: []string{"A4-1"}, Test: "TestHolds",
				Question: t("证件今天有效吗？", "Is the document valid today?"),
				Refusal:  t("这张证件已过有效期，什么都没有保存。换领新证件后请再来。", "This document has expired, and nothing was kept. Please come back with the renewed one.")},
			{ID: "a4-upheld", Asked: []string{"Upheld", "Uses"}, Code: "number_held", Acts: []string{"attest", "respond", "enrol", "authorize"}, Event: identity.HeldByNews,
				Also: []int{2}, Obligations: []string{"A4-1", "A2-3"}, Test: "TestUpheld",
				Question: t("网号背后的人在世，并且至少有一张有效的证件吗？", "Is the person behind the number alive, and is one of their documents valid?"),
				Refusal:  t("登记机关告知，您的证件已不再有效，网号因此停用，什么都没有发出。出示一张有效证件，即可恢复使用。", "The register told us that your document is valid no more. Your number therefore stands still, and nothing was sent. Show a valid document to use it again.")},
			{ID: "a4-may-apply", Asked: []string{"Applies"}, Code: guardianNeeded, Acts: []string{"enrol"}, Event: identity.Enrolled,
				Obligations: []string{"A4-3", "A4-4", "A4-5"}, Test: "TestApplies",
				Question: t("此人可以这样申领吗？", "May this person apply in this way?"), Refusal: guardianSays()},
			{ID: "a4-guardian", Asked: []string{"Guards"}, Code: "guardian_not_verified", Acts: []string{"guard"}, Event: identity.GuardianAgreed,
				Also: []int{5}, Obligations: []string{"A4-3", "A4-4", "A5-2"}, Test: "TestGuards",
				Question: t("此人现在是这位未成年人的监护人吗？", "Is this person the minor's guardian now?"),
				Refusal:  t("按人口登记机关的答复，您现在不是这位未成年人的监护人，或者您自己的网号目前不能使用。什么都没有办理。", "By the population register you are not this minor's guardian now, or your own net number cannot be used at present. Nothing was done.")},
			{ID: "a4-voluntary", Asked: []string{"Withdraws"}, Code: leavingRefused, Acts: []string{"authorize", "logout", "redress"}, Event: identity.Withdrawn,
				Also: []int{9}, Obligations: []string{"A4-2"}, Test: "TestFreedoms",
				Question: t("可以拒绝，也可以撤回吗？", "May one refuse, and withdraw?"), Refusal: leavingSays()},
			{ID: "a4-freeze", Asked: []string{"Freezes"}, Code: notYours, Acts: []string{"issue", "signin"}, Event: identity.Frozen,
				Obligations: []string{"A4-2"}, Test: "TestFreedoms",
				Question: t("冻结或解冻的是自己的网号吗？", "Is it one's own number that one freezes or unfreezes?"), Refusal: notYoursSays()},
		},
	}
}

// Holds: the document is valid on the day, its last day included (Art. 4). A
// document whose last day is unknown is not long-term: it is refused.
func (b *Book) Holds(doc identity.Document, today identity.Date) Verdict {
	return b.answer("a4-valid-document", today.Valid() && (doc.Long || doc.Expires.Valid()) && doc.ValidOn(today))
}

// Holder is the person behind a number, at this moment.
type Holder struct {
	Alive     bool
	Documents []identity.Document // all that are known here
	Today     identity.Date
}

// Upheld: a number rests on a living person who holds a valid document, whichever
// of theirs it is (Arts 2, 4).
func (b *Book) Upheld(h Holder) Verdict {
	valid := slices.ContainsFunc(h.Documents, func(d identity.Document) bool {
		return h.Today.Valid() && (d.Long || d.Expires.Valid()) && d.ValidOn(h.Today)
	})
	return b.answer("a4-upheld", h.Alive && valid)
}

func (b *Book) upheld(s identity.Standing) Verdict {
	return b.answer("a4-upheld", s&^(identity.Active|identity.FrozenByOwner|identity.FrozenByGuardian) == 0)
}

// Applicant is who applies, and with whom.
type Applicant struct {
	Regime           identity.Regime
	GuardianConsents bool // in a session of the guardian's own
	GuardianActs     bool // the guardian takes the steps, in the child's place
}

// Applies: under 14 the guardian consents and applies; from 14 to 17 the
// guardian consents and the young person acts; an adult applies alone (Art. 4).
func (b *Book) Applies(f Applicant) Verdict {
	ok := false
	switch f.Regime {
	case identity.Child:
		ok = f.GuardianConsents && f.GuardianActs
	case identity.Ward:
		ok = f.GuardianConsents
	case identity.Adult:
		ok = true
	}
	return b.answer("a4-may-apply", ok)
}

// Guardian is who acts for a minor, and for whom.
type Guardian struct {
	Standing identity.Standing // the guardian's
	Regime   identity.Regime   // the guardian's
	Related  bool              // the register says so now, and of somebody else
	Ward     identity.Regime   // the minor's; at 18 it is nobody's
}

// Guards: an adult in good standing, of whom the register says so, acts for a
// minor; it ends with the day before the eighteenth birthday (Arts 4, 5).
func (b *Book) Guards(f Guardian) Verdict {
	minor := f.Ward == identity.Child || f.Ward == identity.Ward
	return b.answer("a4-guardian", f.Standing == identity.Active && f.Regime == identity.Adult && f.Related && minor)
}

// Withdraws: one may refuse before and withdraw after, always (Art. 4:
// voluntary; Art. 9: by consent).
func (b *Book) Withdraws() Verdict { return b.answer("a4-voluntary", true) }

// Freezes: one's own number, always (Art. 4).
func (b *Book) Freezes(own bool) Verdict { return b.answer("a4-freeze", own) }
