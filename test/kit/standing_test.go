package kit_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/test/kit"
)

// endings are what a citizen may do between what an act read and what it records.
func endings(k *kit.Kit, c *kit.Citizen) map[string]func() error {
	freeze := func() error { return k.Issue.Freeze(context.Background(), c.Session) }
	return map[string]func() error{
		"ended alone": func() error { return k.Authorize.EndStanding(context.Background(), c.Session, "shop") },
		"withdrawn":   func() error { return k.Authorize.Withdraw(context.Background(), c.Session, "shop") },
		"frozen":      freeze,
		"frozen and thawed": func() error {
			return errors.Join(freeze(), k.Issue.Thaw(context.Background(), c.Session, c.Passcode))
		},
		"given anew": func() error {
			_, err := c.Approve(context.Background(), k.Request("shop", identity.ModeCert), kit.Standing)
			return err
		},
		"erased": func() error { _, err := k.Erase.Erase(context.Background(), c.Session, c.Passcode); return err },
	}
}

// A standing consent that ends after an answer read it, and before the answer is
// recorded, answers nothing: the guard is in the commit.
func TestAStandingConsentThatEndsMeanwhile(t *testing.T) {
	for _, name := range []string{"ended alone", "withdrawn", "frozen", "frozen and thawed", "given anew", "erased"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, c := enrolled(t)
			if _, err := c.Approve(t.Context(), k.Request("shop", identity.ModeCert), kit.Standing); err != nil {
				t.Fatal(err)
			}
			a, err := c.Silent(t.Context(), k.Request("shop", identity.ModeCert))
			if err != nil || a.Code == "" {
				t.Fatal(a, err)
			}
			end := endings(k, c)[name]
			k.Verify.Book = ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
				if err := end(); err != nil {
					t.Error(err)
				}
			}}, k.Escrow, k.Now)
			if v, err := k.Redeem(t.Context(), "shop", a.Code); !fault.Is(err, fault.Conflict) {
				t.Errorf("answered %+v %v", v, err)
			}
		})
	}
}

// Nor is one put in force by an approval that was overtaken.
func TestAStandingConsentThatIsOvertaken(t *testing.T) {
	for _, name := range []string{"withdrawn", "frozen", "erased"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, c := enrolled(t)
			o, err := k.Vault.Open(t.Context(), c.Grant.Person)
			if err != nil {
				t.Fatal(err)
			}
			book, end := k.Authorize.Book, endings(k, c)[name]
			k.Authorize.Book = ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
				k.Authorize.Book = book
				if err := end(); err != nil {
					t.Error(err)
				}
			}}, k.Escrow, k.Now)
			if _, err := c.Approve(t.Context(), k.Request("shop", identity.ModeCert), kit.Standing); !fault.Is(err, fault.Conflict) {
				t.Errorf("given: %v", err)
			}
			if _, err := k.Store.Consent(t.Context(), k.Vault.LinkIndex(o, "shop")); !fault.Because(err, "consent_over") {
				t.Errorf("it stands: %v", err)
			}
		})
	}
}

// A consent ended elsewhere while its own end was under way is not ended twice.
func TestAStandingConsentIsEndedOnce(t *testing.T) {
	k, c := enrolled(t)
	if _, err := c.Approve(t.Context(), k.Request("shop", identity.ModeCert), kit.Standing); err != nil {
		t.Fatal(err)
	}
	book := k.Authorize.Book
	inner := *k.Authorize
	k.Authorize.Book = ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
		inner.Book = book
		if err := inner.EndStanding(t.Context(), c.Session, "shop"); err != nil {
			t.Error(err)
		}
	}}, k.Escrow, k.Now)
	if err := k.Authorize.EndStanding(t.Context(), c.Session, "shop"); !fault.Because(err, "consent_over") {
		t.Errorf("ended twice: %v", err)
	}
	recs, err := k.Look.Records(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	if n := slices.IndexFunc(recs[1:], func(r look.Record) bool { return r.Event.Kind == identity.StandingEnded }); n >= 0 || recs[0].Event.Kind != identity.StandingEnded {
		t.Errorf("%d records of one end", n)
	}
}
