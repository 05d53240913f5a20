package partner_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/test/kit"
)

const year = 366 * 24 * time.Hour

// said counts the public events of a kind.
func said(t *testing.T, k *kit.Kit, kind identity.EventKind) (details []string) {
	t.Helper()
	for from := uint64(0); ; {
		rows, err := k.Store.Entries(t.Context(), from, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if e, _, err := ledger.OpenEntry(identity.Keys{}, row); err == nil && e.Kind == kind {
				details = append(details, e.Detail)
			}
		}
		if from += uint64(len(rows)); len(rows) < 100 {
			return details
		}
	}
}

// A proof of a domain is good for a year: its people are warned 30 days before, nothing new
// goes there after it, what takes part goes on, and operators see it. Proven anew it is good again.
func TestM09AProofOfADomainIsGoodForAYear(t *testing.T) {
	k, w, id := lodged(t)
	ctx := t.Context()
	k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"] += "\n" + string(id)
	if _, err := k.Approve(ctx, id, false); err != nil {
		t.Fatal(err)
	}
	alarm := func() *partner.Alarm {
		t.Helper()
		w = signIn(t, k, w)
		v := stands(t, k, w, id, partner.InEffect)
		if at := slices.IndexFunc(v.Alarms, func(a partner.Alarm) bool { return a.Kind == "domain" }); at >= 0 {
			return &v.Alarms[at]
		}
		return nil
	}
	lapsed := func(want int) {
		t.Helper()
		for range 2 { // once
			if err := k.Partner.Turn(ctx); err != nil {
				t.Fatal(err)
			}
		}
		all, err := k.Partner.Lapses(ctx)
		if err != nil || len(all) != want || want > 0 && (all[0].Party != id || all[0].Host != kit.CompanyHost || all[0].Organisation != w.Who.Organisation) {
			t.Fatalf("%+v %v", all, err)
		}
		if all := said(t, k, identity.PartnerLapsed); len(all) != want || want > 0 && all[0] != string(w.Who.Organisation)+" "+kit.CompanyHost {
			t.Fatal(all)
		}
	}
	k.Advance(330 * 24 * time.Hour)
	if one := alarm(); one != nil {
		t.Fatalf("%+v", one)
	}
	refused(t, "anew, long before", k.Partner.Prove(ctx, w.Who, kit.CompanyHost), fault.Conflict, "partner_has_it")
	k.Advance(10 * 24 * time.Hour)
	if one := alarm(); one == nil || one.Over || one.Name != kit.CompanyHost {
		t.Fatalf("%+v", one)
	}
	lapsed(0)
	k.Advance(27 * 24 * time.Hour)
	if one := alarm(); one == nil || !one.Over {
		t.Fatalf("%+v", one)
	}
	lapsed(1)
	d := kit.Declared()
	d.Purpose = "Something new"
	lodge := func(id identity.PartyID) error {
		id, err := k.Partner.Draft(ctx, w.Who, id, d)
		if err == nil {
			err = k.Partner.Lodge(ctx, w.Who, id)
		}
		return err
	}
	refused(t, "a change", lodge(id), fault.Forbidden, "domain_lapsed")
	refused(t, "another application", lodge(""), fault.Forbidden, "domain_lapsed")
	d.RedirectURIs = []string{"http://127.0.0.1/cb", "https://" + kit.CompanyHost + "/cb"}
	refused(t, "beside this machine", lodge(id), fault.Forbidden, "domain_lapsed")
	if p, err := k.Admit.Party(ctx, id); err != nil || p.Standing != identity.PartyActive {
		t.Fatalf("a clock stopped it: %+v %v", p, err)
	}
	if err := k.Partner.Upload(ctx, w.Who, id, kit.PublicKey("second"), time.Time{}); err != nil {
		t.Error("a key may change at any time:", err)
	}

	names := k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"]
	k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"] = "another's now"
	refused(t, "that another owns now", k.Partner.Prove(ctx, w.Who, kit.CompanyHost), fault.Forbidden, "domain_unproven")
	k.Published["https://"+kit.CompanyHost+"/.well-known/netid-party.txt"] = names
	if err := k.Partner.Prove(ctx, w.Who, kit.CompanyHost); err != nil {
		t.Fatal(err)
	}
	d.RedirectURIs = kit.Declared().RedirectURIs
	if one := alarm(); one != nil {
		t.Fatalf("%+v", one)
	}
	if err := lodge(id); err != nil {
		t.Fatal(err)
	}
	if all, err := k.Partner.Lapses(ctx); err != nil || len(all) != 0 || len(said(t, k, identity.PartnerProven)) != 2 {
		t.Fatal(all, err)
	}
	k.Advance(year)
	if err := k.Partner.Turn(ctx); err != nil {
		t.Fatal(err)
	}
	if all := said(t, k, identity.PartnerLapsed); len(all) != 2 {
		t.Error("the next year's end is not said:", strings.Join(all, ", "))
	}
}

// What was proven before moments were kept counts from the founding.
func TestAnOlderProofCountsFromTheFounding(t *testing.T) {
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	o := partner.Organisation{Founded: now, Domains: []string{"a.example"}}
	if p := o.ProvenAt("a.example", now.AddDate(0, 11, 5)); p.Over || !p.Due || !p.Ends.Equal(now.AddDate(1, 0, 0)) {
		t.Errorf("%+v", p)
	}
	o.Proofs = map[string]partner.Proof{"a.example": {At: now.AddDate(0, 6, 0)}}
	if p := o.ProvenAt("a.example", now.AddDate(1, 0, 0)); p.Over || p.Due {
		t.Errorf("%+v", p)
	}
}
