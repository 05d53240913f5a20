package law

import (
	"slices"

	"netid/internal/identity"
)

// The roles of who works at the operator's console. They never meet in one account
// (三权分立): who proposes does not approve, and who audits does neither. Supervisors
// read, each within its remit (Art. 3; MayRead).
const (
	SystemRole   Role = "system"
	SecurityRole Role = "security"
	AuditRole    Role = "audit"
)

// StaffRoles are the roles that an account of the console may have: one each.
func StaffRoles() []Role {
	return []Role{SystemRole, SecurityRole, AuditRole, PublicSecurity, Cyberspace, Sector}
}

// Action is a thing that is done or read at the console.
type Action string

// What is done by two, and what is read.
const (
	InviteStaff    Action = "staff-invite"
	RemoveStaff    Action = "staff-remove"
	EnableStaff    Action = "staff-enable"
	ChangeSetting  Action = "setting-change"
	ApproveParty   Action = "party-approve"
	SuspendParty   Action = "party-suspend"
	ResumeParty    Action = "party-resume"
	ReturnParty    Action = "party-return"    // with what it is to put right
	RemoveParty    Action = "party-remove"    // for good
	GrantExcept    Action = "exception-grant" // a guardian's next application, an assisted enrolment
	KeyCeremony    Action = "key-ceremony"
	StopIssuance   Action = "issuance-stop"
	LiftStop       Action = "issuance-lift"
	RecallMany     Action = "certificates-recall"
	UseBreakGlass  Action = "break-glass"
	OpenMinor      Action = "minor-ticket" // one thing about one case of a minor's, once
	LetOut         Action = "export"       // data may go to a region, under its assessment
	ReviewIncident Action = "incident-review"
	CloseIncident  Action = "incident-close"
	ReviewGlass    Action = "break-glass-review"
	NameOfficer    Action = "officer-name"      // who holds a key of the quorum, for lawful assistance
	WriteIncident  Action = "incident-write"    // open one, and write down what one person did about it
	WriteAssist    Action = "assistance-write"  // what an authority asked; it opens nothing
	ReviewAssist   Action = "assistance-review" // an opening, afterwards
	SeeStaff       Action = "staff"
	SeeProposals   Action = "proposals"
	SeeParties     Action = "parties"
	SeeCases       Action = "cases" // by their exact reference alone
	SeeFigures     Action = "figures"
	SeeIncidents   Action = "incidents"
	SeeAssist      Action = "assistance" // what authorities asked, and never about whom
	SeeAlerts      Action = "alerts"
	SeeDuties      Action = "supervision" // what is due, and what supervision asked for
	SeeHealth      Action = "health"      // of the service itself: what its load bears, and what is wrong
)

// Sensitive are the actions of which none is one person's.
func Sensitive() []Action {
	return []Action{InviteStaff, RemoveStaff, EnableStaff, ChangeSetting, ApproveParty, ReturnParty, SuspendParty, ResumeParty, RemoveParty, GrantExcept, KeyCeremony, StopIssuance, LiftStop, RecallMany, UseBreakGlass, OpenMinor, LetOut, ReviewIncident, CloseIncident, ReviewGlass, NameOfficer}
}

// Actions are all of them.
func Actions() []Action {
	return append(Sensitive(), SeeStaff, SeeProposals, SeeParties, SeeCases, SeeFigures, SeeIncidents, SeeAlerts, SeeDuties, WriteIncident, SeeHealth, SeeAssist, WriteAssist, ReviewAssist)
}

// Move is what somebody does about an action.
type Move string

const (
	Look    Move = "read"
	Propose Move = "propose"
	Approve Move = "approve" // or refuse
)

// Moves are all of them.
func Moves() []Move { return []Move{Look, Propose, Approve} }

// MayStaff is the matrix of roles, actions and moves. What stands in it nowhere is
// refused. No role both proposes and approves one action: two people of one role are
// never enough (Art. 12; separation of duties is our reading of it).
func MayStaff(r Role, a Action, m Move) bool {
	if m == Look {
		return slices.Contains(readers()[a], r)
	}
	by, known := signers()[a]
	return known && (m == Propose && by.first == r || m == Approve && by.second == r)
}

// SignedBy is which role proposes an action and which approves it; "" and "" of one that
// is no two people's.
func SignedBy(a Action) (proposes, approves Role) {
	by := signers()[a]
	return by.first, by.second
}

type pair struct{ first, second Role }

