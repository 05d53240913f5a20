package staff_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// hand is somebody with a passkey.
type hand struct {
	staff.Member
	key    kit.Device
	cookie string
}

type office struct {
	*kit.Kit
	t                *testing.T
	system, security hand
}

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) join(secret string) hand { return o.joinBy(secret, "") }

func (o *office) joinBy(secret, code string) hand {
	o.t.Helper()
	m, text, err := o.Staff.Invited(o.t.Context(), secret)
	must(o.t, err)
	h := hand{Member: m, key: kit.NewDevice()}
	h.key.Passkey = true
	h.cookie, err = o.Staff.Join(o.t.Context(), secret, code, h.key.JWK, h.key.Sign([]byte(text)))
	must(o.t, err)
	return h
}

func (o *office) found(name string, role law.Role, ref, manager string) hand {
	o.t.Helper()
	secret, err := o.Staff.Found(o.t.Context(), staff.Invitation{Name: name, Role: role, Reference: ref, Manager: manager})
	must(o.t, err)
	return o.join(secret)
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{Kit: kit.New(t, law.New()), t: t}
	o.system, o.security = o.found("Lin", law.SystemRole, "p-1", ""), o.found("Wu", law.SecurityRole, "p-2", "")
	return o
}

func (o *office) propose(by hand, a law.Action, subject string, body []byte) (string, error) {
	sealed, text, _, err := o.Staff.Prepare(o.t.Context(), by.Member, a, subject, body)
	if err != nil {
		return "", err
	}
	return o.Staff.Propose(o.t.Context(), by.Member, sealed, by.key.Sign([]byte(text)))
}

func (o *office) approve(by hand, number string) error {
	p, err := o.Staff.Proposal(o.t.Context(), number)
	if err != nil {
		return err
	}
	return o.Staff.Approve(o.t.Context(), by.Member, number, by.key.Sign([]byte(o.Staff.DecideText(p, "approve", by.Member))))
}

// hire invites somebody by the two who are there.
func (o *office) hire(name string, role law.Role, ref, manager string) hand {
	o.t.Helper()
	i := staff.Invitation{Name: name, Role: role, Reference: ref, Manager: manager}
	if role == law.Sector {
		i.Sector = "health"
	}
	body, secret, err := o.Staff.InviteBody(i)
	must(o.t, err)
	n, err := o.propose(o.system, law.InviteStaff, name, body)
	must(o.t, err)
	must(o.t, o.approve(o.security, n))
	return o.joinBy(secret, o.code(o.security, n))
}

// code is what an approver of an invitation reads.
func (o *office) code(by hand, number string) string {
	o.t.Helper()
	p, err := o.Staff.Proposal(o.t.Context(), number)
	must(o.t, err)
	code, err := o.Staff.Code(o.t.Context(), by.Member, p)
	must(o.t, err)
	return code
}

func (o *office) in(h hand) (string, error) {
	c, text, err := o.Staff.Challenge()
	must(o.t, err)
	return o.Staff.SignIn(o.t.Context(), c, h.ID, h.key.Sign([]byte(text)))
}

// What decides with whom somebody never signs, and which of two of one name it is, is read
// by who approves it: a proposal says all that it does.
func TestAProposalSaysWhomItIsAbout(t *testing.T) {
	o := open(t)
	says := func(action law.Action, body []byte, want string) {
		t.Helper()
		_, _, p, err := o.Staff.Prepare(t.Context(), o.system.Member, action, "it", body)
		if err != nil || !strings.Contains(p.Says.ZH, want) || !strings.Contains(p.Says.EN, want) {
			t.Errorf("%q is not in %+v %v", want, p.Says, err)
		}
	}
	i := staff.Invitation{Name: "Xu", Role: law.AuditRole, Reference: "p-3", Manager: "p-77"}
	body, _, err := o.Staff.InviteBody(i)
	must(t, err)
	says(law.InviteStaff, body, "p-77")
	says(law.RemoveStaff, staff.AccountBody(o.security.ID), string(o.security.ID))
}

