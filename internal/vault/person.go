package vault

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Create draws the keys of a new person and puts their secret on the shelf,
// durable before it returns, so before any row exists that needs it. A person
// whose commit then fails leaves an orphan of 64 bytes, which names nobody.
// Standing is Active, Epoch 1, the profile empty.
func (v *Vault) Create(id identity.PersonID) (identity.Opened, identity.WrappedKeys, error) {
	const op = "vault.Create"
	if err := v.ready(); err != nil {
		return identity.Opened{}, identity.WrappedKeys{}, fault.At(op, err)
	}
	draw := func() identity.Secret { return suite.NewSecret(v.secrets.Service.Suite()) }
	secret := draw()
	slot, err := v.shelf.Put(secret)
	if err != nil {
		return identity.Opened{}, identity.WrappedKeys{}, fault.At(op, err)
	}
	o := identity.Opened{ID: id, Standing: identity.Active, Epoch: 1, Slot: slot, Lookup: lookup(secret),
		Keys: identity.Keys{Identity: draw(), Subject: draw(), Record: draw()}}
	w := v.wrapping().wrap(id, secret, o.Keys)
	w.Locator = v.locate(slot, personKeys, id[:])
	return o, w, nil
}

// Open reads a person and takes their seals off: one read of the store, and
// where they were not opened a moment ago one of the shelf. Fails with NotFound "person_unknown" or Gone "person_erased".
func (v *Vault) Open(ctx context.Context, id identity.PersonID) (identity.Opened, error) {
	const op = "vault.Open"
	since := v.recent.begin()
	row, err := v.rows.Person(ctx, id)
	if err != nil {
		return identity.Opened{}, fault.At(op, err)
	}
	if o, ok := v.recent.get(row); ok {
		return o, nil
	}
	slot, err := v.located(row.Keys.Locator, personKeys, id[:])
	if err != nil {
		return identity.Opened{}, fault.At(op, err)
	}
	secret, err := v.shelf.Get(slot)
	if err != nil {
		return identity.Opened{}, fault.At(op, err)
	}
	o := identity.Opened{ID: id, Standing: row.Standing, Epoch: row.Epoch, Slot: slot, Lookup: lookup(secret)}
	if o.Keys, _, err = v.unwrap(id, secret, row.Keys); err != nil {
		return identity.Opened{}, fault.At(op, err)
	}
	if o.Profile, err = openProfile(o, row.Profile); err != nil {
		return identity.Opened{}, fault.At(op, err)
	}
	v.recent.keep(since, row, o)
	return o, nil
}

// Visit opens the person of a session and refuses one from before the person's
// epoch was raised: Unauthenticated "session_over", also when they are erased, or dead.
// The request that opened the session has read the person; what it commits is
// guarded by the person's row as it then is.
func (v *Vault) Visit(ctx context.Context, s identity.Session) (identity.Opened, error) {
	const op = "vault.Visit"
	if s.Found != nil && s.Found.ID == s.Person && s.Found.Epoch == s.Epoch { // a session that an act moved on is read anew
		return *s.Found, nil
	}
	o, err := v.Open(ctx, s.Person)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return identity.Opened{}, fault.Wrap(op, fault.Unauthenticated, "session_over", err)
	}
	if err != nil {
		return identity.Opened{}, fault.At(op, err)
	}
	if o.Epoch != s.Epoch || o.Standing.Has(identity.Closed) {
		return identity.Opened{}, fault.New(op, fault.Unauthenticated, "session_over")
	}
	return o, nil
}
