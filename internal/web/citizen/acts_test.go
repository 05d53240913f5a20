package citizen_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"netid/client"
	"netid/internal/act/authorize"
	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
	"netid/internal/suite"
)

// sessions, signer, asker and looker are the world's faces whose methods have
// the same names in several acts.
type (
	sessions struct{ *world }
	signer   struct{ *world }
	asker    struct{ *world }
	looker   struct{ *world }
)

func (w sessions) Seal(s identity.Session) (string, error) { return w.box.Seal(s) }

func (w sessions) Open(_ context.Context, cookie string) (identity.Session, error) {
	var s identity.Session
	if err := w.box.Open(cookie, &s); err != nil {
		return s, fault.Wrap("world", fault.Unauthenticated, "session_over", err)
	}
	if w.gone {
		return s, fault.New("world", fault.Unauthenticated, "session_over")
	}
	return s, nil
}

func (w signer) Challenge() (string, error) { return "sealed-challenge", nil }

func (w signer) Text(challenge string) string { return "netid-signin/1\n" + issuer + "\n" + challenge }

func (w signer) Prove(_ context.Context, challenge, certificate string, signature []byte) (identity.Session, error) {
	if certificate != w.cert.ID.String() || w.device == nil {
		return identity.Session{}, fault.New("world", fault.Unauthenticated, "device_unknown")
	}
	if err := suite.VerifyES256(w.device, []byte(w.Text(challenge)), signature); err != nil {
		return identity.Session{}, fault.New("world", fault.Unauthenticated, "device_unknown")
	}
	return w.session(), nil
}

func (w *world) session() identity.Session {
	return identity.Session{Person: w.cert.Person, Certificate: w.cert.ID, Epoch: 1, At: w.now(), Passkey: w.passkey}
}

func (w *world) statement(locale string, give []string) client.Statement {
	items := []client.Item{{Name: "result", Given: true}}
	for _, m := range w.marks {
		items = append(items, client.Item{Name: string(m.Mark), Given: slices.Contains(give, string(m.Mark)), Optional: true})
	}
	if o := w.party.Offline; o > 0 {
		items = append(items, client.Item{Name: o.Item(), Given: slices.Contains(give, o.Item()), Optional: true})
	}
	for _, i := range w.plain {
		i.Given = slices.Contains(give, i.Name)
		items = append(items, i)
	}
	if slices.Contains(give, "standing_90") {
		items = append(items, client.Item{Name: "standing_90", Given: true, Optional: true})
	}
	return client.Statement{Locale: locale, Service: "netid", Party: w.party.Name.In(locale), Domain: w.party.Domain,
		Purpose: w.party.Purpose.Text.In(locale), Intent: string(w.intent), Mode: string(w.mode), Items: items, Transaction: cmp.Or(w.transaction, "4f1c2a"), Time: w.asked}
}

func (w asker) Present(_ context.Context, sealed string, browser identity.Handle, locale string) (authorize.Presented, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Ask"); err != nil {
		return authorize.Presented{}, err
	}
	if sealed != "sealed" {
		return authorize.Presented{}, fault.New("world", fault.Invalid, "request_invalid")
	}
	if browser != w.browser {
		return authorize.Presented{}, fault.New("world", fault.Forbidden, "other_browser")
	}
	return authorize.Presented{Ask: identity.Ask{Party: w.party.ID, Redirect: w.party.RedirectURIs[0], Mode: w.mode, Marks: w.marks, Intent: w.intent, Fresh: w.fresh, Locale: w.wishes, Time: w.asked},
		Party: w.party, Statement: w.statement(locale, nil), Lasting: w.lasting}, nil
}

func (w asker) Silent(_ context.Context, s *identity.Session, sealed string, _ identity.Handle) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Silent"); err != nil || !w.silent || s == nil || sealed != "sealed" {
		return "", err
	}
	return "silent", nil
}

func (w asker) EndStanding(_ context.Context, _ identity.Session, id identity.PartyID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = append(w.ended, string(id))
	return w.failing("EndStanding")
}

func (w asker) Approve(_ context.Context, _ identity.Session, _ string, _ identity.Handle, in authorize.Approval) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("Approve"); err != nil {
		return "", err
	}
	if _, err := client.CheckApproval(w.statement(in.Locale, in.Give).Bytes(), in.Signature, w.device); err != nil {
		return "", fault.Wrap("world", fault.Unauthenticated, "signature_invalid", err)
	}
	if !w.mode.Satisfied(identity.Reached(in.Passcode != "", in.Face == "match")) {
		return "", fault.New("world", fault.Invalid, "passcode_needed")
	}
	if in.Passcode != "" && in.Passcode != "24681357" {
		return "", fault.New("world", fault.Invalid, "passcode_wrong")
	}
	w.given = in.Give
	return "approved", nil
}

