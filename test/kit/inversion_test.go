package kit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// journey is one promise of the law, driven through the acts. It fails when
// the promise does not hold.
type journey struct {
	name string
	run  func(context.Context, *stage) error
}

// stage is one service under one law, with an adult who enrolled if they could.
type stage struct {
	*kit.Kit
	adult *kit.Citizen
}

var errNobody = errors.New("nobody could enrol")

func (s *stage) citizen(ctx context.Context) (*kit.Citizen, error) {
	if s.adult == nil {
		return nil, errNobody
	}
	return s.adult, nil
}

func refused(err error, reason string) error {
	if fault.Because(err, reason) {
		return nil
	}
	return fmt.Errorf("want %s, got %v", reason, err)
}

// until takes an enrolment's steps and gives the error of the named one.
func until(ctx context.Context, c *kit.Citizen, step string, skip ...string) error {
	for _, s := range c.Steps(ctx) {
		if strings.Contains(strings.Join(skip, " "), s.Name) {
			continue
		}
		if err := s.Do(); err != nil || s.Name == step {
			return err
		}
	}
	return nil
}

func journeys() []journey {
	birth := identity.Date{Year: 1990, Month: 3, Day: 7}
	return []journey{
		{"an adult enrols", func(ctx context.Context, s *stage) error {
			c := s.Adult(1)
			if err := c.Enrol(ctx); err != nil {
				return err
			}
			s.adult = c
			return c.SignIn(ctx)
		}},
		{"a child alone may not", func(ctx context.Context, s *stage) error {
			return refused(until(ctx, s.Person(3, identity.Date{Year: 2017, Month: 1, Day: 1}), "card"), "guardian_needed")
		}},
		{"a guardian enrols a child and agrees to a use", func(ctx context.Context, s *stage) error {
			g, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			child := s.Person(6, identity.Date{Year: 2017, Month: 1, Day: 1}).Of(g)
			if err := child.EnrolMinor(ctx, g); err != nil {
				return err
			}
			children, err := s.Guard.Children(ctx, g.Session)
			if err == nil && len(children) != 1 {
				err = errors.New("the guardian does not see the child")
			}
			return err
		}},
		{"a correction waits for a person", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err == nil {
				_, err = s.Rights.Ask(ctx, c.Session, identity.RightCorrect, "name")
			}
			return err
		}},
		{"nobody inherits from a stranger", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			_, err = s.Rights.Copy(ctx, c.Session, "nobody", c.Passcode)
			return refused(err, "heir_refused")
		}},
		{"an expired document is refused", func(ctx context.Context, s *stage) error {
			c := s.Person(4, birth)
			c.Document.Expires = identity.Date{Year: 2020, Month: 1, Day: 1}
			return refused(until(ctx, c, "card"), "document_expired")
		}},
		{"an unserved document is refused", func(ctx context.Context, s *stage) error {
			c := s.Person(5, birth)
			c.Document.Kind = identity.PermitTaiwan
			return refused(until(ctx, c, "start"), "document_kind_not_served")
		}},
		{"a shop is admitted", func(ctx context.Context, s *stage) error {
			_, _, err := s.Admit.Register(ctx, admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true})
			return err
		}},
		{"a party without another way is refused", func(ctx context.Context, s *stage) error {
			_, _, err := s.Admit.Register(ctx, admit.Application{ID: "lone", Name: "Lone", Purpose: "p", RedirectURIs: []string{"https://lone.example/cb"}})
			return refused(err, "other_method_missing")
		}},
		{"a basis without its law is refused", func(ctx context.Context, s *stage) error {
			_, _, err := s.Admit.Register(ctx, admit.Application{ID: "bare", Name: "Bare", RedirectURIs: []string{"https://bare.example/cb"}, Bases: map[string]string{"name": " "}, Sandbox: true})
			return refused(err, "basis_missing")
		}},
		{"sign in: approve and verify", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			a, err := c.Approve(ctx, s.Request("shop", identity.ModeCert, identity.Over18), "age_over_18")
			if err != nil {
				return err
			}
			_, err = s.Redeem(ctx, "shop", a.Code)
			return err
		}},
		{"plaintext without a basis is refused", func(ctx context.Context, s *stage) error {
			r := s.Request("shop", identity.ModeCert)
			r.Plain = []identity.PlainAsk{{Item: "name"}}
			_, err := s.Authorize.Begin(ctx, r)
			return refused(err, "plaintext_not_allowed")
		}},
		{"plaintext on its grounds", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			_, _, err = s.Admit.Register(ctx, admit.Application{ID: "teller", Name: "Teller", RedirectURIs: []string{"https://teller.example/cb"}, Bases: map[string]string{"name": "A law"}, Unsealed: true, Sandbox: true})
			if err != nil {
				return err
			}
			r := s.Request("teller", identity.ModeCert)
			r.Plain = []identity.PlainAsk{{Item: identity.ItemName}}
			a, err := c.Approve(ctx, r, "name")
			if err != nil {
				return err
			}
			v, err := s.Redeem(ctx, "teller", a.Code)
			if err == nil && v.Plain == nil {
				err = errors.New("agreed to, and not told")
			}
			return err
		}},
		{"freeze, be refused, thaw", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			if err := s.Issue.Freeze(ctx, c.Session); err != nil {
				return err
			}
			if _, err := c.Approve(ctx, s.Request("shop", identity.ModeCert)); refused(err, "certificate_frozen") != nil {
				return fmt.Errorf("frozen, and yet: %w", err)
			}
			return s.Issue.Thaw(ctx, c.Session, c.Passcode)
		}},
		{"look", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			_, err = s.Look.Records(ctx, c.Session)
			return err
		}},
		{"sign in again without a page", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			if _, err := c.Approve(ctx, s.Request("shop", identity.ModeCert), kit.Standing); err != nil {
				return err
			}
			a, err := c.Silent(ctx, s.Request("shop", identity.ModeCert))
			if err == nil && a.Code == "" {
				err = errors.New("a page, all the same")
			}
			return err
		}},
		{"a wallet is given proofs", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			if _, _, err := s.Admit.Register(ctx, admit.Application{ID: "purse", Name: "Purse", NameZH: "钱包", RedirectURIs: []string{"https://purse.example/cb"}, Public: true,
				Purpose: "To keep proofs", PurposeZH: "保存证明", Otherwise: []identity.Way{{Text: identity.Text{ZH: "柜台", EN: "Counter"}}}, Details: []string{identity.DetailCredential}, Sandbox: true}); err != nil {
				return err
			}
			r := s.Request("purse", identity.ModeCert)
			r.Kinds = []string{"person"}
			_, err = c.Approve(ctx, r)
			return err
		}},
		{"have a platform delete, and report it", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			if _, _, err := s.Admit.Register(ctx, admit.Application{ID: "clinic", Name: "Clinic", RedirectURIs: []string{"https://clinic.example/cb"}, Leaving: admit.Leaving{Erasures: "https://clinic.example/erasure"}, Sandbox: true}); err != nil {
				return err
			}
			a, err := c.Approve(ctx, s.Request("clinic", identity.ModeCert))
			if err != nil {
				return err
			}
			v, err := s.Redeem(ctx, "clinic", a.Code)
			if err != nil {
				return err
			}
			if err := s.Redress.Report(ctx, c.Session, "clinic", "forced", v.Receipt); err != nil {
				return err
			}
			if err := s.Redress.Erase(ctx, c.Session, "clinic"); err != nil {
				return err
			}
			return s.Redress.Answer(ctx, "clinic", s.Wished()[0].Request, true, "")
		}},
		{"withdraw", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			return s.Authorize.Withdraw(ctx, c.Session, "shop")
		}},
		{"erase", func(ctx context.Context, s *stage) error {
			c, err := s.citizen(ctx)
			if err != nil {
				return err
			}
			_, err = s.Erase.Erase(ctx, c.Session, c.Passcode)
			return err
		}},
		{"nothing before the measures are in force", func(ctx context.Context, s *stage) error {
			s.Advance(-2 * 365 * 24 * time.Hour)
			defer s.Advance(2 * 365 * 24 * time.Hour)
			_, err := s.Enrol.Start(ctx, string(identity.ResidentCard))
			return refused(err, "not_in_force")
		}},
	}
}

func play(t *testing.T, rules *law.Book) (broken []string) {
	s := &stage{Kit: kit.New(t, rules)}
	defer s.Close()
	for _, j := range journeys() {
		err := j.run(t.Context(), s)
		if err != nil && !errors.Is(err, errNobody) {
			broken = append(broken, j.name)
		}
	}
	return broken
}

// Every rule is asked by some act and matters: with one rule inverted, at
// least one journey fails. The table says which.
func TestEveryRuleMatters(t *testing.T) {
	if broken := play(t, law.New()); len(broken) > 0 {
		t.Fatalf("under the law itself these fail: %v", broken)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "rule inverted\tarticle\tjourneys that then fail")
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			inverted, err := law.New().Invert(r.ID)
			if err != nil {
				t.Fatal(err)
			}
			broken := play(t, inverted)
			fmt.Fprintf(table, "%s\t%d\t%s\n", r.ID, a.Number, strings.Join(broken, "; "))
			if len(broken) == 0 {
				t.Errorf("nothing fails without rule %s", r.ID)
			}
		}
	}
	if _, err := law.New().Invert("a0-nothing"); err == nil {
		t.Error("a rule that is not there was inverted")
	}
}
