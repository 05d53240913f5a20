package enrol_test

import (
	"context"
	"reflect"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/test/kit"
)

// Whoever is made without the pages is who the pages would have made: the same
// identity, the same event on the same grounds, refused by the same rules.
func TestSyntheticIsWhatThePagesMake(t *testing.T) {
	ctx := context.Background()
	walked, made := kit.New(t, law.New()), kit.New(t, law.New())
	c := walked.Adult(1)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	verifier := made.Vault.NewVerifier(passcode(t, c.Passcode))
	grant, err := made.Enrol.Synthetic(ctx, c.Document, c.Handle, c.Phone(), verifier, made.Enrol.Agreed())
	if err != nil {
		t.Fatal(err)
	}
	want, wantEvent := kept(t, walked, c.Grant.Person)
	got, gotEvent := kept(t, made, grant.Person)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, not %+v", got, want)
	}
	if gotEvent.Kind != wantEvent.Kind || gotEvent.Detail != wantEvent.Detail || !reflect.DeepEqual(gotEvent.Grounds, wantEvent.Grounds) || len(gotEvent.Consents) != len(wantEvent.Consents) {
		t.Errorf("%+v, not %+v", gotEvent, wantEvent)
	}
	if grant.Number == "" || grant.Again || grant.Expires != c.Grant.Expires || grant.Long != c.Grant.Long {
		t.Errorf("%+v", grant)
	}
	if _, err := made.Enrol.Synthetic(ctx, c.Document, c.Handle, c.Phone(), verifier, nil); !fault.Because(err, "notice_consent_missing") {
		t.Errorf("who agreed to nothing: %v", err)
	}
	if _, err := made.Enrol.Synthetic(ctx, c.Document, c.Handle, c.Phone(), verifier, made.Enrol.Agreed()); !fault.Because(err, "index_taken") {
		t.Errorf("somebody is there twice: %v", err)
	}
	made.Enrol.Sandbox = false
	if _, err := made.Enrol.Synthetic(ctx, c.Document, "other", c.Phone(), verifier, made.Enrol.Agreed()); !fault.Because(err, "sandbox_only") {
		t.Errorf("in production: %v", err)
	}
}

func passcode(t *testing.T, digits string) identity.Passcode {
	t.Helper()
	p, err := identity.ParsePasscode(digits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kept is what the vault and the ledger know of somebody's enrolment.
func kept(t *testing.T, k *kit.Kit, id identity.PersonID) (identity.Person, identity.Event) {
	t.Helper()
	o, err := k.Vault.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p, err := k.Vault.Identity(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := k.Store.EntriesOf(t.Context(), ledger.Owner(o.Keys))
	if err != nil || len(rows) == 0 {
		t.Fatal(err, rows)
	}
	e, _, err := ledger.OpenEntry(o.Keys, rows[0])
	if err != nil {
		t.Fatal(err)
	}
	return p, e
}
