package kit_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/client"
	"netid/internal/act/rights"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

func someone(t *testing.T) (*kit.Kit, *kit.Citizen) {
	t.Helper()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	ok(t, c.Enrol(t.Context()))
	ok(t, c.SignIn(t.Context()))
	return k, c
}

// public are the ledger's words about nobody, of one kind.
func public(t *testing.T, k *kit.Kit, kind identity.EventKind) (details []string) {
	t.Helper()
	for from := uint64(0); ; {
		rows, err := k.Store.Entries(t.Context(), from, 100)
		ok(t, err)
		if len(rows) == 0 {
			return details
		}
		for _, r := range rows {
			if e, _, err := ledger.OpenEntry(identity.Keys{}, r); err == nil && e.Kind == kind {
				details = append(details, e.Detail)
			}
			from = r.Index + 1
		}
	}
}

// A correction from the page to the answer: the operator's list names nobody, and the answer is read by whoever asked.
func TestAClaimAndItsAnswer(t *testing.T) {
	k, c := someone(t)
	other := k.Adult(2)
	ok(t, other.Enrol(t.Context()))
	ok(t, other.SignIn(t.Context()))
	asked, err := k.Rights.Ask(t.Context(), c.Session, identity.RightCorrect, "name")
	ok(t, err)
	if want := law.Due(k.Now()); !asked.Due.Equal(want) {
		t.Errorf("due %s, not %s", asked.Due, want)
	}
	all, err := k.Rights.Queue(t.Context())
	if err != nil || len(all) != 1 || all[0] != asked {
		t.Fatal(all, err)
	}
	person, err := k.Look.Data(t.Context(), c.Session)
	ok(t, err)
	b, _ := json.Marshal(all)
	for _, secret := range []string{person.Name, person.Phone, person.Documents[0].Number, string(c.Grant.Number), string(c.Handle)} {
		if secret == "" || strings.Contains(string(b), secret) {
			t.Errorf("the operator's list has %q", secret)
		}
	}
	because(t, k.Rights.Answer(t.Context(), asked.Ref, false, " "), "claim_reason_missing")
	for _, bad := range []string{"a\x00b", "a\u202eb", "a\u0085b"} {
		because(t, k.Rights.Answer(t.Context(), asked.Ref, true, bad), "claim_note_invalid")
	}
	because(t, k.Rights.Answer(t.Context(), asked.Ref, true, strings.Repeat("字", 501)), "claim_note_invalid")
	ok(t, k.Rights.Answer(t.Context(), asked.Ref, false, "The register has it so; correct it there first."))
	because(t, k.Rights.Answer(t.Context(), asked.Ref, true, ""), "claim_answered")
	mine, err := k.Rights.List(t.Context(), c.Session)
	if err != nil || len(mine) != 1 || mine[0].Claim == nil || mine[0].Claim.Note == "" || mine[0].Claim.Granted || mine[0].Claim.Answered.IsZero() {
		t.Fatal(mine, err)
	}
	if _, err := k.Look.Record(t.Context(), c.Session, mine[0].Record); err != nil { // the receipt, with its proof
		t.Error(err)
	}
	if theirs, err := k.Rights.List(t.Context(), other.Session); err != nil || len(theirs) != 0 {
		t.Error("somebody else sees it: ", theirs, err)
	}
	if d := public(t, k, identity.RightAnswered); len(d) != 1 || d[0] != "correct/refused/in-time" {
		t.Error(d)
	}
}

// The printed day passes: it is said in public once, the list says so, and the answer says that it was late.
func TestAPrintedDayPasses(t *testing.T) {
	k, c := someone(t)
	alarms := 0
	k.Rights.Alarm = func(identity.Claim) { alarms++ }
	asked, err := k.Rights.Ask(t.Context(), c.Session, identity.RightCorrect, "phone")
	ok(t, err)
	k.Advance(asked.Due.Sub(k.Now()) - time.Second)
	if late, err := k.Rights.Remind(t.Context()); late != 0 || err != nil {
		t.Error(late, err)
	}
	k.Advance(time.Second)
	for range 2 {
		if late, err := k.Rights.Remind(t.Context()); late != 1 || err != nil {
			t.Error(late, err)
		}
	}
	if d := public(t, k, identity.RightLate); len(d) != 1 || d[0] != "correct" {
		t.Error("said more than once, or not: ", d)
	}
	if alarms != 2 { // when it came, and when its day passed: a log is not filled by looking again
		t.Error(alarms)
	}
	if now, err := k.Rights.Read(t.Context(), asked.Ref); err != nil || !now.Late || !now.Over(k.Now()) {
		t.Error(now, err)
	}
	ok(t, k.Rights.Answer(t.Context(), asked.Ref, true, ""))
	if d := public(t, k, identity.RightAnswered); len(d) != 1 || d[0] != "correct/granted/late" {
		t.Error(d)
	}
	if late, err := k.Rights.Remind(t.Context()); late != 0 || err != nil {
		t.Error(late, err)
	}
	k.Advance(50 * 24 * time.Hour)
	ok(t, c.SignIn(t.Context()))
	if mine, err := k.Rights.List(t.Context(), c.Session); err != nil || len(mine) != 1 || !mine[0].Gone {
		t.Error(mine, err)
	}
}

