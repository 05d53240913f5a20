package signin_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/signin"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/test/kit"
)

// signed is a scene whose citizen is signed in.
func signed(t *testing.T) (*kit.Kit, *kit.Citizen, context.Context) {
	t.Helper()
	k, c, ctx := scene(t)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	return k, c, ctx
}

// another is the citizen on a second device, which their first one let in.
func another(t *testing.T, c *kit.Citizen) *kit.Citizen {
	t.Helper()
	second, err := c.Another(t.Context(), "旧平板")
	if err != nil {
		t.Fatal(err)
	}
	return second
}

func reason(t *testing.T, what string, err error, kind fault.Kind, want string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, want) {
		t.Errorf("%s: %v, want %v %s", what, err, kind, want)
	}
}

func TestASecondDevice(t *testing.T) {
	k, c, ctx := signed(t)
	k.Advance(time.Second) // the list is in the order in which they came
	second := another(t, c)
	all, err := k.Signin.Devices(ctx, c.Session)
	if err != nil || len(all) != 2 || !all[0].Here || all[1].Here || all[1].Name != "旧平板" || all[1].ID != second.Certificate.ID {
		t.Fatalf("%+v, %v", all, err)
	}
	if !all[1].Expires.Equal(all[0].Expires) {
		t.Error("the new certificate outlasts the one that vouched for it")
	}
	if err := register(k, "shop"); err != nil {
		t.Fatal(err)
	}
	if a, err := second.Approve(ctx, k.Request("shop", identity.ModeCert)); err != nil || a.Code == "" {
		t.Fatal("the second device approves:", err)
	}
	recs, err := k.Look.Records(ctx, second.Session)
	if err != nil || recs[1].Event.Kind != identity.DeviceAdded || recs[1].Event.Detail != second.Certificate.ID.String() {
		t.Fatal(err)
	}
	other := k.Adult(2)
	if err := other.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := other.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if theirs, err := k.Signin.Devices(ctx, other.Session); err != nil || len(theirs) != 1 {
		t.Fatal("somebody else's list:", len(theirs), err)
	}
	id := second.Certificate.ID.String()
	reason(t, "another's device named", k.Signin.Name(ctx, other.Session, id, "x"), fault.NotFound, "device_not_listed")
	_, err = k.Signin.Remove(ctx, other.Session, id, other.Passcode)
	reason(t, "another's device removed", err, fault.NotFound, "device_not_listed")
}

