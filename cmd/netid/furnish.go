package main

import (
	"context"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"netid/internal/act/admit"
	"netid/internal/connector/egress"
	"netid/internal/connector/sms"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/protocol/admin"
	"netid/internal/protocol/oauth"
	"netid/internal/protocol/oidc"
	"netid/internal/protocol/scan"
	"netid/internal/protocol/status"
	"netid/internal/protocol/tlog"
	"netid/internal/protocol/trust"
	"netid/internal/sandbox"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/qr"
	"netid/internal/web/citizen"
	"netid/internal/web/counter"
	"netid/internal/web/drawer"
	"netid/internal/web/operator"
	"netid/internal/web/partner"
	"netid/internal/web/public"
	"netid/internal/web/shell"
)

// furnish hangs the doors. The routes of sandbox and serve differ by the
// drawer alone; a test compares them.
func (h *house) furnish(a acts) error {
	frame := shell.New(shell.Config{Issuer: h.Issuer, Service: service, Sandbox: h.Sandbox, Sessions: a.signin, Reasons: law.Reasons(), Refused: h.tally.Refused, Log: h.Log})
	mux := &routes{ServeMux: http.NewServeMux()}
	citizen.New(citizen.Config{Shell: frame, Enrol: a.enrol, Issue: a.issue, Signin: a.signin, Devices: a.signin, Square: qr.Path, Issuer: h.Issuer, Authorize: a.authorize, Attest: a.attest, Logout: a.logout, Guard: a.guard, Incidents: h.incident, Signals: h.signals(a), Look: a.look, Redress: a.redress,
		Erase: h.erase, Rights: h.rights, Assists: h.assist, Parcels: suite.NewRotatingBox(h.ring.Secrets("session"), h.epoch.Label("parcel")), Operator: h.Operator,
		Drawer: h.Sandbox, Face: h.Faces != nil, Models: h.modelFiles(), Simulated: h.Sandbox, Now: h.Now}).Register(mux)
	wallets, err := h.wallets(a.attest)
	if err != nil {
		return err
	}
	wallets.Register(mux)
	door, err := oidc.New(oidc.Config{Grants: wallets.Grants(), Issuer: h.Issuer, Signers: h.ring.Signers("token"), SignersSM: h.signersSM(), Twice: h.ring.Profile().Twice(), Authorizer: a.authorize, Verifier: a.verify, Ender: a.logout, Erasures: a.redress,
		Parties: clients{h}, Registrar: h.admit, Sandbox: h.Sandbox, Keys: h.published(), MTLS: h.MTLS.URL, Certificates: h.MTLS.certificates(), Wallets: h.Wallets, Credentials: h.configurations(), Once: h.once,
		Nonces: oauth.Nonces{Secrets: h.ring.Secrets("nonce"), Label: h.epoch.Label("nonce")}, Suite: h.ring.Profile().Suite(), Since: h.epoch.Since, Refused: h.tally.Refused, Counted: h.partner.Answered, Page: frame.Page, Handover: frame.Handover, Now: h.Now, Log: h.Log})
	if err != nil {
		return err
	}
	door.Register(mux)
	h.forOperators(h.AdminToken).Register(mux)
	h.programs().Register(mux)
	counter.New(counter.Config{Shell: frame, Clerks: h.counters, Cases: a.enrol, Drawer: h.Sandbox}).Register(mux)
	operator.New(operator.Config{Shell: frame, Staff: h.staff, Parties: h.admit, Reviews: h.admit, Portal: h.partner, Cases: a.redress, Claims: h.rights, Load: &h.gauge, Keys: h.ceremonies(), Capacity: capacity{h}, Figures: h.tally, Counters: h.counters, Helped: a.enrol, Guardians: h.guard, Duties: h.supervise, Incidents: h.incident, Assists: h.assist, Reissues: reissues{h}, Recalls: h.recall, Now: h.Now}).Register(mux)
	partner.New(partner.Config{Shell: frame, Organisations: h.partner, Applications: h.partner, Ready: h.readyFor, Libraries: libraries(), Parties: h.admit, Issuer: h.Issuer, Sandbox: h.Sandbox && !h.Reviews, Now: h.Now}).Register(mux)
	public.New(public.Config{Shell: frame, Issuer: h.Issuer, Figures: h.tally, Ledger: a.look, Register: h.admit, Now: h.Now}).Serve(mux)
	tlog.New(a.look, h.Log).Register(mux)
	if h.word, err = h.statements(); err != nil {
		return err
	}
	trust.New(h.word, h.admit, h.Log).Register(mux)
	asking, err := h.asking(h.word, law.New().For(h.Operator))
	if err == nil {
		err = asking.Register(mux)
	}
	if err != nil {
		return err
	}
	status.New(h.statuses, h.Log).Register(mux)
	venues, err := scan.New(scan.Config{Issuer: h.Issuer, Bundles: a.barred, Gate: h.gate(), Scanner: a.verify, Signers: h.ring.Signers("token"), Log: h.Log})
	if err != nil {
		return err
	}
	venues.Register(mux)
	mux.Handle("GET /healthz", http.HandlerFunc(h.healthz))
	if h.Sandbox {
		drawer.New(drawer.Config{Shell: frame, Cards: h.Drawer, Outbox: h.Drawer, News: h.Drawer,
			Figures: func() drawer.Figures { return drawer.Figures{Commits: h.store.Commits(), Reads: h.store.Reads()} }}).Register(mux)
	}
	h.server, h.routes = h.gauged(h.timely(frame.Fallback(mux.ServeMux), frame.Page)), mux.patterns
	return nil
}

