package tally_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/act/tally"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/suite"
	"netid/test/kit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// line is one figure of a month.
func line(t *testing.T, all []tally.Line, name, of string) tally.Line {
	t.Helper()
	i := slices.IndexFunc(all, func(l tally.Line) bool { return l.Name == name && l.Of == of })
	if i < 0 {
		t.Fatalf("no line %q %q in %+v", name, of, all)
	}
	return all[i]
}

func has(n int, e identity.Event, a *tally.Act) {
	for range n {
		a.Happened(e)
	}
}

// until moves the clock to some hours after the month's end.
func monthLater(k *kit.Kit) { k.Advance(32 * 24 * time.Hour) }

// A month is published once, rounded, in the ledger, and its row is gone.
func TestAMonthIsPublished(t *testing.T) {
	k, ctx := kit.New(t, law.New()), context.Background()
	c := k.Adult(1)
	must(t, c.Enrol(ctx))
	has(22, identity.Event{Kind: identity.Enrolled}, k.Tally) // 23 with the true one
	has(9, identity.Event{Kind: identity.Declined}, k.Tally)
	has(14, identity.Event{Kind: identity.Declined, Detail: "guardian"}, k.Tally)
	has(2, identity.Event{Kind: identity.PartyHalted}, k.Tally)
	has(3, identity.Event{Kind: identity.SignedIn}, k.Tally) // no figure
	for n := range 12 {
		k.Tally.Took(time.Duration(n) * 30 * time.Second / 4)
	}
	k.Tally.Refused("plaintext_not_allowed")
	k.Tally.Refused("anything <else>")
	must(t, k.Tally.Keep(ctx))
	r, err := k.Tally.Report(ctx)
	must(t, err)
	if len(r.Months) != 0 || r.Running.Month != "2026-11" || line(t, r.Running.Lines, "party-suspended", "").Count != 2 || len(r.Running.Lines) != 12 {
		t.Errorf("a month that runs says of people: %+v", r)
	}
	must(t, k.Tally.Publish(ctx))
	if again, err := k.Tally.Report(ctx); err != nil || len(again.Months) != 0 {
		t.Errorf("published before it is over: %+v %v", again, err)
	}
	monthLater(k)
	must(t, k.Tally.Publish(ctx))
	before := size(t, k)
	must(t, k.Tally.Publish(ctx))
	if size(t, k) != before {
		t.Error("published twice")
	}
	r, err = k.Tally.Report(ctx)
	must(t, err)
	if len(r.Months) != 1 || r.Months[0].Month.Month != "2026-11" {
		t.Fatalf("%+v", r)
	}
	m := r.Months[0]
	for _, want := range []tally.Line{{Name: "enrolled", Count: 20}, {Name: "declined", Of: "citizen", Few: true}, {Name: "declined", Of: "guardian", Count: 10}, {Name: "verified"},
		{Name: "refused", Of: "plaintext_not_allowed", Few: true}, {Name: "party-suspended", Count: 2, Exact: true}, {Name: "assisted", Exact: true}} {
		if got := line(t, m.Lines, want.Name, want.Of); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if m.Erasure == nil || m.Erasure.Half != "minute" || m.Erasure.Longest != "hour" {
		t.Errorf("%+v", m.Erasure)
	}
	if slices.ContainsFunc(m.Lines, func(l tally.Line) bool { return l.Name == "refused" && l.Of != "plaintext_not_allowed" }) {
		t.Error("a word that no rule says is published")
	}
	if _, err := k.Store.Draft(ctx, k.Tally.Place("2026-11")); !fault.Is(err, fault.NotFound) {
		t.Errorf("the exact figures are still there: %v", err)
	}
	proven, err := k.Look.Public(ctx, m.Event)
	must(t, err)
	var said tally.Month
	if err := json.Unmarshal([]byte(proven.Record.Event.Detail), &said); err != nil || !reflect.DeepEqual(said, m.Month) {
		t.Errorf("the ledger says %+v", said)
	}
}

func size(t *testing.T, k *kit.Kit) uint64 {
	t.Helper()
	note, err := k.Store.Head(context.Background())
	if fault.Is(err, fault.NotFound) {
		return 0
	}
	must(t, err)
	n, _, err := k.Keeper.CheckHead(note)
	must(t, err)
	return n
}

// The sum says nothing that the months do not: whatever the hidden figures were,
// everything published is the same.
func TestNothingIsToldByDifferences(t *testing.T) {
	var first string
	for _, hidden := range []int{1, 4, 9} {
		k, ctx := kit.New(t, law.New()), context.Background()
		for month := range 3 {
			has(hidden, identity.Event{Kind: identity.Withdrawn}, k.Tally)
			has(10*month+hidden, identity.Event{Kind: identity.Verified, Given: []string{"result"}}, k.Tally)
			has(hidden, identity.Event{Kind: identity.Declined, Detail: "match-cap"}, k.Tally)
			must(t, k.Tally.Keep(ctx))
			monthLater(k)
			must(t, k.Tally.Publish(ctx))
		}
		r, err := k.Tally.Report(ctx)
		must(t, err)
		if len(r.Months) != 3 {
			t.Fatalf("%d months", len(r.Months))
		}
		b, err := json.Marshal(r)
		must(t, err)
		if first == "" {
			first = string(b)
		}
		if string(b) != first {
			t.Errorf("%d shows:\n%s\n%s", hidden, b, first)
		}
		if got := line(t, r.Total, "verified", ""); got != (tally.Line{Name: "verified", Count: 30, Few: true}) {
			t.Errorf("%+v", got)
		}
	}
}

// A service that stood still for months publishes them all, each in its place.
func TestMonthsThatWerePast(t *testing.T) {
	k, ctx := kit.New(t, law.New()), context.Background()
	has(10, identity.Event{Kind: identity.Enrolled}, k.Tally)
	for range 9 {
		k.Tally.Took(time.Second)
	}
	must(t, k.Tally.Keep(ctx))
	k.Advance(150 * 24 * time.Hour)
	must(t, k.Tally.Publish(ctx))
	has(20, identity.Event{Kind: identity.Enrolled}, k.Tally)
	must(t, k.Tally.Keep(ctx))
	k.Advance(31 * 24 * time.Hour)
	must(t, k.Tally.Publish(ctx))
	r, err := k.Tally.Report(ctx)
	must(t, err)
	var months []string
	for _, m := range r.Months {
		months = append(months, fmt.Sprint(m.Month.Month, " ", line(t, m.Lines, "enrolled", "").Count))
	}
	if want := []string{"2027-04 20", "2027-03 0", "2027-02 0", "2027-01 0", "2026-12 0", "2026-11 10"}; !slices.Equal(months, want) {
		t.Errorf("%q", months)
	}
	if r.Months[5].Erasure != nil {
		t.Errorf("how long nine erasures took: %+v", r.Months[5].Erasure)
	}
	if line(t, r.Total, "enrolled", "").Count != 30 {
		t.Errorf("%+v", r.Total)
	}
}

// node is another process over the same store.
func node(k *kit.Kit) *tally.Act {
	return &tally.Act{Store: k.Store, Figures: k.Tally.Figures, Place: k.Tally.Place, Digest: suite.Digest, Book: ledger.NewBook(k.Store, nil, k.Now), Law: law.New(), Now: k.Now}
}

// Nodes add to one row and none counts for another; one of them publishes.
func TestSeveralNodes(t *testing.T) {
	k, ctx := kit.New(t, law.New()), context.Background()
	var all sync.WaitGroup
	for range 4 {
		n := node(k)
		all.Go(func() {
			for range 5 {
				has(10, identity.Event{Kind: identity.Verified}, n)
				if err := n.Keep(ctx); err != nil && !fault.Because(err, "try_again") {
					t.Error(err)
				}
			}
			for n.Keep(ctx) != nil {
			}
		})
	}
	all.Wait()
	monthLater(k)
	before := size(t, k)
	for range 4 {
		n := node(k)
		all.Go(func() {
			if err := n.Publish(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := size(t, k) - before; n != 1 {
		t.Errorf("%d publications", n)
	}
	r, err := node(k).Report(ctx)
	must(t, err)
	if got := line(t, r.Months[0].Lines, "verified", ""); got.Count != 200 {
		t.Errorf("%+v", got)
	}
}

// flaky is a store that takes no note, or hears nothing of a party.
type flaky struct {
	tally.Store
	note error
}

func (f flaky) Jot(ctx context.Context, notes ...identity.Note) error {
	if f.note != nil {
		return f.note
	}
	return f.Store.Jot(ctx, notes...)
}

// Counting costs a commit a minute, and what a store did not take is not lost. The row
// is of one size, and says nothing in the clear.
func TestKeeping(t *testing.T) {
	k, ctx := kit.New(t, law.New()), context.Background()
	must(t, k.Tally.Keep(ctx))
	before := k.Store.Commits()
	has(1000, identity.Event{Kind: identity.Verified, Party: "nobody", Given: []string{"result", "name=plaintext"}}, k.Tally)
	k.Tally.Store = flaky{k.Store, errors.New("full")}
	if k.Tally.Keep(ctx) == nil || k.Store.Commits() != before {
		t.Fatal("a store that took nothing")
	}
	k.Tally.Store = k.Store
	must(t, k.Tally.Keep(ctx))
	if n := k.Store.Commits() - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	row, err := k.Store.Draft(ctx, k.Tally.Place("2026-11"))
	must(t, err)
	has(123456, identity.Event{Kind: identity.Declined, Detail: "guardian"}, k.Tally)
	must(t, k.Tally.Keep(ctx))
	again, err := k.Store.Draft(ctx, k.Tally.Place("2026-11"))
	must(t, err)
	if len(again.Body) != len(row.Body) || again.Version != row.Version+1 {
		t.Errorf("rows of %d and %d bytes", len(row.Body), len(again.Body))
	}
	k.Tally.Live = true
	must(t, k.Tally.Keep(ctx))
	k.Advance(time.Minute)
	r, err := k.Tally.Report(ctx)
	must(t, err)
	if line(t, r.Running.Lines, "verified", "").Count != 1000 || line(t, r.Running.Lines, "plaintext", "").Count != 1000 {
		t.Errorf("%+v", r.Running)
	}
}

// A row that is moved to another month's place is refused, and so is one that does not open.
func TestARowInAnotherPlace(t *testing.T) {
	for _, month := range []string{"2026-11", "2026-10", ""} {
		k, ctx := kit.New(t, law.New()), context.Background()
		body, err := k.Tally.Figures.Seal(map[string]any{"m": month, "c": map[string]int{"enrolled": 7}})
		must(t, err)
		if month == "" {
			body = "no box"
		}
		must(t, k.Store.Jot(ctx, identity.PutDraft{Draft: identity.DraftRow{ID: k.Tally.Place("2026-11"), Version: 1, Expires: k.Now().Add(time.Hour), Body: []byte(body)}}))
		has(1, identity.Event{Kind: identity.Enrolled}, k.Tally)
		if _, err := k.Tally.Report(ctx); (err == nil) != (month == "2026-11") {
			t.Errorf("%q: read: %v", month, err)
		}
		if err := k.Tally.Keep(ctx); (err == nil) != (month == "2026-11") {
			t.Errorf("%q: added to: %v", month, err)
		}
	}
}

// meanwhile is a store in which something happens between what a publication reads and its commit.
type meanwhile struct {
	tally.Store
	happens func()
}

func (m *meanwhile) Parties(ctx context.Context) ([]identity.Party, error) {
	if do := m.happens; do != nil {
		m.happens = nil
		do()
	}
	return m.Store.Parties(ctx)
}

// What a node adds while another publishes is published, or keeps its row.
func TestAddedMeanwhile(t *testing.T) {
	k, ctx := kit.New(t, law.New()), context.Background()
	has(20, identity.Event{Kind: identity.Verified}, k.Tally)
	must(t, k.Tally.Keep(ctx))
	late := node(k)
	at := k.Now()
	late.Now = func() time.Time { return at }
	monthLater(k)
	k.Tally.Store = &meanwhile{k.Store, func() {
		has(10, identity.Event{Kind: identity.Verified}, late)
		must(t, late.Keep(ctx))
	}}
	must(t, k.Tally.Publish(ctx))
	r, err := k.Tally.Report(ctx)
	must(t, err)
	if got := line(t, r.Months[0].Lines, "verified", ""); got.Count != 30 {
		t.Errorf("%+v", got)
	}
}
