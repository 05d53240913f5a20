package recall_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/recall"
	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/law"
	"netid/test/kit"
)

// Before certificates end somebody reads how many they are, and nothing changes by that.
// What two agreed to is said in public with their proposal, once, and pages nobody; begun
// again, by whomever, it is the same.
func TestEndedByTwo(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	from := k.Now()
	one, two, late := k.Adult(1), k.Adult(2), k.Adult(3)
	must(t, one.Enrol(ctx))
	must(t, two.Enrol(ctx))
	k.Advance(time.Hour)
	until := k.Now()
	must(t, late.Enrol(ctx))
	choice := recall.Choice{From: from, Until: until, Reason: "issued wrongly"}
	for range 2 {
		if n, err := k.Recall.Count(ctx, choice); err != nil || n != (recall.Counted{Certificates: 2}) {
			t.Fatal(n, err)
		}
	}
	if far, err := k.Recall.Ending(ctx, choice); err != nil || far != (recall.Far{}) || len(said(t, k)) != 0 {
		t.Error("to look begins it:", far, err)
	}
	for _, proposal := range []string{"p1", "p1", "p2"} {
		_, err := k.Recall.RecallByTwo(ctx, choice, proposal)
		must(t, err)
		must(t, k.RecallFailed())
	}
	_, err := k.Recall.Recall(ctx, choice) // and by one, at the machine
	must(t, err)
	if all := said(t, k); len(all) != 1 || !strings.HasPrefix(all[0].Detail, "2 certificates, ") || !strings.HasSuffix(all[0].Detail, ": issued wrongly (proposal p1)") {
		t.Errorf("%+v", all)
	}
	if all, err := k.Staff.Alerts(ctx, staff.Member{Role: law.AuditRole}); err != nil || len(all) != 0 {
		t.Errorf("two did it, and the auditors read of one: %+v %v", all, err)
	}
	if far, err := k.Recall.Ending(ctx, choice); err != nil || far != (recall.Far{Progress: recall.Progress{Looked: 3, Total: 2, Ended: true}, Begun: true, Percent: 100}) {
		t.Error(far, err)
	}
	for who, want := range map[*kit.Citizen]bool{one: true, two: true, late: false} {
		if row, err := k.Store.Certificate(ctx, who.Certificate.ID); err != nil || row.Revoked != want {
			t.Error(row.Revoked, want, err)
		}
	}
	if n, err := k.Recall.Count(ctx, choice); err != nil || n != (recall.Counted{}) {
		t.Error("what ended is counted again:", n, err)
	}
	choice.Reason = ""
	if _, err := k.Recall.Count(ctx, choice); !fault.Because(err, "recall_invalid") {
		t.Error(err)
	}
	if _, err := k.Recall.Ending(ctx, choice); !fault.Because(err, "recall_invalid") {
		t.Error(err)
	}
	if _, err := k.Recall.RecallByTwo(ctx, choice, "p3"); !fault.Because(err, "recall_invalid") {
		t.Error(err)
	}
}

// Where there are too many to look at while somebody waits, the number is by the share of
// ids that were passed.
func TestCountedByAShare(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	from := k.Now()
	const people = 24
	for n := range people {
		must(t, k.Adult(n+1).Enrol(ctx))
	}
	k.Advance(time.Minute)
	choice := recall.Choice{From: from, Until: k.Now(), Reason: "issued wrongly"}
	got, err := k.Recall.Small(1).Count(ctx, choice) // ten pages of one
	if err != nil || !got.About || got.Certificates <= recall.Sample {
		t.Error(got, err)
	}
	if got, err = k.Recall.Small(3).Count(ctx, choice); err != nil || got != (recall.Counted{Certificates: people}) {
		t.Error(got, err)
	}
	for _, c := range []struct {
		found uint64
		last  []byte
		want  uint64
	}{{5, nil, 5}, {5000, []byte{0x7f, 0xff}, 10_000}, {5000, []byte{0, 0}, 320_000_000}, {0, []byte{1, 0}, 0}, {5000, []byte{0xff, 0xff}, 5000}, {99, []byte{0xff, 0xff}, 99}} {
		if got := recall.Whole(c.found, c.last); got != c.want {
			t.Errorf("%d up to %x: %d, want %d", c.found, c.last, got, c.want)
		}
	}
}
