package identity

import "time"

// PartySession is what a party's `sid` carries, sealed: one verification, seen
// as the session that began with it. Two parties never hold the same, and
// nobody but the service opens it.
type PartySession struct {
	Receipt    EventID  `json:"i"`
	Person     PersonID `json:"o"`
	Party      PartyID  `json:"p"`
	Generation uint64   `json:"g"` // of the person's link to the party when it began
}

// SessionLife is how long a verification is taken for a session that lives. How
// long the party's own lasts the service does not know; later than this
// nobody is told of its end.
const SessionLife = 30 * 24 * time.Hour

// Over reports whether a session that began with this verification is too old to be ended.
func (s PartySession) Over(now time.Time) bool {
	return DayOf(now)-s.Receipt.Day() > int32(SessionLife/(24*time.Hour))
}

// LogoutToken goes to a party: a session there is over (Back-Channel Logout 1.0).
const LogoutToken DeliveryKind = "logout"

// Goodbye is a log-out on its way through the citizen's browser: what a party
// asked for, after it was checked.
type Goodbye struct {
	Party    PartyID   `json:"p,omitempty"`
	Redirect string    `json:"r,omitempty"` // registered, of a party that showed a good hint
	State    string    `json:"s,omitempty"`
	Locale   string    `json:"l,omitempty"`
	Ended    bool      `json:"d,omitempty"` // the party's session is over; else the citizen is to be asked
	Expires  time.Time `json:"x"`
}

// LogoutNotice is what a party is told, before it is signed. Without a SID all
// sessions of the subject are over.
type LogoutNotice struct {
	Subject Subject `json:"sub"`
	SID     string  `json:"sid,omitempty"`
}