func TestTheFirstTwoAndTheOthers(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	for _, r := range law.StaffRoles() {
		_, err := o.Staff.Found(ctx, staff.Invitation{Name: "X", Role: r, Reference: "p-9"})
		refused(t, "a third founder", err, fault.Forbidden, "staff_founded")
	}
	audit := o.hire("Xu", law.AuditRole, "p-3", "")
	body, _, err := o.Staff.InviteBody(staff.Invitation{Name: "Lin again", Role: law.AuditRole, Reference: "P-1"})
	must(t, err)
	_, err = o.propose(o.system, law.InviteStaff, "Lin again", body)
	refused(t, "a second account of one person is said before it is signed", err, fault.Conflict, "staff_twice")
	var both [2]string
	for i := range both { // two proposals for one person, before either was approved
		body, _, err := o.Staff.InviteBody(staff.Invitation{Name: "Yu", Role: law.AuditRole, Reference: "p-5"})
		must(t, err)
		both[i], err = o.propose(o.system, law.InviteStaff, "Yu", body)
		must(t, err)
	}
	must(t, o.approve(o.security, both[0]))
	refused(t, "a second invitation of one person", o.approve(o.security, both[1]), fault.Conflict, "staff_twice")
	body, _, err = o.Staff.InviteBody(staff.Invitation{Name: "Yu", Role: law.AuditRole, Reference: "p-5"})
	must(t, err)
	_, err = o.propose(o.system, law.InviteStaff, "Yu", body)
	refused(t, "and before it is signed", err, fault.Conflict, "staff_twice")
	all, err := o.Staff.Accounts(ctx)
	if err != nil || len(all) != 3 {
		t.Error(len(all), err)
	}
	if b, _ := json.Marshal(all); strings.Contains(string(b), "p-1") || strings.Contains(string(b), "P-1") {
		t.Error("a reference is kept in the clear")
	}
	cookie, err := o.in(audit)
	must(t, err)
	if m, _, err := o.Staff.Open(ctx, cookie); err != nil || m.Role != law.AuditRole {
		t.Error(m, err)
	}
}

