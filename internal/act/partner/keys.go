package partner

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

const (
	maxKeys    = 6                   // of one application, with those that end
	maxOverlap = 90 * 24 * time.Hour // of a key beside its successor
)

// Key is one public key of an application.
type Key struct {
	JWK        json.RawMessage `json:"jwk"`
	Thumbprint string          `json:"thumbprint"` // RFC 7638
	Until      time.Time       `json:"until,omitzero"`
}

// Kid is the name by which the application calls the key itself; "" where it has none.
func (k Key) Kid() string {
	var named struct {
		Kid string `json:"kid"`
	}
	if json.Unmarshal(k.JWK, &named) != nil {
		return ""
	}
	return named.Kid
}

// Keys are an application's, or where it publishes them.
type Keys struct {
	Set     []Key  `json:"set,omitempty"`
	Address string `json:"address,omitempty"`
}

func (k Keys) set() json.RawMessage {
	if len(k.Set) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(`{"keys":[`)
	for i, one := range k.Set {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(one.JWK)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func (k Keys) ended(now time.Time) bool {
	return slices.ContainsFunc(k.Set, func(one Key) bool { return one.over(now) })
}

func (k Key) over(now time.Time) bool { return !k.Until.IsZero() && !now.Before(k.Until) }

// private are the members of a key that nobody but its owner may have (RFC 7518 §6).
var private = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// parseKeys reads a key set, or one key, that somebody uploads. Private material is
// refused by a word of its own: who sent it must not use that key any more.
func parseKeys(b []byte) (set []json.RawMessage, err error) {
	const op = "partner.parseKeys"
	var s struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, unread(op, "partner_keys_unread", err)
	}
	if s.Keys == nil {
		s.Keys = []json.RawMessage{b}
	}
	for _, raw := range s.Keys {
		var k map[string]json.RawMessage
		if err := json.Unmarshal(raw, &k); err != nil || k == nil {
			return nil, unread(op, "partner_keys_unread", err)
		}
		for _, name := range private {
			if _, there := k[name]; there {
				return nil, fault.New(op, fault.Invalid, "partner_key_private")
			}
		}
		var one bytes.Buffer
		if err := json.Compact(&one, raw); err != nil {
			return nil, unread(op, "partner_keys_unread", err)
		}
		set = append(set, one.Bytes())
	}
	return set, nil
}

// unread refuses what was sent, with or without somebody's error behind it.
func unread(op, reason string, err error) error {
	if err == nil {
		return fault.New(op, fault.Invalid, reason)
	}
	return fault.Wrap(op, fault.Invalid, reason, err)
}

// Upload gives an application public keys, as a JSON Web Key Set or one key. Keys that it
// has are good beside them until a time that lies at most 90 days ahead, and then go by
// themselves; without one they go now. In force at once where the application is:
// keys are its own business, and change nothing that operators endorsed. Reasons
// "partner_key_private", "partner_keys_unread", "partner_overlap_invalid", "partner_full".
func (a *Act) Upload(ctx context.Context, by Who, id identity.PartyID, body []byte, until time.Time) error {
	const op = "partner.Upload"
	raw, err := parseKeys(body)
	if err != nil {
		return fault.At(op, err)
	}
	if !until.IsZero() && (!until.After(a.Now()) || until.Sub(a.Now()) > maxOverlap) {
		return fault.New(op, fault.Invalid, "partner_overlap_invalid")
	}
	fresh, err := a.checked(raw)
	if err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.rekey(ctx, by, id, func(had Keys) (Keys, error) {
		k := Keys{Set: slices.Clone(fresh)}
		for _, old := range had.Set {
			if until.IsZero() || old.over(a.Now()) || slices.ContainsFunc(fresh, func(n Key) bool { return n.Thumbprint == old.Thumbprint }) {
				continue
			}
			if old.Until.IsZero() || old.Until.After(until) { // it never gets longer than it was said to be
				old.Until = until.UTC().Truncate(time.Second)
			}
			k.Set = append(k.Set, old)
		}
		if len(k.Set) > maxKeys {
			return k, fault.New(op, fault.TooMany, "partner_full")
		}
		if _, err := a.Register.CheckKeys(k.set()); err != nil { // beside each other too: each has its own kid
			return k, unread(op, "partner_keys_unfit", err)
		}
		return k, nil
	}))
}

