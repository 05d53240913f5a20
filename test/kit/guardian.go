package kit

import (
	"context"
	"fmt"

	"netid/internal/act/authorize"
	"netid/internal/act/guard"
	"netid/internal/identity"
)

// Of says that these are the citizen's guardians, to the register.
func (c *Citizen) Of(guardians ...*Citizen) *Citizen {
	if c.Desk.Kin == nil {
		c.Desk.Kin = map[identity.PersonHandle][]identity.PersonHandle{}
	}
	c.Desk.Kin[c.Handle] = nil
	for _, g := range guardians {
		c.Desk.Kin[c.Handle] = append(c.Desk.Kin[c.Handle], g.Handle)
	}
	return c
}

// Until takes the steps before the one named.
func (c *Citizen) Until(ctx context.Context, name string) error {
	for _, s := range c.Steps(ctx) {
		if s.Name == name {
			return nil
		}
		if err := s.Do(); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// EnrolMinor is Enrol with the guardian's part in the guardian's own session.
func (c *Citizen) EnrolMinor(ctx context.Context, g *Citizen) error {
	if err := c.Until(ctx, "confirm"); err != nil {
		return err
	}
	if err := c.Kit.Enrol.AskGuardian(ctx, c.Draft); err != nil {
		return err
	}
	if err := g.Answer(ctx, identity.GuardianYes); err != nil {
		return err
	}
	if err := c.Kit.Enrol.HearGuardian(ctx, c.Draft); err != nil {
		return err
	}
	return c.Finish(ctx)
}

// Finish takes the steps from the confirmation on, and signs in.
func (c *Citizen) Finish(ctx context.Context) error {
	steps := c.Steps(ctx)
	for _, s := range steps[len(steps)-2:] {
		if err := s.Do(); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return c.SignIn(ctx)
}

// Answer answers the one matter that waits for the citizen.
func (c *Citizen) Answer(ctx context.Context, answer identity.GuardianAnswer) error {
	all, err := c.Guard.Waiting(ctx, c.Session)
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return fmt.Errorf("%d matters wait", len(all))
	}
	return c.AnswerTo(ctx, all[0], answer)
}

// AnswerTo answers a matter, signed where it is a yes.
func (c *Citizen) AnswerTo(ctx context.Context, m identity.Matter, answer identity.GuardianAnswer) error {
	in := guard.Reply{Key: m.Key, Answer: answer, Certificate: c.Certificate.ID.String()}
	if answer != identity.GuardianNo {
		in.Signature = c.Device.Sign(c.Guard.Text(m))
	}
	return c.Guard.Answer(ctx, c.Session, in)
}

// ApproveMinor is Approve for a child under 14: the answer, or what waits.
func (c *Citizen) ApproveMinor(ctx context.Context, r authorize.Request, give ...string) (ans identity.Answer, waits string, err error) {
	sealed, err := c.Authorize.Begin(ctx, r)
	if err != nil {
		return ans, "", err
	}
	in, err := c.Signed(ctx, sealed, give...)
	if err != nil {
		return ans, "", err
	}
	answer, waits, err := c.Authorize.ApproveGuarded(ctx, c.Session, sealed, Browser, in)
	if err != nil || answer == "" {
		return ans, waits, err
	}
	ans, err = c.Authorize.Open(answer)
	return ans, "", err
}

// Resume goes on with what waited; an answer that says nothing means that it waits still.
func (c *Citizen) Resume(ctx context.Context, waits string) (ans identity.Answer, err error) {
	answer, err := c.Authorize.Resume(ctx, c.Session, waits, Browser)
	if err != nil || answer == "" {
		return ans, err
	}
	return c.Authorize.Open(answer)
}
