package enrol_test

import (
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// A document that is lost after it was read gives no number, keeps none and is kept by
// nobody (H12): the register is asked again where an enrolment ends.
func TestADocumentThatIsLostMeanwhile(t *testing.T) {
	ctx := t.Context()
	k := kit.New(t, law.New())
	lost := func(c *kit.Citizen, is bool) { k.Desk.Over = map[string]bool{c.Document.Number: is} }
	c := k.Adult(1)
	for _, s := range c.Steps(ctx) {
		if s.Name == "confirm" {
			lost(c, true)
			refusedAs(t, "a number", s.Do(), fault.Invalid, "document_not_valid")
			lost(c, false)
		}
		good(t, s.Do())
	}
	good(t, c.SignIn(ctx))

	next := c.Document
	next.Number = "EI9900077"
	next.Kind, next.Origin = identity.PassportAbroad, identity.CheckedHere
	adding := c.Adding(ctx, next)
	for _, s := range adding[:len(adding)-1] {
		good(t, s.Do())
	}
	k.Desk.Over = map[string]bool{next.Number: true}
	refusedAs(t, "another document", adding[len(adding)-1].Do(), fault.Invalid, "document_not_valid")
}

// A counter that was removed and added again, or got another credential, ends what was begun under the former.
func TestACounterOfAnotherCredential(t *testing.T) {
	ctx := t.Context()
	for name, change := range map[string]func(k *kit.Kit) error{
		"removed and added": func(k *kit.Kit) error {
			if err := k.Counter.Remove(ctx, string(desk)); err != nil {
				return err
			}
			_, _, err := k.Counter.Add(ctx, string(desk))
			return err
		},
		"another credential": func(k *kit.Kit) error { _, _, err := k.Counter.Add(ctx, string(desk)); return err },
	} {
		k, c := counted(t)
		good(t, c.ToCounter(ctx, desk, "finish"))
		k.Advance(time.Second)
		good(t, change(k))
		_, err := k.Enrol.Finish(ctx, c.Draft)
		refusedAs(t, name, err, fault.Forbidden, "counter_unknown")
	}
}

// However often a slip is printed, it ends 72 hours after the first.
func TestASlipIsNotRenewed(t *testing.T) {
	ctx := t.Context()
	k, c := counted(t)
	good(t, c.ToCounter(ctx, desk, "finish"))
	slip, first, err := k.Enrol.Slip(ctx, c.Draft)
	good(t, err)
	k.Advance(enrol.SlipLife - time.Minute)
	c.Draft, err = k.Enrol.Resume(ctx, slip.Grouped())
	good(t, err)
	slip, until, err := k.Enrol.Slip(ctx, c.Draft)
	good(t, err)
	if !until.Equal(first) {
		t.Errorf("until %v, at first %v", until, first)
	}
	k.Advance(time.Minute)
	_, err = k.Enrol.Resume(ctx, slip.Grouped())
	refusedAs(t, "renewed", err, fault.Forbidden, "slip_over")
}
