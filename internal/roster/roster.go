// Package roster knows the operators by their keys, and what they endorsed.
//
// It owns the form of an operator's key, the text that an operator signs, and
// the check that a signature is by one of those whom the configuration names. It refuses
// to know what is endorsed (a party today, by its record's digest) and how many
// operators it takes: that is who asks.
//
// Invariant: an endorsement is good for one service, one kind of thing, one name
// and exactly the bytes that were read; a private half is never in a process that
// serves.
package roster

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Roster is whose endorsements count. It does not change while a process runs.
type Roster struct {
	issuer string
	by     map[string]member // thumbprint
}

type member struct {
	name string
	key  suite.PublicKey
	text string
}

// New names the operators of a service. Fails with Invalid "operator_key_invalid"
// and "operator_twice": who had two names would be two operators.
func New(issuer string, keys map[string]string) (*Roster, error) {
	const op = "roster.New"
	r := &Roster{issuer, map[string]member{}}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		key, err := Parse(keys[name])
		if err != nil {
			return nil, fault.Wrap(op, fault.Invalid, "operator_key_invalid", fmt.Errorf("%s: %w", name, err))
		}
		if other, there := r.by[key.Thumbprint()]; there {
			return nil, fault.Newf(op, fault.Invalid, "operator_twice", "%s and %s have one key", other.name, name)
		}
		r.by[key.Thumbprint()] = member{name, key, strings.TrimSpace(keys[name])}
	}
	return r, nil
}

// Parse reads the public half of an operator's key, as Key.Public prints it: the
// curve, x and y.
func Parse(s string) (suite.PublicKey, error) {
	part := strings.Split(strings.TrimSpace(s), ".")
	if len(part) != 3 || strings.ContainsAny(s, `"\`) {
		return suite.PublicKey{}, fault.New("roster.Parse", fault.Invalid, "operator_key_invalid")
	}
	key, err := suite.ParsePublicKey(fmt.Appendf(nil, `{"crv":"%s","kty":"EC","x":"%s","y":"%s"}`, part[0], part[1], part[2]))
	return key, fault.Wrap("roster.Parse", fault.Invalid, "operator_key_invalid", err)
}

// Text is what an operator signs. A text of another kind of thing, or of another
// service, is never the same.
func Text(issuer, kind, name string, record []byte) []byte {
	return fmt.Appendf(nil, "netid operator's endorsement, version 1\nservice %s\n%s %s\nrecord %s\n", issuer, kind, name, Digest(record))
}

// Digest names a record, for people and in the ledger.
func Digest(record []byte) string {
	d := suite.Digest(record)
	return hex.EncodeToString(d[:])
}

// Check fails with Forbidden "endorsement_invalid" unless it is the signature of
// one of the operators over this record of this thing.
func (r *Roster) Check(e identity.Endorsement, kind, name string, record []byte) error {
	const op = "roster.Check"
	by, there := r.by[e.Operator]
	if !there {
		return fault.Newf(op, fault.Forbidden, "endorsement_invalid", "%q is no operator", e.Operator)
	}
	return fault.Wrap(op, fault.Forbidden, "endorsement_invalid", by.key.Verify(Text(r.issuer, kind, name, record), e.Signature))
}

// Name is what the configuration calls the operator, else the key's thumbprint.
func (r *Roster) Name(operator string) string {
	if m, there := r.by[operator]; there {
		return m.name
	}
	return operator
}

// Keys are the public halves, in order: what the ledger says of who decides.
func (r *Roster) Keys() (all []string) {
	for _, m := range r.by {
		all = append(all, m.text)
	}
	slices.Sort(all)
	return all
}

// Digest is what a record is called in the ledger.
func (r *Roster) Digest(record []byte) string { return Digest(record) }
