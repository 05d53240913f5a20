package sms

import (
	"context"
	"slices"
	"sync"
	"time"

	"netid/internal/identity"
)

// kept is how many messages the outbox remembers.
const kept = 100

// Message is a message as the sandbox's outbox shows it.
type Message struct {
	Time  time.Time `json:"time"` // UTC
	Phone string    `json:"phone"`
	Text  string    `json:"text"`

	id identity.DeliveryID
}

// Outbox is the sandbox's simulator of a telephone network: messages stay
// here, in memory. Production refuses it.
type Outbox struct {
	now func() time.Time

	mu       sync.Mutex // guards messages
	messages []Message
}

// NewOutbox makes an empty outbox.
func NewOutbox(now func() time.Time) *Outbox { return &Outbox{now: now} }

// Send keeps the message, once however often it comes, and forgets the oldest
// beyond a hundred.
func (o *Outbox) Send(_ context.Context, id identity.DeliveryID, phone, text string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.ContainsFunc(o.messages, func(m Message) bool { return m.id == id }) {
		return nil
	}
	o.messages = append(o.messages, Message{o.now().UTC(), phone, text, id})
	if n := len(o.messages); n > kept {
		o.messages = slices.Clone(o.messages[n-kept:])
	}
	return nil
}

// Messages are the messages of this run, oldest first.
func (o *Outbox) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.messages)
}