func signers() map[Action]pair {
	system, security := pair{SystemRole, SecurityRole}, pair{SecurityRole, SystemRole}
	return map[Action]pair{InviteStaff: system, RemoveStaff: system, EnableStaff: system, ChangeSetting: system, ApproveParty: system, ReturnParty: system, ResumeParty: system, GrantExcept: system, OpenMinor: system, LetOut: system,
		ReviewIncident: system, CloseIncident: system, ReviewGlass: system,
		SuspendParty: security, RemoveParty: security, KeyCeremony: security, StopIssuance: security, LiftStop: security, RecallMany: security, UseBreakGlass: security, NameOfficer: security}
}

// A supervisor of a sector reads no parties: none says of which sector it is, and all of
// them would be more than its remit (Art. 3).
func readers() map[Action][]Role {
	inside := []Role{SystemRole, SecurityRole, AuditRole}
	all := append(slices.Clone(inside), PublicSecurity, Cyberspace)
	m := map[Action][]Role{SeeStaff: inside, SeeProposals: inside, SeeParties: all, SeeCases: {SystemRole, SecurityRole}, SeeFigures: append(slices.Clone(all), Sector),
		SeeIncidents: all, SeeAlerts: {AuditRole}, SeeDuties: all, WriteIncident: {SystemRole, SecurityRole}, SeeHealth: inside, SeeAssist: inside, WriteAssist: {SystemRole, SecurityRole}, ReviewAssist: {AuditRole}}
	for _, a := range Sensitive() {
		m[a] = inside
	}
	return m
}

// Signatory is who signs a proposal, as a rule needs to know them.
type Signatory struct {
	Account   string
	Reference string   // of the person: accounts of one person have one
	Above     []string // references of who leads them, and who leads those
	Role      Role
	Stands    bool // neither removed nor disabled nor long away
}

// Proposes says why this person may not propose the action; "" where they may.
func Proposes(a Action, by Signatory) string {
	switch {
	case !by.Stands:
		return "staff_disabled"
	case !MayStaff(by.Role, a, Propose):
		return "role_refused"
	}
	return ""
}

// Seconds says why a proposal of the first is not approved by the second; "" where it
// may be: another account of another person, of the role that approves it, in no
// reporting line with who proposed it, up or down; and both still stand.
func Seconds(a Action, first, second Signatory) string {
	switch {
	case !first.Stands || !second.Stands:
		return "staff_disabled"
	case first.Account == second.Account || first.Reference == second.Reference || first.Account == "" || first.Reference == "":
		return "approver_same"
	case !MayStaff(second.Role, a, Approve) || !MayStaff(first.Role, a, Propose):
		return "role_refused"
	case slices.Contains(first.Above, second.Reference) || slices.Contains(second.Above, first.Reference):
		return "approver_line"
	}
	return ""
}

// Setting is what the console may change while the service runs.
type Setting string

// Settings of the console itself. Each has a floor that no proposal passes.
const (
	IdleMinutes     Setting = "idle-minutes"
	SessionHours    Setting = "session-hours"
	DormantDays     Setting = "dormant-days"
	ProposalDays    Setting = "proposal-days"
	InvitationHours Setting = "invitation-hours"
)

// Settings are all of them.
func Settings() []Setting {
	return []Setting{IdleMinutes, SessionHours, DormantDays, ProposalDays, InvitationHours}
}

// Loosest is a setting's value where nobody changed it, and the weakest that it may have:
// the console makes it stricter and never looser. 0 for what is no setting.
func Loosest(s Setting) int {
	return map[Setting]int{IdleMinutes: 15, SessionHours: 12, DormantDays: 30, ProposalDays: 7, InvitationHours: 24}[s]
}

// MaySet reports whether a setting may have this value: at least 1, so that it still
// works, and not above the floor.
func MaySet(s Setting, value int) bool { return value >= 1 && value <= Loosest(s) }

// SettingName is what a setting is called in the texts that people sign.
func SettingName(s Setting) identity.Text {
	return map[Setting]identity.Text{IdleMinutes: t("闲置多少分钟后退出", "Minutes without a page that end a session"), SessionHours: t("登录最长几小时", "Hours that a session lasts at most"),
		DormantDays: t("多少天未登录即停用", "Days away that disable an account"), ProposalDays: t("提案有效天数", "Days that a proposal waits"), InvitationHours: t("邀请有效小时数", "Hours that an invitation is good")}[s]
}

// RoleName is what a role is called there.
func RoleName(r Role) identity.Text {
	return map[Role]identity.Text{SystemRole: t("系统管理", "System"), SecurityRole: t("安全管理", "Security"), AuditRole: t("审计", "Audit"),
		PublicSecurity: t("公安监管（只读）", "Public security (reads only)"), Cyberspace: t("网信监管（只读）", "Cyberspace administration (reads only)"), Sector: t("行业监管（只读）", "Sector authority (reads only)")}[r]
}