func (w asker) Decline(context.Context, *identity.Session, string, identity.Handle) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "declined", w.failing("Decline")
}

func (w asker) DeclineLasting(context.Context, identity.Session, string, identity.Handle) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "declined-for-longer", w.failing("DeclineLasting")
}

func (w asker) Withdraw(_ context.Context, _ identity.Session, id identity.PartyID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parties = append(w.parties, string(id))
	return w.failing("Withdraw")
}

func (w looker) Home(context.Context, identity.Session) (look.Home, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := look.Home{Number: w.number, Standing: identity.Active, Certificate: w.cert, Enrolled: w.cert.Issued, Sandbox: true}
	if w.held {
		h.Standing = h.Standing.With(identity.Held)
	}
	if w.frozen {
		h.Standing = h.Standing.With(identity.FrozenByOwner)
	}
	return h, w.failing("Home")
}

func (w looker) Records(context.Context, identity.Session) ([]look.Record, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []look.Record
	for i, e := range w.events {
		all = append(all, look.Record{Event: e, Index: uint64(i)})
	}
	slices.Reverse(all)
	return all, w.failing("Records")
}

// Record proves an event in a small ledger of the person's own events.
func (w looker) Record(_ context.Context, _ identity.Session, id identity.EventID) (look.Proven, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := slices.IndexFunc(w.events, func(e identity.Event) bool { return e.ID == id.String() })
	if at < 0 {
		return look.Proven{}, fault.New("world", fault.NotFound, "record_unknown")
	}
	var tree ledger.Tree
	var leaves [][32]byte
	for _, e := range w.events {
		b, _ := json.Marshal(e)
		l := ledger.Leaf(w.salt, b)
		leaves = append(leaves, sha256.Sum256(append([]byte{0}, l[:]...)))
		tree, _ = tree.Append(l)
	}
	keeper := ledger.NewKeeper(suite.NewSecret(identity.ES256), suite.NewSecret(identity.ES256), suite.NewEdDSA(identity.NewSecret(identity.ES256, [32]byte{7})), "netid.ledger")
	head, err := keeper.Head(tree, w.now())
	if err != nil {
		return look.Proven{}, err
	}
	canonical, _ := json.Marshal(w.events[at])
	if w.evil {
		canonical = append(canonical, ' ')
	}
	return look.Proven{Record: look.Record{Event: w.events[at], Index: uint64(at)}, Canonical: canonical, Salt: w.salt, Proof: path(leaves, at),
		Size: uint64(len(leaves)), Head: string(head), VerifierKey: keeper.VerifierKey()}, nil
}

// path is the audit path of RFC 6962 §2.1.1, written down as it stands there.
func path(d [][32]byte, m int) [][]byte {
	if len(d) == 1 {
		return nil
	}
	k := 1
	for k*2 < len(d) {
		k *= 2
	}
	if m < k {
		r := root(d[k:])
		return append(path(d[:k], m), r[:])
	}
	r := root(d[:k])
	return append(path(d[k:], m-k), r[:])
}

func root(d [][32]byte) [32]byte {
	if len(d) == 1 {
		return d[0]
	}
	k := 1
	for k*2 < len(d) {
		k *= 2
	}
	l, r := root(d[:k]), root(d[k:])
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

func (w looker) Parties(context.Context, identity.Session) ([]look.Relation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var until time.Time
	if w.party.Offline > 0 {
		until = w.party.Offline.Ends(w.now())
	}
	return []look.Relation{{Until: until, Party: w.party.ID, Name: w.party.Name, Domain: w.party.Domain, First: w.now().Add(-time.Hour * 300), Last: w.now(), Times: 3,
		Given: []string{"result", "age_over_18=true"}, Withdrawn: slices.Contains(w.parties, string(w.party.ID)), Standing: w.until, Refused: w.refused, Erases: w.erases, Erasure: w.erasure}}, w.failing("Parties")
}

func (w looker) Data(context.Context, identity.Session) (identity.Person, error) {
	return identity.Person{Name: "沙明", Birth: identity.Date{Year: 1990, Month: 5, Day: 17}, Phone: "10000000001", Next: w.next, Sandbox: true, Documents: []identity.Document{
		{Kind: identity.ResidentCard, Name: "沙明", Number: "990101199005170011", Expires: w.ends, Origin: identity.DecodedElsewhere}}}, nil
}

func (w looker) Export(context.Context, identity.Session) ([]byte, error) {
	return []byte(`{"format":"netid-export/1"}`), nil
}

func (w looker) Head(context.Context) (string, string, error) {
	return "netid.ledger\n6\nroot\n", "netid.ledger+00+key", nil
}
