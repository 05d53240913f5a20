package partner_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func refused(t *testing.T, what string, err error, kind fault.Kind, reason string) {
	t.Helper()
	if !fault.Is(err, kind) || !fault.Because(err, reason) {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func founded(t *testing.T) (*kit.Kit, kit.Worker) {
	t.Helper()
	k := kit.New(t, law.New())
	w, err := k.Organisation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k, w
}

// colleague is somebody whom the administrator let in.
func colleague(t *testing.T, k *kit.Kit, by kit.Worker, role partner.Role) kit.Worker {
	t.Helper()
	link, err := k.Partner.Invite(t.Context(), by.Who, role)
	if err != nil {
		t.Fatal(err)
	}
	w, err := k.Colleague(t.Context(), link)
	if err != nil || w.Who.Role != role {
		t.Fatal(w.Who, err)
	}
	return w
}

func TestAnOrganisationIsFounded(t *testing.T) {
	k, w := founded(t)
	o, err := k.Partner.Look(t.Context(), w.Who)
	if err != nil || o.Name != kit.Company().Name || len(o.Members) != 1 || o.Members[0].Role != partner.Admin || w.Who.Role != partner.Admin {
		t.Fatalf("%+v %v", o, err)
	}
	k.Close()
	for _, name := range []string{"netid.db", "netid.db-wal"} { // names of companies and their staff lie sealed
		b, _ := os.ReadFile(filepath.Join(k.Dir, name))
		for _, s := range []string{kit.Company().Name, kit.Company().Code, kit.Company().Contact, "partner-application"} {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds %s", name, s)
			}
		}
	}
}

func TestFoundRefuses(t *testing.T) {
	k := kit.New(t, law.New())
	ctx := t.Context()
	d := kit.NewDevice()
	d.Passkey = true
	found := func(c partner.Declared, name string, sign func(string) []byte) error {
		sealed, err := k.Partner.Challenge()
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Partner.Found(ctx, sealed, c, name, d.JWK, sign(k.Partner.FoundText(sealed, c, name)))
		return err
	}
	sign := func(s string) []byte { return d.Sign([]byte(s)) }
	code, name, turned, long, contact := kit.Company(), kit.Company(), kit.Company(), kit.Company(), kit.Company()
	code.Code, name.Name, turned.Name, long.Name, contact.Contact = "91350100M000100Y44", "", "shop\u202emoc", strings.Repeat("长", 101), " x"
	refused(t, "a credit code", found(code, "王", sign), fault.Invalid, "organisation_invalid")
	for what, c := range map[string]partner.Declared{"no name": name, "a name that turns": turned, "a long name": long, "a contact": contact} {
		refused(t, what, found(c, "王", sign), fault.Invalid, "partner_text_invalid")
	}
	refused(t, "a member's name", found(kit.Company(), "a\nb", sign), fault.Invalid, "partner_text_invalid")
	refused(t, "other words signed", found(kit.Company(), "王", func(s string) []byte { return sign(s + " ") }), fault.Forbidden, "signature_invalid")
	plain := kit.NewDevice() // a key of no passkey: it knows neither owner nor origin
	refused(t, "no passkey", found(kit.Company(), "王", func(s string) []byte { return plain.Sign([]byte(s)) }), fault.Forbidden, "signature_invalid")
	sealed, err := k.Partner.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	again := func() error {
		_, err := k.Partner.Found(ctx, sealed, kit.Company(), "王", d.JWK, sign(k.Partner.FoundText(sealed, kit.Company(), "王")))
		return err
	}
	if err := again(); err != nil {
		t.Fatal(err)
	}
	refused(t, "one answer twice", again(), fault.Unauthenticated, "partner_challenge_over")
	if sealed, err = k.Partner.Challenge(); err != nil {
		t.Fatal(err)
	}
	k.Advance(5 * time.Minute)
	refused(t, "a late answer", again(), fault.Unauthenticated, "partner_challenge_over")
	for range 60 {
		err = found(kit.Company(), "王", sign)
	}
	if !fault.Is(err, fault.TooMany) {
		t.Error("organisations without end:", err)
	}
}

func TestALinkIsTakenOnce(t *testing.T) {
	k, w := founded(t)
	link, err := k.Partner.Invite(t.Context(), w.Who, partner.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	in, no := together(t, 64, func(int) error { _, err := k.Colleague(t.Context(), link); return err })
	for _, err := range no {
		refused(t, "the others", err, fault.Gone, "partner_invitation_over")
	}
	if o, err := k.Partner.Look(t.Context(), w.Who); in != 1 || err != nil || len(o.Members) != 2 {
		t.Error(in, len(o.Members), err)
	}
}

// Many colleagues come at once: each is let in, until the organisation is full.
func TestManyComeAtOnce(t *testing.T) {
	k, w := founded(t)
	var links []string
	for range 64 {
		link, err := k.Partner.Invite(t.Context(), w.Who, partner.Developer)
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, link)
	}
	in, no := together(t, len(links), func(i int) error { _, err := k.Colleague(t.Context(), links[i]); return err })
	for _, err := range no {
		refused(t, "the others", err, fault.TooMany, "partner_full")
	}
	if o, err := k.Partner.Look(t.Context(), w.Who); in != 49 || err != nil || len(o.Members) != 50 {
		t.Error(in, len(o.Members), err)
	}
}

func together(t *testing.T, n int, do func(int) error) (good int, no []error) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				good++
			} else {
				no = append(no, err)
			}
		})
	}
	wg.Wait()
	return good, no
}