// A founder's invitation that was lost is given again, to whoever; the former is void.
// Once somebody joined, it is not.
func TestALostFoundersInvitation(t *testing.T) {
	o := &office{Kit: kit.New(t, law.New()), t: t}
	ctx := t.Context()
	first, err := o.Staff.Found(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	must(t, err)
	_, err = o.Staff.Found(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	refused(t, "one voids the other unawares", err, fault.Conflict, "invitation_waits")
	_, _, err = o.Staff.Invited(ctx, first)
	must(t, err)
	second, err := o.Staff.FoundAgain(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	must(t, err)
	_, _, err = o.Staff.Invited(ctx, first)
	refused(t, "the former", err, fault.Gone, "invitation_over")
	o.join(second)
	_, err = o.Staff.Found(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	refused(t, "after joining", err, fault.Forbidden, "staff_founded")
	_, err = o.Staff.FoundAgain(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	refused(t, "after joining, as lost", err, fault.Forbidden, "staff_founded")
	_, err = o.Staff.Found(ctx, staff.Invitation{Name: "Lin", Role: law.SecurityRole, Reference: "p-1"})
	refused(t, "one person in both roles", err, fault.Conflict, "staff_twice")
}

// Where nobody of a role stands any more, the machine's owner lets in another person.
func TestAConsoleOfWhichAllWereAway(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	o.Advance(31 * 24 * time.Hour)
	if n, err := o.Staff.Sweep(ctx); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	_, err := o.Staff.Found(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	refused(t, "a second account of one person", err, fault.Conflict, "staff_twice")
	system, security := o.found("Du", law.SystemRole, "p-6", ""), o.found("Fu", law.SecurityRole, "p-7", "")
	n, err := o.propose(system, law.EnableStaff, "Lin", staff.AccountBody(o.system.ID))
	must(t, err)
	must(t, o.approve(security, n))
	_, err = o.in(o.system)
	must(t, err)
	_, err = o.Staff.Found(ctx, staff.Invitation{Name: "Gu", Role: law.SystemRole, Reference: "p-8"})
	refused(t, "while one stands", err, fault.Forbidden, "staff_founded")
}

// An invitation is good once, for a day, for whoever holds it.
func TestInvitations(t *testing.T) {
	o := &office{Kit: kit.New(t, law.New()), t: t}
	ctx := t.Context()
	secret, err := o.Staff.Found(ctx, staff.Invitation{Name: "Lin", Role: law.SystemRole, Reference: "p-1"})
	must(t, err)
	_, text, err := o.Staff.Invited(ctx, secret)
	must(t, err)
	key := kit.NewDevice()
	_, err = o.Staff.Join(ctx, secret, "", key.JWK, key.Sign([]byte(text)))
	if err == nil {
		t.Error("a key that is no passkey joined")
	}
	key.Passkey = true
	_, err = o.Staff.Join(ctx, secret, "", key.JWK, key.Sign([]byte("another text")))
	refused(t, "another text", err, fault.Forbidden, "signature_invalid")
	var joined atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := o.Staff.Join(context.WithoutCancel(ctx), secret, "", key.JWK, key.Sign([]byte(text))); err == nil {
				joined.Add(1)
			}
		})
	}
	all.Wait()
	if joined.Load() != 1 {
		t.Error(joined.Load(), "joined by one invitation")
	}
	_, _, err = o.Staff.Invited(ctx, secret)
	refused(t, "again", err, fault.Gone, "invitation_over")
	late, err := o.Staff.Found(ctx, staff.Invitation{Name: "Wu", Role: law.SecurityRole, Reference: "p-2"})
	must(t, err)
	o.Advance(24 * time.Hour)
	_, _, err = o.Staff.Invited(ctx, late)
	refused(t, "after a day", err, fault.Gone, "invitation_over")
	_, err = o.Staff.Found(ctx, staff.Invitation{Name: "Wu", Role: law.SecurityRole, Reference: "p-2"})
	must(t, err) // what ran out waits for nobody
	for what, bad := range map[string]staff.Invitation{"no name": {Role: law.AuditRole, Reference: "p"}, "no reference": {Name: "X", Role: law.AuditRole}, "no role": {Name: "X", Role: "root", Reference: "p"},
		"a sector": {Name: "X", Role: law.AuditRole, Reference: "p", Sector: "health"}, "no sector": {Name: "X", Role: law.Sector, Reference: "p"}, "two lines": {Name: "X\nY", Role: law.AuditRole, Reference: "p"}} {
		_, _, err := o.Staff.InviteBody(bad)
		refused(t, what, err, fault.Invalid, "invitation_invalid")
	}
}

func TestSigningIn(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	c, text, err := o.Staff.Challenge()
	must(t, err)
	sig := o.system.key.Sign([]byte(text))
	_, err = o.Staff.SignIn(ctx, c, o.security.ID, sig)
	refused(t, "another's label", err, fault.Unauthenticated, "staff_unproven")
	_, err = o.Staff.SignIn(ctx, c, "0000000000000000", sig)
	refused(t, "nobody's label", err, fault.Unauthenticated, "staff_unproven")
	_, err = o.Staff.SignIn(ctx, "no challenge", o.system.ID, sig)
	refused(t, "no challenge", err, fault.Unauthenticated, "staff_unproven")
	cookie, err := o.Staff.SignIn(ctx, c, o.system.ID, sig)
	must(t, err)
	_, err = o.Staff.SignIn(ctx, c, o.system.ID, sig)
	refused(t, "the same answer again", err, fault.Unauthenticated, "staff_unproven")
	c, text, err = o.Staff.Challenge()
	must(t, err)
	o.Advance(5 * time.Minute)
	_, err = o.Staff.SignIn(ctx, c, o.system.ID, o.system.key.Sign([]byte(text)))
	refused(t, "late", err, fault.Unauthenticated, "staff_unproven")

	_, busy, err := o.Staff.Open(ctx, cookie)
	must(t, err)
	for range 47 {
		o.Advance(15 * time.Minute)
		_, busy, err = o.Staff.Open(ctx, busy)
		must(t, err)
	}
	_, _, err = o.Staff.Open(ctx, cookie)
	refused(t, "idle", err, fault.Unauthenticated, "staff_signed_out")
	o.Advance(11 * time.Minute)
	_, _, err = o.Staff.Open(ctx, busy)
	refused(t, "after 12 hours", err, fault.Unauthenticated, "staff_signed_out")
}

// N11: who signs out is out everywhere: a copy of a session that was made before, also in a
// browser that was not used to sign out, opens nothing on any node; a sign-in of later does.
func TestSignOutEndsEveryCopy(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	for _, first := range []string{o.system.cookie, ""} {
		if first == "" { // also where they signed out before
			var err error
			first, err = o.in(o.system)
			must(t, err)
		}
		other, err := o.in(o.system)
		must(t, err)
		_, moved, err := o.Staff.Open(ctx, first)
		must(t, err)
		for _, cookie := range []string{"", "x", moved, moved} {
			must(t, o.Staff.SignOut(ctx, cookie))
		}
		for what, cookie := range map[string]string{"the cookie": moved, "an older copy": first, "another browser's": other} {
			_, _, err := o.Staff.Open(ctx, cookie)
			refused(t, what, err, fault.Unauthenticated, "staff_signed_out")
		}
		again, err := o.in(o.system)
		must(t, err)
		must(t, o.Staff.SignOut(ctx, other))
		if _, _, err = o.Staff.Open(ctx, again); err != nil {
			t.Error("a session that is over ends a newer one:", err)
		}
		if _, _, err = o.Staff.Open(ctx, o.security.cookie); err != nil {
			t.Error("a colleague's:", err)
		}
	}
}

// N18: who was away for 30 days is disabled, also before the sweep said so, and comes
// back by two.
func TestDormantAccounts(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	audit := o.hire("Xu", law.AuditRole, "p-3", "")
	o.Advance(29 * 24 * time.Hour)
	for _, h := range []hand{o.system, o.security} {
		_, err := o.in(h)
		must(t, err)
	}
	if n, err := o.Staff.Sweep(ctx); n != 0 || err != nil {
		t.Error(n, err)
	}
	o.Advance(24*time.Hour + time.Second)
	_, err := o.in(audit)
	refused(t, "dormant", err, fault.Forbidden, "staff_disabled")
	if n, err := o.Staff.Sweep(ctx); n != 1 || err != nil {
		t.Error(n, err)
	}
	if n, err := o.Staff.Sweep(ctx); n != 0 || err != nil {
		t.Error("twice", n, err)
	}
	_, err = o.in(audit)
	refused(t, "disabled", err, fault.Forbidden, "staff_disabled")
	n, err := o.propose(o.system, law.EnableStaff, "Xu", staff.AccountBody(audit.ID))
	must(t, err)
	must(t, o.approve(o.security, n))
	_, err = o.in(audit)
	must(t, err)
	_, err = o.propose(o.system, law.EnableStaff, "Xu", staff.AccountBody(audit.ID))
	refused(t, "one that stands", err, fault.Conflict, "staff_stands")
}

// A removal ends sessions, and what was proposed by who is gone is approved by nobody.
func TestRemoval(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	other := o.hire("He", law.SystemRole, "p-4", "")
	mine, err := o.propose(other, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 5))
	must(t, err)
	n, err := o.propose(o.system, law.RemoveStaff, "He", staff.AccountBody(other.ID))
	must(t, err)
	must(t, o.approve(o.security, n))
	_, _, err = o.Staff.Open(ctx, other.cookie)
	refused(t, "a session of before", err, fault.Unauthenticated, "staff_signed_out")
	_, err = o.in(other)
	refused(t, "signing in", err, fault.Forbidden, "staff_removed")
	refused(t, "what they proposed", o.approve(o.security, mine), fault.Forbidden, "staff_disabled")
	_, err = o.propose(other, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 5))
	refused(t, "proposing", err, fault.Forbidden, "staff_disabled")
	o.hire("He", law.AuditRole, "p-4", "") // may come back, in another role
}

// Two who remove somebody, an auditor perhaps, do it before the eyes of the auditors.
func TestARemovalIsBeforeTheAuditors(t *testing.T) {
	o := open(t)
	audit, other := o.hire("Xu", law.AuditRole, "p-3", ""), o.hire("Yu", law.AuditRole, "p-4", "")
	n, err := o.propose(o.system, law.RemoveStaff, "Xu", staff.AccountBody(audit.ID))
	must(t, err)
	for _, want := range []string{"proposed staff-remove", "approved staff-remove"} {
		if all, err := o.Staff.Alerts(t.Context(), other.Member); err != nil || !slices.ContainsFunc(all, func(a staff.Alert) bool { return a.What == want && a.Ref == n }) {
			t.Error(want, all, err)
		}
		if want == "proposed staff-remove" {
			must(t, o.approve(o.security, n))
		}
	}
}

// N15: a setting gets stricter by two, and passes its floor by nobody.
func TestSettingsAndTheirFloor(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	for _, s := range law.Settings() {
		for _, v := range []int{law.Loosest(s) + 1, 0, -1} {
			_, err := o.propose(o.system, law.ChangeSetting, string(s), staff.SettingBody(s, v))
			refused(t, string(s), err, fault.Forbidden, "setting_floor")
		}
	}
	n, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 5))
	must(t, err)
	if v, _ := o.Staff.Setting(ctx, law.IdleMinutes); v != 15 {
		t.Error("in force by one person:", v)
	}
	stale, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 7))
	must(t, err)
	must(t, o.approve(o.security, n))
	if v, _ := o.Staff.Setting(ctx, law.IdleMinutes); v != 5 {
		t.Error(v)
	}
	refused(t, "it says what is not so any more", o.approve(o.security, stale), fault.Conflict, "proposal_changed")
	cookie, err := o.in(o.system)
	must(t, err)
	o.Advance(5*time.Minute + time.Second)
	_, _, err = o.Staff.Open(ctx, cookie)
	refused(t, "the new setting", err, fault.Unauthenticated, "staff_signed_out")
}

