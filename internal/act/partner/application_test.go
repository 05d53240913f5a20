package partner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// lodged is an application that waits for operators, with its organisation.
func lodged(t *testing.T) (*kit.Kit, kit.Worker, identity.PartyID) {
	t.Helper()
	k, w := founded(t)
	if err := k.ProveHost(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	id, err := k.Drafted(t.Context(), w)
	if err == nil {
		err = k.Partner.Lodge(t.Context(), w.Who, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k, w, id
}

func stands(t *testing.T, k *kit.Kit, w kit.Worker, id identity.PartyID, as partner.State) partner.View {
	t.Helper()
	k.Advance(2 * time.Second) // for which a party is remembered
	v, err := k.Partner.Application(t.Context(), w.Who, id)
	if err != nil || v.State != as {
		t.Fatalf("%s is %q, not %q: %v", id, v.State, as, err)
	}
	return v
}

// From a draft to what takes part: two operators stand between (ADR 0043).
func TestM09AnApplicationWaitsForTwo(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	v := stands(t, k, w, id, partner.InReview)
	if v.Draft != nil || v.Filed == nil || v.Due != "" || v.Party.Organisation != kit.Company().Code || v.Party.Domain != kit.CompanyHost || v.Party.Auth != identity.AuthKey {
		t.Fatalf("%+v", v)
	}
	k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"] += "\n" + string(id)
	if _, err := k.Approve(ctx, id, false); err != nil {
		t.Fatal(err)
	}
	v = stands(t, k, w, id, partner.InEffect)

	// What people read is reviewed anew; keys are its own.
	d := *v.Filed
	d.Purpose = "Something else altogether"
	if _, err := k.Partner.Draft(ctx, w.Who, id, d); err != nil {
		t.Fatal(err)
	}
	if v = stands(t, k, w, id, partner.InEffect); v.Draft == nil || v.Missing != "" {
		t.Fatalf("a draft is beside what is in effect: %+v", v)
	}
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("second"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if v = stands(t, k, w, id, partner.InEffect); v.Party.Purpose.Text.EN == d.Purpose || v.Draft == nil || !strings.Contains(string(v.Party.JWKS), v.Keys.Set[0].Thumbprint) && !strings.Contains(string(v.Party.JWKS), "second") {
		t.Fatalf("%+v", v)
	}
	if err := k.Partner.Lodge(ctx, w.Who, id); err != nil {
		t.Fatal(err)
	}
	stands(t, k, w, id, partner.InReview)

	// A no comes with its reason, and what is the same does not come again.
	if _, err := k.Admit.Return(ctx, id, "the purpose is too wide"); err != nil {
		t.Fatal(err)
	}
	if v = stands(t, k, w, id, partner.Returned); v.Party.Returned != "the purpose is too wide" {
		t.Fatalf("%+v", v.Party)
	}
	lodge := func(purpose string) error {
		d.Purpose = purpose
		if _, err := k.Partner.Draft(ctx, w.Who, id, d); err != nil {
			t.Fatal(err)
		}
		return k.Partner.Lodge(ctx, w.Who, id)
	}
	refused(t, "the same again", lodge(d.Purpose), fault.Forbidden, "party_suspended")
	if v = stands(t, k, w, id, partner.Returned); v.Why != "party_suspended" || v.Draft == nil || v.Due != "" {
		t.Fatalf("%+v", v)
	}
	if err := lodge("Sign in"); err != nil {
		t.Fatal(err)
	}
	stands(t, k, w, id, partner.InReview)
	if _, err := k.Admit.Suspend(ctx, id, "stopped"); err != nil {
		t.Fatal(err)
	}
	refused(t, "stopped for good", lodge("Sign in now"), fault.Forbidden, "party_suspended")
	stands(t, k, w, id, partner.Suspended)
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("third"), time.Time{}); err != nil {
		t.Error("a lost key can be put out of use by who is suspended:", err)
	}
	if steps := stands(t, k, w, id, partner.Suspended).Steps; len(steps) < 8 || steps[0].Kind != identity.PartnerDrafted || steps[0].Event == "" || steps[0].Member != w.Who.Member {
		t.Errorf("%+v", steps)
	}
}

func TestLodgeRefuses(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	id, err := k.Drafted(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "no domain", k.Partner.Lodge(ctx, w.Who, id), fault.Forbidden, "domain_unproven")
	if err := k.ProveHost(ctx, w); err != nil {
		t.Fatal(err)
	}
	lodge := func(change func(*partner.Declaration)) error {
		d := kit.Declared()
		change(&d)
		if _, err := k.Partner.Draft(ctx, w.Who, id, d); err != nil {
			t.Fatal(err)
		}
		v, err := k.Partner.Application(ctx, w.Who, id)
		if err != nil {
			t.Fatal(err)
		}
		no := k.Partner.Lodge(ctx, w.Who, id)
		if no == nil && v.Missing != "" || no != nil && fault.Public(no) != v.Missing {
			t.Errorf("the page says %q, the act %v", v.Missing, no)
		}
		return no
	}
	for what, c := range map[string]struct {
		change func(*partner.Declaration)
		kind   fault.Kind
		reason string
	}{
		"another's host":     {func(d *partner.Declaration) { d.RedirectURIs = append(d.RedirectURIs, "https://other.example/cb") }, fault.Forbidden, "domain_unproven"},
		"this machine alone": {func(d *partner.Declaration) { d.RedirectURIs = []string{"http://127.0.0.1:9000/cb"} }, fault.Forbidden, "domain_unproven"},
		"no address":         {func(d *partner.Declaration) { d.RedirectURIs = nil }, fault.Forbidden, "domain_unproven"},
		"a fragment":         {func(d *partner.Declaration) { d.RedirectURIs[0] += "#x" }, fault.Invalid, "redirect_uri_invalid"},
		"notices elsewhere":  {func(d *partner.Declaration) { d.BackChannel = "https://other.example/out" }, fault.Forbidden, "address_unproven"},
		"erasures elsewhere": {func(d *partner.Declaration) { d.Erasures = "https://sub.company.example/erase" }, fault.Forbidden, "address_unproven"},
		"notices in clear":   {func(d *partner.Declaration) { d.BackChannel = "http://company.example/out" }, fault.Invalid, "backchannel_uri_invalid"},
		"no purpose":         {func(d *partner.Declaration) { d.Purpose, d.PurposeZH = "", "" }, fault.Invalid, "party_text_invalid"},
		"no other way":       {func(d *partner.Declaration) { d.Otherwise = nil }, fault.Invalid, "other_method_missing"},
		"no law":             {func(d *partner.Declaration) { d.Bases, d.KeepDays = map[string]string{"name": ""}, 30 }, fault.Invalid, "basis_missing"},
	} {
		refused(t, what, lodge(c.change), c.kind, c.reason)
	}
	if _, err := k.Admit.Party(ctx, id); !fault.Is(err, fault.NotFound) {
		t.Error("what was refused is registered:", err)
	}
	if err := lodge(func(*partner.Declaration) {}); err != nil {
		t.Fatal(err)
	}
	refused(t, "nothing new", k.Partner.Lodge(ctx, w.Who, id), fault.Conflict, "partner_nothing_new")
}

// Nobody reaches another organisation's application, and a viewer changes none.
func TestApplicationsAreTheirOwners(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	other, err := k.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	view, dev := colleague(t, k, w, partner.Viewer), colleague(t, k, w, partner.Developer)
	do := map[string]func(by partner.Who) error{
		"read":    func(by partner.Who) error { _, err := k.Partner.Application(ctx, by, id); return err },
		"draft":   func(by partner.Who) error { _, err := k.Partner.Draft(ctx, by, id, kit.Declared()); return err },
		"lodge":   func(by partner.Who) error { return k.Partner.Lodge(ctx, by, id) },
		"upload":  func(by partner.Who) error { return k.Partner.Upload(ctx, by, id, kit.PublicKey("a"), time.Time{}) },
		"publish": func(by partner.Who) error { return k.Partner.Publish(ctx, by, id, "https://company.example/keys") },
		"tested": func(by partner.Who) error {
			return k.Partner.Tested(ctx, by, id, []byte(`{"checks":[{"outcome":"passed"}]}`))
		},
		"withdraw": func(by partner.Who) error { return k.Partner.Withdraw(ctx, by, id) },
	}
	for what, f := range do {
		refused(t, "another organisation: "+what, f(other.Who), fault.NotFound, "partner_application_unknown")
		if what != "read" {
			refused(t, "a viewer: "+what, f(view.Who), fault.Forbidden, "partner_role_refused")
		}
	}
	refused(t, "a developer ends it", k.Partner.Withdraw(ctx, dev.Who, id), fault.Forbidden, "partner_role_refused")
	if all, err := k.Partner.Applications(ctx, other.Who); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
	if all, err := k.Partner.Applications(ctx, view.Who); err != nil || len(all) != 1 || all[0].ID != id {
		t.Error(all, err)
	}
	theirs := kit.NewDevice()
	k.PartyKeys = map[identity.PartyID][]byte{"shop": theirs.JWK}
	if err := k.Partner.Claim(ctx, w.Who, "shop", string(theirs.Sign([]byte(k.Partner.Audience(w.Who.Organisation))))); err != nil {
		t.Fatal(err)
	}
	_, err = k.Partner.Draft(ctx, w.Who, "shop", kit.Declared())
	refused(t, "claimed", err, fault.Conflict, "partner_not_here")
	refused(t, "leaving with a claimed one", k.Partner.Depart(ctx, w.Who), fault.Conflict, "partner_applications")
}

func TestAnApplicationEnds(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	draft, err := k.Drafted(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Partner.Tested(ctx, w.Who, id, []byte(`{"checks":[{"outcome":"passed"},{"outcome":"failed"},{"outcome":"advised"}]}`)); err != nil {
		t.Fatal(err)
	}
	if r := stands(t, k, w, id, partner.InReview).Result; r == nil || r.Passed != 1 || r.Failed != 1 || r.Uploaded.IsZero() {
		t.Errorf("%+v", r)
	}
	refused(t, "no report", k.Partner.Tested(ctx, w.Who, id, []byte(`{}`)), fault.Invalid, "partner_report_unread")
	if err := k.Partner.Withdraw(ctx, w.Who, draft); err != nil {
		t.Fatal(err)
	}
	if err := k.Partner.Depart(ctx, w.Who); err != nil {
		t.Fatal(err)
	}
	k.Advance(2 * time.Second)
	if p, err := k.Admit.Party(ctx, id); err != nil || p.Standing != identity.PartyRemoved {
		t.Errorf("%+v %v", p, err)
	}
	_, err = k.Partner.Look(ctx, w.Who)
	refused(t, "the organisation", err, fault.Unauthenticated, "partner_signed_out")
}

// What the register could not be told stays due and is told later, whether it did it or not;
// meanwhile nothing else is decided.
func TestWhatIsDueIsTold(t *testing.T) {
	changed := func(ctx context.Context, k *kit.Kit, w kit.Worker, id identity.PartyID) error {
		d := kit.Declared()
		d.Purpose = "Sign in, and nothing else"
		_, err := k.Partner.Draft(ctx, w.Who, id, d)
		return err
	}
	lodge := func(ctx context.Context, k *kit.Kit, w kit.Worker, id identity.PartyID) error {
		return k.Partner.Lodge(ctx, w.Who, id)
	}
	for _, does := range []bool{false, true} {
		for _, c := range []struct {
			due   partner.Due
			ready func(context.Context, *kit.Kit, kit.Worker, identity.PartyID) error
			do    func(context.Context, *kit.Kit, kit.Worker, identity.PartyID) error
		}{
			{partner.DueLodge, nil, lodge},
			{partner.DueKeys, lodge, func(ctx context.Context, k *kit.Kit, w kit.Worker, id identity.PartyID) error {
				return k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("due"), time.Time{})
			}},
			{partner.DueChange, func(ctx context.Context, k *kit.Kit, w kit.Worker, id identity.PartyID) error {
				return errors.Join(lodge(ctx, k, w, id), changed(ctx, k, w, id))
			}, lodge},
			{partner.DueLeave, lodge, func(ctx context.Context, k *kit.Kit, w kit.Worker, id identity.PartyID) error {
				return k.Partner.Withdraw(ctx, w.Who, id)
			}},
		} {
			t.Run(fmt.Sprint(c.due, " ", does), func(t *testing.T) {
				k, w := founded(t)
				ctx := t.Context()
				if err := k.ProveHost(ctx, w); err != nil {
					t.Fatal(err)
				}
				id, err := k.Drafted(ctx, w)
				if err == nil && c.ready != nil {
					err = c.ready(ctx, k, w, id)
				}
				if err != nil {
					t.Fatal(err)
				}
				good := k.Partner.Register
				k.Partner.Register = deaf{good, does}
				err = c.do(ctx, k, w, id)
				if does && c.due == partner.DueLeave { // that it happened is seen
					if err != nil {
						t.Fatal(err)
					}
					ended(t, k, w, id)
					return
				}
				if !fault.Is(err, fault.Unavailable) {
					t.Fatal(err)
				}
				if v := stands(t, k, w, id, partner.Handed); v.Due != c.due {
					t.Fatalf("%+v", v.Application)
				}
				refused(t, "meanwhile", k.Partner.Tested(ctx, w.Who, id, []byte(`{"checks":[{"outcome":"passed"}]}`)), fault.Conflict, "partner_application_busy")
				if err := k.Partner.Turn(ctx); err == nil {
					t.Error("the upkeep is silent about what it could not do")
				}
				k.Partner.Register = good
				for range 2 {
					if err := k.Partner.Turn(ctx); err != nil {
						t.Fatal(err)
					}
				}
				if c.due != partner.DueLeave {
					v := stands(t, k, w, id, partner.InReview)
					if v.Due != "" || v.Why != "" || v.Draft != nil || !strings.Contains(string(v.Party.JWKS), string(v.Keys.Set[0].JWK)) || v.Party.Purpose.Text.EN != v.Filed.Purpose {
						t.Errorf("%+v", v)
					}
					return
				}
				ended(t, k, w, id)
			})
		}
	}
}

func ended(t *testing.T, k *kit.Kit, w kit.Worker, id identity.PartyID) {
	t.Helper()
	k.Advance(2 * time.Second)
	if p, err := k.Admit.Party(t.Context(), id); err != nil || p.Standing != identity.PartyRemoved {
		t.Errorf("%+v %v", p, err)
	}
	if all, err := k.Partner.Applications(t.Context(), w.Who); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}

// deaf is a register that cannot be heard: what it is asked it does, or does not.
type deaf struct {
	partner.Register
	does bool
}

func (d deaf) lost(do func() error) error {
	if d.does {
		if err := do(); err != nil {
			return err
		}
	}
	return fault.Wrap("deaf", fault.Unavailable, "unavailable", errors.New("no answer"))
}

func (d deaf) Lodge(ctx context.Context, f partner.Filing, word string) error {
	return d.lost(func() error { return d.Register.Lodge(ctx, f, word) })
}

func (d deaf) Change(ctx context.Context, f partner.Filing, word string) error {
	return d.lost(func() error { return d.Register.Change(ctx, f, word) })
}

func (d deaf) Rekey(ctx context.Context, f partner.Filing, word string) error {
	return d.lost(func() error { return d.Register.Rekey(ctx, f, word) })
}

func (d deaf) Leave(ctx context.Context, id identity.PartyID, word string) error {
	return d.lost(func() error { return d.Register.Leave(ctx, id, word) })
}
