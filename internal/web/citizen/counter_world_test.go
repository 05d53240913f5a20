package citizen_test

import (
	"context"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
)

func (w *world) AskClerk(_ context.Context, h identity.Handle) error {
	return w.step(h, "AskClerk", "card", "card", func(v *enrol.View) error { v.Case = "ABCD EFGH JKLM NPQR"; return nil })
}

func (w *world) AskSecond(_ context.Context, h identity.Handle) error {
	return w.step(h, "AskSecond", "phone", "phone", func(v *enrol.View) error { v.Asked = true; return nil })
}

func (w *world) NoPhone(_ context.Context, h identity.Handle) error {
	return w.step(h, "NoPhone", "phone", "passcode", func(v *enrol.View) error {
		if !v.Second {
			return fault.New("world", fault.Forbidden, "second_missing")
		}
		return nil
	})
}

func (w *world) Finish(_ context.Context, h identity.Handle) (identity.Grant, error) {
	err := w.step(h, "Finish", "confirm", "confirm", func(*enrol.View) error { return nil })
	return identity.Grant{Number: w.number}, err
}

func (w *world) Slip(_ context.Context, h identity.Handle) (identity.Slip, time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drafts[w.slipped] = w.drafts[h]
	delete(w.drafts, h)
	return w.paper, w.now().Add(enrol.SlipLife), w.failing("Slip")
}

func (w *world) Resume(_ context.Context, slip string) (identity.Handle, error) {
	s, err := identity.ParseSlip(slip)
	if err != nil {
		return identity.Handle{}, err
	}
	if s != w.paper {
		return identity.Handle{}, fault.New("world", fault.Forbidden, "slip_over")
	}
	return w.slipped, w.failing("Resume")
}

// readAt is what a clerk does meanwhile.
func (w *world) readAt(counter identity.CounterID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.drafts {
		v.Document = &enrol.Seen{Kind: v.Kind, Name: "•明", Number: "••••0011", Origin: identity.DecodedElsewhere, Expires: identity.Date{Year: 2046, Month: 1, Day: 2}}
		v.Counter, v.Face, v.Next = counter, "counter", enrol.StepPhone
	}
}
