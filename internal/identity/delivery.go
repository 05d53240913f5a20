package identity

import (
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"time"

	"netid/internal/fault"
)

// DeliveryID names one delivery for its whole life: the receiver hears it with
// every attempt, and knows by it what it has already. 16 random bytes.
type DeliveryID [16]byte

func NewDeliveryID() DeliveryID { return DeliveryID(random(16)) }

func (d DeliveryID) String() string { return hex.EncodeToString(d[:]) }

// DeliveryKind says what kind of thing leaves, and so by which sender.
type DeliveryKind string

// ShortMessage goes to a telephone.
const ShortMessage DeliveryKind = "sms"

// Message is what leaves. It exists only sealed, and prints nothing.
type Message struct {
	Kind    DeliveryKind
	Address string
	Text    string
}

func (m Message) Format(f fmt.State, _ rune) { io.WriteString(f, "message") }
func (m Message) LogValue() slog.Value       { return slog.StringValue("message") }

// DeliveryRow is a delivery as stored. Whoever wrote it or leased it last has
// it in hand until Due: a lease is nothing but a Due that lies ahead.
type DeliveryRow struct {
	ID       DeliveryID
	Due      time.Time // next attempt; of a dead one: when its row goes
	Attempts int       // begun so far
	Dead     bool
	Body     []byte // sealed, of few sizes
}

type (
	// Deliver enters a delivery into the outbox, in the commit that it belongs
	// to. What waits under the same Slot goes: a newer message withdraws an
	// older one. A nil Slot replaces nothing.
	// Guard: the id is new ("delivery_exists").
	Deliver struct {
		ID       DeliveryID
		Slot     []byte
		Due      time.Time
		Attempts int // 1: whoever hands it in makes the first attempt before Due
		Body     []byte
	}
	// WithdrawDelivery removes what waits under a slot, if anything does.
	WithdrawDelivery struct{ Slot []byte }
	// LeaseDelivery begins an attempt: nobody else begins one before Until.
	// Guard: Attempts and Due as they were read ("delivery_taken").
	LeaseDelivery struct {
		ID       DeliveryID
		Attempts int
		Due      time.Time
		Until    time.Time
	}
	// Delivered removes a delivery that its receiver has. A late answer is as good as any:
	// there is no guard.
	Delivered struct{ ID DeliveryID }
	// PutOff ends an attempt that failed: the next one is due at Due.
	// Guard: Attempts as after the lease ("delivery_taken").
	PutOff struct {
		ID       DeliveryID
		Attempts int
		Due      time.Time
		Body     []byte
	}
	// BuryDelivery ends a delivery that will not be tried again. Its row stays
	// until Due, under no slot, with a Body that says why and holds no address
	// and no text. Guard: as PutOff.
	BuryDelivery struct {
		ID       DeliveryID
		Attempts int
		Due      time.Time
		Body     []byte
	}
)

func (Deliver) verb()          {}
func (WithdrawDelivery) verb() {}

func (Deliver) note()          {}
func (WithdrawDelivery) note() {}
func (LeaseDelivery) note()    {}
func (Delivered) note()        {}
func (PutOff) note()           {}
func (BuryDelivery) note()     {}

// ParseDeliveryID reads the 16 bytes of a row's id.
func ParseDeliveryID(b []byte) (DeliveryID, error) {
	if len(b) != len(DeliveryID{}) {
		return DeliveryID{}, fault.Newf("identity.ParseDeliveryID", fault.Internal, "internal", "an id of %d bytes", len(b))
	}
	return DeliveryID(b), nil
}