// forOperators is the operator's door, whole: a sandbox has it on the network, a served one
// in its data directory. One of them must not lack a room that the other has.
func (h *house) forOperators(token string) *admin.Door {
	return admin.New(admin.Config{Issuer: h.Issuer, Token: token, Sandbox: h.Sandbox, Admit: h.admit, Name: h.roster.Name, Counters: h.counters, Founders: h.staff, Console: h.staff, Keys: h.ceremonies(), Capacity: capacity{h}, Guard: h.guard, Redress: h.redress, Rights: h.rights, Incident: h.incident, Supervise: h.supervise, Assist: h.assist, Response: h.incident, Reissuer: h.recall, Helped: h.helped, Recall: h.recall, Log: h.Log})
}

// modelFiles are what pages compare faces with, or nil.
func (h *house) modelFiles() fs.FS {
	if h.Models == nil {
		return nil
	}
	return h.Models.Files()
}

// routes remembers the patterns that the doors register.
type routes struct {
	*http.ServeMux
	patterns []string
}

func (r *routes) Handle(pattern string, h http.Handler) {
	r.patterns = append(r.patterns, pattern)
	slices.Sort(r.patterns)
	r.ServeMux.Handle(pattern, h)
}

// once takes single-use ids of the protocol (those of assertions and proofs).
func (h *house) once(ctx context.Context, ids ...identity.TakeOnce) error {
	notes := make([]identity.Note, len(ids))
	for i, id := range ids {
		notes[i] = id
	}
	return h.store.Jot(ctx, notes...)
}

// published are parties' keys, fetched where a party publishes them.
func (h *house) published() oauth.Keys {
	return oauth.NewPublished(egress.New(h.Loopback).Get, oauth.PartyAlgs(h.ring.Profile().Suite()), time.Now).Keys
}

// sectors are documents that list a sector's addresses.
func (h *house) sectors() admit.Fetch {
	guard := egress.New(h.Loopback)
	return func(ctx context.Context, address string) ([]byte, error) {
		body, _, err := guard.Get(ctx, address)
		return body, err
	}
}

// clients are the parties as the protocol's gate meets them.
type clients struct{ *house }

func (c clients) Party(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	return c.admit.Party(ctx, id)
}

func (c clients) SecretMatches(p identity.Party, secret string) bool {
	return c.admit.SecretMatches(p, secret)
}

// signersSM are the keys of ID tokens for parties that ask for SM2.
func (h *house) signersSM() func() []suite.Signer {
	if !h.ring.Profile().SM() {
		return nil
	}
	return h.ring.Signers("token-sm")
}

// cover adds what an application is held against to the suite's own methods.
type cover struct {
	suite.Cover
	profile  suite.Profile
	loopback bool
	ways     ways
}

// cover works in the suite of the house.
func (h *house) cover() cover {
	p := h.ring.Profile()
	return cover{suite.Cover{Suite: p.Suite()}, p, h.Loopback, ways{h.MTLS, h.Wallets}}
}

func (c cover) CheckJWKS(b []byte) error          { return jose.CheckSet(b, oauth.PartyAlgs(c.Suite)...) }
func (c cover) CheckAddress(address string) error { return egress.New(c.loopback).Check(address) }
func (c cover) CheckMethod(p identity.PartyID, m identity.PartyAuth) error {
	return c.ways.offers(p, m)
}
func (c cover) CheckSeal(b []byte, alg string) error {
	return jose.CheckSeal(b, alg, oauth.PartyAlgs(c.Suite)...)
}
func (c cover) Signing(b []byte) bool { return jose.Signing(b, oauth.PartyAlgs(c.Suite)...) }
func (c cover) Thumbprints(b []byte) ([]string, error) {
	return jose.Thumbprints(b, oauth.PartyAlgs(c.Suite)...)
}
func (c cover) CheckIDTokenAlg(alg string) error { return jose.CheckAlg(c.profile, alg) }

// drawers are the sandbox's people and messages as its door shows them.
type drawers struct {
	people *sandbox.Population
	teller *sandbox.Teller
	outbox *sms.Outbox
}

func (d drawers) Tell(persona, word, card string, until identity.Date) error {
	if d.teller == nil {
		return fault.New("drawer", fault.NotFound, "page_unknown")
	}
	_, err := d.teller.Tell(persona, word, card, until)
	return fault.At("drawer", err)
}

func (d drawers) Personas() []drawer.Persona {
	var out []drawer.Persona
	for _, p := range d.people.Personas() {
		out = append(out, drawer.Persona{ID: p.Name, Name: p.Person.ZH, BirthDate: p.BirthDate.String(), Phone: p.Phone, Cards: p.Cards, Guardians: p.Guardians})
	}
	return out
}

func (d drawers) Cards() []drawer.Card {
	var out []drawer.Card
	for _, c := range d.people.Cards() {
		who, _ := d.people.Persona(c.Owner)
		out = append(out, drawer.Card{ID: c.ID, Persona: c.Owner, Kind: string(c.Kind), Number: c.Number, Phone: who.Phone, Label: c.Label, Note: c.Note})
	}
	return out
}

func (d drawers) Present(_ context.Context, card string, challenge []byte) ([]byte, error) {
	evidence, err := d.people.Present(card, challenge)
	return evidence, fault.At("drawer", err)
}

func (d drawers) Messages() []drawer.Message {
	var out []drawer.Message
	for _, m := range d.outbox.Messages() {
		out = append(out, drawer.Message{Phone: m.Phone, Text: m.Text, Time: m.Time})
	}
	slices.Reverse(out)
	return out
}