// Two sign one text: not one of them twice, not one of a line, not for another word,
// and of 64 at once one counts.
func TestProposals(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	under := o.hire("Mo", law.SecurityRole, "p-5", "P-1") // whom the system administrator leads
	n, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 9))
	must(t, err)
	refused(t, "self", o.approve(o.system, n), fault.Forbidden, "approver_same")
	refused(t, "in the line", o.approve(under, n), fault.Forbidden, "approver_line")
	p, err := o.Staff.Proposal(ctx, n)
	must(t, err)
	for what, text := range map[string]string{"a refusal": o.Staff.DecideText(p, "refuse", o.security.Member), "another's text": o.Staff.DecideText(p, "approve", o.system.Member), "nothing": ""} {
		refused(t, what, o.Staff.Approve(ctx, o.security.Member, n, o.security.key.Sign([]byte(text))), fault.Forbidden, "signature_invalid")
	}
	refused(t, "another's key", o.Staff.Approve(ctx, o.security.Member, n, under.key.Sign([]byte(o.Staff.DecideText(p, "approve", o.security.Member)))), fault.Forbidden, "signature_invalid")
	refused(t, "no number", o.approve(o.security, "none"), fault.NotFound, "proposal_unknown")

	yes := o.security.key.Sign([]byte(o.Staff.DecideText(p, "approve", o.security.Member)))
	var won atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if o.Staff.Approve(context.WithoutCancel(ctx), o.security.Member, n, yes) == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if p, err = o.Staff.Proposal(ctx, n); won.Load() != 1 || err != nil || p.State != staff.Done || p.Decided.By != o.security.ID {
		t.Error(won.Load(), p.State, err)
	}
	refused(t, "again", o.approve(o.security, n), fault.Gone, "proposal_over")

	no, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 3))
	must(t, err)
	p, err = o.Staff.Proposal(ctx, no)
	must(t, err)
	must(t, o.Staff.Refuse(ctx, o.security.Member, no, o.security.key.Sign([]byte(o.Staff.DecideText(p, "refuse", o.security.Member)))))
	refused(t, "after a no", o.approve(o.security, no), fault.Gone, "proposal_over")
	late, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 3))
	must(t, err)
	o.Advance(7 * 24 * time.Hour)
	refused(t, "after a week", o.approve(o.security, late), fault.Gone, "proposal_over")
	if all, err := o.Staff.Proposals(ctx); err != nil || len(all) != 4 {
		t.Error(len(all), err)
	}
}

