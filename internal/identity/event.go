package identity

import "time"

// EventKind names what happened, in the life-cycle verbs.
type EventKind string

const (
	Enrolled        EventKind = "enrolled"       // a person got a net number
	DocumentAdded   EventKind = "document-added" // the same person proved themselves again
	Issued          EventKind = "issued"         // a net certificate was bound to a device key
	SignedIn        EventKind = "signed-in"
	DeviceAdded     EventKind = "device-added"   // by another device of theirs
	DeviceAsked     EventKind = "device-asked"   // by the document, with another passcode or telephone: it waits
	DeviceRefused   EventKind = "device-refused" // by a device that stands
	DeviceNamed     EventKind = "device-named"
	PhoneAsked      EventKind = "phone-asked"   // on a device, with the passcode: it waits
	PhoneRefused    EventKind = "phone-refused" // by a device that stands
	DeviceRemoved   EventKind = "device-removed"
	SignalsOn       EventKind = "signals-on" // a device of theirs is signalled when something waits for them
	SignalsOff      EventKind = "signals-off"
	CodesMade       EventKind = "recovery-codes" // a new set; the former is void
	Frozen          EventKind = "frozen"
	Thawed          EventKind = "thawed"
	Attested        EventKind = "attested"  // a wallet was given attestations of theirs
	Consented       EventKind = "consented" // the citizen agreed that a party learns plain text, item by item
	Verified        EventKind = "verified"  // a party got its signed answer
	Refreshed       EventKind = "refreshed" // a party was answered again, without the citizen: once for each day on which it was
	Declined        EventKind = "declined"  // the citizen said no to a party
	Withdrawn       EventKind = "withdrawn"
	StandingGiven   EventKind = "standing-given" // the citizen lets a party have the result again without a page
	StandingEnded   EventKind = "standing-ended"
	Exported        EventKind = "exported"         // the citizen took a copy of their data
	GuardianAgreed  EventKind = "guardian-agreed"  // a guardian said yes: in their records, and in the child's where it was used
	GuardianRefused EventKind = "guardian-refused" // a guardian said no
	Erased          EventKind = "erased"           // public, about nobody: a tombstone
	SessionEnded    EventKind = "session-ended"    // at a party: that of the record named in Detail, or all
	Disowned        EventKind = "disowned"         // the citizen says of a verification, named in Detail, that it was not theirs
	ErasureAsked    EventKind = "erasure-asked"    // the citizen asks a party to delete what it keeps; Until: when it must have answered
	ErasureAnswered EventKind = "erasure-answered" // by the party; Detail: the record of the request, "done" or "refused", and on what ground
	Reported        EventKind = "reported"         // the citizen told the operator of a party; Detail: a Complaint
	NoticeAgreed    EventKind = "notice-agreed"    // the citizen agreed to the words of a notice that had changed
	PartyAdmitted   EventKind = "party-admitted"
	GuardianReview  EventKind = "guardian-reviewed" // public: the operator let a guardian's next application go on, or not
	PartyProposed   EventKind = "party-proposed"    // public: a first operator endorsed what it registered
	PartyApproved   EventKind = "party-approved"    // public: a second one did
	OperatorsNamed  EventKind = "operators-named"   // public: whose endorsements count from now on
	PartyInvited    EventKind = "party-invited"     // public: the operator let somebody register a party
	PartyReturned   EventKind = "party-returned"    // public: what was declared goes back to who declared it, with the reasons
	PartyHalted     EventKind = "party-suspended"   // public, as are the next two
	PartyResumed    EventKind = "party-resumed"
	PartyGone       EventKind = "party-removed"
	PartyCertified  EventKind = "party-certified" // public: a key for its requests to wallets was certified
	CounterAdded    EventKind = "counter-added"   // public, as is the next: a counter at which people are enrolled
	CounterGone     EventKind = "counter-removed"
	DocumentTold    EventKind = "document-told"         // the authority said something of a document of this person (Detail: NewsKind and kind); the number is as it was, or held no more
	HeldByNews      EventKind = "held"                  // the same, and no valid document is left: the number stands still
	ClosedByNews    EventKind = "closed"                // the authority said that the person died
	Reopened        EventKind = "reopened"              // and that they did not
	GuardianTold    EventKind = "guardian-told"         // the authority said that a guardianship began or ended
	Restored        EventKind = "restored"              // public, about nobody: the store was put back from a copy
	Recalled        EventKind = "certificates-recalled" // public: the operator ended many certificates at once; Detail: how many, which, why
	Expired         EventKind = "expired"               // public, about nobody: a month's retention ended
	RightAsked      EventKind = "right-asked"           // what no machine can do alone; Detail: the right, what it is about, and its reference
	RightAnswered   EventKind = "right-answered"        // public, about nobody: the right, what came of it, and whether in time
	RightLate       EventKind = "right-late"            // public, about nobody: a printed day passed without an answer
	WishSaid        EventKind = "wish-said"             // what relatives may do when the person is dead
	HeirCopied      EventKind = "heir-copied"           // a relative of the person, who is dead, took a copy

	StaffInvited     EventKind = "staff-invited" // public, as are the next five: of the console, by labels of accounts
	StaffJoined      EventKind = "staff-joined"
	StaffDisabled    EventKind = "staff-disabled"
	ProposalMade     EventKind = "proposal-made"
	ProposalApproved EventKind = "proposal-approved"
	ProposalRefused  EventKind = "proposal-refused"
	PartnerFounded   EventKind = "partner-founded" // public, as are the next eight: an organisation and its members, by random words
	PartnerInvited   EventKind = "partner-invited"
	PartnerJoined    EventKind = "partner-joined"
	PartnerChanged   EventKind = "partner-changed"
	PartnerProven    EventKind = "partner-proven"
	PartnerLapsed    EventKind = "partner-lapsed" // a year after it was proven
	PartnerClaimed   EventKind = "partner-claimed"
	PartnerReleased  EventKind = "partner-released"
	PartnerLeft      EventKind = "partner-left"
	PartnerDrafted   EventKind = "partner-drafted" // public, as are the next three: an organisation and its application, by random words
	PartnerLodged    EventKind = "partner-lodged"
	PartnerRekeyed   EventKind = "partner-rekeyed"
	PartnerWithdrawn EventKind = "partner-withdrawn"

	IncidentOpened   EventKind = "incident-opened" // public, as are the next four: kind, severity and moments, about nobody
	IncidentReported EventKind = "incident-reported"
	IncidentClosed   EventKind = "incident-closed"
	GlassBroken      EventKind = "break-glass-used"
	GlassReviewed    EventKind = "break-glass-reviewed"

	OfficerNamed   EventKind = "officer-named"        // public, as are the next two: an officer's key and who holds it, by a word of the operator's
	Assisted       EventKind = "assisted"             // an authority was helped; Detail: which of the two, who asked, on which law; never about whom
	AssistReviewed EventKind = "assistance-reviewed"  // and somebody else looked at it afterwards
	Supervised     EventKind = "supervision-recorded" // public, about nobody: a duty, an emergency's moment

	IncidentTold    EventKind = "incident-told"         // public, as are the next: citizens read of it on their pages; Detail: kind, severity, and by what they are found
	IssuanceStopped EventKind = "issuance-stopped"      // Detail: what stands still
	IssuanceLifted  EventKind = "issuance-lifted"       // by two, where that was no proposal
	Reissued        EventKind = "certificates-reissued" // Detail: how many, which, why
	Drilled         EventKind = "drill-held"            // Detail: what was tried, how many synthetic people, how long each step took

	FiguresPublished EventKind = "figures-published" // public, about nobody: a month's figures, in Detail
)