// Whoever has no number asks too, and only for an explanation.
func TestAStrangerAsksWhy(t *testing.T) {
	k, _ := someone(t)
	asked, err := k.Rights.AskUnknown(t.Context(), "document_not_valid")
	ok(t, err)
	if now, err := k.Rights.Read(t.Context(), asked.Ref); err != nil || now != asked {
		t.Error(now, err)
	}
	for _, ref := range []string{"", "x", asked.Ref + "0", asked.Ref[:len(asked.Ref)-1], "0-0-000000000000", strings.ToUpper(asked.Ref) + "-", "+" + asked.Ref} {
		if _, err := k.Rights.Read(t.Context(), ref); !fault.Because(err, "claim_unknown") {
			t.Errorf("%q: %v", ref, err)
		}
		because(t, k.Rights.Answer(t.Context(), ref, true, ""), "claim_unknown")
	}
	_, err = k.Rights.AskUnknown(t.Context(), "林一")
	because(t, err, "right_unknown")
}

// Limits: the same thing once before its day, five of anybody's a day, and strangers' own number.
func TestClaimsAreBounded(t *testing.T) {
	k, c := someone(t)
	ask := func(about string) error {
		_, err := k.Rights.Ask(t.Context(), c.Session, identity.RightCorrect, about)
		return err
	}
	ok(t, ask("name"))
	because(t, ask("name"), "right_open")
	because(t, ask("address"), "right_unknown")
	for _, about := range law.Necessary()[1:5] {
		ok(t, ask(about))
	}
	because(t, ask("phone"), "too_many_tries")
	for range 200 {
		_, err := k.Rights.AskUnknown(t.Context(), "document_not_valid")
		ok(t, err)
	}
	_, err := k.Rights.AskUnknown(t.Context(), "document_not_valid")
	because(t, err, "too_many_tries")
	if all, err := k.Rights.Queue(t.Context()); err != nil || len(all) != 205 {
		t.Error(len(all), err)
	}
	k.Advance(25 * time.Hour)
	ok(t, c.SignIn(t.Context()))
	ok(t, ask("phone"))
}

