package operator_test

import (
	"context"
	"testing"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/internal/web/operator"
)

// stopped is a ledger that takes nothing.
type stopped struct{ *store.Store }

func (stopped) Commit(context.Context, identity.Change) error {
	return fault.New("stopped", fault.Unavailable, "store_unavailable")
}

// N06: where the ledger takes no entry, nothing is proposed, approved or done at the console:
// no key rotates, and no credential opens a counter.
func TestN06NothingByTwoWithoutTheLedger(t *testing.T) {
	d := open(t)
	d.k.Two()
	d.k.Staff.Kinds[law.GrantExcept] = operator.ExceptionKind(d.k.Counter)
	system, security := d.founders()
	id, book := d.k.Ring.Signer("token").KeyID(), d.k.Staff.Book
	rotation := security.want(200, `data-page="operator-sign"`)(security.do("POST", "/operator/keys", "do", "rotate", "use", "token", "key", id))
	grant := system.want(200, `data-page="operator-sign"`)(system.do("POST", "/operator/exceptions", "do", "counter-add", "of", "hall-1"))
	propose := func(p *person, body string) (int, string) {
		return p.do("POST", "/operator/proposals", "sealed", p.find(`name="sealed" value="([^"]*)"`, body), "signature", p.sign("sign", body))
	}
	stop := func(yes bool) {
		if d.k.Staff.Book = book; yes {
			d.k.Staff.Book = ledger.NewBook(stopped{d.k.Store}, d.k.Escrow, d.k.Now)
		}
	}
	stop(true)
	security.want(503, "")(propose(security, rotation))
	system.want(503, "")(propose(system, grant))
	if all, err := d.k.Staff.Proposals(t.Context()); err != nil || len(all) != 0 {
		t.Error("proposed without a word in the ledger:", all, err)
	}
	stop(false)
	_, rotate := propose(security, rotation)
	_, add := propose(system, grant)
	stop(true)
	for to, second := range map[string]*person{rotate: system, add: security} {
		body := second.want(200, `id="approve"`)(second.do("GET", to))
		second.want(503, "")(second.do("POST", to, "word", "approve", "signature", second.sign("approve", body)))
		second.want(200, `data-state="open"`)(second.do("GET", to))
	}
	if d.k.Ring.Signer("token").KeyID() != id {
		t.Error("a key rotated, and the ledger does not say so")
	}
	if all, err := d.k.Counter.List(t.Context()); err != nil || len(all) != 0 {
		t.Error("a counter is open, and the ledger does not say so:", all, err)
	}
	if err := d.k.Staff.Resume(t.Context()); err != nil || d.k.Ring.Signer("token").KeyID() != id {
		t.Error("a later start carries what nobody approved:", err)
	}
}

// FuzzExceptions: whatever lies in a proposal, it is refused or says what it does in both
// languages.
func FuzzExceptions(f *testing.F) {
	f.Add("hall-1", []byte(`{"do":"counter-add","of":"hall-1","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`))
	f.Add("hall-1", []byte(`{"do":"counter-remove","of":"hall-1"}`))
	k := operator.ExceptionKind(places{})
	f.Fuzz(func(t *testing.T, subject string, body []byte) {
		says, err := k.Check(t.Context(), staff.Proposal{Subject: subject, Body: body})
		if (err == nil) != (says.ZH != "" && says.EN != "") {
			t.Error(says, err)
		}
		if _, bad := identity.ParseCounterID(subject); err == nil && bad != nil {
			t.Errorf("%q is a counter", subject)
		}
	})
}
