package partner_test

import (
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
)

// What an application is shown of itself is the same bytes whichever of one to nine
// people said no, and none of it moves while the day does.
func TestFiguresTieNobodyToANo(t *testing.T) {
	var shown [][]partner.Day
	for _, noes := range []int{1, 5, 9} {
		k, w, id := lodged(t)
		ctx := t.Context()
		tell := func(what string, n int, took time.Duration) {
			for range n {
				k.Partner.Answered(id, what, took)
			}
		}
		tell(partner.Asked, 47, 0)
		tell(partner.Approved, 30, 0)
		tell(partner.Traded, 30, 50*time.Millisecond)
		tell(partner.Declined, noes, 0)
		tell("invalid_grant", 12, 0)
		k.Partner.Answered("shop", partner.Asked, 0) // nobody's
		if err := k.Partner.Count(ctx); err != nil {
			t.Fatal(err)
		}
		if days, err := k.Partner.Figures(ctx, w.Who, id); err != nil || len(days) != 0 {
			t.Fatal("the day is not over:", days, err)
		}
		tell(partner.Asked, 3, 0)
		k.Advance(24 * time.Hour)
		if err := k.Partner.Count(ctx); err != nil {
			t.Fatal(err)
		}
		w = signIn(t, k, w)
		days, err := k.Partner.Figures(ctx, w.Who, id)
		if err != nil || len(days) != 1 {
			t.Fatal(days, err)
		}
		shown = append(shown, days)
		d := days[0]
		if d.Asked.N != 50 || d.Approved.N != 30 || !d.Declined.Few || d.Declined.N != 0 || len(d.Errors) != 1 || d.Errors[0].Code != "invalid_grant" || d.Errors[0].N != 10 ||
			!slices.Equal(d.Took, []partner.Amount{{}, {N: 30}, {}, {}, {}}) || len(d.Took) != len(partner.Steps())+1 {
			t.Errorf("%+v", d)
		}
		other, err := k.Organisation(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Partner.Figures(ctx, other.Who, id)
		refused(t, "another organisation's figures", err, fault.NotFound, "partner_application_unknown")
		k.Advance(40 * 24 * time.Hour)
		k.Partner.Answered(id, partner.Asked, 0)
		if err := k.Partner.Count(ctx); err != nil {
			t.Fatal(err)
		}
		k.Advance(25 * time.Hour)
		w = signIn(t, k, w)
		if days, err = k.Partner.Figures(ctx, w.Who, id); err != nil || len(days) != 1 || days[0].Approved.N != 0 {
			t.Error("the old days are kept:", days, err)
		}
		if err := k.Partner.Withdraw(ctx, w.Who, id); err != nil {
			t.Fatal(err)
		}
		k.Partner.Answered(id, partner.Asked, 0)
		if err := k.Partner.Count(ctx); err != nil {
			t.Error("of what is withdrawn:", err)
		}
		if _, err := k.Partner.Dossiers.Read(ctx, "partner-figures", string(id), &struct{}{}); !fault.Is(err, fault.NotFound) {
			t.Error("figures of nobody:", err)
		}
	}
	if !reflect.DeepEqual(shown[0], shown[1]) || !reflect.DeepEqual(shown[0], shown[2]) {
		t.Errorf("%+v", shown)
	}
}

// Whatever a party is told, a day's record stays small.
func TestFiguresStaySmall(t *testing.T) {
	k, _, id := lodged(t)
	for i := range 5000 {
		k.Partner.Answered(id, string(rune('a'+i%26))+string(rune('a'+i/26%26)), 0)
		k.Partner.Answered(identity.PartyID("nobody"), "x", time.Second)
	}
	if err := k.Partner.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Days map[string]struct{ Told map[string]int }
	}
	if _, err := k.Partner.Dossiers.Read(t.Context(), "partner-figures", string(id), &r); err != nil || len(r.Days) != 1 {
		t.Fatal(r, err)
	}
	for _, d := range r.Days {
		n := 0
		for _, m := range d.Told {
			n += m
		}
		if len(d.Told) > 25 || n != 5000 {
			t.Error(len(d.Told), n)
		}
	}
}

// Whoever asks, and under however many names, a minute's memory has an end.
func TestAMinuteHasAnEnd(t *testing.T) {
	k, _, id := lodged(t)
	k.Partner.Answered(id, partner.Asked, 0)
	for i := range 12_000 {
		k.Partner.Answered(identity.PartyID("stranger-"+strconv.Itoa(i)), "invalid_client", 0)
	}
	k.Partner.Answered(id, partner.Asked, 0)
	if n := partner.Waiting(k.Partner); n != 10_000 {
		t.Error(n)
	}
}
