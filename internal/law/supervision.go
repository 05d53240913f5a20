package law

import (
	"time"

	"netid/internal/identity"
)

// Duty is something that supervision of the service asks to be done by a day, and on
// record when it is done (Arts 6, 7, 8, 14 and the laws beside them). act/supervise
// keeps the records.
type Duty string

// The first four begin by themselves, from what the service sees, and those that are
// Standing with the service; somebody who works here writes down any other.
const (
	ReviewMethods Duty = "methods"      // a party's other lawful ways of verification
	AnswerErasure Duty = "erasures"     // a party left requests to erase unanswered
	EndKeeping    Duty = "retention"    // a party that may ask for plain text no more confirms what it deleted
	FileFaces     Duty = "face-filing"  // the filing for face recognition
	AssessImpact  Duty = "impact"       // an assessment of the impact on personal information
	NamePerson    Duty = "officer"      // who is in charge of protecting personal information at a large scale
	AuditPersonal Duty = "audit"        // whether the handling of personal information keeps the law
	AuditMinors   Duty = "minors-audit" // the same of minors' information
	AssessRisk    Duty = "risk"         // the yearly report on risks
	HandEvidence  Duty = "evidence"     // an evidence pack for the auditors
)

// Duties are all of them.
func Duties() []Duty {
	return []Duty{ReviewMethods, AnswerErasure, EndKeeping, FileFaces, AssessImpact, NamePerson, AuditPersonal, AuditMinors, AssessRisk, HandEvidence}
}

// duty is what the law says of one.
type duty struct {
	basis  identity.Text
	months int  // from one time to the next; 0: once
	days   int  // from the day on which it begins, where it is done once
	hand   bool // somebody who works here writes it down
	paper  bool // it is a document: its number or its digest is on record
}

func duties() map[Duty]duty {
	return map[Duty]duty{
		// "Yearly" is our reading: the article sets no term, and a way that nobody looks at
		// again is no way that is kept.
		ReviewMethods: {t("《管理办法》第六条、第七条：保留、提供其他合法方式（每年一次为本服务的要求）", "Measures, Articles 6 and 7: another lawful way is kept and offered (yearly is our reading)"), 12, 0, false, false},
		AnswerErasure: {t("《管理办法》第八条；《个人信息保护法》第四十七条、第五十条", "Measures, Article 8; PIPL Articles 47 and 50"), 0, 0, false, false},
		EndKeeping:    {t("《管理办法》第八条；《个人信息保护法》第十九条、第四十七条", "Measures, Article 8; PIPL Articles 19 and 47"), 0, 0, false, false},
		FileFaces:     {t("《人脸识别技术应用安全管理办法》第十五条：达到十万人之日起三十个工作日内备案", "Measures on face recognition, Article 15: filed within 30 working days from 100,000 persons"), 0, 0, false, true},
		AssessImpact:  {t("《个人信息保护法》第五十五条、第五十六条：事前评估，报告和处理情况记录至少保存三年", "PIPL Articles 55 and 56: assessed beforehand, report and record kept for at least three years"), 12, 0, true, true},
		NamePerson:    {t("《个人信息保护法》第五十二条；《网络数据安全管理条例》第二十八条、第三十条", "PIPL Article 52; Network Data Security Management Regulations, Articles 28 and 30"), 0, 30, true, true},
		AuditPersonal: {t("《个人信息保护法》第五十四条：定期合规审计（每年一次为本服务的要求）", "PIPL Article 54: audited regularly (yearly is our reading)"), 12, 0, true, true},
		AuditMinors:   {t("《未成年人网络保护条例》第三十七条：每年合规审计", "Regulations on the protection of minors online, Article 37: audited every year"), 12, 0, true, true},
		AssessRisk:    {t("《网络数据安全管理条例》第三十三条：每年风险评估", "Network Data Security Management Regulations, Article 33: risks assessed every year"), 12, 0, true, true},
		HandEvidence:  {t("《管理办法》第十四条（每年一次为本服务的要求）", "Measures, Article 14 (yearly is our reading)"), 12, 0, true, true},
	}
}

// Basis is the law that a duty stands on; empty for what is none.
func (d Duty) Basis() identity.Text { return duties()[d].basis }

// Handed reports whether somebody who works here writes the duty down; the others begin
// by themselves, and nobody adds one by hand.
func (d Duty) Handed() bool { return duties()[d].hand }