// checked are keys that may be used here, each by its thumbprint.
func (a *Act) checked(raw []json.RawMessage) (keys []Key, err error) {
	const op = "partner.checked"
	for _, one := range raw {
		prints, err := a.Register.CheckKeys(Keys{Set: []Key{{JWK: one}}}.set())
		if err != nil || len(prints) != 1 {
			return nil, unread(op, "partner_keys_unfit", err)
		}
		keys = append(keys, Key{JWK: one, Thumbprint: prints[0]})
	}
	if len(keys) == 0 {
		return nil, fault.New(op, fault.Invalid, "partner_keys_unfit")
	}
	if _, err := a.Register.CheckKeys(Keys{Set: keys}.set()); err != nil { // together: none twice, no name twice
		return nil, unread(op, "partner_keys_unfit", err)
	}
	return keys, nil
}

// Publish says where the application publishes its keys, instead of having them here:
// from then on it rotates them there.
func (a *Act) Publish(ctx context.Context, by Who, id identity.PartyID, address string) error {
	const op = "partner.Publish"
	if err := a.Register.CheckAddress(address); err != nil {
		return fault.Wrap(op, fault.Invalid, "jwks_uri_invalid", err)
	}
	return fault.At(op, a.rekey(ctx, by, id, func(Keys) (Keys, error) { return Keys{Address: address}, nil }))
}

// rekey changes keys here, where nothing is registered yet, or here and at the register.
func (a *Act) rekey(ctx context.Context, by Who, id identity.PartyID, change func(Keys) (Keys, error)) error {
	err := a.touch(ctx, by, id, identity.PartnerRekeyed, func(app *Application) error {
		k, err := change(app.Keys)
		if err == nil {
			app.renew(k)
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.told(ctx, id)
}

func (app *Application) renew(k Keys) {
	app.Why = ""
	if app.Filed == nil {
		app.Keys = k
		return
	}
	app.Due, app.Next = DueKeys, &k
}

// dropEnded lets keys go whose time is over: at the register first, since there they are
// believed, and then here. Their successor has no end, so never the last one goes. While
// the register is asked they are due, so that nobody's newer keys are overtaken by these.
func (a *Act) dropEnded(ctx context.Context, id identity.PartyID) error {
	var app Application
	at, err := a.Dossiers.Read(ctx, applications, string(id), &app)
	if app.ID = id; err != nil || app.Due != "" || !app.Keys.ended(a.Now()) {
		return gone(err)
	}
	left := Keys{Set: slices.DeleteFunc(slices.Clone(app.Keys.Set), func(one Key) bool { return one.over(a.Now()) }), Address: app.Keys.Address}
	if app.Filed != nil {
		if at, err = a.dropThere(ctx, app, left, at); err != nil || at == 0 {
			return err
		}
	}
	app.Keys = left
	err = a.keep(ctx, app, at, a.step(&app, "", identity.PartnerRekeyed))
	if fault.Because(err, "dossier_moved") {
		return nil // somebody changed it meanwhile: the next round looks again
	}
	return err
}

// dropThere has the register hold only what is left, and gives the version of the record
// that now waits for it; 0 where somebody was faster.
func (a *Act) dropThere(ctx context.Context, app Application, left Keys, at uint64) (uint64, error) {
	due := app
	due.Due, due.Next = DueKeys, &left
	kept, err := a.Dossiers.Keep(applications, string(app.ID), at, due)
	if err == nil {
		err = a.Store.Jot(ctx, kept)
	}
	if fault.Because(err, "dossier_moved") {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var o Organisation
	if _, err := a.Dossiers.Read(ctx, organisations, string(app.Organisation), &o); err != nil {
		return 0, err // still due: the next round goes on
	}
	refused, err := a.file(ctx, o, due, at+1)
	if fault.Because(err, "dossier_moved") {
		return 0, nil
	}
	if refused != nil { // it is tried again: what ended must not stay good there
		kept, err = a.Dossiers.Keep(applications, string(app.ID), at+1, app)
		if err == nil {
			err = a.Store.Jot(ctx, kept)
		}
		if err == nil || fault.Because(err, "dossier_moved") {
			err = refused
		}
	}
	return at + 1, err
}

// parseReport counts what the kit wrote (netid kit run --out).
func parseReport(b []byte) (r Result, err error) {
	const op = "partner.parseReport"
	var in struct {
		Checks []struct {
			ID      string `json:"id"`
			Outcome string `json:"outcome"`
		} `json:"checks"`
	}
	if len(b) > maxReport {
		return r, fault.New(op, fault.Invalid, "partner_report_unread")
	}
	if err := json.Unmarshal(b, &in); err != nil || len(in.Checks) == 0 {
		return r, unread(op, "partner_report_unread", err)
	}
	for _, c := range in.Checks {
		switch c.Outcome {
		case "passed":
			r.Passed++
		case "advised": // its own matter
		case "failed":
			r.Failed++
		case "skipped":
			r.Skipped++
		default:
			return Result{}, fault.New(op, fault.Invalid, "partner_report_unread")
		}
	}
	return r, nil
}
