package law

import (
	"time"

	"netid/internal/identity"
)

// Retention is what law says of records of one kind once their person is
// erased: whether they are kept, until when, and by which law. The leaf of an
// event, a hash that looks random once its salt is gone, always stays; so do events about nobody.
type Retention struct {
	Class  identity.Class
	Months int           // after the end of the month in which it happened
	Basis  identity.Text // the law that says so; empty when it is not kept
	Verdict
}

// Keeps: network logs, for six months; what was disclosed to others and the proof of
// consents, for three years; nothing else. A kind of event whose retention
// nobody has settled is refused, and so is not recorded either.
func (b *Book) Keeps(kind identity.EventKind) Retention {
	class, settled := retained()[kind]
	r := Retention{Class: class, Months: termOf(class), Basis: basisOf(class), Verdict: b.answer("a9-keep", settled)}
	if !r.Allowed {
		r.Class, r.Months, r.Basis = identity.Unkept, 0, identity.Text{}
	}
	return r
}

// Work is a record of the service's own staff, which names colleagues and no citizen.
type Work string

const (
	DecidedWork   Work = "decided"   // a proposal that two signed, or one refused
	UndecidedWork Work = "undecided" // one that ran out
	SeenWork      Work = "seen"      // what an auditor looked at
	InvitedWork   Work = "invited"   // an invitation that nobody took in time
)

// WorkEnds is when such a record is dropped, that was over at a moment: what two decided
// stays three years, as proofs do; the network log of what came of nothing six months
// (Cybersecurity Law Art. 21); the name of who never came is needed for nothing (PIPL Art. 19).
// The public event stays.
func WorkEnds(w Work, over time.Time) time.Time {
	switch w {
	case DecidedWork, SeenWork:
		return over.AddDate(0, termOf(identity.Proofs), 0)
	case UndecidedWork:
		return over.AddDate(0, termOf(identity.Logs), 0)
	}
	return over
}

// Class is Keeps for whoever needs no more of it than the class.
func (b *Book) Class(kind identity.EventKind) (identity.Class, error) {
	r := b.Keeps(kind)
	return r.Class, r.Err("law.Class")
}

