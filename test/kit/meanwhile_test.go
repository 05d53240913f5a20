package kit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/store"
	"netid/test/kit"
)

// meanwhile is a store in which something else happens once, at a moment that
// a race would have to hit: after an act read what it decides on, before it records.
type meanwhile struct {
	*store.Store
	once    *sync.Once
	happens func()
	entries bool // before the entries are listed, not before the chain is read
}

func (m meanwhile) Chain(ctx context.Context, index []byte) (uint64, []byte, error) {
	if !m.entries {
		m.once.Do(m.happens)
	}
	return m.Store.Chain(ctx, index)
}

func (m meanwhile) EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error) {
	if m.entries {
		m.once.Do(m.happens)
	}
	return m.Store.EntriesOf(ctx, owner)
}

func enrolled(t *testing.T) (*kit.Kit, *kit.Citizen) {
	t.Helper()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	if err := c.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Admit.Register(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}, Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	return k, c
}

// Whoever erased themselves while another of their pages was still at work
// leaves nothing: an act that read them before writes nothing about them after.
func TestNothingIsRecordedAboutTheErased(t *testing.T) {
	acts := map[string]func(*kit.Kit, *kit.Citizen, string) error{
		"withdraw": func(k *kit.Kit, c *kit.Citizen, _ string) error {
			return k.Authorize.Withdraw(t.Context(), c.Session, "shop")
		},
		"decline": func(k *kit.Kit, c *kit.Citizen, sealed string) error {
			_, err := k.Authorize.Decline(t.Context(), &c.Session, sealed, kit.Browser)
			return err
		},
		"export": func(k *kit.Kit, c *kit.Citizen, _ string) error {
			_, err := k.Look.Export(t.Context(), c.Session)
			return err
		},
		"freeze": func(k *kit.Kit, c *kit.Citizen, _ string) error { return k.Issue.Freeze(t.Context(), c.Session) },
		"issue": func(k *kit.Kit, c *kit.Citizen, _ string) error {
			_, _, err := k.Issue.Mint(t.Context(), c.Grant, kit.NewDevice().JWK)
			return err
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) {
			k, c := enrolled(t)
			o, err := k.Vault.Open(t.Context(), c.Grant.Person)
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := k.Authorize.Begin(t.Context(), k.Request("shop", identity.ModeCert))
			if err != nil {
				t.Fatal(err)
			}
			book := ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
				if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil {
					t.Error(err)
				}
			}}, k.Escrow, k.Now)
			k.Authorize.Book, k.Look.Book, k.Issue.Book = book, book, book
			if err := act(k, c, sealed); !fault.Is(err, fault.Conflict) {
				t.Errorf("after the erasure: %v", err)
			}
			rows, err := k.Store.EntriesOf(t.Context(), ledger.Owner(o.Keys))
			if i := slices.IndexFunc(rows, func(r identity.EntryRow) bool { return !r.State.Holds() }); err != nil || i >= 0 {
				t.Errorf("entries of nobody that no law keeps: %+v, %v", rows, err)
			}
			if seq, _, err := k.Store.Chain(t.Context(), ledger.ChainIndex(o.Keys)); err != nil || seq != 0 {
				t.Errorf("a chain of nobody up to %d, %v", seq, err)
			}
			if n, err := k.Store.Link(t.Context(), k.Vault.LinkIndex(o, "shop")); err != nil || n != 0 {
				t.Errorf("a link of nobody, generation %d, %v", n, err)
			}
			if report, err := ledger.Verify(t.Context(), k.Store, k.Keeper); err != nil || len(report.Problems) != 0 {
				t.Errorf("the ledger: %v %v", report.Problems, err)
			}
		})
	}
}

// passport is the same person with another document.
func passport(k *kit.Kit, number string) *kit.Citizen {
	c := k.Adult(1)
	c.Document.Kind, c.Document.Number, c.Document.Origin = identity.PassportAbroad, number, identity.CheckedHere
	return c
}

// otherNode enrols over the same store, as a second process would.
func otherNode(k *kit.Kit) *enrol.Act {
	a := k.Enrol
	return &enrol.Act{Store: a.Store, Cover: a.Cover, Desk: a.Desk, Register: a.Register, Faces: a.Faces, Post: a.Post, Vault: a.Vault,
		Book: a.Book, Law: a.Law, Operator: a.Operator, Issuer: a.Issuer, Sandbox: a.Sandbox, Message: a.Message, Warning: a.Warning, Notice: a.Notice, Pace: a.Pace, Now: a.Now}
}

