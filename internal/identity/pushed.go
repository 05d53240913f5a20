package identity

import (
	"time"

	"netid/internal/fault"
)

// PushedRow is a party's request that it sent ahead, as stored: found by the
// hash of a handle that the party alone was told, sealed, and there until the
// citizen has decided or could not any more.
type PushedRow struct {
	ID    []byte
	Until time.Time
	Body  []byte
}

type (
	// PutPushed stores a pushed request. Guard: the id is new ("request_exists").
	PutPushed struct{ Row PushedRow }
	// TakePushed removes one for good: it was answered. Guard: it is there ("request_used").
	TakePushed struct{ ID []byte }
)

func (PutPushed) note()  {}
func (TakePushed) note() {}
func (TakePushed) verb() {}

// Intent is what a verification is for, where the party says so: it is shown
// to the citizen, signed with the rest and kept in the record.
type Intent string

const (
	IntentRegister Intent = "register" // a new account
	IntentSignIn   Intent = "sign_in"  // an account that there is
	IntentReverify Intent = "reverify" // the same person still stands behind an account
)

// DetailVerification is the one type of authorization details (RFC 9396):
// {"type": …, "intent": an Intent}.
const DetailVerification = "urn:netid:verification"

// ParseIntent accepts the three words.
func ParseIntent(s string) (Intent, error) {
	switch i := Intent(s); i {
	case IntentRegister, IntentSignIn, IntentReverify:
		return i, nil
	}
	return "", fault.New("identity.ParseIntent", fault.Invalid, "intent_unknown")
}