// retained is the class of every kind of event.
func retained() map[identity.EventKind]identity.Class {
	return map[identity.EventKind]identity.Class{
		// Who came in, and what changed: the service's network log.
		identity.SignedIn: identity.Logs, identity.Issued: identity.Logs, identity.Frozen: identity.Logs,
		identity.DeviceAdded: identity.Logs, identity.DeviceAsked: identity.Logs, identity.DeviceRefused: identity.Logs, identity.DeviceNamed: identity.Logs, identity.DeviceRemoved: identity.Logs, identity.CodesMade: identity.Logs, identity.PhoneAsked: identity.Logs, identity.PhoneRefused: identity.Logs,
		identity.SignalsOn: identity.Logs, identity.SignalsOff: identity.Logs, identity.Attested: identity.Logs,
		identity.Thawed: identity.Logs, identity.Exported: identity.Logs, identity.SessionEnded: identity.Logs,
		identity.DocumentTold: identity.Logs, identity.HeldByNews: identity.Logs, identity.ClosedByNews: identity.Logs, identity.Reopened: identity.Logs, identity.GuardianTold: identity.Logs,
		identity.RightAsked: identity.Logs, identity.WishSaid: identity.Logs,
		// What a party received, and the words that were agreed to or taken back.
		identity.Enrolled: identity.Proofs, identity.DocumentAdded: identity.Proofs,
		identity.Consented: identity.Proofs, identity.Verified: identity.Proofs, identity.Refreshed: identity.Proofs, identity.Withdrawn: identity.Proofs,
		identity.Disowned: identity.Proofs, identity.StandingGiven: identity.Proofs, identity.StandingEnded: identity.Proofs,
		identity.GuardianAgreed: identity.Proofs, identity.HeirCopied: identity.Proofs,
		identity.NoticeAgreed: identity.Proofs, identity.ErasureAsked: identity.Proofs, identity.ErasureAnswered: identity.Proofs,
		// A no: nobody was authenticated and nothing was given, so no law asks for it.
		identity.Declined: identity.Unkept, identity.GuardianRefused: identity.Unkept,
		// A report: the operator has its count, and no law makes the service know who made it.
		identity.Reported: identity.Unkept,
		// About nobody.
		identity.Erased: identity.Unkept, identity.PartyAdmitted: identity.Unkept, identity.Restored: identity.Unkept, identity.Expired: identity.Unkept,
		identity.GuardianReview: identity.Unkept, identity.PartyInvited: identity.Unkept, identity.PartyProposed: identity.Unkept, identity.PartyApproved: identity.Unkept, identity.OperatorsNamed: identity.Unkept, identity.PartyReturned: identity.Unkept, identity.PartyHalted: identity.Unkept, identity.PartyResumed: identity.Unkept, identity.PartyGone: identity.Unkept, identity.PartyCertified: identity.Unkept,
		identity.RightAnswered: identity.Unkept, identity.RightLate: identity.Unkept,
		identity.PartnerFounded: identity.Unkept, identity.PartnerInvited: identity.Unkept, identity.PartnerJoined: identity.Unkept, identity.PartnerChanged: identity.Unkept,
		identity.PartnerProven: identity.Unkept, identity.PartnerLapsed: identity.Unkept, identity.PartnerClaimed: identity.Unkept, identity.PartnerReleased: identity.Unkept, identity.PartnerLeft: identity.Unkept,
		identity.PartnerDrafted: identity.Unkept, identity.PartnerLodged: identity.Unkept, identity.PartnerRekeyed: identity.Unkept, identity.PartnerWithdrawn: identity.Unkept,
		identity.IncidentOpened: identity.Unkept, identity.IncidentReported: identity.Unkept, identity.IncidentClosed: identity.Unkept, identity.GlassBroken: identity.Unkept, identity.GlassReviewed: identity.Unkept,
		identity.Supervised:   identity.Unkept,
		identity.IncidentTold: identity.Unkept, identity.IssuanceStopped: identity.Unkept, identity.IssuanceLifted: identity.Unkept, identity.Reissued: identity.Unkept, identity.Drilled: identity.Unkept,
		identity.OfficerNamed: identity.Unkept, identity.Assisted: identity.Unkept, identity.AssistReviewed: identity.Unkept,
		identity.FiguresPublished: identity.Unkept, identity.Recalled: identity.Unkept, identity.CounterAdded: identity.Unkept, identity.CounterGone: identity.Unkept,
		identity.StaffInvited: identity.Unkept, identity.StaffJoined: identity.Unkept, identity.StaffDisabled: identity.Unkept,
		identity.ProposalMade: identity.Unkept, identity.ProposalApproved: identity.Unkept, identity.ProposalRefused: identity.Unkept,
	}
}

// termOf is in months. The laws say at least; the service keeps no longer than they ask.
func termOf(c identity.Class) int {
	switch c {
	case identity.Logs:
		return 6
	case identity.Proofs:
		return 36
	}
	return 0
}

func basisOf(c identity.Class) identity.Text {
	switch c {
	case identity.Logs:
		return t("《中华人民共和国网络安全法》（2016 年）第二十一条第三项：网络日志留存不少于六个月",
			"Cybersecurity Law (2016), Article 21, item 3: network logs are kept for at least six months")
	case identity.Proofs:
		return t("《网络数据安全管理条例》第十二条：向其他网络数据处理者提供个人信息的处理情况记录，至少保存三年",
			"Network Data Security Management Regulations, Article 12: records of personal information provided to other network data handlers are kept for at least three years")
	}
	return identity.Text{}
}

// Ends is the day, in UTC, on which what happened in a period is kept no more:
// the first after so many whole months, so that the last record of the month
// has had its whole term.
func Ends(p identity.Period) time.Time {
	return (p.Month + 1 + identity.Month(termOf(p.Class))).Begins()
}

// Outlasts is what becomes of a record at the erasure of its person: the class
// that it is kept in, or Unkept when its law or its term does not reach that day.
func (b *Book) Outlasts(kind identity.EventKind, month identity.Month, now time.Time) (identity.Class, error) {
	r := b.Keeps(kind)
	if err := r.Err("law.Outlasts"); err != nil {
		return identity.Unkept, err
	}
	if r.Class != identity.Unkept && now.Before(Ends(identity.Period{Month: month, Class: r.Class})) {
		return r.Class, nil
	}
	return identity.Unkept, nil
}

// OldestHeld is the oldest month of which anything may still be held at now.
func OldestHeld(now time.Time) identity.Month {
	return identity.MonthAt(now) - identity.Month(termOf(identity.Proofs))
}
