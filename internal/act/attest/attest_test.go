package attest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

var bound = identity.Confirm{JKT: "the wallet's key"}

// scene is one adult, enrolled and signed in.
func scene(t testing.TB) (*kit.Citizen, context.Context) {
	t.Helper()
	c := kit.New(t, law.New()).Adult(1)
	return c, in(t, c)
}

func in(t testing.TB, c *kit.Citizen) context.Context {
	t.Helper()
	if err := c.Enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return t.Context()
}

func held(t testing.TB, c *kit.Citizen, kinds ...string) (attest.Granted, identity.CredentialGrant) {
	t.Helper()
	granted, g, err := c.Held(t.Context(), bound, kinds...)
	if err != nil {
		t.Fatal(err)
	}
	return granted, g
}

func told(t testing.TB, err error, reason string) {
	t.Helper()
	if !fault.Because(err, reason) {
		t.Errorf("%v, and not %s", err, reason)
	}
}

// A nonce serves once, also for 64 that come at a time.
func TestH02NoncesServeOnce(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "age")
	nonces := kit.Order(g, "age", 1).Nonces
	var good atomic.Int32
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			o := kit.Order(g, "age", 1)
			o.Nonces = nonces
			_, err := c.Attest.Issue(ctx, o)
			if err == nil {
				good.Add(1)
			} else if !fault.Because(err, "nonce_used") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if good.Load() != 1 {
		t.Errorf("%d", good.Load())
	}
}

func TestH05BatchesAndKeys(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "age")
	for n, want := range map[int]string{0: "batch_size", attest.BatchMost + 1: "batch_size"} {
		_, err := c.Attest.Issue(ctx, kit.Order(g, "age", n))
		told(t, err, want)
	}
	twice := kit.Order(g, "age", 2)
	twice.Keys[1] = twice.Keys[0]
	_, err := c.Attest.Issue(ctx, twice)
	told(t, err, "key_twice")
	first := kit.Order(g, "age", 2)
	if _, err := c.Attest.Issue(ctx, first); err != nil {
		t.Fatal(err)
	}
	again := kit.Order(g, "age", 2) // one key of an earlier batch
	again.Keys[1] = first.Keys[0]
	_, err = c.Attest.Issue(ctx, again)
	told(t, err, "key_used")
	_, err = c.Attest.Issue(ctx, kit.Order(g, "person", 1))
	told(t, err, "kind_not_granted")
}

// The day's share of one person is theirs, whatever wallets ask.
func TestH05TheDaysShare(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "person")
	for range 8 {
		if _, err := c.Attest.Issue(ctx, kit.Order(g, "person", attest.BatchMost)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Attest.Issue(ctx, kit.Order(g, "person", 1))
	told(t, err, "attestations_over")
}

func TestH08OffersServeOnce(t *testing.T) {
	c, ctx := scene(t)
	o, err := c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}})
	if err != nil {
		t.Fatal(err)
	}
	var good atomic.Int32
	var got atomic.Pointer[attest.Granted]
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			g, err := c.Attest.Redeem(ctx, attest.Redemption{Code: o.Code, Confirm: bound})
			if err == nil {
				good.Add(1)
				got.Store(&g)
			} else if !fault.Because(err, "code_used") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if good.Load() != 1 {
		t.Fatalf("%d", good.Load())
	}
	g, err := c.Attest.Grant(got.Load().Access) // it came twice: what it gave is over
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Attest.Issue(ctx, kit.Order(g, "age", 1))
	told(t, err, "verification_over")
	_, err = c.Attest.Renew(ctx, attest.Renewal{Token: got.Load().Refresh, Confirm: bound})
	told(t, err, "verification_over")
	if o, err = c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}}); err != nil {
		t.Fatal(err)
	}
	if seen, err := c.Attest.Look(o.Code); err != nil || seen.Code != o.Code || seen.Tx || !slices.Equal(seen.Kinds, o.Kinds) || !seen.Until.Equal(o.Until) {
		t.Error(seen, err)
	}
	c.Advance(5 * time.Minute)
	_, err = c.Attest.Look(o.Code)
	told(t, err, "code_expired")
	_, err = c.Attest.Look("x")
	told(t, err, "code_invalid")
	_, err = c.Attest.Redeem(ctx, attest.Redemption{Code: o.Code})
	told(t, err, "code_expired")
	_, err = c.Attest.Redeem(ctx, attest.Redemption{Code: o.Code[1:]})
	told(t, err, "code_invalid")
}

