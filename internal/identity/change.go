package identity

import "time"

// Change is what an act hands the store: one event and the guarded verbs that
// happen with it, all or nothing. State cannot change without its event.
type Change struct {
	Entry Entry
	Verbs []Verb
}

// Entry is an event as the store sees it: sealed, numbered by the store.
type Entry struct {
	EntryKey
	Bucket uint16
	Owner  []byte // keyed per-person index; nil for a public entry
	Leaf   [32]byte
	Body   []byte // padded sealed event and salt, or the plain public event and salt
	Public bool
	Chain  *ChainStep // nil for a public entry
}

// EntryKey is where an entry is found: unique, and so the single-use guard of a
// verification. The day is the EventID's own, so an id is never used on two days.
type EntryKey struct {
	Day int32  // days since 1970-01-01 UTC
	ID  []byte // keyed hash of the EventID, 16 bytes
}

// ChainStep moves the head of a person's own numbering; its From is a guard
// (conflict "chain_moved").
type ChainStep struct {
	Index    []byte
	FromSeq  uint64 // 0: no chain yet
	FromHead []byte
	ToSeq    uint64
	ToHead   []byte
}

// Verb is one guarded step of a change. A failed guard is a fault.Conflict
// (or what the verb says) with the guard's name as its public reason.
type Verb interface{ verb() }

type (
	// OpenPerson creates the pseudonym side of a person. Guards: the id is new
	// ("person_exists"); Keys.Under is not from before the keys that persons are
	// being wrapped under ("keys_moved").
	OpenPerson struct {
		ID      PersonID
		Keys    WrappedKeys
		Profile []byte // sealed Profile
	}
	// SetProfile replaces the sealed profile. Guard: the person exists ("person_gone").
	SetProfile struct {
		ID      PersonID
		Profile []byte
	}
	// SetStanding moves a person from one standing to another, and marks the
	// certificates of theirs, found by CertOwner. Guard: From ("standing_changed").
	SetStanding struct {
		ID        PersonID
		From, To  Standing
		CertOwner []byte
	}
	// GuardPerson changes nothing; it fails ("standing_changed") unless the
	// person has this standing and epoch at the moment of the commit.
	GuardPerson struct {
		ID       PersonID
		Standing Standing
		Epoch    uint64
	}
	// KeepIdentity writes the sealed real identity on the vault's side (insert or
	// replace). Guard: the body that stands there is From ("identity_changed");
	// without From it may be any or none.
	KeepIdentity struct{ Row, Body, From []byte }
	// ClaimIndex takes a blind index for good. Guards: it is free, and so are
	// Others, the names of the same value under other versions of the key; and
	// nothing at or after Beyond is taken, by which a version shows that the
	// caller does not know ("index_taken").
	ClaimIndex struct {
		Index, Body []byte
		Others      [][]byte
		Beyond      []byte // nil: no such guard
	}
	// FreeIndex gives the blind index of a document free again, which its person
	// does not hold any more: Indexes are its names under every version of the
	// key. Guard: one of them is claimed ("index_gone").
	FreeIndex struct{ Indexes [][]byte }
	// BindCertificate stores a new net certificate of a person in this standing, which
	// the change guards. Guards: id and place are new ("certificate_exists"); Under, as
	// for OpenPerson ("keys_moved").
	BindCertificate struct {
		Certificate CertificateRow
		Standing    Standing
	}
	// GuardCertificate fails ("certificate_gone") unless the certificate is
	// there and not revoked.
	GuardCertificate struct{ ID CertificateID }
	// RevokeCertificate ends a certificate for good. Guard: it is there and not
	// revoked ("certificate_gone").
	RevokeCertificate struct{ ID CertificateID }
	// KeepCertificate replaces the sealed body of a certificate. Guards: it is there
	// and not revoked ("certificate_gone"), its body is From ("certificate_changed"); Under, as for OpenPerson ("keys_moved").
	KeepCertificate struct {
		Certificate CertificateRow
		From        []byte
	}
	// EndSessions raises the person's epoch: every session, code, token and standing
	// consent made under an older one is dead. Guard: standing and epoch ("standing_changed").
	EndSessions struct {
		ID       PersonID
		Standing Standing
		Epoch    uint64
	}
	// GuardLink fails ("link_changed") unless the person's link to the party has
	// this generation (0: no row).
	GuardLink struct {
		Index      []byte
		Generation uint64
	}
	// CutLink raises the generation of a link, so that every code, token and
	// standing consent made under an older one is dead. Guard: From ("link_changed").
	CutLink struct {
		Index, Owner []byte
		From         uint64
	}
	// GuardParty fails ("party_suspended") unless the party is active.
	GuardParty struct{ ID PartyID }
	// AdmitParty stores a party. Guards: the id is new ("party_exists"); one that
	// takes part outside of a sandbox is Countersigned ("party_unapproved").
	AdmitParty struct{ Party Party }
	// AmendParty replaces a party's declaration and standing. Guards: the id is
	// known ("party_unknown"), and stands as it was read ("party_moved"): else an
	// amendment could undo a suspension that it never saw. And as AdmitParty's second.
	AmendParty struct {
		Party Party
		From  uint64 // the version that was read
	}
	// ErasePerson deletes every row of a person on both sides, drops the bodies
	// and owners of their events (leaves stay) but for those that Hold names, which
	// stay sealed for the officers' quorum, and notes the shelf slot to be
	// destroyed. Guards: the person exists ("person_gone") and still has exactly
	// Events entries, and each that is to be held ("events_moved"), so that the
	// tombstone's set is the true one.
	ErasePerson struct {
		ID          PersonID
		IdentityRow []byte
		Indexes     [][]byte
		EventOwner  []byte
		Events      uint64
		Hold        []Hold
		ChainIndex  []byte
		CertOwner   []byte
		LinkOwner   []byte
		Slot        uint64 // pending shred, until Shredded
	}
	// DropDraft removes an enrolment draft. Guard: its version ("draft_moved").
	DropDraft struct {
		ID      []byte
		Version uint64
	}
	// GuardDraft changes nothing; it fails ("draft_changed") unless the row has this version.
	GuardDraft struct {
		ID      []byte
		Version uint64
	}
	// TakeOnce consumes a single-use id until Until. Guard: never taken ("already_used").
	TakeOnce struct {
		ID    []byte
		Until time.Time
	}
)

