package partner_test

import (
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// Each role does what the matrix says and nothing else; what is in it nowhere is refused.
func TestRolesOfAnOrganisation(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	dev, view := colleague(t, k, w, partner.Developer), colleague(t, k, w, partner.Viewer)
	do := map[partner.Action][]func(partner.Who) error{
		partner.Read: {func(by partner.Who) error { _, err := k.Partner.Look(ctx, by); return err }},
		partner.Build: {
			func(by partner.Who) error { return k.Partner.Prove(ctx, by, "nowhere.example") },
			func(by partner.Who) error { return k.Partner.Claim(ctx, by, "shop", "") }},
		partner.Govern: {
			func(by partner.Who) error { _, err := k.Partner.Invite(ctx, by, partner.Viewer); return err },
			func(by partner.Who) error { return k.Partner.Appoint(ctx, by, "m-none", partner.Viewer) },
			func(by partner.Who) error { return k.Partner.Remove(ctx, by, "m-none") },
			func(by partner.Who) error { _, err := k.Partner.Issue(ctx, by); return err },
			func(by partner.Who) error { return k.Partner.Strike(ctx, by, "t-none") }},
	}
	for _, one := range []kit.Worker{w, dev, view} {
		for _, a := range partner.Actions() {
			for i, f := range do[a] {
				if err := f(one.Who); fault.Because(err, "partner_role_refused") == partner.May(one.Who.Role, a) {
					t.Errorf("%s, %s %d: %v", one.Who.Role, a, i, err)
				}
			}
		}
	}
	refused(t, "the end", k.Partner.Leave(ctx, dev.Who), fault.Forbidden, "partner_role_refused")
	if partner.May("owner", partner.Read) || partner.May(partner.Admin, "other") || partner.May(partner.Viewer, partner.Build) || partner.May(partner.Developer, partner.Govern) {
		t.Error("the matrix")
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	refused(t, "leaves", k.Partner.Remove(ctx, w.Who, w.Who.Member), fault.Conflict, "partner_last_admin")
	refused(t, "steps down", k.Partner.Appoint(ctx, w.Who, w.Who.Member, partner.Viewer), fault.Conflict, "partner_last_admin")
	second := colleague(t, k, w, partner.Admin)
	good, no := together(t, 2, func(i int) error { by := []kit.Worker{w, second}[i].Who; return k.Partner.Remove(ctx, by, by.Member) })
	if good != 1 || len(no) != 1 {
		t.Fatal("both left:", good, no)
	}
	refused(t, "the second of two at once", no[0], fault.Conflict, "partner_last_admin")
}

func TestM09ADomainIsProven(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	for _, host := range []string{"", "localhost", "127.0.0.1", "[::1]", "Company.example", "company.example:8443", "company.example/x", "-a.example", "a..example", "公司.example"} {
		refused(t, host, k.Partner.Prove(ctx, w.Who, host), fault.Invalid, "domain_invalid")
	}
	const host, at = "company.example", "https://company.example/.well-known/netid-party.txt"
	refused(t, "says nothing", k.Partner.Prove(ctx, w.Who, host), fault.Forbidden, "domain_unproven")
	k.Published = map[string]string{at: "we are " + string(w.Who.Organisation) + "\n"}
	refused(t, "a word in a line", k.Partner.Prove(ctx, w.Who, host), fault.Forbidden, "domain_unproven")
	other, err := k.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k.Published[at] = "reg-a-party\r\n" + string(w.Who.Organisation) + "\r\n" + string(other.Who.Organisation) + "\r\n"
	if err := k.Partner.Prove(ctx, w.Who, host); err != nil {
		t.Fatal(err)
	}
	refused(t, "twice", k.Partner.Prove(ctx, w.Who, host), fault.Conflict, "partner_has_it")
	refused(t, "another organisation's", k.Partner.Prove(ctx, other.Who, host), fault.Conflict, "domain_claimed")
	if o, err := k.Partner.Look(ctx, w.Who); err != nil || len(o.Domains) != 1 {
		t.Error(o.Domains, err)
	}
}

// A party that is there already is claimed by its key, for this organisation, and never by a name.
func TestM09APartyIsClaimedByItsKey(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	other, err := k.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	key := kit.NewDevice()
	k.PartyKeys = map[identity.PartyID][]byte{"shop": key.JWK}
	proof := func(org partner.ID) string { return string(key.Sign([]byte(k.Partner.Audience(org)))) }
	refused(t, "no proof", k.Partner.Claim(ctx, w.Who, "shop", ""), fault.Forbidden, "party_key_unproven")
	refused(t, "a proof for another organisation", k.Partner.Claim(ctx, w.Who, "shop", proof(other.Who.Organisation)), fault.Forbidden, "party_key_unproven")
	refused(t, "another party", k.Partner.Claim(ctx, w.Who, "bank", proof(w.Who.Organisation)), fault.Forbidden, "party_key_unproven")
	good, no := together(t, 2, func(i int) error {
		by := []kit.Worker{w, other}[i].Who
		return k.Partner.Claim(ctx, by, "shop", proof(by.Organisation))
	})
	if good != 1 || len(no) != 1 {
		t.Fatal(good, no)
	}
	refused(t, "the second", no[0], fault.Conflict, "party_claimed")
}

func TestTokensOfAnOrganisation(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	token, err := k.Partner.Issue(ctx, w.Who)
	if err != nil {
		t.Fatal(err)
	}
	by, err := k.Partner.Bearer(ctx, token)
	if err != nil || by.Organisation != w.Who.Organisation || by.Role != partner.Developer {
		t.Fatal(by, err)
	}
	_, err = k.Partner.Invite(ctx, by, partner.Admin)
	refused(t, "a token that invites", err, fault.Forbidden, "partner_role_refused")
	for what, s := range map[string]string{"none": "", "another's": "org-none" + token[len(w.Who.Organisation):], "no secret": string(w.Who.Organisation) + ".x", "another": string(w.Who.Organisation) + "." + identity.NewHandle().Text()} {
		_, err := k.Partner.Bearer(ctx, s)
		refused(t, what, err, fault.Unauthenticated, "partner_unproven")
	}
	if err := k.Partner.Strike(ctx, w.Who, by.Member); err != nil {
		t.Fatal(err)
	}
	_, err = k.Partner.Bearer(ctx, token)
	refused(t, "struck", err, fault.Unauthenticated, "partner_unproven")
	_, err = k.Partner.Look(ctx, by)
	refused(t, "struck, a moment ago good", err, fault.Unauthenticated, "partner_signed_out")
	if token, err = k.Partner.Issue(ctx, w.Who); err != nil {
		t.Fatal(err)
	}
	late, err := k.Partner.Bearer(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	k.Advance(90 * 24 * time.Hour)
	_, err = k.Partner.Bearer(ctx, token)
	refused(t, "after ninety days", err, fault.Unauthenticated, "partner_unproven")
	_, err = k.Partner.Look(ctx, late)
	refused(t, "after ninety days, a moment ago good", err, fault.Unauthenticated, "partner_signed_out")
	w = signIn(t, k, w)
	for range 10 {
		if _, err = k.Partner.Issue(ctx, w.Who); err != nil {
			t.Fatal(err)
		}
	}
	_, err = k.Partner.Issue(ctx, w.Who)
	refused(t, "tokens without end", err, fault.TooMany, "partner_full")
}

func TestAnOrganisationLeaves(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	key := kit.NewDevice()
	k.PartyKeys = map[identity.PartyID][]byte{"shop": key.JWK}
	if err := k.Partner.Claim(ctx, w.Who, "shop", string(key.Sign([]byte(k.Partner.Audience(w.Who.Organisation))))); err != nil {
		t.Fatal(err)
	}
	const at = "https://company.example/.well-known/netid-party.txt"
	k.Published = map[string]string{at: string(w.Who.Organisation)}
	if err := k.Partner.Prove(ctx, w.Who, "company.example"); err != nil {
		t.Fatal(err)
	}
	dev := colleague(t, k, w, partner.Developer)
	refused(t, "with a party", k.Partner.Leave(ctx, w.Who), fault.Conflict, "partner_applications")
	refused(t, "a party that takes part", k.Partner.Release(ctx, w.Who, "shop", false), fault.Conflict, "partner_applications")
	refused(t, "somebody else's", k.Partner.Release(ctx, w.Who, "bank", true), fault.NotFound, "partner_application_unknown")
	other, err := k.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, "by another organisation", k.Partner.Release(ctx, other.Who, "shop", true), fault.NotFound, "partner_application_unknown")
	refused(t, "by a developer", k.Partner.Release(ctx, dev.Who, "shop", true), fault.Forbidden, "partner_role_refused")
	if err := k.Partner.Release(ctx, w.Who, "shop", true); err != nil {
		t.Fatal(err)
	}
	if err := k.Partner.Leave(ctx, w.Who); err != nil {
		t.Fatal(err)
	}
	for _, one := range []kit.Worker{w, dev} {
		_, _, err := k.Partner.Open(ctx, one.Cookie)
		refused(t, "a session of one that left", err, fault.Unauthenticated, "partner_signed_out")
	}
	if _, err := k.Partner.Owner(ctx, "shop"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	next, err := k.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k.Published[at] = string(next.Who.Organisation)
	if err := k.Partner.Prove(ctx, next.Who, "company.example"); err != nil {
		t.Error("the domain of one that left:", err)
	}
}

// A token does not outlive what its maker may do.
func TestATokenEndsWithItsMakersRight(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	other := colleague(t, k, w, partner.Admin)
	token, err := k.Partner.Issue(ctx, other.Who)
	if err != nil {
		t.Fatal(err)
	}
	by, err := k.Partner.Bearer(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Partner.Appoint(ctx, w.Who, other.Who.Member, partner.Developer); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Partner.Bearer(ctx, token); err != nil {
		t.Error("a developer's:", err)
	}
	if err := k.Partner.Appoint(ctx, w.Who, other.Who.Member, partner.Viewer); err != nil {
		t.Fatal(err)
	}
	_, err = k.Partner.Bearer(ctx, token)
	refused(t, "a viewer's", err, fault.Unauthenticated, "partner_unproven")
	_, err = k.Partner.Draft(ctx, by, "", kit.Declared())
	refused(t, "of before", err, fault.Unauthenticated, "partner_signed_out")
}

// Whoever comes may found an organisation, and the public ledger keeps each event for good:
// an hour has an end, and what ends something does not count.
func TestAnOrganisationHasAPace(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	id, err := k.Partner.Draft(ctx, w.Who, "", kit.Declared())
	if err != nil {
		t.Fatal(err)
	}
	token, err := k.Partner.Issue(ctx, w.Who)
	if err != nil {
		t.Fatal(err)
	}
	by, err := k.Partner.Bearer(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	change := func() (err error) {
		_, err = k.Partner.Draft(ctx, by, id, kit.Declared())
		return err
	}
	n := 2
	for ; err == nil && n < 3000; n++ {
		err = change()
	}
	refused(t, "a change", err, fault.TooMany, "partner_many")
	if n != 241 {
		t.Error(n, "changes")
	}
	refused(t, "a role", k.Partner.Appoint(ctx, w.Who, w.Who.Member, partner.Admin), fault.TooMany, "partner_many")
	_, err = k.Partner.Invite(ctx, w.Who, partner.Viewer)
	refused(t, "an invitation", err, fault.TooMany, "partner_many")
	_, err = k.Partner.Issue(ctx, w.Who)
	refused(t, "a token", err, fault.TooMany, "partner_many")
	_, err = k.Partner.Draft(ctx, w.Who, "", kit.Declared())
	refused(t, "an application", err, fault.TooMany, "partner_many")
	if err := k.Partner.Strike(ctx, w.Who, by.Member); err != nil {
		t.Error("a token is ended:", err)
	}
	if err := k.Partner.Withdraw(ctx, w.Who, id); err != nil {
		t.Error("an application is ended:", err)
	}
	k.Advance(time.Hour)
	if _, err = k.Partner.Draft(ctx, w.Who, "", kit.Declared()); err != nil {
		t.Error("an hour later:", err)
	}
	if err := k.ProveHost(ctx, w); err != nil {
		t.Fatal(err)
	}
	for range 250 {
		if _, err := k.Partner.Issue(ctx, w.Who); err != nil && !fault.Because(err, "partner_full") {
			t.Fatal("who proved a domain:", err)
		}
		if err := k.Partner.Appoint(ctx, w.Who, w.Who.Member, partner.Admin); err != nil {
			t.Fatal("who proved a domain:", err)
		}
	}
}

// Who types hosts has us knock at them: they are anybody's.
func TestHostsAreAskedInMeasure(t *testing.T) {
	k, w := founded(t)
	for range 60 {
		refused(t, "a host", k.Partner.Prove(t.Context(), w.Who, "somebody.example"), fault.Forbidden, "domain_unproven")
	}
	refused(t, "one more", k.Partner.Prove(t.Context(), w.Who, "somebody.example"), fault.TooMany, "partner_many")
	k.Advance(time.Hour)
	refused(t, "an hour later", k.Partner.Prove(t.Context(), w.Who, "somebody.example"), fault.Forbidden, "domain_unproven")
}