// In a sandbox, and nowhere else, an offer can make a wallet come back: its order is put off, and is one order all the same.
func TestLater(t *testing.T) {
	for _, sandbox := range []bool{false, true} {
		c, ctx := scene(t)
		c.Attest.Later = sandbox
		o, err := c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}, Later: true})
		if err != nil {
			t.Fatal(err)
		}
		held, err := c.Attest.Redeem(ctx, attest.Redemption{Code: o.Code, Confirm: bound})
		if err != nil {
			t.Fatal(err)
		}
		g, err := c.Attest.Grant(held.Access)
		if err != nil || g.Later != sandbox {
			t.Fatal(g, err)
		}
		order := kit.Order(g, "age", 2)
		if !sandbox {
			if _, err := c.Attest.Issue(ctx, order); err != nil {
				t.Error(err)
			}
			continue
		}
		_, err = c.Attest.Issue(ctx, order)
		told(t, err, "attestation_later")
		order.Since = c.Now()
		_, err = c.Attest.Issue(ctx, order)
		told(t, err, "attestation_later")
		c.Advance(3 * time.Second)
		if texts, err := c.Attest.Issue(ctx, order); err != nil || len(texts) != 2 {
			t.Error(texts, err)
		}
		_, err = c.Attest.Issue(ctx, order)
		told(t, err, "nonce_used")
	}
}

// Five wrong transaction codes end an offer, for the right one too.
func TestH08TransactionCodes(t *testing.T) {
	c, ctx := scene(t)
	o, err := c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}, Tx: true})
	if err != nil || len(o.TxCode) != attest.TxDigits {
		t.Fatal(o, err)
	}
	redeem := func(tx string) error {
		_, err := c.Attest.Redeem(ctx, attest.Redemption{Code: o.Code, TxCode: tx})
		return err
	}
	told(t, redeem(""), "tx_code_missing")
	var all sync.WaitGroup
	var wrong atomic.Int32
	for i := range 40 {
		all.Go(func() {
			err := redeem(fmt.Sprintf("x%05d", i))
			switch {
			case fault.Because(err, "tx_code_wrong"):
				wrong.Add(1)
			case !fault.Because(err, "tx_code_void"):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if wrong.Load() != 5 {
		t.Errorf("%d tries", wrong.Load())
	}
	told(t, redeem(o.TxCode), "tx_code_void")
	if o, err = c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}, Tx: true}); err != nil {
		t.Fatal(err)
	}
	if err := redeem(o.TxCode); err != nil {
		t.Error(err)
	}
	if o, err = c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}}); err != nil {
		t.Fatal(err)
	}
	told(t, redeem("123456"), "tx_code_unexpected")
}

// Whatever became of the person, their device or the approval: nothing leaves.
func TestH12NothingForWhoMayNotHaveIt(t *testing.T) {
	for name, case1 := range map[string]struct {
		do   func(ctx context.Context, c *kit.Citizen) error
		want string
	}{
		"frozen": {func(ctx context.Context, c *kit.Citizen) error { return c.Kit.Issue.Freeze(ctx, c.Session) }, "certificate_frozen"},
		"erased": {func(ctx context.Context, c *kit.Citizen) error {
			_, err := c.Kit.Erase.Erase(ctx, c.Session, c.Passcode)
			return err
		}, "person_gone"},
		"device removed": {func(ctx context.Context, c *kit.Citizen) error {
			second, err := c.Another(ctx, "second")
			if err != nil {
				return err
			}
			_, err = second.Signin.Remove(ctx, second.Session, c.Certificate.ID.String(), c.Passcode)
			return err
		}, "standing_changed"},
	} {
		t.Run(name, func(t *testing.T) {
			c, ctx := scene(t)
			granted, g := held(t, c, "age")
			if _, err := c.Attest.Issue(ctx, kit.Order(g, "age", 1)); err != nil {
				t.Fatal(err)
			}
			if err := case1.do(ctx, c); err != nil {
				t.Fatal(err)
			}
			texts, err := c.Attest.Issue(ctx, kit.Order(g, "age", 1))
			told(t, err, case1.want)
			if _, err := c.Attest.Renew(ctx, attest.Renewal{Token: granted.Refresh, Confirm: bound}); err == nil || texts != nil {
				t.Errorf("%q %v", texts, err)
			}
		})
	}
}

// Nobody under 14: no guardian could agree to a use that nobody sees. Whoever
// turned fourteen since is asked as of that day.
func TestH12NoneForChildren(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "age")
	c.Attest.Vault = younger{c.Attest.Vault}
	_, err := c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: []string{"age"}})
	told(t, err, "attestation_not_for_children")
	_, err = c.Attest.Issue(ctx, kit.Order(g, "age", 1))
	told(t, err, "attestation_not_for_children")
}

// younger says that everybody is a child.
type younger struct{ attest.Vault }