func TestNamesOfDevices(t *testing.T) {
	k, c, ctx := signed(t)
	id := c.Certificate.ID.String()
	for name, bad := range map[string]string{"long": "七个字的设备名", "turned around": "a\u202eb", "two lines": "a\nb", "unseen": "a\u200bb", "no text": "\xff"} {
		reason(t, name, k.Signin.Name(ctx, c.Session, id, bad), fault.Invalid, "device_name_invalid")
	}
	for range 2 { // the second time nothing changes
		if err := k.Signin.Name(ctx, c.Session, id, "  老人的手机吧 "); err != nil {
			t.Fatal(err)
		}
	}
	all, err := k.Signin.Devices(ctx, c.Session)
	if err != nil || all[0].Name != "老人的手机吧" {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal("a device that was named signs in:", err)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || len(recs) != 5 || recs[1].Event.Kind != identity.DeviceNamed {
		t.Fatal(len(recs), err)
	}
	reason(t, "no such device", k.Signin.Name(ctx, c.Session, "x", "y"), fault.NotFound, "device_not_listed")
}

// Removing ends the device, all sessions and whatever was approved before, and
// leaves the browser in hand signed in.
func TestRemove(t *testing.T) {
	k, c, ctx := signed(t)
	if err := register(k, "shop"); err != nil {
		t.Fatal(err)
	}
	second := another(t, c)
	third := another(t, c)
	entered, err := c.Approve(ctx, k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Redeem(ctx, "shop", entered.Code); err != nil {
		t.Fatal(err)
	}
	code, err := second.Approve(ctx, k.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	id := second.Certificate.ID.String()
	_, err = k.Signin.Remove(ctx, c.Session, id, "00000001")
	reason(t, "without the passcode", err, fault.Invalid, "passcode_wrong")
	_, err = k.Signin.Remove(ctx, c.Session, c.Certificate.ID.String(), c.Passcode)
	reason(t, "the one in hand", err, fault.Conflict, "device_in_hand")
	before := c.Session
	s, err := k.Signin.Remove(ctx, c.Session, id, c.Passcode)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := k.Signin.Devices(ctx, s); err != nil || len(all) != 2 {
		t.Fatal("what is left:", len(all), err)
	}
	opened, err := k.Vault.Visit(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if letters, err := k.Logout.Letters(ctx, opened, ""); err != nil || len(letters) > 0 {
		t.Error("sessions that ended with the device are ended again:", len(letters), err)
	}
	_, err = k.Signin.Devices(ctx, second.Session)
	reason(t, "a session of the device that was removed", err, fault.Unauthenticated, "session_over")
	_, err = k.Signin.Devices(ctx, before)
	reason(t, "a copy of the cookie from before", err, fault.Unauthenticated, "session_over")
	reason(t, "its key signs in", second.SignIn(ctx), fault.Unauthenticated, "device_unknown")
	if _, err := k.Redeem(ctx, "shop", code.Code); err == nil {
		t.Error("a code that it approved is redeemed")
	}
	if err := third.SignIn(ctx); err != nil {
		t.Error("a device that stays does not sign in:", err)
	}
	if _, err := k.Deliver.Round(ctx); err != nil {
		t.Fatal(err)
	}
	heard := k.Warned()
	slices.Sort(heard) // what is due at once goes in no order
	if got, want := strings.Join(heard, ", "), "added "+c.Phone()+", added "+c.Phone()+", removed "+c.Phone(); got != want {
		t.Errorf("the telephone heard %q, want %q", got, want)
	}
	_, err = k.Signin.Remove(ctx, s, id, c.Passcode)
	reason(t, "again", err, fault.NotFound, "device_not_listed")
}

func TestJoinRefuses(t *testing.T) {
	k, c, ctx := signed(t)
	invite := func() identity.Handle {
		h, err := k.Signin.Invite(ctx, c.Session)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	offer := func(h identity.Handle) (signin.Offered, error) {
		d := kit.NewDevice()
		return k.Signin.Offer(ctx, h, "", d.JWK, d.Sign([]byte(k.Signin.JoinText(h.Text()))))
	}
	h := invite()
	reason(t, "before anybody offered", k.Signin.Accept(ctx, c.Session, h, "00", c.Passcode), fault.Conflict, "join_waits")
	d := kit.NewDevice()
	_, err := k.Signin.Offer(ctx, h, "", d.JWK, kit.NewDevice().Sign([]byte(k.Signin.JoinText(h.Text()))))
	reason(t, "a key that is not held", err, fault.Invalid, "signature_invalid")
	_, err = k.Signin.Offer(ctx, h, "", d.JWK, d.Sign([]byte(k.Signin.JoinText(invite().Text()))))
	reason(t, "a proof for another invitation", err, fault.Invalid, "signature_invalid")
	_, err = k.Signin.Offer(ctx, h, "\x00", d.JWK, d.Sign([]byte(k.Signin.JoinText(h.Text()))))
	reason(t, "a name that is none", err, fault.Invalid, "device_name_invalid")
	first, err := offer(h)
	if err != nil {
		t.Fatal("refusals used the invitation up:", err)
	}
	_, err = offer(h)
	reason(t, "a second device", err, fault.Forbidden, "join_over")
	_, err = offer(identity.NewHandle())
	reason(t, "nobody's invitation", err, fault.Forbidden, "join_over")
	_, err = offer(c.Draft)
	reason(t, "the handle of an enrolment", err, fault.Forbidden, "join_over")

	other := k.Adult(2)
	if err := other.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := other.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	reason(t, "another person's yes", k.Signin.Accept(ctx, other.Session, h, first.Match, other.Passcode), fault.Forbidden, "join_over")
	reason(t, "a wrong passcode", k.Signin.Accept(ctx, c.Session, h, first.Match, "00000001"), fault.Invalid, "passcode_wrong")
	wrong := "00"
	if first.Match == wrong {
		wrong = "01"
	}
	reason(t, "a wrong number", k.Signin.Accept(ctx, c.Session, h, wrong, c.Passcode), fault.Forbidden, "join_number_wrong")
	reason(t, "the right one after a wrong one", k.Signin.Accept(ctx, c.Session, h, first.Match, c.Passcode), fault.Forbidden, "join_over")

	late := invite()
	k.Advance(10 * time.Minute)
	_, err = offer(late)
	reason(t, "after ten minutes", err, fault.Forbidden, "join_over")

	h = invite()
	if first, err = offer(h); err != nil {
		t.Fatal(err)
	}
	if err := k.Signin.Accept(ctx, c.Session, h, first.Match, c.Passcode); err != nil {
		t.Fatal(err)
	}
	reason(t, "twice", k.Signin.Accept(ctx, c.Session, h, first.Match, c.Passcode), fault.Forbidden, "join_over")
}

// Whoever was put out lets nobody in, whatever was begun before.
func TestARemovedDeviceLetsNobodyIn(t *testing.T) {
	k, c, ctx := signed(t)
	second := another(t, c)
	h, err := k.Signin.Invite(ctx, second.Session)
	if err != nil {
		t.Fatal(err)
	}
	d := kit.NewDevice()
	o, err := k.Signin.Offer(ctx, h, "", d.JWK, d.Sign([]byte(k.Signin.JoinText(h.Text()))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Signin.Remove(ctx, c.Session, second.Certificate.ID.String(), c.Passcode); err != nil {
		t.Fatal(err)
	}
	reason(t, "its yes", k.Signin.Accept(ctx, second.Session, h, o.Match, c.Passcode), fault.Unauthenticated, "session_over")
}

func TestDevicesAreCounted(t *testing.T) {
	k, c, ctx := signed(t)
	for range signin.MaxDevices - 1 {
		another(t, c)
	}
	_, err := k.Signin.Invite(ctx, c.Session)
	reason(t, "one too many", err, fault.Conflict, "devices_full")
}

// An old device whose certificate is over lets nobody in.
func TestAnExpiredDeviceLetsNobodyIn(t *testing.T) {
	k, c, ctx := signed(t)
	for k.Now().Before(c.Certificate.Expires) {
		k.Advance(30 * 24 * time.Hour)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	_, err := k.Signin.Invite(ctx, c.Session)
	reason(t, "an expired device", err, fault.Forbidden, "certificate_expired")
}

// A session whose own certificate was ended, by whatever, changes nothing.
func TestAnEndedCertificateChangesNothing(t *testing.T) {
	k, c, ctx := signed(t)
	second := another(t, c)
	id := second.Certificate.ID.String()
	thief := k.Adult(1)
	thief.Passcode = "86420975"
	if err := thief.Enrol(ctx); !fault.Because(err, "device_waits") {
		t.Fatal(err)
	}
	if _, err := ledger.NewBook(k.Store, nil, k.Now).RecordPublic(ctx, identity.Event{Kind: identity.PartyHalted, Grounds: []identity.Ground{}},
		identity.RevokeCertificate{ID: c.Certificate.ID}); err != nil {
		t.Fatal(err)
	}
	reason(t, "name", k.Signin.Name(ctx, c.Session, id, "x"), fault.Conflict, "certificate_gone")
	_, err := k.Signin.Remove(ctx, c.Session, id, c.Passcode)
	reason(t, "remove", err, fault.Conflict, "certificate_gone")
	_, _, err = k.Signin.Codes(ctx, c.Session, c.Passcode)
	reason(t, "codes", err, fault.Conflict, "certificate_gone")
	reason(t, "refuse", k.Signin.Refuse(ctx, c.Session), fault.Conflict, "certificate_gone")
	_, err = k.Signin.Invite(ctx, c.Session)
	reason(t, "invite", err, fault.Forbidden, "certificate_expired")
}

// meanwhile is a store in which something happens just before the next commit.
type meanwhile struct {
	ledger.Store
	once    *sync.Once
	happens func()
}

func (m meanwhile) Commit(ctx context.Context, c identity.Change) error {
	m.once.Do(m.happens)
	return m.Store.Commit(ctx, c)
}

// The old device is put out, or the number frozen, between reading and recording: nobody joins.
func TestNobodyJoinsMeanwhile(t *testing.T) {
	for name, verb := range map[string]func(*kit.Citizen) identity.Verb{
		"certificate_gone": func(c *kit.Citizen) identity.Verb { return identity.RevokeCertificate{ID: c.Certificate.ID} },
		"standing_changed": func(c *kit.Citizen) identity.Verb {
			return identity.SetStanding{ID: c.Session.Person, From: identity.Active, To: identity.FrozenByOwner, CertOwner: []byte("theirs")}
		},
	} {
		k, c, ctx := signed(t)
		k.Signin.Book = ledger.NewBook(meanwhile{k.Store, new(sync.Once), func() {
			if _, err := ledger.NewBook(k.Store, nil, k.Now).RecordPublic(ctx, identity.Event{Kind: identity.PartyHalted, Grounds: []identity.Ground{}}, verb(c)); err != nil {
				t.Error(err)
			}
		}}, k.Escrow, k.Now)
		h, err := k.Signin.Invite(ctx, c.Session)
		if err != nil {
			t.Fatal(err)
		}
		d := kit.NewDevice()
		o, err := k.Signin.Offer(ctx, h, "", d.JWK, d.Sign([]byte(k.Signin.JoinText(h.Text()))))
		if err != nil {
			t.Fatal(err)
		}
		reason(t, name, k.Signin.Accept(ctx, c.Session, h, o.Match, c.Passcode), fault.Conflict, name)
	}
}
