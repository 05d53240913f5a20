package issue_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/act/issue"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

func TestValidity(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name    string
		expires string
		long    bool
		want    string
	}{
		{"six months", "2036-01-01", false, "2027-05-23T16:00:00Z"},
		{"the document ends first", "2027-01-31", false, "2027-01-31T16:00:00Z"},
		{"long-term", "", true, "2027-05-23T16:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := kit.New(t, law.New())
			who := k.Adult(1)
			who.Document.Long = c.long
			who.Document.Expires = identity.Date{}
			if c.expires != "" {
				who.Document.Expires, _ = identity.ParseDate(c.expires)
			}
			if err := who.Enrol(ctx); err != nil {
				t.Fatal(err)
			}
			if got := who.Certificate.Expires.Format(time.RFC3339); got != c.want {
				t.Errorf("expires %s, want %s", got, c.want)
			}
			if err := who.SignIn(ctx); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFreezeAndThaw(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c := k.Adult(1)
	if err := c.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := k.Issue.Freeze(ctx, c.Session); err != nil {
			t.Fatalf("freezing, also twice: %v", err)
		}
	}
	if err := k.Issue.Thaw(ctx, c.Session, "00000001"); !fault.Because(err, "passcode_wrong") {
		t.Fatalf("thaw without the passcode: %v", err)
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatalf("a frozen citizen cannot reach their own page: %v", err)
	}
	if err := k.Issue.Thaw(ctx, c.Session, c.Passcode); err != nil {
		t.Fatal(err)
	}
	recs, err := k.Look.Records(ctx, c.Session)
	if err != nil || len(recs) != 6 || recs[0].Event.Kind != identity.Thawed || recs[2].Event.Kind != identity.Frozen {
		t.Fatalf("%d records, %v: freezing twice is one event", len(recs), err)
	}
	if err := k.Issue.Freeze(ctx, identity.Session{Person: identity.NewPersonID()}); !fault.Because(err, "session_over") {
		t.Fatal(err)
	}
}

// A card that ends soon ends the certificate with it. Its successor gives the
// device another, under the same key, and only when that lasts longer.
func TestRenew(t *testing.T) {
	ctx := context.Background()
	k := kit.New(t, law.New())
	c, other := k.Adult(1), k.Adult(2)
	c.Document.Expires = identity.Date{Year: 2026, Month: 12, Day: 31}
	for _, who := range []*kit.Citizen{c, other} {
		if err := who.Enrol(ctx); err != nil {
			t.Fatal(err)
		}
		if err := who.SignIn(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Certificate.Expires.Format(time.RFC3339); got != "2026-12-31T16:00:00Z" {
		t.Fatal(got)
	}
	if same, token, err := k.Issue.Renew(ctx, c.Session, c.Grant); err != nil || token != "" || same.ID != c.Certificate.ID {
		t.Fatalf("%+v %q %v: the same document gives nothing new", same, token, err)
	}
	renewed := c.Document
	renewed.Expires.Year = 2046
	if err := c.Add(ctx, renewed); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Issue.Renew(ctx, other.Session, c.Grant); !fault.Because(err, "session_over") {
		t.Errorf("another's grant: %v", err)
	}
	kept := k.Issue.Vault
	k.Issue.Vault = another{kept}
	if _, _, err := k.Issue.Renew(ctx, c.Session, c.Grant); !fault.Because(err, "certificate_gone") {
		t.Errorf("a certificate that is revoked in the meantime: %v", err)
	}
	k.Issue.Vault = kept
	p, err := c.WithPasskey(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	longer, token, err := k.Issue.Renew(ctx, p.Session, c.Grant)
	if err != nil || token != "" || longer.ID != p.Certificate.ID || longer.Expires.Format(time.RFC3339) != "2027-05-23T16:00:00Z" {
		t.Fatalf("a passkey's certificate keeps its id: %+v %v", longer, err)
	}
	if err := p.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	fresh, token, err := k.Issue.Renew(ctx, c.Session, c.Grant)
	if err != nil || token == "" || fresh.ID == c.Certificate.ID || string(fresh.Device) != string(c.Certificate.Device) || fresh.Expires.Format(time.RFC3339) != "2027-05-23T16:00:00Z" {
		t.Fatalf("%+v %v", fresh, err)
	}
	c.Certificate = fresh
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
}

// another gives a certificate that the store does not have.
type another struct{ issue.Vault }

func (a another) OpenCertificate(r identity.CertificateRow) (identity.Certificate, error) {
	c, err := a.Vault.OpenCertificate(r)
	c.ID = identity.NewCertificateID()
	return c, err
}
