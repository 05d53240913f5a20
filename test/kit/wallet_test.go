package kit_test

import (
	"testing"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/test/kit"
)

// Under 14 a guardian agrees to each use; nobody can agree to one that is not
// seen here, so a child gets no proofs, whatever a guardian would say (Arts 5, 10).
func TestAChildGetsNoProofsForAWallet(t *testing.T) {
	f, ctx := together(t), t.Context()
	_, _, err := f.Admit.Register(ctx, admit.Application{ID: "purse", Name: "Purse", RedirectURIs: []string{"https://purse.example/cb"}, Public: true, Details: []string{identity.DetailCredential}, Sandbox: true})
	ok(t, err)
	ok(t, f.child.SignIn(ctx))
	r := f.Request("purse", identity.ModeCert)
	r.Kinds = []string{"age"}
	_, err = f.child.Approve(ctx, r)
	because(t, err, "attestation_not_for_children")
	sealed, err := f.Authorize.Begin(ctx, r)
	ok(t, err)
	in, err := f.child.Signed(ctx, sealed)
	ok(t, err)
	_, _, err = f.Authorize.ApproveGuarded(ctx, f.child.Session, sealed, kit.Browser, in)
	because(t, err, "attestation_not_for_children")
	answer, err := f.mother.Approve(ctx, r) // an adult does
	ok(t, err)
	if answer.Code == "" {
		t.Errorf("%+v", answer)
	}
}