// A document that is added while its person erases themselves goes with them:
// it can be enrolled with again.
func TestDocumentAddedWhileErasing(t *testing.T) {
	k, c := enrolled(t)
	second := passport(k, "E99000001")
	k.Erase.Store = meanwhile{Store: k.Store, once: new(sync.Once), entries: true, happens: func() {
		if err := second.Enrol(t.Context()); err != nil {
			t.Error(err)
		}
	}}
	if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Store.Index(t.Context(), k.Vault.DocumentIndex(second.Document.Kind, second.Document.Number)[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("an index entry of nobody: %v", err)
	}
	again := passport(k, "E99000001")
	if err := again.Enrol(t.Context()); err != nil {
		t.Errorf("with the same document again: %v", err)
	}
}

// Two documents that are added at the same moment are both kept, and both go
// when the person erases themselves.
func TestTwoDocumentsAtOnce(t *testing.T) {
	k, c := enrolled(t)
	second, third := passport(k, "E99000001"), passport(k, "")
	third.Document.Kind, third.Document.Number = identity.ForeignPermanent, "KAZ990190030702"
	node := otherNode(k)
	k.Enrol.Book = ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
		here := k.Enrol
		k.Enrol = node
		defer func() { k.Enrol = here }()
		if err := third.Enrol(t.Context()); err != nil {
			t.Error(err)
		}
	}}, k.Escrow, k.Now)
	if err := second.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := k.Look.Data(t.Context(), c.Session)
	if err != nil || len(p.Documents) != 3 {
		t.Errorf("%d documents, %v", len(p.Documents), err)
	}
	if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*kit.Citizen{second, third} {
		if _, err := k.Store.Index(t.Context(), k.Vault.DocumentIndex(d.Document.Kind, d.Document.Number)[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("an index entry of nobody: %v", err)
		}
	}
}

// Whoever enrols again while they erase themselves ends as a new person, not
// with an error.
func TestEnrolAgainWhileErasing(t *testing.T) {
	k, c := enrolled(t)
	second := passport(k, "E99000001")
	k.Enrol.Book = ledger.NewBook(meanwhile{Store: k.Store, once: new(sync.Once), happens: func() {
		if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil {
			t.Error(err)
		}
	}}, k.Escrow, k.Now)
	if err := second.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second.Grant.Person == c.Grant.Person || second.Grant.Again {
		t.Error("the erased person came back")
	}
}

// Everything at once: whatever comes first, after the erasure nothing of the
// person is left, the ledger holds, and they can come back as somebody new.
func TestErasureAmongEverythingElse(t *testing.T) {
	for range 3 {
		k, c := enrolled(t)
		o, err := k.Vault.Open(t.Context(), c.Grant.Person)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := k.Authorize.Begin(t.Context(), k.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		code, err := c.Approve(t.Context(), k.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		var documents []*kit.Citizen
		for i := range 4 {
			d := passport(k, fmt.Sprintf("E9900000%d", i))
			for _, s := range d.Steps(t.Context())[:10] {
				if err := s.Do(); err != nil {
					t.Fatal(s.Name, err)
				}
			}
			documents = append(documents, d)
		}
		var all sync.WaitGroup
		for _, act := range []func(){
			func() { k.Redeem(t.Context(), "shop", code.Code) },
			func() { k.Authorize.Withdraw(t.Context(), c.Session, "shop") },
			func() { k.Authorize.Decline(t.Context(), &c.Session, sealed, kit.Browser) },
			func() { k.Issue.Freeze(t.Context(), c.Session) },
			func() { k.Issue.Thaw(t.Context(), c.Session, c.Passcode) },
			func() { k.Look.Export(t.Context(), c.Session) },
			func() { k.Issue.Mint(t.Context(), c.Grant, kit.NewDevice().JWK) },
			func() { k.Erase.Erase(t.Context(), c.Session, c.Passcode) },
		} {
			for range 4 {
				all.Go(act)
			}
		}
		for _, d := range documents {
			all.Go(func() {
				if err := d.Steps(t.Context())[10].Do(); err != nil {
					t.Error("confirm:", err)
				}
			})
		}
		all.Wait()
		if _, err := k.Vault.Open(t.Context(), o.ID); err == nil { // every try was one too many
			if _, err := k.Erase.Erase(t.Context(), c.Session, c.Passcode); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := k.Store.EntriesOf(t.Context(), ledger.Owner(o.Keys))
		if i := slices.IndexFunc(rows, func(r identity.EntryRow) bool { return !r.State.Holds() }); err != nil || i >= 0 {
			t.Errorf("entries of nobody that no law keeps: %+v, %v", rows, err)
		}
		if seq, _, err := k.Store.Chain(t.Context(), ledger.ChainIndex(o.Keys)); err != nil || seq != 0 {
			t.Errorf("a chain of nobody up to %d, %v", seq, err)
		}
		if n, err := k.Store.Link(t.Context(), k.Vault.LinkIndex(o, "shop")); err != nil || n != 0 {
			t.Errorf("a link of nobody, %v", err)
		}
		if left, err := k.Store.Certificates(t.Context(), k.Vault.CertOwner(o)); err != nil || len(left) != 0 {
			t.Errorf("%d certificates of nobody, %v", len(left), err)
		}
		k.Advance(25 * time.Hour)     // the telephone may ring again
		for _, d := range documents { // each leads to a living person or nowhere
			if id, err := k.Vault.Find(t.Context(), k.Vault.DocumentIndex(d.Document.Kind, d.Document.Number)); err == nil && id == o.ID {
				t.Error("a document of nobody")
			}
			if err := passport(k, d.Document.Number).Enrol(t.Context()); err != nil {
				t.Error("again:", err)
			}
		}
		if report, err := ledger.Verify(t.Context(), k.Store, k.Keeper); err != nil || len(report.Problems) != 0 {
			t.Errorf("the ledger: %v %v", report.Problems, err)
		}
	}
}
