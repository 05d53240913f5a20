package storetest

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/store"
)

// try is one caller's attempt at what a round is about.
type try func(s *store.Store, caller int) error

// prize is a thing that one caller can have.
type prize struct {
	name   string
	about  any // the verb or note whose guard it is; nil: the entry and its chain
	kind   fault.Kind
	reason string // what the losers hear
	round  func(t *testing.T, s *store.Store, id []byte) try
}

// Contested gives the name of each verb and note whose guard is raced for, and
// of each other one why it is not.
func Contested() map[string]string {
	all := map[string]string{
		"GuardPerson": "changes nothing", "GuardCertificate": "changes nothing", "GuardLink": "changes nothing", "GuardParty": "changes nothing", "GuardVerification": "changes nothing", "GuardConsent": "changes nothing", "GuardDraft": "changes nothing", "GuardDossier": "changes nothing",
		"KeepConsent": "the last one stands; its act guards the person", "EndConsents": "the same again is the same",
		"SetProfile": "the last one stands; its act guards the person", "KeepEscrow": "the same again is the same",
		"SweepErased": "comes with RaiseEpoch, which is raced", "WithdrawDelivery": "the same again is the same", "Delivered": "the same again is the same",
		"PutOff": "of the one who has the lease, which is raced", "RevokeVerification": "the same again is the same",
		"Uncount": "the same again is the same", "CloseDays": "a later day stands, the same again is the same", "Shredded": "the same again is the same",
	}
	for _, p := range contested() {
		if p.about != nil {
			all[reflect.TypeOf(p.about).Name()] = ""
		}
	}
	return all
}

