package enrol_test

import (
	"context"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// A notice that changed asks again: nothing is told to anybody until the person
// agreed to the words in force, and what they agreed to stands in their records.
func TestAChangedNoticeAsksAgain(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	if _, _, err := k.Admit.Register(ctx, admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	c := k.Adult(0)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	if due, err := k.Enrol.NoticeDue(ctx, c.Session); err != nil || due {
		t.Fatalf("asked again for nothing: %v %v", due, err)
	}
	before, err := c.Approve(ctx, c.Request("shop", identity.ModeCert))
	if err != nil {
		t.Fatal(err)
	}
	other := law.Operator{Name: identity.Text{ZH: "另一家", EN: "Another"}, Contact: "other@netid.invalid"} // other words
	k.Enrol.Operator, k.Enrol.Law, k.Authorize.Law = other, law.New().For(other), law.New().For(other)
	if due, err := k.Enrol.NoticeDue(ctx, c.Session); err != nil || !due {
		t.Fatalf("not asked: %v %v", due, err)
	}
	if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCert)); !fault.Because(err, "notice_changed") {
		t.Fatalf("approved under words that nobody agreed to: %v", err)
	}
	if _, err := k.Redeem(ctx, "shop", before.Code); err != nil {
		t.Errorf("what was approved before is as lawful as it was: %v", err)
	}
	n, _ := law.NoticeByID("enrolment")
	if err := k.Enrol.AgreeAnew(ctx, c.Session, "2026-11-23", "en"); !fault.Because(err, "notice_moved") {
		t.Errorf("agreed to words that are not in force: %v", err)
	}
	for _, locale := range []string{"en", "zh-CN"} {
		if err := k.Enrol.AgreeAnew(ctx, c.Session, n.Version, locale); err != nil {
			t.Fatal(err)
		}
		if due, err := k.Enrol.NoticeDue(ctx, c.Session); err != nil || due {
			t.Fatalf("asked after a yes in %s: %v %v", locale, due, err)
		}
		if _, err := c.Approve(ctx, c.Request("shop", identity.ModeCert)); err != nil {
			t.Errorf("refused after a yes in %s: %v", locale, err)
		}
	}
	all, err := k.Look.Records(ctx, c.Session)
	if err != nil {
		t.Fatal(err)
	}
	e := all[0].Event
	if want := n.Digest("zh-CN", other); e.Kind != identity.NoticeAgreed || len(e.Consents) != 1 || string(e.Consents[0].Digest) != string(want) || e.Consents[0].Locale != "zh-CN" || !e.Consents[0].Given {
		t.Errorf("recorded %+v", e)
	}
}

// raced is a vault whose person changes right after they are read.
type raced struct {
	enrol.Vault
	then  func()
	reads int
}

func (r *raced) Visit(ctx context.Context, s identity.Session) (identity.Opened, error) {
	o, err := r.Vault.Visit(ctx, s)
	r.reads++
	if then := r.then; then != nil {
		r.then = nil
		then()
	}
	return o, err
}

// What changes between reading a profile and writing it is not undone: neither
// a standing nor another writer's profile.
func TestAgreeAnewMeanwhile(t *testing.T) {
	ctx := context.Background()
	n, _ := law.NoticeByID("enrolment")
	scene := func() (*kit.Kit, *kit.Citizen) {
		k := kit.New(t, law.New())
		c := k.Adult(0)
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
		other := law.Operator{Name: identity.Text{ZH: "另一家", EN: "Another"}, Contact: "other@netid.invalid"}
		k.Enrol.Operator, k.Enrol.Law = other, law.New().For(other)
		return k, c
	}
	k, c := scene()
	real := k.Enrol.Vault
	k.Enrol.Vault = &raced{Vault: real, then: func() {
		if err := k.Issue.Freeze(ctx, c.Session); err != nil {
			t.Fatal(err)
		}
	}}
	if err := k.Enrol.AgreeAnew(ctx, c.Session, n.Version, "zh-CN"); !fault.Because(err, "standing_changed") {
		t.Errorf("frozen meanwhile: %v", err)
	}
	k, c = scene()
	real = k.Enrol.Vault
	seen := &raced{Vault: real, then: func() {
		if err := k.Enrol.AgreeAnew(ctx, c.Session, n.Version, "en"); err != nil {
			t.Fatal(err)
		}
	}}
	k.Enrol.Vault = seen
	if err := k.Enrol.AgreeAnew(ctx, c.Session, n.Version, "zh-CN"); err != nil {
		t.Fatal(err)
	}
	all, err := k.Look.Records(ctx, c.Session)
	if err != nil || len(all) < 2 || all[0].Event.Kind != identity.NoticeAgreed || all[0].Event.Consents[0].Locale != "zh-CN" || all[1].Event.Kind != identity.NoticeAgreed {
		t.Errorf("%v %v", all, err)
	}
	if seen.reads != 3 { // the second read again
		t.Errorf("the person was read %d times", seen.reads)
	}
}