// What is signed is what was prepared: sealed, by its own proposer.
func TestWhatIsSigned(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	other := o.hire("He", law.SystemRole, "p-4", "")
	sealed, text, _, err := o.Staff.Prepare(ctx, o.system.Member, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 9))
	must(t, err)
	_, err = o.Staff.Propose(ctx, other.Member, sealed, other.key.Sign([]byte(text)))
	refused(t, "another's draft", err, fault.Invalid, "proposal_invalid")
	_, err = o.Staff.Propose(ctx, o.system.Member, sealed, other.key.Sign([]byte(text)))
	refused(t, "another's key", err, fault.Forbidden, "signature_invalid")
	_, err = o.Staff.Propose(ctx, o.system.Member, "x"+sealed, o.system.key.Sign([]byte(text)))
	refused(t, "a draft of nobody", err, fault.Invalid, "proposal_invalid")
	_, err = o.Staff.Propose(ctx, o.system.Member, sealed, o.system.key.Sign([]byte(text)))
	must(t, err)
	_, err = o.Staff.Propose(ctx, o.system.Member, sealed, o.system.key.Sign([]byte(text)))
	refused(t, "once more", err, fault.Conflict, "dossier_exists")
	for what, body := range map[string]string{"more": `{"setting":"idle-minutes","value":3,"x":1}`, "two": `{"setting":"idle-minutes","value":3} {}`, "none": ``} {
		_, err := o.propose(o.system, law.ChangeSetting, "idle", []byte(body))
		refused(t, what, err, fault.Invalid, "proposal_invalid")
	}
	_, err = o.propose(o.system, law.ApproveParty, "shop", []byte(`{}`))
	refused(t, "a kind that nobody registered", err, fault.NotFound, "proposal_kind_unknown")
}

