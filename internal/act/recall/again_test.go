package recall_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"netid/internal/act/recall"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

var errKilled = errors.New("killed")

// mortal is the store of a process that is killed at its n-th write: before it, or when
// the write is on disk and nobody heard of it. It notes which certificates each commit
// issued again.
type mortal struct {
	recall.Store
	left  int // writes that it lives for; below 0: for ever
	after bool
	again map[identity.CertificateID]int
	steps *int
}

func (m *mortal) Jot(ctx context.Context, notes ...identity.Note) error {
	m.left--
	if m.left == 0 && !m.after {
		return errKilled
	}
	if err := m.Store.Jot(ctx, notes...); err != nil {
		return err
	}
	for _, n := range notes {
		if step, is := n.(identity.StepRewrap); is {
			*m.steps++
			for _, c := range step.Again {
				m.again[c.Certificate.ID]++
			}
		}
	}
	if m.left == 0 {
		return errKilled
	}
	return nil
}

// A process that issues certificates again is killed at each of its commits, before it and
// behind it, and another goes on: every certificate is issued again exactly once, in one
// public event, and the progress is that of one pass.
func TestReissueKilledAtEveryCommit(t *testing.T) {
	const people, chosen, size = 7, 5, 2
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			t.Run(fmt.Sprintf("commit %d, on disk %v", n, after), func(t *testing.T) {
				if !killedAt(t, n, after, people, chosen, size) {
					if n < people/size+1 {
						t.Error("it ended after", n, "commits")
					}
					n = -1
				}
			})
			if n < 0 {
				break
			}
		}
	}
}

// killedAt reports whether the process lived long enough to be killed there.
func killedAt(t *testing.T, n int, after bool, people, chosen, size int) (killed bool) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	from := k.Now()
	var all []*kit.Citizen
	for i := range people {
		if i == chosen {
			k.Advance(time.Hour)
		}
		c := k.Adult(i + 1)
		must(t, c.Enrol(ctx))
		all = append(all, c)
	}
	choice := recall.Choice{From: from, Until: from.Add(time.Hour), Reason: "an incident"}
	k.Advance(time.Minute) // since the stop no other has the moment that they get
	at := k.Now().Truncate(time.Second)

	again, steps := map[identity.CertificateID]int{}, 0
	node := func(left int) *recall.Act {
		return (&recall.Act{Store: &mortal{k.Store, left, after, again, &steps}, Vault: k.Vault, Places: k.Places, Book: k.Recall.Book, Digest: k.Recall.Digest,
			Go: k.Recall.Go, Rest: k.Recall.Rest, Failed: k.Recall.Failed, Now: k.Now}).Small(size)
	}
	if far, err := node(-1).Far(ctx, choice, at); err != nil || far != (recall.Far{}) {
		t.Error("how far it is before it began:", far, err)
	}
	_, err := node(n).Reissue(ctx, choice, at)
	must(t, err)
	if err := k.RecallFailed(); err != nil && !errors.Is(err, errKilled) {
		t.Fatal(err)
	} else {
		killed = err != nil
	}
	far, err := node(-1).Far(ctx, choice, at)
	if err != nil || !far.Begun || far.Total != uint64(chosen) || far.Looked != uint64(min(steps*size, people)) || far.Ended != (steps > people/size) || far.Ended != (far.Percent == 100) || far.Percent < 0 {
		t.Errorf("after %d steps: %+v %v", steps, far, err)
	}
	_, err = node(-1).Reissue(ctx, choice, at) // the server starts again (incident.Unfinished)
	must(t, err)
	must(t, k.RecallFailed())
	if far, err = node(-1).Far(ctx, choice, at); err != nil || far != (recall.Far{Progress: recall.Progress{Looked: uint64(people), Total: uint64(chosen), Ended: true}, Begun: true, Percent: 100}) {
		t.Errorf("%+v %v", far, err)
	}
	if far, err = node(-1).Far(ctx, choice, at.Add(time.Second)); err != nil || far != (recall.Far{}) {
		t.Error("how far another pass is:", far, err)
	}
	if steps != people/size+1 {
		t.Errorf("%d steps were committed", steps)
	}
	places := map[identity.Place]bool{}
	for i, c := range all {
		row, err := k.Store.Certificate(ctx, c.Certificate.ID)
		must(t, err)
		cert, err := k.Vault.OpenCertificate(row)
		must(t, err)
		moved := i < chosen
		if moved != (row.Place != c.Certificate.Place) || moved != cert.Issued.Equal(at) || row.Revoked || places[row.Place] || moved != (again[row.ID] == 1) || again[row.ID] > 1 {
			t.Errorf("certificate %d: at %d, was at %d, issued again %d times, at %s", i, row.Place, c.Certificate.Place, again[row.ID], cert.Issued)
		}
		places[row.Place] = true
		marks, err := k.Store.MarksFrom(ctx, c.Certificate.Place, 1)
		must(t, err)
		if revoked := len(marks) > 0 && marks[0].Place == c.Certificate.Place && marks[0].Status == identity.StatusRevoked; revoked != moved {
			t.Errorf("certificate %d: its former place is revoked: %v", i, revoked)
		}
	}
	if n := reissued(t, k); n != 1 {
		t.Errorf("said in public %d times", n)
	}
	return killed
}

// reissued is how often it is said in public.
func reissued(t *testing.T, k *kit.Kit) (n int) {
	rows, err := k.Store.Entries(context.Background(), 0, 1000)
	must(t, err)
	for _, r := range rows {
		if r.State != identity.EntryPublic {
			continue
		}
		if e, _, err := ledger.OpenEntry(identity.Keys{}, r); err == nil && e.Kind == identity.Reissued {
			n++
		}
	}
	return n
}

// The share is where in the order of ids a pass is, and all of it only at its end.
func TestHowFarInPercent(t *testing.T) {
	for want, reached := range map[int][]byte{0: nil, 50: {0x80, 0, 1}, 25: {0x40, 0}, 99: {0xff, 0xff, 0xff}} {
		if got := recall.Percent(reached, false); got != want {
			t.Errorf("%x: %d, want %d", reached, got, want)
		}
	}
	if recall.Percent(nil, true) != 100 {
		t.Error("what ended is not whole")
	}
}

// What is no choice has no progress either.
func TestHowFarIsOfAChoice(t *testing.T) {
	k := kit.New(t, law.New())
	if _, err := k.Recall.Far(t.Context(), recall.Choice{Reason: "r"}, k.Now()); !fault.Because(err, "recall_invalid") {
		t.Error(err)
	}
}
