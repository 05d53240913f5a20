package vault_test

import (
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/vault"
	"netid/test/kit"
)

// The officers' copy and the vault's seal are of use together alone, and for one person alone.
func TestAnIdentityForOfficers(t *testing.T) {
	k := kit.New(t, law.New())
	ctx := t.Context()
	one, two := k.Adult(1), k.Adult(2)
	type held struct{ copied, row, body, off []byte }
	of := func(c *kit.Citizen) (h held) {
		t.Helper()
		if err := c.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		o, err := k.Vault.Open(ctx, c.Grant.Person)
		if err != nil {
			t.Fatal(err)
		}
		if h.copied, err = k.Vault.ForOfficers(o); err != nil {
			t.Fatal(err)
		}
		if h.row, h.body, h.off, err = k.Vault.SealedIdentity(ctx, c.Grant.Number); err != nil {
			t.Fatal(err)
		}
		return h
	}
	a, b := of(one), of(two)
	read := func(h held) error {
		_, err := vault.ReadIdentity(identity.ES256, h.copied, h.off, h.row, h.body)
		return err
	}
	p, err := vault.ReadIdentity(identity.ES256, a.copied, a.off, a.row, a.body)
	if err != nil || p.Documents[0].Number != one.Document.Number || p.Name == "" {
		t.Fatal(err)
	}
	for what, h := range map[string]held{"another's copy": {b.copied, a.row, a.body, a.off}, "another's seal": {a.copied, a.row, a.body, b.off}, "another's row": {a.copied, b.row, b.body, a.off},
		"a body moved": {a.copied, a.row, b.body, a.off}, "no key": {a.copied, a.row, a.body, nil}, "nothing": {}} {
		if err := read(h); !fault.Because(err, "sealed_invalid") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n, err := k.Vault.NumberOf(ctx, one.Document.Kind, one.Document.Number); err != nil || n != one.Grant.Number {
		t.Error(n, err)
	}
	if _, err := k.Vault.NumberOf(ctx, one.Document.Kind, "none"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, _, _, err := k.Vault.SealedIdentity(ctx, identity.NewNumber()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := k.Vault.ForOfficers(identity.Opened{}); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}

func FuzzReadIdentity(f *testing.F) {
	f.Add([]byte("copy"), make([]byte, 32), []byte("row"), []byte("body"))
	f.Fuzz(func(t *testing.T, copied, off, row, body []byte) {
		if _, err := vault.ReadIdentity(identity.ES256, copied, off, row, body); err == nil {
			t.Error("opens what nobody sealed")
		}
	})
}