// N05, N14: what pages the auditors is before them with the proposal, and again with its
// approval; what fails behind an approval is done again.
func TestAuditorsArePaged(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	audit := o.hire("Xu", law.AuditRole, "p-3", "")
	down, ran := true, 0
	o.Staff.Kinds = map[law.Action]staff.Kind{law.UseBreakGlass: {Pages: true,
		Check: func(context.Context, staff.Proposal) (identity.Text, error) {
			return identity.Text{ZH: "破窗", EN: "Break glass"}, nil
		},
		After: func(context.Context, staff.Proposal) error {
			if down {
				return errors.New("down")
			}
			ran++
			return nil
		}}}
	n, err := o.propose(o.security, law.UseBreakGlass, "case 7", []byte(`{}`))
	must(t, err)
	if a, err := o.Staff.Alerts(ctx, audit.Member); err != nil || len(a) != 1 || a[0].Ref != n {
		t.Error(a, err)
	}
	if err := o.approve(o.system, n); err == nil {
		t.Error("what failed is said to be done")
	}
	if p, _ := o.Staff.Proposal(ctx, n); p.State != staff.Approved {
		t.Error(p.State)
	}
	down = false
	must(t, o.Staff.Resume(ctx))
	must(t, o.Staff.Carry(ctx, n))
	if p, _ := o.Staff.Proposal(ctx, n); p.State != staff.Done || ran != 1 {
		t.Error(p.State, ran)
	}
	a, err := o.Staff.Alerts(ctx, audit.Member)
	if err != nil || len(a) != 2 {
		t.Fatal(a, err)
	}
	for _, h := range []hand{o.system, o.security} {
		_, err := o.Staff.Alerts(ctx, h.Member)
		refused(t, "not an auditor", err, fault.Forbidden, "role_refused")
		refused(t, "not an auditor", o.Staff.Looked(ctx, h.Member, a[0].Name), fault.Forbidden, "role_refused")
	}
	must(t, o.Staff.Looked(ctx, audit.Member, a[0].Name))
	if a, _ = o.Staff.Alerts(ctx, audit.Member); a[0].Seen != audit.ID {
		t.Error(a)
	}
	refused(t, "none", o.Staff.Looked(ctx, audit.Member, "none"), fault.NotFound, "alert_unknown")
}
