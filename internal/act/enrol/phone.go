package enrol

import (
	"context"
	"fmt"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	codeLife  = 10 * time.Minute
	codeTries = 5
)

// Pace is how many codes go to one telephone an hour and a day: nobody's
// telephone can be flooded through us.
type Pace struct{ Hourly, Daily int }

// Phone sends a code to a telephone. Asking again replaces the code.
func (a *Act) Phone(ctx context.Context, h identity.Handle, phone, locale string) error {
	const op = "enrol.Phone"
	phone, err := a.parsePhone(phone)
	if err != nil {
		return fault.At(op, err)
	}
	d, _, err := a.load(ctx, h)
	if err != nil {
		return fault.At(op, err)
	}
	if err := d.expects(StepPhone, StepCode); err != nil {
		return fault.At(op, err)
	}
	if d.Face == "twin" {
		// Whoever found a card does not learn its owner's telephone by trying.
		if err := a.Store.Jot(ctx, identity.Count{Index: a.Vault.CounterIndex("phone-on-file", []byte(d.Handle)),
			Limit: a.Pace.Daily, Window: 24 * time.Hour, Now: a.Now()}); err != nil {
			return fault.At(op, err)
		}
		known, err := a.Register.PhoneOnFile(ctx, d.Handle, phone)
		if err != nil {
			return fault.At(op, err)
		}
		if !known {
			return fault.New(op, fault.Forbidden, "phone_not_on_file")
		}
	}
	if err := a.Store.Jot(ctx,
		identity.Count{Index: a.Vault.CounterIndex("phone-hour", []byte(phone)), Limit: a.Pace.Hourly, Window: time.Hour, Now: a.Now()},
		identity.Count{Index: a.Vault.CounterIndex("phone-day", []byte(phone)), Limit: a.Pace.Daily, Window: 24 * time.Hour, Now: a.Now()},
	); err != nil {
		return fault.At(op, err)
	}
	code := a.newCode()
	if err := a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepPhone, StepCode); err != nil {
			return err
		}
		d.Phone, d.Code, d.CodeBy, d.Tries = phone, code, a.Now().Add(codeLife), 0
		return nil
	}); err != nil {
		return err
	}
	return fault.At(op, a.Post.Send(ctx, phone, a.Message(locale, code)))
}

// Code checks what the citizen typed: five tries, ten minutes, once.
func (a *Act) Code(ctx context.Context, h identity.Handle, code string) error {
	const op = "enrol.Code"
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepCode); err != nil {
			return err
		}
		switch {
		case !a.Now().Before(d.CodeBy):
			return fault.New(op, fault.Gone, "code_expired")
		case d.Tries >= codeTries:
			return fault.New(op, fault.TooMany, "too_many_tries")
		}
		d.Tries++
		if !a.Cover.Equal([]byte(strings.TrimSpace(code)), []byte(d.Code)) {
			return remembered{fault.New(op, fault.Invalid, "code_wrong")}
		}
		d.Confirmed, d.Code = true, ""
		return nil
	})
}

// newCode is six digits without bias.
func (a *Act) newCode() string {
	for {
		b := a.Cover.Random(4)
		if n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]); n < 4_294_000_000 {
			return fmt.Sprintf("%06d", n%1_000_000)
		}
	}
}

// parsePhone takes a mainland mobile number; the sandbox takes only numbers
// beginning 100, which no mobile has, and production refuses those.
func (a *Act) parsePhone(s string) (string, error) {
	s = strings.TrimPrefix(strings.NewReplacer(" ", "", "-", "").Replace(s), "+86")
	if len(s) != 11 || strings.Trim(s, "0123456789") != "" || s[0] != '1' {
		return "", fault.New("enrol.parsePhone", fault.Invalid, "phone_invalid")
	}
	if synthetic := strings.HasPrefix(s, "100"); synthetic != a.Sandbox {
		if synthetic {
			return "", fault.New("enrol.parsePhone", fault.Invalid, "phone_invalid")
		}
		return "", fault.New("enrol.parsePhone", fault.Invalid, "sandbox_phone_only")
	}
	return s, nil
}
