package barred_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/barred"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/token/slip"
	"netid/test/kit"
)

type given struct{ *kit.Kit }

func (g given) Given(ctx context.Context, c identity.CertificateID, on identity.Date) (int, error) {
	return g.Attest.Given(ctx, slip.Item, c, on)
}

func (g given) Names(o identity.Opened, c identity.CertificateID, on identity.Date) (all []barred.ID) {
	for _, id := range slip.IDs(g.Vault.SlipSecret(o, c), on) {
		all = append(all, barred.ID(id))
	}
	return all
}

// scene is a maker of bundles, and somebody who is enrolled.
type scene struct {
	*testing.T
	c       *kit.Citizen
	act     *barred.Act
	stopped []barred.ID
	signed  int
}

func newScene(t *testing.T) *scene {
	s := &scene{T: t, c: kit.New(t, law.New()).Adult(1)}
	s.ok(s.c.Enrol(t.Context()))
	s.ok(s.c.SignIn(t.Context()))
	s.act = s.maker()
	return s
}

func (s *scene) maker() *barred.Act {
	return &barred.Act{Store: s.c.Store, Vault: s.c.Vault, Slips: given{s.c.Kit}, Now: s.c.Now, Sign: func(_ time.Time, stopped []barred.ID) (string, error) {
		s.stopped, s.signed = stopped, s.signed+1
		return "bundle", nil
	}}
}

func (s *scene) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// slips takes so many for a citizen, and gives them decoded.
func (s *scene) slips(c *kit.Citizen, n int) (all []string) {
	s.Helper()
	_, g, err := c.Held(s.Context(), identity.Confirm{JKT: "the wallet's key"}, "slip")
	s.ok(err)
	texts, err := c.Attest.Issue(s.Context(), kit.Order(g, "slip", n))
	s.ok(err)
	for _, text := range texts {
		b, err := base64.RawURLEncoding.DecodeString(text)
		s.ok(err)
		all = append(all, string(b))
	}
	return all
}

// wants makes a bundle a while later, whose refused slips are these and no others.
func (s *scene) wants(what string, slips ...string) {
	s.Helper()
	s.c.Advance(10 * time.Second)
	_, err := s.act.Bundle(s.Context())
	s.ok(err)
	for _, one := range slips {
		if !slices.ContainsFunc(s.stopped, func(id barred.ID) bool { return strings.Contains(one, string(id[:])) }) {
			s.Errorf("%s: a slip is good that should not be", what)
		}
	}
	if len(s.stopped) != len(slips) {
		s.Errorf("%s: %d refused and not %d", what, len(s.stopped), len(slips))
	}
}

// Whoever is frozen, or put a device out, has the slips of today refused that they were
// given, and those alone; who is thawed has them again; what a restart learns is the same.
func TestWhoIsOutIsRefused(t *testing.T) {
	s := newScene(t)
	ctx := t.Context()
	second, err := s.c.Another(ctx, "second")
	s.ok(err)
	first, others := s.slips(s.c, 3), s.slips(second, 2)
	s.wants("nobody is out")
	s.ok(s.c.Kit.Issue.Freeze(ctx, s.c.Session))
	s.wants("frozen", append(slices.Clone(first), others...)...)
	s.act = s.maker()
	s.wants("frozen, after a restart", append(slices.Clone(first), others...)...)
	s.ok(s.c.Kit.Issue.Thaw(ctx, s.c.Session, s.c.Passcode))
	s.wants("thawed")
	s.ok(s.c.SignIn(ctx))
	_, err = s.c.Signin.Remove(ctx, s.c.Session, second.Certificate.ID.String(), s.c.Passcode)
	s.ok(err)
	s.wants("a device is out", others...)
	s.act = s.maker()
	s.wants("a device is out, after a restart", others...)
	s.c.Advance(24 * time.Hour)
	s.wants("the day is over")
}

// One bundle serves everybody who asks within ten seconds, and none of yesterday's.
func TestABundleIsMadeOnce(t *testing.T) {
	s := newScene(t)
	for range 3 {
		_, err := s.act.Bundle(t.Context())
		s.ok(err)
	}
	if s.signed != 1 {
		t.Errorf("%d made", s.signed)
	}
	s.wants("later")
	if s.signed != 2 {
		t.Errorf("%d made", s.signed)
	}
}

type broken struct{ barred.Store }

func (broken) CertificateAt(context.Context, identity.Place) (identity.CertificateRow, error) {
	return identity.CertificateRow{}, fault.New("test", fault.Unavailable, "store_busy")
}

// Who cannot be looked up is not left out in silence: there is no bundle, and the next goes on there.
func TestNoBundleWithoutAll(t *testing.T) {
	s := newScene(t)
	taken := s.slips(s.c, 1)
	s.ok(s.c.Kit.Issue.Freeze(t.Context(), s.c.Session))
	whole := s.act.Store
	s.act.Store = broken{whole}
	if _, err := s.act.Bundle(t.Context()); !fault.Is(err, fault.Unavailable) || s.signed != 0 {
		t.Error(err, s.signed)
	}
	s.act.Store = whole
	s.wants("read again", taken...)
}
