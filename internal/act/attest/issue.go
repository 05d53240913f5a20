package attest

import (
	"context"
	"strconv"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// Order is what a wallet asks for with a grant.
type Order struct {
	Grant  identity.CredentialGrant
	Kind   string              // one configuration
	Keys   [][]byte            // one credential each; JWKs in their canonical form, each proven
	Nonces []identity.TakeOnce // that the proofs carry
	Since  time.Time           // when the wallet first asked, of what was deferred
}

// Issue makes a batch, all or none. Its record, the nonces, the keys and the
// count of the day are in one commit with everything that must still hold.
// Reasons "kind_not_granted", "batch_size", "key_twice", "nonce_used", "key_used",
// "attestations_over" (the day's), "attestation_later", and those of the maker, the law and the guards.
func (a *Act) Issue(ctx context.Context, r Order) ([]string, error) {
	const op = "attest.Issue"
	kind := a.Kinds[r.Kind]
	if kind.Maker == nil || !r.Grant.Allows(r.Kind) {
		return nil, fault.New(op, fault.Forbidden, "kind_not_granted")
	}
	if len(r.Keys) == 0 || len(r.Keys) > BatchMost {
		return nil, fault.New(op, fault.Invalid, "batch_size")
	}
	o, err := a.Vault.Open(ctx, r.Grant.Person)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Wrap(op, fault.Gone, "person_gone", err)
	}
	if err != nil {
		return nil, fault.At(op, err)
	}
	grounds, err := a.mayHold(ctx, op, o, true) // the grant ends with the certificate; that it is not revoked is a guard
	if err != nil {
		return nil, err
	}
	now := a.Now()
	if r.Grant.Later && (r.Since.IsZero() || now.Sub(r.Since) < laterFor) {
		return nil, fault.New(op, fault.Unavailable, "attestation_later")
	}
	keys, err := a.keys(r.Keys, now)
	if err != nil {
		return nil, err
	}
	for {
		texts, err := a.batch(ctx, r, o, kind, keys, grounds)
		if !fault.Because(err, "numbers_moved") { // each time another batch got on, and a day has so many numbers
			return texts, err
		}
	}
}

// batch makes the credentials, then their record.
func (a *Act) batch(ctx context.Context, r Order, o identity.Opened, kind Kind, keys []identity.TakeOnce, grounds []identity.Ground) ([]string, error) {
	const op = "attest.batch"
	now := a.Now()
	n, err := a.number(ctx, r, kind, now)
	if err != nil {
		return nil, err
	}
	texts, err := kind.Make(ctx, o, identity.Holding{Keys: r.Keys, Certificate: r.Grant.Certificate, From: n.from}, now)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if err := a.record(ctx, r, o, kind, keys, grounds, n); err != nil {
		return nil, err
	}
	return texts, nil
}

// keys are taken for the day on which what they hold is good: a key in two
// credentials would join them for whoever sees both. The rows are keyed and end all at
// one time: who has seen a key and reads them learns neither when it came nor with which others.
func (a *Act) keys(holders [][]byte, now time.Time) (ids []identity.TakeOnce, err error) {
	seen, until := map[string]bool{}, now.Truncate(24*time.Hour).Add(48*time.Hour)
	for _, h := range holders {
		if seen[string(h)] {
			return nil, fault.New("attest.keys", fault.Invalid, "key_twice")
		}
		seen[string(h)] = true
		ids = append(ids, identity.TakeOnce{ID: a.Vault.CounterIndex("attested-key", h), Until: until})
	}
	return ids, nil
}

func (a *Act) record(ctx context.Context, r Order, o identity.Opened, kind Kind, keys []identity.TakeOnce, grounds []identity.Ground, n numbers) error {
	const op = "attest.record"
	verbs := n.verbs
	for _, g := range a.guards(r.Grant, o) {
		verbs = append(verbs, g)
	}
	for _, id := range append(r.Nonces[:len(r.Nonces):len(r.Nonces)], keys...) {
		verbs = append(verbs, id)
	}
	verbs = append(verbs, identity.Count{Index: a.Vault.CounterIndex("attestations", o.ID[:]), By: len(r.Keys), Limit: dailyMost, Window: 24 * time.Hour, Now: a.Now()})
	_, err := a.Book.Record(ctx, o, identity.Event{Kind: identity.Attested, Party: r.Grant.Client, Given: []string{kind.Item},
		Detail: strconv.Itoa(len(r.Keys)), Grounds: grounds}, verbs...)
	switch {
	case fault.Is(err, fault.TooMany):
		return fault.Wrap(op, fault.Forbidden, "attestations_over", err)
	case fault.Because(err, "already_used"):
		if err := a.moved(ctx, n); err != nil {
			return err
		}
		return a.which(ctx, r.Nonces)
	}
	return fault.At(op, err)
}

// which says what was used before. The nonces are used up by that, as they are by any answer.
func (a *Act) which(ctx context.Context, nonces []identity.TakeOnce) error {
	const op = "attest.which"
	err := a.Store.Jot(ctx, notes(nil, nonces)...)
	switch {
	case err == nil:
		return fault.New(op, fault.Conflict, "key_used")
	case fault.Because(err, "already_used"):
		return fault.Wrap(op, fault.Conflict, "nonce_used", err)
	}
	return fault.At(op, err)
}
