package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/assist"
	"netid/internal/act/attest"
	"netid/internal/act/authorize"
	"netid/internal/act/barred"
	"netid/internal/act/counter"
	"netid/internal/act/deliver"
	"netid/internal/act/enrol"
	"netid/internal/act/erase"
	"netid/internal/act/guard"
	"netid/internal/act/incident"
	"netid/internal/act/issue"
	"netid/internal/act/logout"
	"netid/internal/act/look"
	"netid/internal/act/partner"
	"netid/internal/act/publish"
	"netid/internal/act/recall"
	"netid/internal/act/redress"
	"netid/internal/act/respond"
	"netid/internal/act/rights"
	"netid/internal/act/signal"
	"netid/internal/act/signin"
	"netid/internal/act/staff"
	"netid/internal/act/supervise"
	"netid/internal/act/tally"
	"netid/internal/act/verify"
	"netid/internal/anchor"
	"netid/internal/connector/authority"
	"netid/internal/connector/document"
	"netid/internal/connector/face"
	"netid/internal/connector/sms"
	"netid/internal/dossier"
	"netid/internal/emrtd"
	"netid/internal/fault"
	"netid/internal/gauge"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/roster"
	"netid/internal/store"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/token/attestation"
	"netid/internal/token/jose"
	"netid/internal/token/netcert"
	"netid/internal/token/sdjwt"
	"netid/internal/token/statement"
	"netid/internal/token/statuslist"
	"netid/internal/vault"
	"netid/internal/web/shell"
)

// service is the name under which citizens know this service.
const service = "netid"

// settings are what the two forms of the server decide differently.
type settings struct {
	Issuer     string // scheme://host[:port], no slash at the end
	Data       string // directory
	Site       site   // of the store and the shelf
	MTLS       mtls
	Wallets    attestation.Trust
	Loopback   bool // parties' keys may be fetched from this machine itself
	Master     keyring.Master
	Profile    suite.Profile // empty: the data directory's own
	Operator   law.Operator
	Operators  map[string]string // public keys, by name, of those two of whom approve each party
	CSCA       emrtd.Trust
	Authority  *authority.Client
	News       *authority.Feed // nil: the authority tells nothing by itself
	NewsName   string
	Faces      enrol.Face   // nil: the face step is not served, its twin is
	Models     *face.Models // with which pages compare; nil: they do not
	Post       sms.Sender
	Codes      int               // by short message, an hour, at most; 0: codesHourly
	Push       []string          // hosts of push services that may be asked; empty: no device is signalled
	Regions    map[string]string // where those hosts stand, as the operator declares it; unsaid: abroad
	AdminToken string            // empty: the admission door answers 401 to everybody
	Sandbox    bool
	Reviews    bool // in a sandbox too what the portal hands in waits for two of the console
	Drawer     drawers
	Log        *slog.Logger
	SelfTest   func() error     // of the cryptography; without one nothing starts
	Now        func() time.Time // nil: the machine's clock
	Drain      time.Duration    // how long a balancer has to hear that this node leaves
}

// house holds the rooms of one running server.
type house struct {
	settings
	ring       *keyring.Ring
	store      *store.Store
	shelf      shelf
	keeper     *ledger.Keeper
	quorum     *quorum.Quorum
	roster     *roster.Roster
	anchor     *anchor.Anchor
	word       *anchor.Statements
	admit      *admit.Act
	counters   *counter.Act
	staff      *staff.Act
	incident   *incident.Act
	assist     *assist.Act
	partner    *partner.Act
	supervise  *supervise.Act
	recall     *recall.Act
	helped     *enrol.Act // as the operator's door counts
	erase      *erase.Act
	tally      *tally.Act
	desk       *dossier.Desk // of the service's own work
	deliver    *deliver.Act
	sent       func(context.Context) (n, most int, err error) // codes of this hour
	makers     makers
	respond    *respond.Act
	guard      *guard.Act
	rights     *rights.Act
	redress    *redress.Act
	statuses   *publish.Act[*statuslist.List]
	wake       chan struct{}
	delivering sync.WaitGroup // and forgetting
	health     health
	gauge      gauge.Gauge
	levels     gauge.Levels
	server     http.Handler
	epoch      identity.Epoch
	routes     []string
	lock       *os.File
	alive      context.Context // ends with the reason why this process must not go on
	stop       context.CancelCauseFunc
}

