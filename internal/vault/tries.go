package vault

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Five tries of a passcode in a quarter of an hour, by whoever holds the
// device: nobody else gets so far, so nobody else can lock a citizen out. A
// hundred without a success in a month (SP 800-63B §5.2.2): whoever found the
// device is not let guess on for years, and its owner enrols anew.
const (
	passcodeTries  = 5
	passcodeWindow = 15 * time.Minute
	monthTries     = 100
	monthWindow    = 30 * 24 * time.Hour
)

// Tries counts attempts durably.
type Tries interface {
	Jot(ctx context.Context, notes ...identity.Note) error
}

// Guarded is a vault that counts the tries of a passcode.
type Guarded struct {
	*Vault
	Tries Tries
	Now   func() time.Time
}

// Passcode checks what was typed for the person, on the device of one
// certificate. The try is counted before it is looked at, so that parallel
// guesses cannot race the counter. Fails with Invalid "passcode_wrong" or
// TooMany "too_many_tries".
func (v *Guarded) Passcode(ctx context.Context, o identity.Opened, c identity.CertificateID, digits string) error {
	const op = "vault.Passcode"
	p, err := identity.ParsePasscode(digits)
	if err != nil {
		return fault.New(op, fault.Invalid, "passcode_wrong")
	}
	soon, month, now := v.CounterIndex("passcode", c[:]), v.CounterIndex("passcode-month", c[:]), v.Now()
	if err := v.Tries.Jot(ctx,
		identity.Count{Index: soon, Limit: passcodeTries, Window: passcodeWindow, Now: now},
		identity.Count{Index: month, Limit: monthTries, Window: monthWindow, Now: now}); err != nil {
		return fault.At(op, err)
	}
	if !v.PasscodeMatches(o, p) {
		return fault.New(op, fault.Invalid, "passcode_wrong")
	}
	return fault.At(op, v.Tries.Jot(ctx, identity.Uncount{Index: soon}, identity.Uncount{Index: month}))
}
