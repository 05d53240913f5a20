package identity

import "time"

// MatterKind is what a guardian is asked.
type MatterKind string

const (
	MatterApply MatterKind = "apply" // a number and a certificate for a minor (Art. 4)
	MatterUse   MatterKind = "use"   // one use by a child under 14 (Art. 5)
)

// GuardianAnswer is what a guardian said; empty while they said nothing.
type GuardianAnswer string

const (
	GuardianYes    GuardianAnswer = "yes"
	GuardianAlways GuardianAnswer = "always" // and for this party until withdrawn
	GuardianNo     GuardianAnswer = "no"
)

// Places is how many matters may wait before one guardian.
const Places = 8

// GuardianDays is how long a guardian's consent to one party lasts at most.
const GuardianDays = 365

// Matter is what waits for a guardian, sealed to that one.
type Matter struct {
	Kind     MatterKind     `json:"k"`
	Key      []byte         `json:"i"` // 16 bytes, from what the asker alone holds
	Ward     PersonHandle   `json:"w"`
	Person   PersonID       `json:"p,omitzero"` // of a use
	Name     string         `json:"n"`          // as its owner knows it, masked
	Regime   Regime         `json:"r"`
	Document DocumentKind   `json:"d,omitempty"` // of an application
	Party    PartyID        `json:"y,omitempty"` // of a use
	Text     []byte         `json:"t,omitempty"` // of a use: the statement that the child signed
	Asked    time.Time      `json:"a"`
	Until    time.Time      `json:"u"`
	Answer   GuardianAnswer `json:"s,omitempty"`
	GivenUp  time.Time      `json:"v,omitzero"` // of an application: whoever applied stopped, and no answer counts any more
}

// Agreed is a guardian's yes as it was read, for the commit that uses it up:
// every answer to the matter leaves its place, and who agreed still stands.
type Agreed struct {
	By    PersonID
	Verbs []Verb
}
