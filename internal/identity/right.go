package identity

import "time"

// Right is what a person asks of whoever handles their data, and what no machine can do alone.
type Right string

const (
	RightExplain Right = "explain" // why a machine said no, and that a person looks again (PIPL Arts 24, 48)
	RightCorrect Right = "correct" // what is kept is not true (PIPL Art. 46)
)

// Wish is what a person wants relatives to be able to do when they are dead (PIPL Art. 49).
type Wish string

const (
	WishNone   Wish = ""       // nothing was said: what law says
	WishErase  Wish = "erase"  // they may end it, and see nothing
	WishClosed Wish = "closed" // neither
)

// ParseWish takes no other word.
func ParseWish(s string) (Wish, bool) {
	w := Wish(s)
	return w, w == WishNone || w == WishErase || w == WishClosed
}

// Claim is one request that waits for a person, or that one answered. It names nobody: who
// asked has its reference in their own sealed records.
type Claim struct {
	Ref      string    `json:"reference"`
	Right    Right     `json:"right"`
	About    string    `json:"about"` // the reason of a refusal, or the item that is not true: a word of a closed list
	Asked    time.Time `json:"asked"`
	Due      time.Time `json:"due"`
	Late     bool      `json:"late,omitempty"` // the ledger says in public that the day passed
	Answered time.Time `json:"answered,omitzero"`
	Granted  bool      `json:"granted,omitempty"`
	Note     string    `json:"note,omitempty"` // of whoever answered; a refusal has one (PIPL Art. 50)
}

// Over reports that the printed day has passed without an answer.
func (c Claim) Over(now time.Time) bool { return c.Answered.IsZero() && !now.Before(c.Due) }
