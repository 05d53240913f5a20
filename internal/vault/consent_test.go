package vault_test

import (
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/vault"
)

// A standing consent opens for its person in the row of its party, and nowhere
// else; its length says nothing of the party's name.
func TestConsentIsBoundToItsRow(t *testing.T) {
	v := &vault.Vault{}
	person := func() identity.Opened {
		return identity.Opened{ID: identity.NewPersonID(), Keys: identity.Keys{Subject: suite.NewSecret(identity.ES256)}}
	}
	o, other := person(), person()
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	c := identity.StandingConsent{ID: identity.NewEventID(now), Party: "shop", Certificate: identity.NewCertificateID(), Epoch: 1, Generation: 3,
		Terms: make([]byte, 32), Given: now, Until: now.AddDate(0, 0, 90)}
	sealed, err := v.SealConsent(o, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.OpenConsent(o, "shop", sealed); err != nil || got.ID != c.ID || !got.Holds(c.Certificate, 1, c.Terms, now) || got.Holds(c.Certificate, 1, c.Terms, c.Until) ||
		got.Holds(c.Certificate, 2, c.Terms, now) || got.Holds(identity.NewCertificateID(), 1, c.Terms, now) || got.Holds(c.Certificate, 1, nil, now) || got.Holds(c.Certificate, 1, c.Terms, now.Add(-1)) {
		t.Errorf("%+v %v", got, err)
	}
	c.Party = "a-party-with-a-name-as-long-as-any-may-be-in-this-world-64-bytes"
	long, err := v.SealConsent(o, c)
	if err != nil || len(long) != len(sealed) {
		t.Errorf("%d bytes and %d: %v", len(sealed), len(long), err)
	}
	altered := append([]byte(nil), sealed...)
	altered[len(altered)/2] ^= 1
	for name, f := range map[string]func() (identity.StandingConsent, error){
		"another party's row":    func() (identity.StandingConsent, error) { return v.OpenConsent(o, "rival", sealed) },
		"another person's row":   func() (identity.StandingConsent, error) { return v.OpenConsent(other, "shop", sealed) },
		"an altered row":         func() (identity.StandingConsent, error) { return v.OpenConsent(o, "shop", altered) },
		"another one moved here": func() (identity.StandingConsent, error) { return v.OpenConsent(o, "shop", long) },
		"nothing":                func() (identity.StandingConsent, error) { return v.OpenConsent(o, "shop", nil) },
	} {
		if got, err := f(); err == nil || got.Party != "" {
			t.Errorf("%s opens: %+v", name, got)
		}
	}
}