// Papered reports whether the duty is a document, of which number or digest is on record.
func (d Duty) Papered() bool { return duties()[d].paper }

// Returns reports whether the duty comes again after it was done.
func (d Duty) Returns() bool { return duties()[d].months > 0 }

// Due is the last day for a duty that began, or was done last, on a day. The filing for
// faces has its term in working days; what a party keeps has the party's own term
// (KeptUntil).
func (d Duty) Due(from identity.Date) identity.Date {
	of := duties()[d]
	switch {
	case d == FileFaces:
		return FilingDue(from)
	case of.months > 0:
		return from.AddMonths(of.months)
	}
	return after(from, of.days)
}

// LargeScale is how many people make a service name who is in charge of protecting what it
// knows, and have a plan for its end (Network Data Security Management Regulations, Art. 28).
const LargeScale = 10_000_000

// Standing are the duties of any service that real people use: documents, birth dates and
// children's applications are sensitive (PIPL Arts 28, 31). They begin by themselves.
func Standing() []Duty { return []Duty{AssessImpact, AuditPersonal, AuditMinors, AssessRisk} }

// First is the day for a standing duty of a service that began on a day: the assessment
// comes before the processing (PIPL Art. 55), the others within their term.
func (d Duty) First(began identity.Date) identity.Date {
	if d == AssessImpact {
		return began
	}
	return d.Due(began)
}

// KeptUntil is the last day on which a party may still have what it got in plain text, when
// it may ask for none since a day (Art. 8): the days for which it said that it keeps it.
func KeptUntil(since identity.Date, days int) identity.Date { return after(since, max(0, days)) }

func after(day identity.Date, days int) identity.Date {
	at := time.Date(day.Year, time.Month(day.Month), day.Day+days, 0, 0, 0, 0, time.UTC)
	return identity.Date{Year: at.Year(), Month: int(at.Month()), Day: at.Day()}
}

// Stage is how near a duty's day is.
type Stage string

const (
	Waits Stage = "waits"
	Soon  Stage = "soon"    // 30 days or less: a reminder
	Late  Stage = "overdue" // the day is over: an alarm
	Met   Stage = "done"
)

const (
	remindDays = 30 // ahead of the day
	graceDays  = 30 // after it, until a party whose other ways nobody looked at goes back to review
)

// StageOf is where a duty stands on a day. The day itself is still in time.
func StageOf(due, today identity.Date) Stage {
	switch {
	case due.Before(today):
		return Late
	case after(today, remindDays).Before(due):
		return Waits
	}
	return Soon
}

// BackToReview reports whether a party takes part no more until two approved it anew: its
// other lawful ways were due to be looked at, and 30 days later nobody had (Arts 6, 7).
func BackToReview(due, today identity.Date) bool { return after(due, graceDays).Before(today) }

// ticketLasts is how long a ticket is good (Regulations on the protection of minors online,
// Art. 36: the least, and on record; the term is our reading).
const ticketLasts = 24 * time.Hour

// Ticket is the approval by the person in charge that who works here comes to minors'
// information (Regulations on the protection of minors online, Art. 36): for one thing,
// about one case, once.
type Ticket struct {
	About string // the case, by its reference
	Do    string // what is done about it
	By    string // who asked, and acts
	Given string // the person in charge who approved
	At    time.Time
	Used  time.Time // zero: not yet
}

// Until is the end of its term.
func (t Ticket) Until() time.Time { return t.At.Add(ticketLasts) }

// Opens says why a ticket does not let something be done about a case at now; "" where it does.
func (t Ticket) Opens(about, do string, now time.Time) string {
	switch {
	case !someone(t.Given) || !someone(t.By) || t.Given == t.By || t.At.IsZero():
		return "approver_same"
	case about == "" || t.About != about || t.Do != do:
		return "ticket_other"
	case !t.Used.IsZero():
		return "ticket_used"
	case now.Before(t.At) || !now.Before(t.Until()):
		return "ticket_over"
	}
	return ""
}

// Leaves says why something may not go to a region on a day; "" where it may: home, or
// abroad under an assessment that two put on record (Art. 12; PIPL Arts 36, 38, 40). A
// region that nobody named is abroad.
func Leaves(a Assessment, first, second, to string, on identity.Date) string {
	two := someone(first) && someone(second) && first != second
	if to == Home || two && Exports(a, to, on) {
		return ""
	}
	return "export_unassessed"
}
