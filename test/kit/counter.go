package kit

import (
	"context"
	"fmt"

	"netid/internal/identity"
)

// AtCounter are the steps of an enrolment at a counter, up to its last, which is
// Finish, Confirm or Slip. The counter is set up by whoever calls it.
func (c *Citizen) AtCounter(ctx context.Context, by identity.CounterID) []Step {
	var slip string
	return []Step{
		{"start", func() (err error) { c.Draft, err = c.Kit.Enrol.Start(ctx, string(c.Document.Kind)); return }},
		{"notice", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "notice", true, "zh-CN") }},
		{"document-consent", func() error { return c.Kit.Enrol.Consent(ctx, c.Draft, "document", true, "zh-CN") }},
		{"ask", func() error { return c.Kit.Enrol.AskClerk(ctx, c.Draft) }},
		{"challenge", func() (err error) {
			if slip, err = c.Case(ctx); err == nil {
				_, err = c.Kit.Enrol.CaseChallenge(ctx, slip)
			}
			return err
		}},
		{"card", func() error { return c.Kit.Enrol.CasePresent(ctx, by, slip, c.Evidence()) }},
		{"phone", func() error { return c.Kit.Enrol.Phone(ctx, c.Draft, c.Phone(), "zh-CN") }},
		{"code", func() error { return c.Kit.Enrol.Code(ctx, c.Draft, c.Kit.Code(c.Phone())) }},
		{"passcode", func() error { return c.Kit.Enrol.Passcode(ctx, c.Draft, c.Passcode, c.Passcode) }},
		{"finish", func() (err error) { c.Grant, err = c.Kit.Enrol.Finish(ctx, c.Draft); return }},
	}
}

// Case is the slip on the person's screen.
func (c *Citizen) Case(ctx context.Context) (string, error) {
	v, err := c.Kit.Enrol.View(ctx, c.Draft)
	return v.Case, err
}

// ToCounter takes the steps at a counter before the named one; "" takes all.
func (c *Citizen) ToCounter(ctx context.Context, by identity.CounterID, name string) error {
	for _, s := range c.AtCounter(ctx, by) {
		if s.Name == name {
			return nil
		}
		if err := s.Do(); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}