func (OpenPerson) verb()        {}
func (SetProfile) verb()        {}
func (SetStanding) verb()       {}
func (GuardPerson) verb()       {}
func (KeepIdentity) verb()      {}
func (ClaimIndex) verb()        {}
func (FreeIndex) verb()         {}
func (BindCertificate) verb()   {}
func (GuardCertificate) verb()  {}
func (RevokeCertificate) verb() {}
func (KeepCertificate) verb()   {}
func (EndSessions) verb()       {}
func (GuardLink) verb()         {}
func (CutLink) verb()           {}
func (GuardParty) verb()        {}
func (AdmitParty) verb()        {}
func (AmendParty) verb()        {}
func (ErasePerson) verb()       {}
func (DropDraft) verb()         {}
func (GuardDraft) verb()        {}
func (TakeOnce) verb()          {}

// Note is short-lived state that is about no event: it may be written alone.
type Note interface{ note() }

type (
	// PutDraft stores a new enrolment draft, sealed under a key that only the
	// citizen's browser holds.
	PutDraft struct{ Draft DraftRow }
	// SwapDraft replaces a draft. Guard: From ("draft_moved").
	SwapDraft struct {
		Draft DraftRow
		From  uint64
	}
	// RevokeVerification makes everything issued from a verification dead:
	// its code was presented twice (RFC 6749 §4.1.2), or its session was ended.
	RevokeVerification struct {
		ID    []byte
		Until time.Time
	}
	// Count adds one, or By, to a counter that restarts after Window. Guard: it
	// stays at or below Limit (fault.TooMany, "too_many_tries").
	Count struct {
		Index  []byte
		By     int // 0: one
		Limit  int
		Window time.Duration
		Now    time.Time
	}
	// Uncount forgets a counter, after a success.
	Uncount struct{ Index []byte }
	// Shredded says that a shelf slot is destroyed.
	Shredded struct{ Slot uint64 }
)

func (PutDraft) note()           {}
func (PutDraft) verb()           {}
func (SwapDraft) note()          {}
func (SwapDraft) verb()          {}
func (DropDraft) note()          {}
func (TakeOnce) note()           {}
func (RevokeVerification) note() {}
func (RevokeVerification) verb() {}
func (Count) note()              {}
func (Uncount) note()            {}
func (Shredded) note()           {}

// Standing is whether a person's number is in good standing: Active, or all that
// keeps it from being so. What one takes away leaves the others.
type Standing uint8

const (
	Active        Standing = 1
	FrozenByOwner Standing = 2
	// Of a child under 14, who cannot end it before their fourteenth birthday.
	FrozenByGuardian Standing = 4
	Held             Standing = 8  // none of the documents known here is valid: until one is shown
	Closed           Standing = 16 // the person is dead
)

// Has reports whether this keeps the number from being used.
func (s Standing) Has(why Standing) bool { return s&why != 0 }

// With is the standing with one thing more against it.
func (s Standing) With(why Standing) Standing { return s&^Active | why }

// Without is the standing with one thing less against it.
func (s Standing) Without(why Standing) Standing {
	if s &^= why | Active; s != 0 {
		return s
	}
	return Active
}

// WrappedKeys are a person's three keys, each wrapped under its own
// key-encryption key and the person's slot on the shelf, and where that slot is, sealed.
type WrappedKeys struct {
	Locator  []byte
	Identity []byte
	Subject  []byte
	Record   []byte
	Under    uint64 // generation of the service's keys that wrapped them; a guard of the commit, not stored
}

// PersonRow is what one read of a person gives.
type PersonRow struct {
	ID       PersonID
	Standing Standing
	Epoch    uint64
	Keys     WrappedKeys
	Profile  []byte
}

// CertificateRow is a certificate as stored. Body is sealed {person, device
// key, dates}; Owner is a keyed per-person index of this table alone.
type CertificateRow struct {
	ID      CertificateID
	Owner   []byte
	Locator []byte
	Body    []byte
	Revoked bool
	Place   Place
	Under   uint64 // as in WrappedKeys
}

// DraftRow is an enrolment draft as stored.
type DraftRow struct {
	ID      []byte
	Version uint64
	Expires time.Time
	Body    []byte
}

// EntryRow is a ledger entry as read back.
type EntryRow struct {
	Index uint64 // position in the tree, from 0
	EntryKey
	Bucket uint16
	Owner  []byte
	Leaf   [32]byte
	Body   []byte
	State  EntryState
	MAC    []byte // keyed, over every other column
}

// EntryState says in which form an entry's body is there.
type EntryState uint8

const (
	EntrySealed EntryState = 1
	EntryPublic EntryState = 2
	EntryErased EntryState = 3
	// The person is erased; the body stays sealed for the officers' quorum, for
	// the term of its class. Two states, since when a term is over nobody could
	// open the body to see which it was.
	EntryHeldLog   EntryState = 4
	EntryHeldProof EntryState = 5
)

// Holds reports whether the entry outlives its erased person.
func (s EntryState) Holds() bool { return s == EntryHeldLog || s == EntryHeldProof }

// Hold names an entry that outlives its person, and for how long.
type Hold struct {
	ID    []byte
	Class Class
}
