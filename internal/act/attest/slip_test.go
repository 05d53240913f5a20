package attest_test

import (
	"bytes"
	"encoding/base64"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/token/slip"
	"netid/test/kit"
)

// idOf is where a slip has its id: behind the protected header, first in the payload.
func idOf(t testing.TB, c *kit.Citizen, text string, on identity.Date) int {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Vault.Visit(t.Context(), c.Session)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range slip.IDs(c.Vault.SlipSecret(o, c.Certificate.ID), on) {
		if bytes.Contains(b, id[:]) {
			return i
		}
	}
	t.Fatal("an id of nobody")
	return -1
}

// Whoever asks in parallel, and however often: no number twice, sixteen a day, all of
// this device's; the next day begins anew.
func TestSlipsAreNumbered(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "slip")
	seen := make([]atomic.Int32, slip.ADay)
	var over atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			texts, err := c.Attest.Issue(ctx, kit.Order(g, "slip", 3))
			if fault.Because(err, "slips_over") {
				over.Add(1)
			} else if err != nil {
				t.Error(err)
			}
			for _, text := range texts {
				seen[idOf(t, c, text, identity.Today(c.Now()))].Add(1)
			}
		})
	}
	all.Wait()
	for i := range seen {
		if want := int32(1); seen[i].Load() != want && i < 15 {
			t.Errorf("number %d: %d times", i, seen[i].Load())
		}
	}
	if n, err := c.Attest.Given(ctx, slip.Item, c.Certificate.ID, identity.Today(c.Now())); n != 15 || err != nil || over.Load() != 1 {
		t.Error(n, err, over.Load())
	}
	if _, err := c.Attest.Issue(ctx, kit.Order(g, "slip", 1)); err != nil {
		t.Error(err)
	}
	if _, err := c.Attest.Issue(ctx, kit.Order(g, "slip", 1)); !fault.Because(err, "slips_over") {
		t.Error(err)
	}
	c.Advance(24 * time.Hour)
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	_, g = held(t, c, "slip")
	texts, err := c.Attest.Issue(ctx, kit.Order(g, "slip", 1))
	if err != nil || idOf(t, c, texts[0], identity.Today(c.Now())) != 0 {
		t.Error(err)
	}
}

// A nonce that served is none for slips either, and takes no number.
func TestSlipsTakeTheirNonce(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "slip")
	o := kit.Order(g, "slip", 1)
	if _, err := c.Attest.Issue(ctx, o); err != nil {
		t.Fatal(err)
	}
	again := kit.Order(g, "slip", 1)
	again.Nonces = o.Nonces
	_, err := c.Attest.Issue(ctx, again)
	told(t, err, "nonce_used")
	again = kit.Order(g, "slip", 1)
	again.Keys = o.Keys
	_, err = c.Attest.Issue(ctx, again)
	told(t, err, "key_used")
	if n, err := c.Attest.Given(ctx, slip.Item, c.Certificate.ID, identity.Today(c.Now())); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// Nobody under 14, nobody who is frozen.
func TestSlipsForWhoMayHoldThem(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "slip")
	real := c.Attest.Vault
	c.Attest.Vault = younger{real}
	_, err := c.Attest.Issue(ctx, kit.Order(g, "slip", 1))
	told(t, err, "attestation_not_for_children")
	c.Attest.Vault = real
	if err := c.Kit.Issue.Freeze(ctx, c.Session); err != nil {
		t.Fatal(err)
	}
	_, err = c.Attest.Issue(ctx, kit.Order(g, "slip", 1))
	told(t, err, "certificate_frozen")
}
