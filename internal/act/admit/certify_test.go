package admit_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// certifier calls each certificate by what was asked with.
type certifier struct{ day time.Time }

func (c certifier) Party(id identity.PartyID, domain string, request []byte) (identity.RequestCertificate, error) {
	if len(request) == 0 {
		return identity.RequestCertificate{}, fault.New("test", fault.Invalid, "certificate_request_invalid")
	}
	return identity.RequestCertificate{Thumbprint: string(request) + " of " + string(id) + " at " + domain, Until: c.day, Chain: [][]byte{request}}, nil
}

func TestCertify(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	k.Admit.Certifier = certifier{time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	if _, err := k.Admit.Certify(ctx, "shop", []byte("a")); !fault.Is(err, fault.NotFound) {
		t.Errorf("a party that is not there: %v", err)
	}
	if _, _, err := k.Admit.Register(ctx, good()); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Certify(ctx, "shop", []byte("a")); !fault.Because(err, "party_suspended") {
		t.Errorf("a party that nobody approved: %v", err)
	}
	if _, err := k.Approve(ctx, "shop", false); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Certify(ctx, "shop", nil); !fault.Because(err, "certificate_request_invalid") {
		t.Errorf("no request: %v", err)
	}
	kept := func(want ...string) identity.Party {
		t.Helper()
		p, err := k.Store.PartyNow(ctx, "shop")
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Requests) != len(want) {
			t.Fatalf("%+v, not %q", p.Requests, want)
		}
		for i, c := range p.Requests {
			if c.Thumbprint != want[i]+" of shop at shop.example" {
				t.Errorf("%+v, not %q", p.Requests, want)
			}
		}
		return p
	}
	certify := func(request string) {
		t.Helper()
		if _, err := k.Admit.Certify(ctx, "shop", []byte(request)); err != nil {
			t.Fatal(err)
		}
	}
	certify("a")
	first := kept("a")
	certify("a") // asked again: nothing new, nothing recorded
	if again := kept("a"); again.Version != first.Version {
		t.Error("a second record of one certificate")
	}
	certify("b")
	kept("b", "a")
	certify("c")
	if p := kept("c", "b"); !p.Countersigned() {
		t.Error("what operators endorsed is no more")
	}
	if _, err := k.Admit.Suspend(ctx, "shop", "complaints"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Certify(ctx, "shop", []byte("d")); !fault.Because(err, "party_suspended") {
		t.Errorf("suspended: %v", err)
	}
	kept("c", "b")
	if _, err := k.Admit.Remove(ctx, "shop", "over"); err != nil {
		t.Fatal(err)
	}
	kept()
}

// An amendment leaves the certificates; another domain, which is what they name, ends them.
func TestCertificatesFollowTheDomain(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	k.Admit.Certifier, k.Admit.Operators = certifier{time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}, nil
	in := good()
	in.Sandbox, in.RedirectURIs = true, []string{"https://shop.example/cb", "https://shop.example:8443/cb"}
	if _, _, err := k.Admit.Keep(ctx, in); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Admit.Certify(ctx, "shop", []byte("a")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func()
		kept   int
	}{
		{func() { in.Purpose = "Sell you something" }, 1},
		{func() { in.Domain = "shop.example:8443" }, 0},
	} {
		c.change()
		if _, _, err := k.Admit.Keep(ctx, in); err != nil {
			t.Fatal(err)
		}
		if p, err := k.Store.PartyNow(ctx, "shop"); err != nil || len(p.Requests) != c.kept || p.Purpose.Text.EN != in.Purpose {
			t.Errorf("%s at %s: %d certificates, %v", in.Purpose, p.Domain, len(p.Requests), err)
		}
	}
}