func (younger) Regime(context.Context, identity.Opened, identity.Date) (identity.Regime, error) {
	return identity.Child, nil
}

// A device that is out gets nothing by what it approved before.
func TestH13NothingAfterTheDeviceIsOut(t *testing.T) {
	c, ctx := scene(t)
	second, err := c.Another(ctx, "second")
	if err != nil {
		t.Fatal(err)
	}
	_, g := held(t, second, "age")
	granted, _ := held(t, second, "age")
	if _, err := c.Signin.Remove(ctx, c.Session, second.Certificate.ID.String(), c.Passcode); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Attest.Issue(ctx, kit.Order(g, "age", 1)); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if _, err := c.Attest.Renew(ctx, attest.Renewal{Token: granted.Refresh, Confirm: bound}); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if _, err := c.Attest.Offer(ctx, second.Session, attest.Choice{Kinds: []string{"age"}}); err == nil {
		t.Error("a session of a device that is out offers")
	}
}

// maker stops between making and recording, as a freeze may fall there.
type maker struct {
	attest.Maker
	meanwhile func()
}

func (m maker) Make(ctx context.Context, o identity.Opened, h identity.Holding, now time.Time) ([]string, error) {
	texts, err := m.Maker.Make(ctx, o, h, now)
	m.meanwhile()
	return texts, err
}

// What was made and not recorded never leaves: the commit has the facts.
func TestH16NothingStaleLeaves(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "age")
	kind := c.Attest.Kinds["age"]
	c.Attest.Kinds["age"] = attest.Kind{Item: kind.Item, Maker: maker{kind.Maker, func() {
		if err := c.Kit.Issue.Freeze(ctx, c.Session); err != nil {
			t.Error(err)
		}
	}}}
	texts, err := c.Attest.Issue(ctx, kit.Order(g, "age", 1))
	told(t, err, "standing_changed")
	if texts != nil {
		t.Error(texts)
	}
	all, err := c.Kit.Look.Records(ctx, c.Session)
	if err == nil {
		for _, r := range all {
			if r.Event.Kind == identity.Attested {
				t.Error("recorded")
			}
		}
	}
}

// H11: two copies of a day share nothing but what everybody's share.
func TestH11CopiesHaveNothingInCommon(t *testing.T) {
	c, ctx := scene(t)
	_, g := held(t, c, "age")
	texts, err := c.Attest.Issue(ctx, kit.Order(g, "age", 20))
	if err != nil || len(texts) != 20 {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, text := range texts {
		parts := strings.Split(text, "~")
		if len(parts) != 5 {
			t.Fatal(text)
		}
		for _, p := range append(parts[1:4:4], strings.Split(parts[0], ".")[1:]...) {
			if seen[p] {
				t.Errorf("%s is there twice", p)
			}
			seen[p] = true
		}
	}
}

func TestTokensOfGrants(t *testing.T) {
	c, ctx := scene(t)
	granted, g := held(t, c, "age")
	if g.Client != "" || g.Confirm != bound || len(g.Kinds) != 1 {
		t.Errorf("%+v", g)
	}
	_, err := c.Attest.Renew(ctx, attest.Renewal{Token: granted.Refresh, Confirm: identity.Confirm{JKT: "another"}})
	told(t, err, "proof_key_wrong")
	_, err = c.Attest.Renew(ctx, attest.Renewal{Token: granted.Access, Confirm: bound})
	told(t, err, "refresh_invalid")
	_, err = c.Attest.Grant(granted.Refresh)
	told(t, err, "token_invalid")
	c.Advance(10 * time.Minute)
	_, err = c.Attest.Grant(granted.Access)
	told(t, err, "token_expired")
	again, err := c.Attest.Renew(ctx, attest.Renewal{Token: granted.Refresh, Confirm: bound})
	if err != nil || again.Refresh != "" {
		t.Fatal(again, err)
	}
	if g, err = c.Attest.Grant(again.Access); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Attest.Issue(ctx, kit.Order(g, "age", 1)); err != nil {
		t.Error(err)
	}
	c.Advance(30 * 24 * time.Hour)
	_, err = c.Attest.Renew(ctx, attest.Renewal{Token: granted.Refresh, Confirm: bound})
	told(t, err, "refresh_expired")
	bearer, _, err := c.Held(ctx, identity.Confirm{}, "age")
	if err == nil && bearer.Refresh != "" {
		t.Error("to whoever bears it")
	}
	for _, kinds := range [][]string{nil, {""}, {"age", "passport"}} {
		_, err := c.Attest.Offer(ctx, c.Session, attest.Choice{Kinds: kinds})
		told(t, err, "kind_unknown")
	}
}