// Two at once get two places, and one of two answers holds.
func TestClaimsAtOnce(t *testing.T) {
	k, _ := someone(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := k.Rights.AskUnknown(t.Context(), "face_no_match"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := k.Rights.Queue(t.Context())
	if err != nil || len(all) != 8 {
		t.Fatal(len(all), err)
	}
	good := make(chan bool, 8)
	for range 8 {
		wg.Go(func() {
			err := k.Rights.Answer(t.Context(), all[3].Ref, true, "")
			if err != nil && !fault.Because(err, "claim_answered") {
				t.Error(err)
			}
			good <- err == nil
		})
	}
	wg.Wait()
	close(good)
	n := 0
	for yes := range good {
		if yes {
			n++
		}
	}
	if n != 1 || len(public(t, k, identity.RightAnswered)) != 1 {
		t.Error(n, "answers hold")
	}
}

// bereaved is a family whose father has died.
func bereaved(t *testing.T, wish identity.Wish) *family {
	t.Helper()
	f := parents(t)
	f.Desk.Kin[f.mother.Handle] = []identity.PersonHandle{f.father.Handle}
	if wish != identity.WishNone {
		because(t, f.Rights.Say(t.Context(), f.father.Session, wish, "00000000"), "passcode_wrong")
		ok(t, f.Rights.Say(t.Context(), f.father.Session, wish, f.father.Passcode))
	}
	if all, err := f.Rights.Departed(t.Context(), f.mother.Session); err != nil || len(all) != 0 {
		t.Error("the living are listed: ", all, err)
	}
	f.Tell(f.father.Hears(identity.PersonDeceased))
	_, err := f.Respond.Follow(t.Context())
	ok(t, err)
	return f
}

// A relative takes a copy at once and ends it after thirty days; a stranger does neither.
func TestAnHeir(t *testing.T) {
	f := bereaved(t, identity.WishNone)
	stranger := f.Adult(7)
	ok(t, stranger.Enrol(t.Context()))
	ok(t, stranger.SignIn(t.Context()))
	all, err := f.Rights.Departed(t.Context(), f.mother.Session)
	if err != nil || len(all) != 1 || !all[0].Copies || all[0].Erases || !all[0].From.Equal(law.HeirFrom(all[0].Since)) {
		t.Fatal(all, err)
	}
	ref := all[0].Ref
	if theirs, err := f.Rights.Departed(t.Context(), stranger.Session); err != nil || len(theirs) != 0 {
		t.Error(theirs, err)
	}
	_, err = f.Rights.Copy(t.Context(), stranger.Session, ref, stranger.Passcode)
	because(t, err, "heir_refused")
	_, err = f.Rights.Copy(t.Context(), f.mother.Session, ref, "00000000")
	because(t, err, "passcode_wrong")
	b, err := f.Rights.Copy(t.Context(), f.mother.Session, ref, f.mother.Passcode)
	ok(t, err)
	var file client.Export
	if err := json.Unmarshal(b, &file); err != nil || !strings.Contains(string(b), string(identity.HeirCopied)) || strings.Contains(string(b), string(f.father.Handle)) {
		t.Error("not the copy, or the register's name is in it: ", err)
	}
	_, err = f.Erase.EraseDead(t.Context(), f.mother.Session, ref, f.mother.Passcode)
	because(t, err, "heir_refused")
	f.Advance(all[0].From.Sub(f.Now()))
	ok(t, f.mother.SignIn(t.Context()))
	_, err = f.Erase.EraseDead(t.Context(), f.mother.Session, ref, "00000000")
	because(t, err, "passcode_wrong")
	r, err := f.Erase.EraseDead(t.Context(), f.mother.Session, ref, f.mother.Passcode)
	if err != nil || len(r.Held) == 0 {
		t.Fatal(r, err)
	}
	if all, err := f.Rights.Departed(t.Context(), f.mother.Session); err != nil || len(all) != 0 {
		t.Error("still there: ", all, err)
	}
	if v, err := ledger.Verify(t.Context(), f.Store, f.Keeper); err != nil || !v.OK() {
		t.Error(v.Problems, err)
	}
}

// What the dead said while they lived comes first.
func TestAWish(t *testing.T) {
	for wish, listed := range map[identity.Wish]int{identity.WishErase: 1, identity.WishClosed: 0} {
		f := bereaved(t, wish)
		all, err := f.Rights.Departed(t.Context(), f.mother.Session)
		if err != nil || len(all) != listed {
			t.Fatal(wish, all, err)
		}
		f.Advance(40 * 24 * time.Hour)
		ok(t, f.mother.SignIn(t.Context()))
		mother, err := f.Vault.Visit(t.Context(), f.mother.Session)
		ok(t, err)
		ref := hex.EncodeToString(f.Vault.WardIndex(mother, f.father.Handle))
		_, err = f.Rights.Copy(t.Context(), f.mother.Session, ref, f.mother.Passcode)
		because(t, err, "heir_refused")
		_, err = f.Erase.EraseDead(t.Context(), f.mother.Session, ref, f.mother.Passcode)
		if wish == identity.WishErase {
			ok(t, err)
		} else {
			because(t, err, "heir_refused")
		}
	}
}

// Who was not dead after all, between the page and the commit, is not erased.
func TestAnHeirIsOvertakenByALife(t *testing.T) {
	f := bereaved(t, identity.WishNone)
	f.Advance(40 * 24 * time.Hour)
	ok(t, f.mother.SignIn(t.Context()))
	all, err := f.Rights.Departed(t.Context(), f.mother.Session)
	if err != nil || len(all) != 1 || !all[0].Erases {
		t.Fatal(all, err)
	}
	f.Erase.Heirs = overtaken{f.Rights, func() {
		f.Tell(f.father.Hears(identity.PersonAlive))
		_, err := f.Respond.Follow(t.Context())
		ok(t, err)
	}}
	_, err = f.Erase.EraseDead(t.Context(), f.mother.Session, all[0].Ref, f.mother.Passcode)
	because(t, err, "standing_changed")
}

type overtaken struct {
	*rights.Act
	happens func()
}

func (o overtaken) Ends(ctx context.Context, s identity.Session, ref string) (identity.Opened, []identity.Verb, identity.Ground, error) {
	dead, guards, g, err := o.Act.Ends(ctx, s, ref)
	o.happens()
	return dead, guards, g, err
}