func TestInvitationsEnd(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	link, err := k.Partner.Invite(ctx, w.Who, partner.Admin)
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]string{"none": "", "another organisation's": "org-0." + strings.SplitN(link, ".", 2)[1], "no secret": string(w.Who.Organisation), "another": string(w.Who.Organisation) + "." + identity.NewHandle().Text()} {
		_, err := k.Colleague(ctx, s)
		refused(t, what, err, fault.Gone, "partner_invitation_over")
	}
	k.Advance(24 * time.Hour)
	_, err = k.Colleague(ctx, link)
	refused(t, "a day later", err, fault.Gone, "partner_invitation_over")
	if w = signIn(t, k, w); t.Failed() {
		return
	}
	_, err = k.Partner.Invite(ctx, w.Who, "owner")
	refused(t, "a role that is none", err, fault.Invalid, "partner_role_unknown")
	for range 70 {
		if _, err = k.Partner.Invite(ctx, w.Who, partner.Viewer); err != nil {
			t.Fatal(err)
		}
	}
	_, err = k.Partner.Invite(ctx, w.Who, partner.Viewer)
	refused(t, "links without end", err, fault.TooMany, "partner_full")
}

// Who was let go, or governs no more, left no link behind by which they come back.
func TestALinkDiesWithWhoMadeIt(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	colleague := func(by kit.Worker) kit.Worker {
		t.Helper()
		link, err := k.Partner.Invite(ctx, by.Who, partner.Admin)
		if err != nil {
			t.Fatal(err)
		}
		c, err := k.Colleague(ctx, link)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for what, ends := range map[string]func(partner.ID) error{
		"removed": func(id partner.ID) error { return k.Partner.Remove(ctx, w.Who, id) },
		"demoted": func(id partner.ID) error { return k.Partner.Appoint(ctx, w.Who, id, partner.Viewer) },
	} {
		c := colleague(w)
		left, err := k.Partner.Invite(ctx, c.Who, partner.Admin)
		token, no := k.Partner.Issue(ctx, c.Who)
		if no != nil {
			t.Fatal(no)
		}
		if err == nil {
			err = ends(c.Who.Member)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Colleague(ctx, left)
		refused(t, what, err, fault.Gone, "partner_invitation_over")
		if _, err = k.Partner.Bearer(ctx, token); what == "removed" {
			refused(t, "the token of who was removed", err, fault.Unauthenticated, "partner_unproven")
		}
	}
}

func signIn(t *testing.T, k *kit.Kit, w kit.Worker) kit.Worker {
	t.Helper()
	sealed, err := k.Partner.Challenge()
	if err == nil {
		w.Cookie, err = k.Partner.SignIn(t.Context(), sealed, w.Who.Organisation, w.Who.Member, w.Device.Sign([]byte(k.Partner.SignInText(sealed))))
	}
	if err == nil {
		w.Who, w.Cookie, err = k.Partner.Open(t.Context(), w.Cookie)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSignIn(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	other, err := k.Organisation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := k.Partner.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	good := w.Device.Sign([]byte(k.Partner.SignInText(sealed)))
	no := func(what, reason, sealed string, org, id partner.ID, signature []byte) {
		_, err := k.Partner.SignIn(ctx, sealed, org, id, signature)
		refused(t, what, err, fault.Unauthenticated, reason)
	}
	no("another's key", "partner_unproven", sealed, w.Who.Organisation, w.Who.Member, other.Device.Sign([]byte(k.Partner.SignInText(sealed))))
	no("another organisation", "partner_unproven", sealed, other.Who.Organisation, w.Who.Member, good)
	no("none", "partner_unproven", sealed, "org-none", w.Who.Member, good)
	no("no challenge", "partner_challenge_over", "x", w.Who.Organisation, w.Who.Member, good)
	if _, err := k.Partner.SignIn(ctx, sealed, w.Who.Organisation, w.Who.Member, good); err != nil {
		t.Fatal(err)
	}
	no("twice", "partner_challenge_over", sealed, w.Who.Organisation, w.Who.Member, good)
}

// Who signs out is out everywhere: a copy of a session that was made before, also one that
// was not used to sign out, opens nothing on any node; a sign-in of later does.
func TestSignOutEndsEveryCopy(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	dev := colleague(t, k, w, partner.Developer)
	other := signIn(t, k, w)
	if err := errors.Join(k.Partner.SignOut(ctx, ""), k.Partner.SignOut(ctx, "x"), k.Partner.SignOut(ctx, w.Cookie), k.Partner.SignOut(ctx, w.Cookie)); err != nil {
		t.Fatal(err)
	}
	for what, cookie := range map[string]string{"the cookie": w.Cookie, "another browser's": other.Cookie} {
		_, _, err := k.Partner.Open(ctx, cookie)
		refused(t, what, err, fault.Unauthenticated, "partner_signed_out")
	}
	if _, _, err := k.Partner.Open(ctx, dev.Cookie); err != nil {
		t.Error("a colleague's:", err)
	}
	again := signIn(t, k, w)
	if err := k.Partner.SignOut(ctx, other.Cookie); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Partner.Open(ctx, again.Cookie); err != nil {
		t.Error("a session that is over ends a newer one:", err)
	}
	good, no := together(t, 16, func(int) error { return k.Partner.SignOut(ctx, again.Cookie) })
	if good != 16 {
		t.Error(no)
	}
	signIn(t, k, w)
}

func TestSessionsEnd(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	gone := func(what, cookie string) {
		_, _, err := k.Partner.Open(ctx, cookie)
		refused(t, what, err, fault.Unauthenticated, "partner_signed_out")
	}
	gone("no cookie", "")
	for range 51 { // 12 hours and 45 minutes, a page each 14 minutes until 12 hours are over
		k.Advance(14 * time.Minute)
		_, next, err := k.Partner.Open(ctx, w.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		w.Cookie = next
	}
	k.Advance(14 * time.Minute)
	gone("after twelve hours", w.Cookie)
	w = signIn(t, k, w)
	k.Advance(15 * time.Minute)
	gone("after a quarter of an hour", w.Cookie)
	w = signIn(t, k, w)
	dev := colleague(t, k, w, partner.Developer)
	if err := k.Partner.Appoint(ctx, w.Who, dev.Who.Member, partner.Viewer); err != nil {
		t.Fatal(err)
	}
	if by, _, err := k.Partner.Open(ctx, dev.Cookie); err != nil || by.Role != partner.Viewer {
		t.Error("a changed role", by, err)
	}
	refused(t, "what the page still thought", k.Partner.Prove(ctx, dev.Who, "company.example"), fault.Forbidden, "partner_role_refused")
	if err := k.Partner.Remove(ctx, w.Who, dev.Who.Member); err != nil {
		t.Fatal(err)
	}
	gone("removed", dev.Cookie)
}

// One answer of a passkey takes one link, even where another link says the same.
func TestOneAnswerTakesOneLink(t *testing.T) {
	k, w := founded(t)
	ctx := t.Context()
	d := kit.NewDevice()
	d.Passkey = true
	sealed, err := k.Partner.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	signature := d.Sign([]byte(k.Partner.JoinText(sealed, w.Who.Organisation, partner.Viewer, "Li")))
	join := func() error {
		link, err := k.Partner.Invite(ctx, w.Who, partner.Viewer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Partner.Join(ctx, link, sealed, "Li", d.JWK, signature)
		return err
	}
	if err := join(); err != nil {
		t.Fatal(err)
	}
	refused(t, "a second link", join(), fault.Unauthenticated, "partner_challenge_over")
}