// build opens the data directory and wires the rooms, from the keys upward.
// It finishes what a crash left before anything is served. Nothing is opened,
// and no key drawn, before the cryptography has shown that it computes rightly.
func build(ctx context.Context, s settings) (_ *house, err error) {
	if s.SelfTest == nil {
		return nil, errors.New("no self-test of the cryptography")
	}
	if err := s.SelfTest(); err != nil {
		return nil, err
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.Site.data = s.Data
	h := &house{settings: s}
	if h.roster, err = roster.New(s.Issuer, s.Operators); err != nil {
		return nil, err
	}
	if h.lock, err = s.Site.lock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	h.anchor = h.roots()
	minter, err := h.minter()
	if err != nil {
		return nil, err
	}
	if h.statuses, err = h.lists(); err != nil {
		return nil, err
	}
	persons := vaultOf(h.ring, h.store, h.shelf, h.Now)
	persons.Origin = h.Issuer
	rooms := h.acts(persons, minter)
	if rooms.attest.Kinds, err = h.attestations(persons); err != nil {
		return nil, err
	}
	if rooms.barred, err = h.bundles(rooms.attest, persons); err != nil {
		return nil, err
	}
	if err := h.furnish(rooms); err != nil {
		return nil, err
	}
	if err := h.ring.Err(); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if err := h.erase.Resume(ctx); err != nil {
		return nil, fmt.Errorf("finish erasures: %w", err)
	}
	if err := h.erase.Expire(ctx); err != nil {
		return nil, fmt.Errorf("end what the law keeps no more: %w", err)
	}
	h.look(ctx)
	h.alive, h.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	go h.upkeep(h.alive, rooms.enrol)
	go h.watchKeys(h.alive)
	h.delivering.Go(func() { h.deliverDue(h.alive) })
	h.delivering.Go(func() { h.forget(h.alive) })
	h.delivering.Go(func() { h.followNews(h.alive) })
	h.delivering.Go(func() { h.publish(h.alive) })
	go h.watchCounters(h.alive)
	go h.watchStaff(h.alive)
	go h.rewrap(h.alive, persons)
	go persons.Remember(h.alive)
	return h, nil
}

// open opens keys, officers, store and shelf, wherever they lie.
func (h *house) open(ctx context.Context) (err error) {
	if h.ring, err = openRing(ctx, h.Site, h.Master, h.Profile); err != nil {
		return err
	}
	if h.quorum, err = h.officers(h.Now()); err != nil {
		return err
	}
	h.keeper = keeperOf(h.ring)
	db, err := h.Site.open(ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if h.store, err = store.Open(ctx, db, h.keeper, h.Now); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	size, err := h.entries(ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if h.epoch, err = fit(ctx, h.Data, h.store, h.keeper, size); err != nil {
		return err
	}
	h.shelf, err = h.Site.openShelf(ctx, h.ring.Versions("shelf"), size)
	return err
}

// entries is the size of the ledger, by its signed head.
func (h *house) entries(ctx context.Context) (uint64, error) {
	note, err := h.store.Head(ctx)
	if fault.Is(err, fault.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	size, _, err := h.keeper.CheckHead(note)
	return size, err
}

// acts are what the doors open onto.
type acts struct {
	enrol     *enrol.Act
	issue     *issue.Act
	signin    *signin.Act
	authorize *authorize.Act
	verify    *verify.Act
	look      *look.Act
	logout    *logout.Act
	guard     *guard.Act
	signal    *signal.Act
	attest    *attest.Act
	barred    *barred.Act
	redress   *redress.Act
}

func (h *house) acts(plain *vault.Vault, minter issue.Minter) acts {
	v := &vault.Guarded{Vault: plain, Tries: h.store, Now: h.Now}
	rules := law.New().For(h.Operator)
	book := ledger.NewBook(h.store, h.escrow(plain, rules.Class), h.Now)
	h.tally = tallyOf(h.ring, h.store, plain, book, h.Now)
	h.tally.Live = h.Sandbox
	box := func(use string) *suite.Box { return suite.NewRotatingBox(h.ring.Secrets(use), h.epoch.Label(use)) }
	outside := func(use string) *suite.Box { return suite.NewRotatingBox(h.ring.Secrets(use), use) } // what is good after a restore too
	h.admit = &admit.Act{Store: h.store, Keys: h.cover(), Invitations: box("invitation"), Fetch: h.sectors(), Certifier: h.anchor, Book: book, Law: rules, Now: h.Now}
	if !h.Sandbox || h.Reviews {
		h.admit.Operators = h.roster
	}
	h.desk = dossier.New(h.store, h.ring.Secret("dossier"), h.ring.Versions("dossier-body"))
	h.deliver = h.outbox()
	places := h.placing()
	parting := &logout.Act{Sids: outside("sid"), Goodbyes: suite.NewRotatingBox(h.ring.Secrets("request"), h.epoch.Label("goodbye")), Store: h.store, Vault: v, Post: h.deliver,
		Digest: suite.Digest, Book: book, Law: rules, Now: h.Now}
	h.erase = &erase.Act{Took: h.tally.Took, Parting: parting, Store: h.store, Vault: v, Quorum: h.quorum, Sets: h.keeper, Book: book, Law: rules, Now: h.Now}
	if h.News != nil {
		h.respond = &respond.Act{Name: h.NewsName, Feed: h.News, Store: h.store, Vault: v, Parting: parting, Post: h.deliver, Notice: shell.ChangeMessage,
			Book: book, Law: rules, Missed: h.missed, Now: h.Now}
	}
	faces := h.Faces
	spoken, _ := faces.(authorize.Face) // a simulator alone: the page of a request has no photo to compare with, and takes the twin
	a := acts{
		enrol: &enrol.Act{Store: h.store, Cover: h.cover(), Vault: v, Book: book, Law: rules, Operator: h.Operator, Issuer: h.Issuer,
			Desk: document.NewDesk(h.CSCA, h.Authority, !h.Sandbox, h.Now), Register: h.Authority, Faces: faces, Post: h.deliver,
			Sandbox: h.Sandbox, Message: shell.CodeMessage, Warning: shell.DeviceMessage, Notice: shell.ChangeMessage, Pace: h.pace(), Helped: shell.CounterMessage, AtCounter: enrol.Pace{Hourly: 20, Daily: 100}, Now: h.Now},
		issue: &issue.Act{Store: h.store, Vault: v, Minter: minter, Places: places, Keys: h.cover(), Parting: parting, Book: book, Law: rules, Now: h.Now},
		signin: &signin.Act{Challenges: box("challenge"), Offers: suite.NewRotatingBox(h.ring.Secrets("challenge"), h.epoch.Label("passkey")), Sessions: box("session"), Store: h.store, Vault: v, Places: places, Cover: h.cover(), Parting: parting, Post: h.deliver, Notice: shell.ChangeMessage, Book: book, Law: rules,
			Issuer: h.Issuer, Now: h.Now},
		authorize: &authorize.Act{Requests: box("request"), Codes: box("code"), Answers: box("answer"), Cover: h.cover(), Store: h.store, Vault: v,
			Faces: spoken, Digest: suite.Digest, Parting: parting, Book: book, Law: rules, Statement: statement.Of(service), Anywhere: statement.Anywhere(h.Issuer), Now: h.Now},
		verify: &verify.Act{Codes: box("code"), Accesses: box("access"), Grants: suite.NewRotatingBox(h.ring.Secrets("access"), h.epoch.Label("credential")), Refreshes: box("refresh"), Sids: outside("sid"), Cover: h.cover(), Store: h.store, Vault: v, Challenge: suite.PKCE, Equal: suite.Equal,
			Digest: suite.Digest, Book: book, Law: rules, Statement: statement.Of(service), Now: h.Now},
		look:   &look.Act{Store: h.store, Vault: v, Heads: h.keeper, Book: book, Law: rules, Issuer: h.Issuer, Now: h.Now},
		logout: parting,
	}
	a.attest = &attest.Act{Offers: suite.NewRotatingBox(h.ring.Secrets("code"), h.epoch.Label("offer")), Grants: suite.NewRotatingBox(h.ring.Secrets("access"), h.epoch.Label("credential")),
		Renewals: suite.NewRotatingBox(h.ring.Secrets("refresh"), h.epoch.Label("credential")), Store: h.store, Vault: v, Cover: h.cover(), Book: book, Law: rules, Later: h.Sandbox, Now: h.Now}
	// A party's answer to a request to erase is good after a restore too; the key's overlap is twice as long as it is heard.
	a.redress = &redress.Act{Asks: suite.NewRotatingBox(h.ring.Secrets("refresh"), "erasure"), Store: h.store, Vault: v, Post: h.deliver, Parting: parting, Alarm: h.reported, Book: book, Law: rules, Now: h.Now}
	h.recall, h.redress = h.recalling(v, places), a.redress
	h.staff = &staff.Act{Dossiers: h.desk, Store: h.store, Cover: h.cover(), Index: v, Sessions: suite.NewRotatingBox(h.ring.Secrets("session"), h.epoch.Label("staff")), Challenges: suite.NewRotatingBox(h.ring.Secrets("challenge"), h.epoch.Label("staff")),
		Drafts: suite.NewRotatingBox(h.ring.Secrets("request"), h.epoch.Label("proposal")), Book: book, Issuer: h.Issuer, Now: h.Now}
	h.staff.Kinds, h.admit.Console = aboutParties(h.admit, h.staff), h.staff
	h.partner = h.partners(book)
	h.incident = &incident.Act{Dossiers: h.desk, Store: h.store, Vault: v, Records: a.look, Pager: h.staff, Operators: h.roster, Book: book, Now: h.Now}
	h.assist = h.assisting(v, book)
	a.look.Assists = copies{h.assist}
	h.supervise = h.supervising(a, book)
	book.Hold(h.incident)
	a.issue.Holds = h.incident
	h.counters = &counter.Act{Store: h.store, Cover: h.cover(), Index: v, Sessions: suite.NewRotatingBox(h.ring.Secrets("session"), h.epoch.Label("counter")), Book: book, Now: h.Now}
	a.enrol.Counters, h.helped = h.counters, a.enrol
	h.sent = a.enrol.Sent
	a.guard = &guard.Act{Store: h.store, Pace: h.gathering(), Reviews: suite.NewRotatingBox(h.ring.Secrets("request"), "guardian-review"), Tickets: h.supervise, Alarm: h.review, Register: h.Authority, Vault: v, Digest: suite.Digest, Mover: a.issue, Withdrawer: a.authorize,
		Book: book, Law: rules, Issuer: h.Issuer, Now: h.Now}
	h.guard, h.incident.Wards = a.guard, a.guard
	h.two()
	h.rights = &rights.Act{Store: h.store, Vault: v, Register: h.Authority, Copier: a.look, Claims: suite.NewRotatingBox(h.ring.Secrets("refresh"), "claim"), // the life of a refresh token, 91 days, is longer than a claim's
		Digest: suite.Digest, Equal: suite.Equal, Alarm: h.claimed, Book: book, Law: rules, Now: h.Now}
	h.erase.Heirs = h.rights
	a.enrol.Guardians, a.authorize.Guardians, h.erase.Wards = a.guard, a.guard, a.guard
	if h.respond != nil {
		h.respond.Guardians = a.guard
	}
	a.authorize.Waits = suite.NewRotatingBox(h.ring.Secrets("request"), h.epoch.Label("guardian"))
	a.authorize.Frames, a.authorize.Arrivals = suite.NewRotatingBox(h.ring.Secrets("request"), h.epoch.Label("frame")), suite.NewRotatingBox(h.ring.Secrets("request"), h.epoch.Label("arrival"))
	a.signal = &signal.Act{Store: h.store, Vault: v, Carrier: h.pushServices(), Post: h.deliver, Book: book, Law: rules, Now: h.Now}
	a.signin.Signals, h.erase.Signals = a.signal, a.signal // those of before an operator took the list away end too
	if h.deliver.Senders[identity.Signals] = a.signal; len(h.Push) > 0 {
		a.guard.Signals = a.signal
	}
	return a
}

// minter signs net certificates with the key of that one use, in the suite of
// the house: netid alone reads them.
func (h *house) minter() (issue.Minter, error) {
	own := h.ring.Profile().Suite()
	coder, err := jose.NewCoder(jose.AlgOf(own), h.ring.Signers("certificate"), sdjwt.TypeCredential)
	if own == identity.ES256 {
		coder, err = jose.NewChainedCoder(jose.ES256, h.ring.Signers("certificate"), sdjwt.TypeCredential, h.anchor.Chains("certificate"))
	}
	if err != nil {
		return nil, err
	}
	issuer, err := sdjwt.NewIssuer(coder, own, 1) // nothing in it is hidden from netid
	return netcert.New(h.Issuer, issuer, h.ring.Versions("number"), h.listOf), err
}

// Close stops the upkeep, leaves the last head and closes the store.
func (h *house) Close() {
	if h.stop != nil {
		h.stop(nil)
		defer h.makers.tell(h.Log)
		h.delivering.Wait() // attempts under way are cut short, and put down as not made
		h.count(context.Background())
		h.remember(context.Background(), "")
	}
	if h.store != nil {
		h.store.Close()
	}
	if h.shelf != nil {
		h.shelf.Close()
	}
	if h.lock != nil {
		h.lock.Close()
	}
}