// contested is every single-use thing there is.
func contested() []prize {
	ctx := context.Background()
	// alike is a round that needs nothing before it.
	alike := func(do func(s *store.Store, id []byte) error) func(*testing.T, *store.Store, []byte) try {
		return func(_ *testing.T, _ *store.Store, id []byte) try {
			return func(s *store.Store, _ int) error { return do(s, id) }
		}
	}
	commit := func(s *store.Store, v ...identity.Verb) error {
		return s.Commit(ctx, identity.Change{Entry: Entry(), Verbs: v})
	}
	opened := func(t *testing.T, s *store.Store, id []byte) *Person {
		p := NewPerson(1)
		p.ID = identity.PersonID(id)
		ok(t, commit(s, p.Open()...)) // without an entry of their own, so that who erases them owes no set
		return p
	}
	draft := func(t *testing.T, s *store.Store, id []byte) identity.DraftRow {
		d := identity.DraftRow{ID: id, Version: 1, Expires: epoch, Body: id}
		ok(t, s.Jot(ctx, identity.PutDraft{Draft: d}))
		return d
	}
	waiting := func(t *testing.T, s *store.Store, id []byte) identity.DeliveryID {
		ok(t, s.Jot(ctx, identity.Deliver{ID: identity.DeliveryID(id), Due: epoch, Body: id}))
		return identity.DeliveryID(id)
	}
	pass := func(t *testing.T, s *store.Store) (target uint64) {
		all, err := s.Rewraps(ctx)
		ok(t, err)
		for _, r := range all {
			target = max(target, r.Target)
		}
		return target
	}
	return []prize{
		{"once", identity.TakeOnce{}, fault.Conflict, "already_used", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.TakeOnce{ID: id, Until: epoch})
		})},
		{"once, of an assertion and a proof", identity.TakeOnce{}, fault.Conflict, "already_used", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.TakeOnce{ID: append([]byte("assertion of "), id...), Until: epoch}, identity.TakeOnce{ID: id, Until: epoch})
		})},
		{"once with an event", identity.TakeOnce{}, fault.Conflict, "already_used", alike(func(s *store.Store, id []byte) error {
			return commit(s, identity.TakeOnce{ID: id, Until: epoch})
		})},
		{"entry", nil, fault.Conflict, "already_recorded", alike(func(s *store.Store, id []byte) error {
			e := Entry()
			e.ID = id
			return s.Commit(ctx, identity.Change{Entry: e})
		})},
		{"chain", nil, fault.Conflict, "chain_moved", alike(func(s *store.Store, id []byte) error {
			e := Entry()
			e.Chain = &identity.ChainStep{Index: id, ToSeq: 1, ToHead: e.Leaf[:]}
			return s.Commit(ctx, identity.Change{Entry: e})
		})},
		{"chain's next", nil, fault.Conflict, "chain_moved", func(t *testing.T, s *store.Store, id []byte) try {
			first := Entry()
			first.Chain = &identity.ChainStep{Index: id, ToSeq: 1, ToHead: first.Leaf[:]}
			ok(t, s.Commit(ctx, identity.Change{Entry: first}))
			return func(s *store.Store, _ int) error {
				e := Entry()
				e.Chain = &identity.ChainStep{Index: id, FromSeq: 1, FromHead: first.Leaf[:], ToSeq: 2, ToHead: e.Leaf[:]}
				return s.Commit(ctx, identity.Change{Entry: e})
			}
		}},
		{"index", identity.ClaimIndex{}, fault.Conflict, "index_taken", alike(func(s *store.Store, id []byte) error {
			return commit(s, identity.ClaimIndex{Index: id, Body: id})
		})},
		{"index under two keys", identity.ClaimIndex{}, fault.Conflict, "index_taken", func(_ *testing.T, _ *store.Store, id []byte) try {
			names := [][]byte{id, append([]byte("other"), id...)} // of one value; nodes may not agree which is the newer key
			return func(s *store.Store, n int) error {
				return commit(s, identity.ClaimIndex{Index: names[n/2%2], Body: id, Others: [][]byte{names[1-n/2%2]}})
			}
		}},
		{"index given up", identity.FreeIndex{}, fault.Conflict, "index_gone", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, commit(s, identity.ClaimIndex{Index: id, Body: id}))
			return func(s *store.Store, _ int) error {
				return commit(s, identity.FreeIndex{Indexes: [][]byte{append([]byte("other"), id...), id}})
			}
		}},
		{"person", identity.OpenPerson{}, fault.Conflict, "person_exists", alike(func(s *store.Store, id []byte) error {
			p := NewPerson(1)
			return commit(s, identity.OpenPerson{ID: identity.PersonID(id), Keys: p.Keys, Profile: p.Profile})
		})},
		{"standing", identity.SetStanding{}, fault.Conflict, "standing_changed", func(t *testing.T, s *store.Store, id []byte) try {
			p := opened(t, s, id)
			return func(s *store.Store, _ int) error {
				return commit(s, identity.SetStanding{ID: p.ID, From: identity.Active, To: identity.FrozenByOwner, CertOwner: p.CertOwn})
			}
		}},
		{"identity", identity.KeepIdentity{}, fault.Conflict, "identity_changed", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, commit(s, identity.KeepIdentity{Row: id, Body: id}))
			return func(s *store.Store, n int) error {
				return commit(s, identity.KeepIdentity{Row: id, Body: []byte(fmt.Sprint("body ", n)), From: id})
			}
		}},
		{"certificate", identity.BindCertificate{}, fault.Conflict, "certificate_exists", alike(func(s *store.Store, id []byte) error {
			c := identity.CertificateRow{ID: identity.CertificateID(id), Owner: id, Locator: id, Body: id}
			return commit(s, identity.BindCertificate{Certificate: c, Standing: identity.Active})
		})},
		{"end of a certificate", identity.RevokeCertificate{}, fault.Conflict, "certificate_gone", func(t *testing.T, s *store.Store, id []byte) try {
			c := identity.CertificateRow{ID: identity.CertificateID(id), Owner: id, Locator: id, Body: id}
			ok(t, commit(s, identity.BindCertificate{Certificate: c, Standing: identity.Active}))
			return func(s *store.Store, _ int) error { return commit(s, identity.RevokeCertificate{ID: c.ID}) }
		}},
		{"body of a certificate", identity.KeepCertificate{}, fault.Conflict, "certificate_changed", func(t *testing.T, s *store.Store, id []byte) try {
			c := identity.CertificateRow{ID: identity.CertificateID(id), Owner: id, Locator: id, Body: id}
			ok(t, commit(s, identity.BindCertificate{Certificate: c, Standing: identity.Active}))
			return func(s *store.Store, n int) error {
				c := c
				c.Body = []byte(fmt.Sprint("body ", n))
				return commit(s, identity.KeepCertificate{Certificate: c, From: id})
			}
		}},
		{"end of all sessions", identity.EndSessions{}, fault.Conflict, "standing_changed", func(t *testing.T, s *store.Store, id []byte) try {
			p := opened(t, s, id)
			return func(s *store.Store, _ int) error {
				return commit(s, identity.EndSessions{ID: p.ID, Standing: identity.Active, Epoch: 1})
			}
		}},
		{"news of a feed", identity.MoveFeed{}, fault.Conflict, "feed_moved", func(_ *testing.T, _ *store.Store, id []byte) try {
			return func(s *store.Store, n int) error {
				move := identity.MoveFeed{Feed: id, From: 0, To: 1}
				if n%2 == 0 { // of somebody who is not here
					return s.Jot(ctx, move)
				}
				return commit(s, move)
			}
		}},
		{"link", identity.CutLink{}, fault.Conflict, "link_changed", alike(func(s *store.Store, id []byte) error {
			return commit(s, identity.CutLink{Index: id, Owner: id})
		})},
		{"end of a standing consent", identity.EndConsent{}, fault.Conflict, "consent_over", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, commit(s, identity.KeepConsent{Index: id, Owner: id, Until: epoch, Body: id}))
			return func(s *store.Store, _ int) error { return commit(s, identity.EndConsent{Index: id, Body: id}) }
		}},
		{"last answer of an hour", identity.Count{}, fault.TooMany, "too_many_tries", alike(func(s *store.Store, id []byte) error {
			return commit(s, identity.Count{Index: id, Limit: 1, Window: time.Minute, Now: epoch})
		})},
		{"party", identity.AdmitParty{}, fault.Conflict, "party_exists", alike(func(s *store.Store, id []byte) error {
			return commit(s, identity.AdmitParty{Party: party(fmt.Sprintf("p-%x", id))})
		})},
		{"amendment", identity.AmendParty{}, fault.Conflict, "party_moved", func(t *testing.T, s *store.Store, id []byte) try {
			p := party(fmt.Sprintf("a-%x", id))
			ok(t, commit(s, identity.AdmitParty{Party: p}))
			p.Version = 1
			return func(s *store.Store, _ int) error { return commit(s, identity.AmendParty{Party: p}) }
		}},
		{"erasure", identity.ErasePerson{}, fault.Conflict, "person_gone", func(t *testing.T, s *store.Store, id []byte) try {
			p := opened(t, s, id)
			return func(s *store.Store, _ int) error { return commit(s, p.Erase()) }
		}},
		{"expiry", identity.ExpireHeld{}, fault.Conflict, "events_moved", func(t *testing.T, s *store.Store, id []byte) try {
			p := NewPerson(1)
			e := p.Entry()
			ok(t, s.Commit(ctx, identity.Change{Entry: e, Verbs: p.Open()}))
			gone := p.Erase()
			gone.Hold = []identity.Hold{{ID: e.ID, Class: identity.Proofs}}
			none, all := Keeper().Set(nil), Keeper().Set([][32]byte{e.Leaf})
			say := func(s *store.Store, kind identity.EventKind, set *identity.ErasedSet, v identity.Verb) error {
				_, err := ledger.NewBook(s, nil, time.Now).RecordPublic(ctx, identity.Event{Kind: kind, Grounds: []identity.Ground{}, Set: set}, v)
				return err
			}
			ok(t, say(s, identity.Erased, &none, gone))
			return func(s *store.Store, _ int) error {
				return say(s, identity.Expired, &all, identity.ExpireHeld{Class: identity.Proofs, Entries: []identity.EntryKey{{Day: e.Day, ID: e.ID}}})
			}
		}},
		{"end of days", identity.ExpireDays{}, fault.Conflict, "days_moved", func(t *testing.T, s *store.Store, _ []byte) try {
			is, _, err := s.Floor(ctx)
			ok(t, err)
			before := max(is.Day, -30000) + 1 // long before any entry
			ok(t, s.Jot(ctx, identity.CloseDays{Before: before}))
			none := Keeper().Set(nil)
			return func(s *store.Store, _ int) error {
				_, err := ledger.NewBook(s, nil, time.Now).RecordPublic(ctx, identity.Event{Kind: identity.Expired, Grounds: []identity.Ground{}, Set: &none}, identity.ExpireDays{Before: before})
				return err
			}
		}},
		{"draft", identity.PutDraft{}, fault.Conflict, "draft_exists", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.PutDraft{Draft: identity.DraftRow{ID: id, Version: 1, Expires: epoch, Body: id}})
		})},
		{"pushed request", identity.PutPushed{}, fault.Conflict, "request_exists", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.PutPushed{Row: identity.PushedRow{ID: id, Until: epoch, Body: id}})
		})},
		{"decision on a pushed request", identity.TakePushed{}, fault.Conflict, "request_used", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, s.Jot(ctx, identity.PutPushed{Row: identity.PushedRow{ID: id, Until: epoch, Body: id}}))
			return func(s *store.Store, caller int) error {
				if take := (identity.TakePushed{ID: id}); caller%3 > 0 { // approved, or declined by who is not known
					return s.Jot(ctx, take)
				} else { // declined by who is signed in
					return commit(s, take)
				}
			}
		}},
		{"turn of a refresh token", identity.TurnRefresh{}, fault.Conflict, "refresh_reused", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, s.Jot(ctx, identity.TurnRefresh{ID: id, Turn: 1, Until: epoch}))
			return func(s *store.Store, caller int) error {
				if take := (identity.TurnRefresh{ID: id, Turn: 2, Until: epoch}); caller%3 > 0 { // the first of its day has a record
					return s.Jot(ctx, identity.GuardVerification{ID: id}, take)
				} else {
					return commit(s, identity.GuardVerification{ID: id}, take)
				}
			}
		}},
		{"first turn of a refresh token", identity.TurnRefresh{}, fault.Conflict, "refresh_reused", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.TurnRefresh{ID: id, Turn: 1, Until: epoch})
		})},
		{"step of a draft", identity.SwapDraft{}, fault.Conflict, "draft_moved", func(t *testing.T, s *store.Store, id []byte) try {
			d := draft(t, s, id)
			d.Version++
			return func(s *store.Store, _ int) error { return s.Jot(ctx, identity.SwapDraft{Draft: d, From: 1}) }
		}},
		{"end of a draft", identity.DropDraft{}, fault.Conflict, "draft_moved", func(t *testing.T, s *store.Store, id []byte) try {
			d := draft(t, s, id)
			return func(s *store.Store, _ int) error { return commit(s, identity.DropDraft{ID: d.ID, Version: 1}) }
		}},
		{"first version of a dossier", identity.KeepDossier{}, fault.Conflict, "dossier_exists", alike(func(s *store.Store, id []byte) error {
			return commit(s, identity.KeepDossier{Row: dossier(id, 1)})
		})},
		{"step of a dossier", identity.KeepDossier{}, fault.Conflict, "dossier_moved", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, s.Jot(ctx, identity.KeepDossier{Row: dossier(id, 1)}))
			return func(s *store.Store, _ int) error { return commit(s, identity.KeepDossier{Row: dossier(id, 2)}) }
		}},
		{"end of a dossier", identity.DropDossier{}, fault.Conflict, "dossier_moved", func(t *testing.T, s *store.Store, id []byte) try {
			ok(t, s.Jot(ctx, identity.KeepDossier{Row: dossier(id, 1)}))
			return func(s *store.Store, _ int) error { return commit(s, identity.DropDossier{ID: id, Version: 1}) }
		}},
		{"last try", identity.Count{}, fault.TooMany, "too_many_tries", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.Count{Index: id, Limit: 1, Window: time.Minute, Now: epoch})
		})},
		{"delivery", identity.Deliver{}, fault.Conflict, "delivery_exists", alike(func(s *store.Store, id []byte) error {
			return s.Jot(ctx, identity.Deliver{ID: identity.DeliveryID(id), Due: epoch, Body: id})
		})},
		{"lease", identity.LeaseDelivery{}, fault.Conflict, "delivery_taken", func(t *testing.T, s *store.Store, id []byte) try {
			d := waiting(t, s, id)
			return func(s *store.Store, _ int) error {
				return s.Jot(ctx, identity.LeaseDelivery{ID: d, Due: epoch, Until: epoch.Add(time.Minute)})
			}
		}},
		{"burial", identity.BuryDelivery{}, fault.Conflict, "delivery_taken", func(t *testing.T, s *store.Store, id []byte) try {
			d := waiting(t, s, id)
			return func(s *store.Store, _ int) error {
				return s.Jot(ctx, identity.BuryDelivery{ID: d, Due: epoch, Body: id})
			}
		}},
		{"epoch", identity.RaiseEpoch{}, fault.Conflict, "epoch_raised", func(t *testing.T, s *store.Store, id []byte) try {
			is, err := s.Epoch(ctx)
			ok(t, err)
			return func(s *store.Store, _ int) error {
				return commit(s, identity.RaiseEpoch{From: is.Number, Nonce: id, At: epoch})
			}
		}},
		{"pass that wraps anew", identity.BeginRewrap{}, fault.Conflict, "rewrap_moved", func(t *testing.T, s *store.Store, _ []byte) try {
			target := pass(t, s) + 1
			return func(s *store.Store, _ int) error {
				return s.Jot(ctx, identity.BeginRewrap{What: identity.RewrapShelf, Target: target})
			}
		}},
		{"places", identity.TakePlaces{}, fault.Conflict, "places_moved", func(t *testing.T, s *store.Store, _ []byte) try {
			next, _, err := s.PlacesTaken(ctx)
			ok(t, err)
			return func(s *store.Store, _ int) error {
				return s.Jot(ctx, identity.TakePlaces{From: next, To: next + identity.PlacesTaken, Until: epoch})
			}
		}},
		{"step of a pass", identity.StepRewrap{}, fault.Conflict, "rewrap_moved", func(t *testing.T, s *store.Store, id []byte) try {
			target := pass(t, s) + 1
			ok(t, s.Jot(ctx, identity.BeginRewrap{What: identity.RewrapShelf, Target: target}))
			return func(s *store.Store, _ int) error {
				return s.Jot(ctx, identity.StepRewrap{What: identity.RewrapShelf, Target: target, To: id, Done: 1})
			}
		}},
	}
}
