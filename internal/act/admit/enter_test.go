package admit_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

func invited(t *testing.T, k *kit.Kit) string {
	t.Helper()
	s, until, err := k.Admit.Invite(context.Background(), "Shop Ltd, letter of today", time.Hour)
	if err != nil || !until.After(k.Now()) {
		t.Fatal(err)
	}
	return s
}

func kinds(t *testing.T, k *kit.Kit) (all []string) {
	t.Helper()
	rows, err := k.Store.Entries(context.Background(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(identity.Keys{}, r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(e.Kind))
	}
	return all
}

// M09: each host at which a self-registered party takes answers says once that it
// is the party's. Being suspended for something else meanwhile is no way around it.
func TestM09AHostNamesItsParty(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	in := good()
	p, told, err := k.Admit.Enter(ctx, invited(t, k), in)
	if err != nil {
		t.Fatal(err)
	}
	k.Published = map[string]string{}
	at := "https://shop.example/.well-known/netid-party.txt"
	unproven := func(why string) {
		t.Helper()
		if _, err := k.Approve(ctx, p.ID, false); !fault.Because(err, "domain_unproven") {
			t.Errorf("%s: %v", why, err)
		}
		if now, err := k.Admit.Store.PartyNow(ctx, p.ID); err != nil || now.Standing != identity.PartySuspended {
			t.Errorf("%s: %+v %v", why, now, err)
		}
	}
	unproven("nothing is published")
	for _, body := range []string{"", "shop", string(p.ID) + "x", "a " + string(p.ID), "<p>" + string(p.ID) + "</p>", " " + string(p.ID)} {
		k.Published[at] = body
		unproven(body)
	}
	if _, err := k.Admit.Suspend(ctx, p.ID, "complaints"); err != nil {
		t.Fatal(err)
	}
	unproven("suspended for something else")
	k.Published[at] = "somebody\r\n" + string(p.ID) + "\r\n"
	if _, err := k.Approve(ctx, p.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Resume(ctx, p.ID, false); err != nil {
		t.Fatal(err)
	}
	delete(k.Published, at)
	in.Name = "Another name"
	if _, _, err := k.Admit.Change(ctx, p.ID, told.Access, in); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Approve(ctx, p.ID, false); err != nil {
		t.Errorf("asked again of the same host: %v", err)
	}
	// A year later what runs goes on, and a change asks the host anew.
	k.Advance(366 * 24 * time.Hour)
	if now, err := k.Admit.Store.PartyNow(ctx, p.ID); err != nil || now.Standing != identity.PartyActive {
		t.Errorf("a clock stopped it: %+v %v", now, err)
	}
	in.Name = "Yet another name"
	if _, _, err := k.Admit.Change(ctx, p.ID, told.Access, in); err != nil {
		t.Fatal(err)
	}
	unproven("proven more than a year ago")
	k.Published[at] = string(p.ID)
	if p, err := k.Approve(ctx, p.ID, false); err != nil || len(p.Proven) != 1 || k.Now().Sub(p.ProvenAt) > time.Minute {
		t.Fatalf("%+v %v", p, err)
	}
	in.RedirectURIs = []string{"https://bank.example/cb"}
	if _, _, err := k.Admit.Change(ctx, p.ID, told.Access, in); err != nil {
		t.Fatal(err)
	}
	unproven("an address that was changed afterwards")
}

// M09: notices of log-outs and requests to erase are about people too: they go to a host
// that says it is the party's.
func TestM09NoticesGoToProvenHosts(t *testing.T) {
	ctx := context.Background()
	for what, change := range map[string]func(*admit.Application){
		"log-outs": func(a *admit.Application) { a.BackChannel = "https://Notices.example:8443/out" },
		"erasures": func(a *admit.Application) { a.Erasures = "https://notices.example/erase" },
	} {
		k := kit.New(t, law.New())
		in := good()
		change(&in)
		p, _, err := k.Admit.Enter(ctx, invited(t, k), in)
		if err != nil {
			t.Fatal(err)
		}
		k.Published = map[string]string{"https://shop.example/.well-known/netid-party.txt": string(p.ID)}
		if _, err := k.Approve(ctx, p.ID, false); !fault.Because(err, "address_unproven") {
			t.Errorf("%s at a host that nobody showed to be its own: %v", what, err)
		}
		k.Published["https://notices.example/.well-known/netid-party.txt"] = string(p.ID)
		if p, err = k.Approve(ctx, p.ID, false); err != nil || p.Standing != identity.PartyActive || len(p.Proven) != 2 {
			t.Errorf("%s: %+v %v", what, p, err)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"shop", "shop\r\n", "a\nshop\nb", " shop", "shopx", "", "\xff\nshop"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if admit.Names(b, "") || admit.Names(b, "shop") && !bytes.Contains(b, []byte("shop")) {
			t.Fatalf("%q names what is not in it", b)
		}
	})
}

// Outside of a sandbox a party comes by an invitation, waits until the operator
// has read what it says, changes and leaves; each is an event.
func TestAPartyRegistersItself(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	p, told, err := k.Admit.Enter(ctx, invited(t, k), good())
	if err != nil || told.Secret == "" || told.Access == "" || p.Standing != identity.PartySuspended || p.Reason != identity.PartyReview || p.ID == "shop" || p.Sector != string(p.ID) {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := k.Admit.Managed(ctx, p.ID, told.Access); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Approve(ctx, p.ID, false); !fault.Because(err, "domain_unproven") {
		t.Fatalf("takes part at a host that nobody showed to be its own: %v", err)
	}
	k.Published = map[string]string{}
	for _, host := range []string{"shop.example", "other.example"} {
		k.Published["https://"+host+"/.well-known/netid-party.txt"] = "another\n" + string(p.ID) + "\n"
	}
	if p, err = k.Approve(ctx, p.ID, false); err != nil || p.Standing != identity.PartyActive || p.Reason != "" {
		t.Fatalf("%+v %v", p, err)
	}
	same := good()
	if p, secret, err := k.Admit.Change(ctx, p.ID, told.Access, same); err != nil || secret != "" || p.Standing != identity.PartyActive || !k.Admit.SecretMatches(p, told.Secret) {
		t.Fatalf("%+v %v", p, err)
	}
	// Its keys are its own business; what citizens read is not.
	keyed := good()
	keyed.DPoP = true
	if p, _, err := k.Admit.Change(ctx, p.ID, told.Access, keyed); err != nil || p.Standing != identity.PartyActive || !p.DPoP {
		t.Fatalf("%+v %v", p, err)
	}
	for what, change := range map[string]func(*admit.Application){
		"name":     func(a *admit.Application) { a.Name = "Ministry" },
		"redirect": func(a *admit.Application) { a.RedirectURIs = []string{"https://other.example/cb"} },
		"purpose":  func(a *admit.Application) { a.Purpose = "Something else" },
		"basis":    func(a *admit.Application) { a.Bases, a.KeepDays = map[string]string{"name": "a law"}, 30 },
		"marks":    func(a *admit.Application) { a.AgeMarks = map[string]string{"over14": "a law"} },
		"otherwise": func(a *admit.Application) {
			a.Otherwise = []identity.Way{{Text: identity.Text{EN: "Post", ZH: "邮寄"}}}
		},
		"no secret": func(a *admit.Application) { a.Public = true },
	} {
		in := good()
		change(&in)
		if p, _, err := k.Admit.Change(ctx, p.ID, told.Access, in); err != nil || p.Standing != identity.PartySuspended || p.Reason != identity.PartyReview {
			t.Errorf("%s: goes on without review: %+v %v", what, p, err)
		}
		if _, err := k.Approve(ctx, p.ID, false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.Admit.Change(ctx, p.ID, told.Access, good()); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Approve(ctx, p.ID, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Admit.Leave(ctx, p.ID, told.Access); err != nil {
		t.Fatal(err)
	}
	gone, err := k.Admit.Party(ctx, p.ID)
	if err != nil || gone.Standing != identity.PartyRemoved || gone.Name != p.Name || len(gone.SecretDigest) > 0 || len(gone.Access) > 0 || k.Admit.SecretMatches(gone, told.Secret) {
		t.Fatalf("%+v %v", gone, err)
	}
	if _, err := k.Admit.Managed(ctx, p.ID, told.Access); !fault.Because(err, "registration_token_invalid") {
		t.Error(err)
	}
	if _, err := k.Admit.Resume(ctx, p.ID, false); !fault.Because(err, "party_removed") {
		t.Error(err)
	}
	all := kinds(t, k)
	if all[0] != "party-invited" || all[1] != "party-admitted" || all[2] != "party-proposed" || all[3] != "party-approved" || all[len(all)-1] != "party-removed" {
		t.Errorf("events %v", all)
	}
}

func TestInvitationsThatAreRefused(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	once := invited(t, k)
	if _, _, err := k.Admit.Enter(ctx, once, good()); err != nil {
		t.Fatal(err)
	}
	other := kit.New(t, law.New())
	late := invited(t, k)
	for want, sealed := range map[string]string{"invitation_used": once, "invitation_invalid": "", "invitation_invalid ": "x", "invitation_invalid  ": invited(t, other)} {
		if _, _, err := k.Admit.Enter(ctx, sealed, good()); !fault.Because(err, strings.TrimSpace(want)) || fault.Of(err) != fault.Unauthenticated {
			t.Errorf("%q: %v", want, err)
		}
	}
	// A refused application does not use the invitation up.
	bad := good()
	bad.Otherwise = nil
	if _, _, err := k.Admit.Enter(ctx, late, bad); !fault.Because(err, "other_method_missing") {
		t.Error(err)
	}
	k.Advance(time.Hour)
	if _, _, err := k.Admit.Enter(ctx, late, good()); !fault.Because(err, "invitation_expired") {
		t.Error(err)
	}
	for _, c := range []struct {
		whom string
		life time.Duration
		want string
	}{{"", time.Hour, "reason_invalid"}, {"a\nb", time.Hour, "reason_invalid"}, {"a\u202eb", time.Hour, "reason_invalid"}, {strings.Repeat("x", 201), time.Hour, "reason_invalid"},
		{"x", 8 * 24 * time.Hour, "invitation_life_invalid"}, {"x", 0, "invitation_life_invalid"}} {
		if _, _, err := k.Admit.Invite(ctx, c.whom, c.life); !fault.Because(err, c.want) {
			t.Errorf("%q for %s: %v", c.whom, c.life, err)
		}
	}
}

// One invitation, 64 at once: one party.
func TestAnInvitationIsTakenOnce(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	one := invited(t, k)
	var won atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if _, _, err := k.Admit.Enter(ctx, one, good()); err == nil {
				won.Add(1)
			} else if !fault.Because(err, "invitation_used") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if ps, err := k.Admit.Parties(ctx); err != nil || won.Load() != 1 || len(ps) != 1 {
		t.Fatalf("%d came in, %d parties: %v", won.Load(), len(ps), err)
	}
}

// A sandbox takes whoever comes, 600 an hour, and says what they left out.
func TestASandboxIsOpen(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	in := admit.Application{RedirectURIs: []string{"http://127.0.0.1:9000/cb"}, Sandbox: true}
	p, told, err := k.Admit.Enter(ctx, "", in)
	if err != nil || p.Standing != identity.PartyActive || !p.Sandbox || !strings.Contains(p.Name.EN, "sandbox") {
		t.Fatalf("%+v %v", p, err)
	}
	in.Name = "Changed"
	if p, _, err = k.Admit.Change(ctx, p.ID, told.Access, in); err != nil || p.Standing != identity.PartyActive || p.Name.EN != "Changed" {
		t.Fatalf("%+v %v", p, err)
	}
	var all sync.WaitGroup
	for range 599 {
		all.Go(func() {
			if _, _, err := k.Admit.Enter(ctx, "", admit.Application{Sandbox: true}); !fault.Because(err, "redirect_uri_invalid") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, _, err = k.Admit.Enter(ctx, "", in); fault.Of(err) != fault.TooMany {
		t.Errorf("%v", err)
	}
	k.Advance(time.Hour + time.Second)
	if _, _, err = k.Admit.Enter(ctx, "", in); err != nil {
		t.Error(err)
	}
}

// Nobody changes a party without its own token, and a suspended one changes nothing.
func TestRegistrationTokens(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	in := good()
	in.Sandbox = true
	one, told, err := k.Admit.Enter(ctx, "", in)
	if err != nil {
		t.Fatal(err)
	}
	other, others, err := k.Admit.Enter(ctx, "", in)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Admit.Register(ctx, in); err != nil { // has no token at all
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   identity.PartyID
		word string
	}{{one.ID, ""}, {one.ID, others.Access}, {other.ID, told.Access}, {one.ID, told.Access + "x"}, {"shop", ""}, {"shop", told.Access}, {"nobody", told.Access}} {
		if _, err := k.Admit.Managed(ctx, c.id, c.word); !fault.Because(err, "registration_token_invalid") {
			t.Errorf("read %s: %v", c.id, err)
		}
		if _, _, err := k.Admit.Change(ctx, c.id, c.word, in); !fault.Because(err, "registration_token_invalid") {
			t.Errorf("change %s: %v", c.id, err)
		}
		if err := k.Admit.Leave(ctx, c.id, c.word); !fault.Because(err, "registration_token_invalid") {
			t.Errorf("leave %s: %v", c.id, err)
		}
	}
	if _, err := k.Admit.Suspend(ctx, one.ID, "complaints"); err != nil {
		t.Fatal(err)
	}
	in.Name = "Other"
	if _, _, err := k.Admit.Change(ctx, one.ID, told.Access, in); !fault.Because(err, "party_suspended") {
		t.Errorf("a suspended party changed: %v", err)
	}
}

// An amendment that read the party before a suspension does not undo it.
func TestNoAmendmentUndoesASuspension(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	in := good()
	in.Sandbox = true
	p, told, err := k.Admit.Enter(ctx, "", in)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			change := in
			change.Name = "Name " + strings.Repeat("x", i)
			_, _, _ = k.Admit.Change(ctx, p.ID, told.Access, change) // moved, suspended or done
		})
		if i == 12 {
			all.Go(func() {
				for {
					_, err := k.Admit.Suspend(ctx, p.ID, "complaints")
					if err == nil {
						return
					}
					if !fault.Because(err, "party_moved") {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	all.Wait()
	if p, err = k.Admit.Party(ctx, p.ID); err != nil || p.Standing != identity.PartySuspended || p.Reason != "complaints" {
		t.Fatalf("%s %q %v", p.Standing, p.Reason, err)
	}
}

// The file of a production server does not bring back whom the operator stopped.
func TestKeepLeavesTheStandingAlone(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	keep := func(name string) error {
		in := good()
		in.Name, in.Secret = name, "a-secret-of-at-least-32-characters"
		_, _, err := k.Admit.Keep(ctx, in)
		return err
	}
	if err := keep("Shop"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Suspend(ctx, "shop", "complaints"); err != nil {
		t.Fatal(err)
	}
	if err := keep("Shop, renamed"); err != nil {
		t.Fatal(err)
	}
	if p, err := k.Admit.Party(ctx, "shop"); err != nil || p.Standing != identity.PartySuspended || p.Reason != "complaints" || p.Name.EN != "Shop, renamed" {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := k.Admit.Remove(ctx, "shop", "contract ended"); err != nil {
		t.Fatal(err)
	}
	if err := keep("Shop"); !fault.Because(err, "party_removed") {
		t.Error(err)
	}
	if _, _, err := k.Admit.Register(ctx, good()); !fault.Because(err, "party_exists") {
		t.Errorf("the name of a removed party was taken: %v", err)
	}
	for _, reason := range []string{"", "a\tb", strings.Repeat("字", 201), "\xff"} {
		if _, err := k.Admit.Suspend(ctx, "shop", reason); !fault.Because(err, "reason_invalid") {
			t.Errorf("%q: %v", reason, err)
		}
	}
	if _, err := k.Admit.Suspend(ctx, "nobody", "x"); !fault.Because(err, "party_unknown") {
		t.Error(err)
	}
}
