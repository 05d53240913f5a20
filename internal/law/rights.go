package law

import (
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// AnswerDays is within how many days a person at the operator's answers. GB/T 35273-2020, 8.7
// says thirty; the rules for apps of 2019, item 6, say fifteen working days for a
// correction. The shorter, counted by the calendar, is never later than either.
const AnswerDays = 15

// HeirDays is how long after the news of a death a relative can end what was kept: news
// can be an error, and what was erased does not come back.
const HeirDays = 30

func claimRule() Rule {
	return Rule{ID: "a9-claim", Asked: []string{"Claims"}, Code: "right_unknown", Kind: fault.Invalid, Acts: []string{"rights"}, Event: identity.RightAsked,
		Obligations: []string{"A9-4", "PIPL-24", "PIPL-46", "PIPL-48", "PIPL-50"}, Test: "TestClaims",
		Question: t("所请求的，是需要由人来答复的权利，并且说明了是哪一项吗？", "Is it a right that a person has to answer, and is it said what it is about?"),
		Refusal:  t("没有看懂您请求的是什么。请从页面上选择一项。", "It was not understood what you ask for. Please choose one of those on the page.")}
}

func heirRule() Rule {
	return Rule{ID: "a9-heir", Asked: []string{"Inherits"}, Code: "heir_refused", Acts: []string{"rights"}, Event: identity.Erased,
		Also: []int{4}, Obligations: []string{"A9-5", "PIPL-49"}, Test: "TestInherits",
		Question: t("这个人已经去世，请求的是近亲属，本人生前没有另作安排，等待期也已届满吗？", "Is the person dead, does a close relative ask, did the person not say otherwise while they lived, and is the wait over?"),
		Refusal:  t("不能这样办理：只有登记机关证明的近亲属可以，本人生前另有安排的从其安排，删除要在登记机关告知去世三十天以后。", "This cannot be done: only a close relative by the register may, what the person said while they lived comes first, and nothing is erased within thirty days of the news of the death.")}
}

// Claims: a right of the closed list, about a thing of its own closed list (PIPL Arts 24, 46, 48, 50). The
// reason of a refusal is a word of the service's own, so that nobody's name gets in.
func (b *Book) Claims(r identity.Right, about string) Verdict {
	ok := false
	switch r {
	case identity.RightExplain:
		ok = reasonWord(about)
	case identity.RightCorrect:
		ok = slices.Contains(Necessary(), about)
	}
	return b.answer("a9-claim", ok)
}

func reasonWord(s string) bool {
	return s != "" && len(s) <= 48 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// Due is the end of the last day for an answer.
func Due(asked time.Time) time.Time {
	return identity.Today(asked.AddDate(0, 0, AnswerDays)).End().UTC()
}

// Heir is who asks for what was kept of somebody.
type Heir struct {
	Dead     bool // by the register
	Relative bool // close, by the register
	Wish     identity.Wish
	Erases   bool // else: takes a copy
	Since    time.Time
	Now      time.Time
}

// HeirFrom is when a relative can end what is kept.
func HeirFrom(since time.Time) time.Time {
	return identity.Today(since.AddDate(0, 0, HeirDays)).End().UTC()
}

// Inherits: close relatives may read, copy and erase what is kept of the dead, unless
// the dead arranged otherwise (PIPL Art. 49).
func (b *Book) Inherits(h Heir) Verdict {
	ok := h.Dead && h.Relative && h.Wish != identity.WishClosed
	if h.Erases {
		ok = ok && !h.Since.IsZero() && !h.Now.Before(HeirFrom(h.Since))
	} else {
		ok = ok && h.Wish == identity.WishNone
	}
	return b.answer("a9-heir", ok)
}

// Explained are the rules that give a reason for a refusal, so that a page can say on what it stood.
func Explained(code string) (rules []Explanation) {
	for _, a := range Articles() {
		for _, r := range a.Rules {
			if r.Code == code {
				rules = append(rules, Explanation{a.Citation(), r.ID, r.Question})
			}
		}
	}
	return rules
}

// Explanation is one rule in words.
type Explanation struct {
	Citation identity.Text
	Rule     string
	Question identity.Text
}
