package vault

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// index gives the names of a value under every live version of the key, the
// one that a claim takes first. A name begins with its version, the key's turn
// and one, so that names of one version lie together and are never those of another.
func (v *Vault) index(domain string, parts ...[]byte) (names [][]byte) {
	for _, key := range v.secrets.Index.Live() {
		names = append(names, indexName(key, domain, parts...))
	}
	return names
}

func indexName(key suite.Version, domain string, parts ...[]byte) []byte {
	return append([]byte{byte(key.Turn + 1)}, suite.Tag(key.Key, "netid/vault/index/"+domain+"/v1", parts...)...)
}

// HandleIndex finds a person by the population register's handle: names of 17
// bytes, for Find and Claim.
func (v *Vault) HandleIndex(h identity.PersonHandle) [][]byte { return v.index("handle", []byte(h)) }

// DocumentIndex finds a person by one document. The number is normalised, as
// identity.Document says.
func (v *Vault) DocumentIndex(kind identity.DocumentKind, number string) [][]byte {
	return v.index("document", []byte(kind), []byte(number))
}

// NumberIndex finds a person by their net number.
func (v *Vault) NumberIndex(n identity.Number) [][]byte { return v.index("number", []byte(n)) }

// CounterIndex names a counter of tries: kind says of what, parts whose. 17
// bytes. It stays under the oldest version, so that a rotation gives nobody
// another set of tries.
func (v *Vault) CounterIndex(kind string, parts ...[]byte) []byte {
	oldest := v.secrets.Index.Now()
	for _, key := range v.secrets.Index.Live() {
		if key.Turn < oldest.Turn {
			oldest = key
		}
	}
	return indexName(oldest, "counter", append([][]byte{[]byte(kind)}, parts...)...)
}

// RefusalIndex names the counter of the person's refusals of one party within a time.
func (v *Vault) RefusalIndex(o identity.Opened, p identity.PartyID, within time.Duration) []byte {
	return v.CounterIndex("refused", o.ID[:], []byte(p), []byte(within.String()))
}

// Claim makes the row that leads from a blind index to the person: the sealed
// locator, then the person id under a key that needs the slot's secret. So an
// old copy of the row with today's keys leads nowhere once they are erased.
//
// It takes the first name and is refused when any other is taken, or when
// anybody claimed under a version that this vault does not know yet: two
// claims of one value exclude each other whatever version each is made under.
func (v *Vault) Claim(o identity.Opened, names [][]byte) identity.ClaimIndex {
	if len(names) == 0 { // a key that was never set: the store takes no such row
		return identity.ClaimIndex{}
	}
	index, newest := names[0], byte(0)
	for _, name := range names {
		newest = max(newest, name[0])
	}
	key, _ := v.secrets.Index.Of(int(index[0]) - 1) // live: an index key is never retired
	id := sealAt(claimKey(o.Lookup, key, index), o.ID[:], indexes, index, "person")
	return identity.ClaimIndex{Index: index, Body: append(v.locate(o.Slot, indexes, index), id...), Others: names[1:], Beyond: []byte{newest + 1}}
}

// Find gives the person behind a blind index, whichever version they were
// claimed under. NotFound "person_unknown" when nobody claimed it or who did is
// erased: to enrol again is to be a new person. Every version is looked up,
// also behind the one that is found: how long it takes tells nobody whether
// anybody was.
func (v *Vault) Find(ctx context.Context, names [][]byte) (found identity.PersonID, err error) {
	const op = "vault.Find"
	missing := fault.New(op, fault.NotFound, "person_unknown")
	for _, index := range names {
		id, err := v.find(ctx, index)
		switch {
		case err == nil && missing != nil:
			found, missing = id, nil
		case err != nil && !fault.Is(err, fault.NotFound):
			return identity.PersonID{}, fault.At(op, err)
		}
	}
	return found, missing
}

func (v *Vault) find(ctx context.Context, index []byte) (identity.PersonID, error) {
	const op = "vault.find"
	var none identity.PersonID
	body, err := v.rows.Index(ctx, index)
	if err != nil {
		return none, fault.At(op, err)
	}
	if len(body) < locatorSize {
		return none, broken(op, "an index entry is too short", nil)
	}
	slot, err := v.located(body[:locatorSize], indexes, index)
	if err != nil {
		return none, fault.At(op, err)
	}
	secret, err := v.shelf.Get(slot)
	if fault.Is(err, fault.Gone) {
		return none, fault.Wrap(op, fault.NotFound, "person_unknown", err)
	}
	if err != nil {
		return none, fault.At(op, err)
	}
	key, live := v.secrets.Index.Of(int(index[0]) - 1)
	if !live {
		return none, broken(op, "an index of no live version", nil)
	}
	id, err := openAt(claimKey(lookup(secret), key, index), body[locatorSize:], indexes, index, "person")
	if err != nil || len(id) != len(none) {
		return none, broken(op, "an index entry does not open", err)
	}
	return identity.PersonID(id), nil
}

func claimKey(lookup identity.Secret, key suite.Version, index []byte) identity.Secret {
	return with(lookup, key.Key, indexes, index, "person")
}