// Ground is one rule that was asked and what it relied on.
type Ground struct {
	Rule     string `json:"rule"`    // stable id of the question: "a8-result-only"
	Version  string `json:"version"` // date of the rule's text: "2025-07-15"
	Articles []int  `json:"articles"`
}

// Event is who did what on what ground, before it is sealed. Its canonical
// form is its JSON with the fields in this order. It is readable only with
// the person's record key (or, when Public, holds nothing personal).
type Event struct {
	ID       string        `json:"id"` // the EventID in hexadecimal
	Kind     EventKind     `json:"kind"`
	Time     time.Time     `json:"time"` // UTC, whole seconds
	Party    PartyID       `json:"party,omitempty"`
	Name     *Text         `json:"name,omitempty"` // the party's legal name on that day
	Purpose  *Text         `json:"purpose,omitempty"`
	Intent   Intent        `json:"intent,omitempty"`   // what the party said that it is for
	Given    []string      `json:"given,omitempty"`    // what left: "result", "age_over_18=true", "name=plaintext"
	Withheld []string      `json:"withheld,omitempty"` // what was asked and refused
	Mode     Mode          `json:"mode,omitempty"`
	Detail   string        `json:"detail,omitempty"`  // a word of this kind's own: the document kind, the reason, the record of the consents
	Until    *time.Time    `json:"until,omitempty"`   // Verified: until when the party may be answered again; StandingGiven: until when it need not ask
	Session  string        `json:"session,omitempty"` // Verified: the session that began, by its party's name for it
	Consents []Consent     `json:"consents,omitempty"`
	Approval *Approval     `json:"approval,omitempty"`
	Standing string        `json:"standing,omitempty"` // the standing consent on which it was answered, or which ended: the id of its record
	Grounds  []Ground      `json:"grounds"`
	Endorsed []Endorsement `json:"endorsed,omitempty"` // of a party: by operators, over the record whose digest is in Detail
	Set      *ErasedSet    `json:"set,omitempty"`      // Erased, Restored and Expired only
	Seq      uint64        `json:"seq,omitempty"`      // the person's own numbering, from 1
	Prev     []byte        `json:"prev,omitempty"`     // leaf of the person's previous event
}

// ErasedSet commits an erasure to the bodies it dropped without listing them:
// their count and the sum, modulo 2^256, of a keyed hash of each leaf.
type ErasedSet struct {
	Count uint64 `json:"count"`
	Sum   []byte `json:"sum"`
}

// Consent is one consent to one thing (单独同意): which text, which version, when.
type Consent struct {
	Subject string    `json:"subject"` // "notice", "document", "face", or the name of a PlainAsk
	Version string    `json:"version"`
	Digest  []byte    `json:"digest"` // SHA-256 of the exact text shown
	Locale  string    `json:"locale"`
	Given   bool      `json:"given"`
	Time    time.Time `json:"time"`
}

// Approval is what the citizen's device signed: the bytes that were rendered.
type Approval struct {
	Statement   []byte `json:"statement"` // UTF-8, lines joined by "\n"
	Signature   []byte `json:"signature"` // ES256, r||s, or a passkey's assertion (client.CheckDevice)
	Device      []byte `json:"device"`    // the device's public key, a JWK
	Certificate string `json:"certificate"`
}
