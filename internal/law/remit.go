package law

import "slices"

// Role is who looks at a service without being one of its citizens (Art. 3). Operators
// run it; the others supervise, each within its remit.
type Role string

const (
	OperatorRole   Role = "operator"
	OfficerRole    Role = "officer"         // of the quorum (ADR 0017)
	PublicSecurity Role = "public-security" // supervisor
	Cyberspace     Role = "cyberspace"      // supervisor
	Sector         Role = "sector"          // supervisor: civil affairs, culture and tourism, health, broadcasting
	AuditorRole    Role = "auditor"
)

// Roles are all of them.
func Roles() []Role {
	return []Role{OperatorRole, OfficerRole, PublicSecurity, Cyberspace, Sector, AuditorRole}
}

// View is a thing that a role may read. None of them is a person: who somebody is
// leaves by Help alone.
type View string

const (
	Figures         View = "figures"          // counts, small ones suppressed
	PartyRegister   View = "party-register"   // who takes part, why, on which law
	SectorParties   View = "sector-parties"   // the same, of the sector's own parties
	EvidencePack    View = "evidence-pack"    // netid compliance export
	LedgerProofs    View = "ledger-proofs"    // heads, tiles, consistency
	OwnStaff        View = "own-staff"        // what its staff did
	Incidents       View = "incidents"        // with their clocks
	AssistanceCount View = "assistance-count" // how often officers opened something, on which law
)

// Views are all of them.
func Views() []View {
	return []View{Figures, PartyRegister, SectorParties, EvidencePack, LedgerProofs, OwnStaff, Incidents, AssistanceCount}
}

// MayRead is the matrix of remits (Art. 3; our reading). It reads only: no role of it
// changes anything by it. The pages for it are not in this version.
func MayRead(r Role, v View) bool {
	return slices.Contains(map[Role][]View{
		OperatorRole:   {Figures, PartyRegister, EvidencePack, LedgerProofs, OwnStaff, Incidents, AssistanceCount},
		OfficerRole:    {Figures, LedgerProofs, AssistanceCount},
		PublicSecurity: {Figures, PartyRegister, EvidencePack, LedgerProofs, Incidents, AssistanceCount},
		Cyberspace:     {Figures, PartyRegister, EvidencePack, LedgerProofs, Incidents, AssistanceCount},
		Sector:         {Figures, SectorParties, LedgerProofs},
		AuditorRole:    {Figures, PartyRegister, EvidencePack, LedgerProofs, OwnStaff, Incidents, AssistanceCount},
	}[r], v)
}
