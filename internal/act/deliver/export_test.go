package deliver

import (
	"time"

	"netid/internal/identity"
)

// Lease is how long an attempt is its taker's own.
const Lease = lease

// Parse reads a letter and gives it back in its one form.
func Parse(b []byte) (again []byte, kind identity.DeliveryKind, at time.Time, texts [3]string, err error) {
	l, err := parse(b)
	if err != nil {
		return nil, "", time.Time{}, texts, err
	}
	again, err = l.bytes()
	return again, l.Kind, l.At, [3]string{l.Reason, l.Address, l.Text}, err
}

// Bytes is a letter in plain.
func Bytes(id identity.DeliveryID, kind identity.DeliveryKind, at time.Time, reason, address, text string) ([]byte, error) {
	return letter{id, kind, at, reason, address, text}.bytes()
}
