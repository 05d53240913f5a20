// Package sms sends short messages to telephones.
//
// It owns the two ways a message leaves (the operator's gateway; the
// sandbox's outbox, a simulator) and refuses to know what a message is for
// and what a code is.
//
// Invariant: neither a telephone number nor a text is in an error or a log;
// the outbox lives in memory only and forgets all but the last hundred.
package sms

import (
	"context"

	"netid/internal/identity"
)

// Sender sends one message to one telephone: 11 digits, no country code. A
// second call with the same id is the same message, sent again because the first
// answer was lost. A failure is fault.Unavailable, "sms_unavailable", or, when
// the gateway will never take this message, fault.Invalid, "sms_refused".
type Sender interface {
	Send(ctx context.Context, id identity.DeliveryID, phone, text string) error
}
