package enrol

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	codeLife  = 10 * time.Minute
	codeTries = 5
)

// Pace bounds the codes that go out. Hourly and Daily are of one telephone, and
// apart from that of one person who asks, to whichever telephones: nobody's
// telephone can be flooded through us, and nobody floods many. Budget is of all
// together in an hour: what a gateway's bill can come to.
type Pace struct{ Hourly, Daily, Budget int }

// Phone sends a code to a telephone. Asking again replaces the code, and
// withdraws its message if that still waits. When the message cannot be
// delivered at once it is tried again for as long as the code is good
// (View.CodeWaits); "sms_unavailable" says that it will not be.
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
	if d.onFile() {
		if err := a.onFile(ctx, d, phone); err != nil {
			return fault.At(op, err)
		}
	}
	if err := a.paced(ctx, d, phone); err != nil {
		return fault.At(op, err)
	}
	code, until := a.newCode(), a.Now().Add(codeLife)
	message, err := a.Post.Write(a.slot(h), identity.Message{Kind: identity.ShortMessage, Address: phone, Text: a.Message(locale, code)}, until)
	if err != nil {
		return fault.At(op, err)
	}
	if err := a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepPhone, StepCode); err != nil {
			return err
		}
		d.Phone, d.Code, d.CodeBy, d.Tries = phone, code, until, 0
		return nil
	}, message); err != nil {
		return err
	}
	return fault.Wrap(op, fault.Unavailable, "sms_unavailable", a.Post.First(ctx, message))
}

// onFile fails ("phone_not_on_file") unless the register has the telephone as this
// person's. Whoever found a card does not learn its owner's telephone by trying.
func (a *Act) onFile(ctx context.Context, d draft, phone string) error {
	const op = "enrol.onFile"
	if err := a.Store.Jot(ctx, a.count("phone-on-file", d.Handle, a.Pace.Daily, 24*time.Hour)); err != nil {
		return err
	}
	known, err := a.Register.PhoneOnFile(ctx, d.Handle, phone)
	if err == nil && !known {
		err = fault.New(op, fault.Forbidden, "phone_not_on_file")
	}
	return err
}

// paced counts one code more. What strangers used up of a telephone's share shuts
// out strangers alone: whose telephone it is by the register has a share of their
// own, which nobody else counts on.
func (a *Act) paced(ctx context.Context, d draft, phone string) error {
	const op = "enrol.paced"
	number := identity.PersonHandle(phone)
	mine := []identity.Note{a.count("phone-person-hour", d.Handle, a.Pace.Hourly, time.Hour), a.count("phone-person-day", d.Handle, a.Pace.Daily, 24*time.Hour), a.budget()}
	err := a.Store.Jot(ctx, append([]identity.Note{a.count("phone-hour", number, a.Pace.Hourly, time.Hour), a.count("phone-day", number, a.Pace.Daily, 24*time.Hour)}, mine...)...)
	if !fault.Because(err, "too_many_tries") {
		return err
	}
	if n, most, counted := a.Sent(ctx); counted == nil && n >= most {
		return fault.Newf(op, fault.Unavailable, "sms_unavailable", "all %d codes of this hour are used", most)
	}
	if a.onFile(ctx, d, phone) == nil {
		err = a.Store.Jot(ctx, mine...)
	}
	return err
}

func (a *Act) count(kind string, of identity.PersonHandle, limit int, window time.Duration) identity.Count {
	return identity.Count{Index: a.Vault.CounterIndex(kind, []byte(of)), Limit: limit, Window: window, Now: a.Now()}
}

func (a *Act) budget() identity.Count { return a.count("phone-all", "", a.Pace.Budget, time.Hour) }

// Sent is how many codes went out in the hour that runs, and how many may: the
// operator hears of it before nobody gets one.
func (a *Act) Sent(ctx context.Context) (n, most int, err error) {
	b := a.budget()
	n, since, err := a.Store.Counted(ctx, b.Index)
	if !since.After(b.Now.Add(-b.Window)) { // an hour that is over
		n = 0
	}
	return n, b.Limit, fault.At("enrol.Sent", err)
}

// slot is the place of a draft's message in the outbox: one waits at a time.
// Without the handle it does not lead to the draft.
func (a *Act) slot(h identity.Handle) []byte {
	d := a.Cover.Digest([]byte("netid/enrol/code/v1"), h[:])
	return d[:]
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
		if !a.Cover.Equal([]byte(typed(code)), []byte(d.Code)) {
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
	s = strings.TrimPrefix(strings.TrimPrefix(typed(s), "+86"), "0086")
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

// typed is a row of digits as a person types it: a Chinese keyboard makes wide
// digits, and telephones write spaces and hyphens between them.
func typed(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '０' <= r && r <= '９':
			return r - '０' + '0'
		case r == '＋':
			return '+'
		case unicode.IsSpace(r), r == '-', r == '－':
			return -1
		}
		return r
	}, s)
}
