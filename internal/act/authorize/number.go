package authorize

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// numbered is the detail of a record of a no that came of wrong numbers.
const numbered = "number"

// ApproveAcross takes the signed approval on the device that read the code. What it
// gives waits in the row for the number, which from now on this device shows.
func (a *Act) ApproveAcross(ctx context.Context, s identity.Session, kept string, in Approval) error {
	const op = "authorize.ApproveAcross"
	c, err := a.undecided(ctx, op, s, kept)
	if err != nil {
		return err
	}
	d, err := a.decide(ctx, op, s, across(*c.Ask), in, false)
	notes := []identity.Note{}
	switch {
	case fault.Because(err, "guardian_needed"):
		return fault.Wrap(op, fault.Forbidden, "across_child", err)
	case fault.Because(err, "other_person"):
		c.End = "login_required"
		if len(c.Ask.Pushed) > 0 {
			notes = append(notes, identity.TakePushed{ID: c.Ask.Pushed})
		}
	case err != nil:
		return err
	default:
		now := a.Now().UTC().Truncate(time.Second)
		code, err := evenAcross(a.code(d, now), short(*c.Ask))
		if err != nil {
			return fault.Wrap(op, fault.Internal, "internal", err)
		}
		c.Code, c.Match, c.Until = &code, a.twoDigits(), now.Add(numberLife)
	}
	swap, err := a.swap(&c)
	if err != nil {
		return fault.At(op, err)
	}
	return a.moved(op, a.Store.Jot(ctx, append(notes, swap)...))
}

// evenAcross keeps a code's length from telling the party that two devices took part.
func evenAcross(c identity.Code, was identity.CodeAsk) (identity.Code, error) {
	before, err := json.Marshal(was)
	if err != nil {
		return c, err
	}
	after, err := json.Marshal(c.Ask)
	c.Even = strings.Repeat(" ", max(0, len(c.Even)+len(before)-len(after)))
	return c, err
}

// undecided is a crossing that this device has read and not decided.
func (a *Act) undecided(ctx context.Context, op string, s identity.Session, kept string) (crossing, error) {
	c, err := a.mine(ctx, op, s, kept)
	if err == nil && c.state(a.Now()) != CrossingAsked {
		err = fault.New(op, fault.Gone, "across_over")
	}
	return c, err
}

// moved names what happens where the other side was quicker.
func (a *Act) moved(op string, err error) error {
	if fault.Because(err, "draft_moved") {
		return fault.Wrap(op, fault.Gone, "across_over", err)
	}
	return answered(op, err)
}

// twoDigits are drawn without bias.
func (a *Act) twoDigits() string {
	for {
		if b := a.Cover.Random(1)[0]; b < 200 {
			return fmt.Sprintf("%02d", b%100)
		}
	}
}

// DeclineAcross is the no of the device that read the code, also after its yes,
// until the number was typed.
func (a *Act) DeclineAcross(ctx context.Context, s identity.Session, kept string) error {
	const op = "authorize.DeclineAcross"
	c, err := a.mine(ctx, op, s, kept)
	if err != nil {
		return err
	}
	if state := c.state(a.Now()); state != CrossingAsked && state != CrossingApproved {
		return fault.New(op, fault.Gone, "across_over")
	}
	c.End, c.Code, c.Match = "access_denied", nil, ""
	swap, err := a.swap(&c)
	if err != nil {
		return fault.At(op, err)
	}
	return a.moved(op, a.declined(ctx, s, across(*c.Ask), false, swap))
}

// Match takes the number in the browser that began the request, and gives the answer
// with which that browser goes back to the party. A wrong number may be typed twice; the third is a no.
func (a *Act) Match(ctx context.Context, sealed string, browser identity.Handle, number string) (string, error) {
	const op = "authorize.Match"
	ask, name, err := a.screen(op, sealed, browser)
	if err != nil {
		return "", err
	}
	c, err := a.crossing(ctx, name)
	if err != nil {
		return "", fault.At(op, err)
	}
	switch c.state(a.Now()) {
	case CrossingApproved:
	case CrossingDeclined: // said again: an answer that was lost on the way
		return a.answer(op, ask, identity.Answer{Error: c.End})
	case CrossingDone:
		return "", fault.New(op, fault.Gone, "request_used")
	case CrossingAsked, CrossingRead:
		return "", fault.New(op, fault.Conflict, "across_waits")
	default:
		return "", fault.New(op, fault.Gone, "across_over")
	}
	if !a.Cover.Equal([]byte(number), []byte(c.Match)) {
		return a.mistyped(ctx, op, c)
	}
	code := *c.Code
	c.End, c.Code, c.Match = crossed, nil, ""
	swap, err := a.swap(&c)
	if err != nil {
		return "", fault.At(op, err)
	}
	notes := []identity.Note{swap}
	if len(ask.Pushed) > 0 {
		notes = append(notes, identity.TakePushed{ID: ask.Pushed})
	}
	if err := a.moved(op, a.Store.Jot(ctx, notes...)); err != nil {
		return "", err
	}
	code.Expires = a.Now().UTC().Truncate(time.Second).Add(codeLife)
	text, err := a.Codes.Seal(code)
	if err != nil {
		return "", fault.At(op, err)
	}
	return a.answer(op, ask, identity.Answer{Code: text})
}

// mistyped counts a wrong number, durably, before it says so. With the last the request
// is void, and the record says why.
func (a *Act) mistyped(ctx context.Context, op string, c crossing) (string, error) {
	who := c.Code.Person
	if c.Wrong++; c.Wrong == numberTries {
		c.End, c.Code, c.Match = "access_denied", nil, ""
	}
	swap, err := a.swap(&c)
	if err != nil {
		return "", fault.At(op, err)
	}
	if c.End == "" {
		if err := a.moved(op, a.Store.Jot(ctx, swap)); err != nil {
			return "", err
		}
		return "", fault.New(op, fault.Invalid, "across_number_wrong")
	}
	o, err := a.Vault.Open(ctx, who)
	if err != nil {
		return "", fault.At(op, err)
	}
	p, err := a.party(ctx, op, c.Ask.Party)
	if err != nil {
		return "", err
	}
	if err := a.moved(op, a.refuse(ctx, o, p, across(*c.Ask), identity.Event{Detail: numbered}, swap)); err != nil {
		return "", err
	}
	return a.answer(op, *c.Ask, identity.Answer{Error: c.End})
}
