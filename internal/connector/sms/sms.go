// Package sms sends short messages to telephones.
//
// It owns the two ways a message leaves (the operator's gateway; the
// sandbox's outbox, a simulator) and refuses to know what a message is for
// and what a code is.
//
// Invariant: neither a telephone number nor a text is in an error or a log;
// the outbox lives in memory only and forgets all but the last hundred.
package sms

import "context"

// Sender sends one message to one telephone: 11 digits, no country code.
// A failure is fault.Unavailable, "sms_unavailable".
type Sender interface {
	Send(ctx context.Context, phone, text string) error
}
