// Package kit furnishes all acts on a real store, vault and ledger for tests,
// with a desk that hands over whatever document the test holds, a telephone
// that rings in memory, a clock that the test moves and a law that it may invert.
//
// It owns no behaviour of its own and refuses to stand in for anything that
// the service itself decides.
package kit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/act/assist"
	"netid/internal/act/attest"
	"netid/internal/act/authorize"
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
	"netid/internal/connector/egress"
	"netid/internal/dossier"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/roster"
	"netid/internal/store"
	"netid/internal/store/sqlite"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	"netid/internal/token/jose"
	"netid/internal/token/netcert"
	"netid/internal/token/sdjwt"
	"netid/internal/token/statement"
	"netid/internal/token/statuslist"
	"netid/internal/vault"
	"netid/test/blank"
)

// Kit is a furnished service without doors.
type Kit struct {
	Dir       string
	Ring      *keyring.Ring
	Shelf     *vault.FileShelf
	Store     *store.Store
	Keeper    *ledger.Keeper
	Vault     *vault.Guarded
	Enrol     *enrol.Act
	Issue     *issue.Act
	Signin    *signin.Act
	Authorize *authorize.Act
	Verify    *verify.Act
	Look      *look.Act
	Rights    *rights.Act
	Erase     *erase.Act
	Admit     *admit.Act
	Deliver   *deliver.Act
	Logout    *logout.Act
	Guard     *guard.Act
	Signal    *signal.Act
	Attest    *attest.Act
	Respond   *respond.Act
	Redress   *redress.Act
	Counter   *counter.Act
	Staff     *staff.Act
	Partner   *partner.Act
	Incident  *incident.Act
	Assist    *assist.Act
	Supervise *supervise.Act
	PartyKeys map[identity.PartyID][]byte // with which a party proves itself to an organisation's claim
	Places    *publish.Places
	Recall    *recall.Act
	Status    *publish.Act[*statuslist.List]
	Tally     *tally.Act
	Desk      *Desk
	Officers  *Officers
	Escrow    *quorum.Escrow

	News      *News                    // what the authority tells
	Published map[string]string        // documents that parties publish, by address
	Down      func(party string) error // what a party's server answers to a notice; nil: it takes it
	told      []Notice
	wished    []Wish
	Makers    *Makers                  // the push services of browsers' makers
	Deaf      func(phone string) error // what the telephone network answers; nil: it takes everything
	Profile   suite.Profile

	operators []roster.Key
	recalled  error // why the last recall stopped

	t      testing.TB
	mu     sync.Mutex
	now    time.Time
	codes  map[string]string
	warned []string
	close  func()
}

// Close ends the kit, as a process would that stops.
func (k *Kit) Close() { k.close() }

// Start is when the kit's clock begins.
var Start = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// New furnishes everything in a directory of the test's own under the law.
func New(t testing.TB, rules *law.Book) *Kit { return Open(t, t.TempDir(), rules) }

// Open furnishes everything in dir, finding there what an earlier kit left.
func Open(t testing.TB, dir string, rules *law.Book) *Kit { return OpenAs(t, dir, rules, "") }

// OpenAs is Open under a profile; empty is the directory's own, or international.
func OpenAs(t testing.TB, dir string, rules *law.Book, profile suite.Profile) *Kit {
	t.Helper()
	k := &Kit{Dir: dir, t: t, now: Start, codes: map[string]string{}, News: &News{}}
	k.open(rules, profile, nil)
	return k
}

// Again opens dir, a copy of k's, at k's time and with its telephones; writes
// may have something go wrong; then what an erasure left is not finished here.
func (k *Kit) Again(t testing.TB, dir string, rules *law.Book, writes *Writes) *Kit {
	t.Helper()
	other := &Kit{Dir: dir, t: t, now: k.Now(), codes: maps.Clone(k.codes), News: k.News.copy(), operators: k.operators, Published: maps.Clone(k.Published)}
	other.open(rules, "", writes)
	other.Desk.Kin = k.Desk.Kin
	return other
}

func (k *Kit) open(rules *law.Book, profile suite.Profile, writes *Writes) {
	t, dir, ctx := k.t, k.Dir, context.Background()
	t.Helper()
	k.Desk = &Desk{}
	ring, err := keyring.Open(filepath.Join(dir, "keyring"), keyring.MasterFile(filepath.Join(dir, "keyring", "master")), profile)
	must(t, err)
	k.Ring, k.Profile = ring, ring.Profile()
	k.Keeper = KeeperOf(ring)
	db, err := sqlite.Open(blank.Lay(t, filepath.Join(dir, "netid.db")))
	must(t, err)
	k.Store, err = store.Open(ctx, faultyDatabase{db, writes}, k.Keeper, k.Now)
	must(t, err)
	shelf, err := vault.OpenShelf(filepath.Join(dir, "keyring", "people.shelf"), ring.Versions("shelf"))
	must(t, err)
	k.Shelf = shelf
	k.close = sync.OnceFunc(func() { k.Store.Close(); shelf.Close() })
	t.Cleanup(k.close)
	plain := vault.New(vault.Secrets{Identity: ring.Versions("vault-identity"), Subject: ring.Versions("vault-subject"), Record: ring.Versions("vault-record"),
		Index: ring.Versions("vault-index"), Service: ring.Secret("vault-service"), Pepper: ring.Versions("pepper")}, k.Store, faultyShelf{shelf, writes}, k.Now)
	plain.Origin = Issuer
	plain.Unstretched() // most of a test's time was passcodes; what they cost is suite's to test
	k.Vault = &vault.Guarded{Vault: plain, Tries: k.Store, Now: k.Now}
	coder, err := jose.NewCoder(jose.AlgOf(ring.Profile().Suite()), ring.Signers("certificate"), sdjwt.TypeCredential)
	must(t, err)
	k.Officers = found(t, filepath.Join(dir, "keyring", "quorum"), filepath.Join(dir, "officers"), ring.Secret("quorum"), ring.Secret("escrow"), k.Now)
	k.furnish(ring, coder, rules)
	if writes == nil { // else the test says what is done, and when
		must(t, k.Erase.Resume(ctx))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Issuer of every kit.
const Issuer = "https://netid.example"

// Operator of every kit.
func Operator() law.Operator {
	return law.Operator{Name: identity.Text{ZH: "测试运营者", EN: "Test operator"}, Contact: "test@netid.invalid"}
}

func (k *Kit) furnish(ring *keyring.Ring, coder sdjwt.Coder, rules *law.Book) {
	rules = rules.For(Operator())
	k.Escrow = quorum.NewEscrow(k.Officers.Quorum, ring.Secret("escrow"), rules.Class)
	k.Escrow.Copies(k.Vault.ForOfficers)
	book := ledger.NewBook(k.Store, k.Escrow, k.Now)
	box := func(use string) *suite.Box { return suite.NewRotatingBox(ring.Secrets(use), use) }
	k.Tally = &tally.Act{Store: k.Store, Figures: suite.NewBox(ring.Secret("vault-service"), "figures"), Place: func(month string) []byte { return k.Vault.CounterIndex("figures", []byte(month)) },
		Digest: suite.Digest, Book: book, Law: rules, Now: k.Now}
	book.Tell(k.Tally.Happened)
	c := cover{suite.Cover{Suite: ring.Profile().Suite()}, ring.Profile()}
	k.Admit = &admit.Act{Store: k.Store, Keys: c, Invitations: box("invitation"), Fetch: k.fetch, Operators: k.roster(), Book: book, Law: rules, Now: k.Now}
	k.Erase = &erase.Act{Took: k.Tally.Took, Store: k.Store, Vault: k.Vault, Quorum: k.Officers, Sets: k.Keeper, Book: book, Law: rules, Now: k.Now}
	k.Deliver = &deliver.Act{Store: k.Store, Box: box("outbox"), Senders: map[identity.DeliveryKind]deliver.Sender{identity.ShortMessage: k, identity.LogoutToken: servers{k}, identity.ErasureToken: erasers{k}, identity.Signals: signals{k}}, Random: c.Random, Now: k.Now}
	k.Logout = &logout.Act{Sids: box("sid"), Goodbyes: suite.NewRotatingBox(ring.Secrets("request"), "goodbye"), Store: k.Store, Vault: k.Vault, Post: k.Deliver, Digest: suite.Digest, Book: book, Law: rules, Now: k.Now}
	k.Erase.Parting = k.Logout
	k.Redress = &redress.Act{Asks: suite.NewRotatingBox(ring.Secrets("refresh"), "erasure"), Store: k.Store, Vault: k.Vault, Post: k.Deliver, Parting: k.Logout, Book: book, Law: rules, Now: k.Now}
	k.Respond = &respond.Act{Feed: k.News, Store: k.Store, Vault: k.Vault, Parting: k.Logout, Post: k.Deliver, Notice: func(change string) string { return "notice " + change }, Book: book, Law: rules, Now: k.Now}
	k.Enrol = &enrol.Act{Store: k.Store, Cover: c, Desk: k.Desk, Register: k.Desk, Faces: Face{}, Post: k.Deliver, Vault: k.Vault, Book: book, Law: rules,
		Operator: Operator(), Issuer: Issuer, Sandbox: true, Pace: enrol.Pace{Hourly: 5, Daily: 10, Budget: 1000}, Message: func(_, code string) string { return "code " + code }, Warning: func(string) string { return "warned" }, Notice: func(change string) string { return "notice " + change }, Now: k.Now,
		Helped: func(_ string, at identity.CounterID) string { return "helped at " + string(at) }, AtCounter: enrol.Pace{Hourly: 4, Daily: 5}}
	k.Staff = &staff.Act{Dossiers: dossier.New(k.Store, ring.Secret("dossier"), ring.Versions("dossier-body")), Store: k.Store, Cover: c, Index: k.Vault, Sessions: suite.NewRotatingBox(ring.Secrets("session"), "staff"),
		Challenges: suite.NewRotatingBox(ring.Secrets("challenge"), "staff"), Drafts: suite.NewRotatingBox(ring.Secrets("request"), "proposal"), Book: book, Issuer: Issuer, Now: k.Now}
	k.Admit.Console = k.Staff
	k.Counter = &counter.Act{Store: k.Store, Cover: c, Index: k.Vault, Sessions: suite.NewRotatingBox(ring.Secrets("session"), "counter"), Book: book, Now: k.Now}
	k.Enrol.Counters, k.Partner = k.Counter, k.partners(book, c)
	k.Incident = &incident.Act{Dossiers: k.Staff.Dossiers, Store: k.Store, Vault: k.Vault, Pager: k.Staff, Operators: k.roster(), Book: book, Now: k.Now}
	k.Supervise = &supervise.Act{Dossiers: k.Staff.Dossiers, Parties: k.Admit, Erasures: k.unanswered, Sandbox: true, Book: book, Now: k.Now}
	book.Hold(k.Incident)
	k.Assist = k.assists(ring, book)
	root, err := sdjwt.NewIssuer(coder, ring.Profile().Suite(), 1)
	must(k.t, err)
	list := func(shard uint32) string { return publish.URI(Issuer, shard) }
	key := ring.Secret("places")
	k.Places = &publish.Places{Counter: k.Store, Now: k.Now, Shuffle: func(shard uint32, n uint64) (uint64, error) {
		s, err := statuslist.NewShuffle(key, list(shard), identity.ShardSize)
		must(k.t, err)
		return s.Place(n)
	}}
	signers := ring.Signers("status")
	status, err := jose.NewCoder(jose.ES256, signers, statuslist.TypeJWT)
	must(k.t, err)
	k.Status = &publish.Act[*statuslist.List]{Store: k.Store, Signer: statuslist.NewIssuer(status, signers), Issuer: Issuer, Now: k.Now}
	k.Recall = &recall.Act{Store: k.Store, Vault: k.Vault, Places: k.Places, Book: book, Digest: suite.Digest, Go: func(do func(context.Context)) { do(context.Background()) },
		Rest: func(context.Context, time.Duration) {}, Failed: func(err error) { k.recalled = err }, Page: k.Staff.Page, Now: k.Now}
	k.Issue = &issue.Act{Store: k.Store, Vault: k.Vault, Minter: netcert.New(Issuer, root, ring.Versions("number"), list), Places: k.Places, Keys: c, Parting: k.Logout, Holds: k.Incident, Book: book, Law: rules, Now: k.Now}
	k.Signin = &signin.Act{Challenges: box("challenge"), Offers: suite.NewRotatingBox(ring.Secrets("challenge"), "passkey"), Sessions: box("session"), Store: k.Store, Vault: k.Vault, Places: k.Places, Cover: c, Parting: k.Logout, Post: k.Deliver, Notice: func(change string) string { return "notice " + change }, Book: book, Law: rules, Issuer: Issuer, Now: k.Now}
	k.Authorize = &authorize.Act{Requests: box("request"), Codes: box("code"), Answers: box("answer"), Cover: c, Store: k.Store, Vault: k.Vault, Faces: Face{},
		Digest: suite.Digest, Parting: k.Logout, Book: book, Law: rules, Statement: statement.Of("netid"), Anywhere: statement.Anywhere(Issuer), Now: k.Now}
	k.Verify = &verify.Act{Sids: box("sid"), Codes: box("code"), Accesses: box("access"), Grants: suite.NewRotatingBox(ring.Secrets("access"), "credential"), Refreshes: box("refresh"), Cover: c, Store: k.Store, Vault: k.Vault, Challenge: suite.PKCE, Equal: suite.Equal,
		Digest: suite.Digest, Book: book, Law: rules, Statement: statement.Of("netid"), Now: k.Now}
	k.Guard = &guard.Act{Store: k.Store, Pace: guard.Pace{Alone: 5, Daily: 2}, Reviews: suite.NewRotatingBox(ring.Secrets("request"), "guardian-review"), Tickets: k.Supervise, Register: k.Desk, Vault: k.Vault, Digest: suite.Digest, Mover: k.Issue, Withdrawer: k.Authorize, Book: book, Law: rules, Issuer: Issuer, Now: k.Now}
	k.Enrol.Guardians, k.Authorize.Guardians, k.Erase.Wards, k.Respond.Guardians = k.Guard, k.Guard, k.Guard, k.Guard
	k.Authorize.Waits = suite.NewRotatingBox(ring.Secrets("request"), "guardian")
	k.Authorize.Frames, k.Authorize.Arrivals = suite.NewRotatingBox(ring.Secrets("request"), "frame"), suite.NewRotatingBox(ring.Secrets("request"), "arrival")
	if k.Makers == nil {
		k.Makers = &Makers{}
	}
	k.Signal = &signal.Act{Store: k.Store, Vault: k.Vault, Carrier: k.Makers, Post: k.Deliver, Book: book, Law: rules, Now: k.Now}
	k.Guard.Signals, k.Signin.Signals, k.Erase.Signals = k.Signal, k.Signal, k.Signal
	k.Attest = &attest.Act{Offers: suite.NewRotatingBox(ring.Secrets("code"), "offer"), Grants: suite.NewRotatingBox(ring.Secrets("access"), "credential"), Renewals: suite.NewRotatingBox(ring.Secrets("refresh"), "credential"),
		Kinds: k.attestations(), Store: k.Store, Vault: k.Vault, Cover: c, Book: book, Law: rules, Now: k.Now}
	k.Look = &look.Act{Store: k.Store, Vault: k.Vault, Heads: k.Keeper, Assists: copies{k.Assist}, Book: book, Law: rules, Issuer: Issuer, Now: k.Now}
	k.Incident.Records, k.Incident.Wards = k.Look, k.Guard
	k.Rights = &rights.Act{Store: k.Store, Vault: k.Vault, Register: k.Desk, Copier: k.Look, Claims: suite.NewRotatingBox(ring.Secrets("refresh"), "claim"), Digest: suite.Digest, Equal: suite.Equal, Book: book, Law: rules, Now: k.Now}
	k.Erase.Heirs = k.Rights
}

type cover struct {
	suite.Cover
	profile suite.Profile
}

func (cover) CheckJWKS(b []byte) error                               { return jose.CheckSet(b, jose.PartyAlgs()...) }
func (cover) CheckAddress(address string) error                      { return egress.New(false).Check(address) }
func (cover) CheckMethod(identity.PartyID, identity.PartyAuth) error { return nil }
func (cover) CheckSeal(b []byte, alg string) error {
	return jose.CheckSeal(b, alg, jose.PartyAlgs()...)
}
func (cover) Signing(b []byte) bool { return jose.Signing(b, jose.PartyAlgs()...) }
func (cover) Thumbprints(b []byte) ([]string, error) {
	return jose.Thumbprints(b, jose.PartyAlgs()...)
}
func (c cover) CheckIDTokenAlg(alg string) error { return jose.CheckAlg(c.profile, alg) }

// Now is the kit's clock.
func (k *Kit) Now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

// Advance moves the clock; the officers have made the month that it then is.
func (k *Kit) Advance(d time.Duration) {
	k.mu.Lock()
	k.now = k.now.Add(d)
	k.mu.Unlock()
	k.Officers.meet(k.t)
}

// fetch gets what a party publishes.
func (k *Kit) fetch(_ context.Context, address string) ([]byte, error) {
	if body, there := k.Published[address]; there {
		return []byte(body), nil
	}
	return nil, fault.New("kit.fetch", fault.Unavailable, "address_unreachable")
}

var digits = regexp.MustCompile(`\d{6}`)

// Send keeps the code for the telephone.
func (k *Kit) Send(_ context.Context, _ identity.DeliveryID, phone, text string) error {
	if k.Deaf != nil {
		if err := k.Deaf(phone); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if text == "warned" || strings.HasPrefix(text, "notice ") || strings.HasPrefix(text, "helped ") {
		k.warned = append(k.warned, strings.TrimPrefix(text, "notice ")+" "+phone)
		return nil
	}
	k.codes[phone] = digits.FindString(text)
	return nil
}

// Warned is what telephones heard of devices and guardians: "warned", "added", "removed", "stopped" or "guardian.ended", and the telephone.
func (k *Kit) Warned() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.warned)
}

// Code is the last one sent to a telephone.
func (k *Kit) Code(phone string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.codes[phone]
}

// Face accepts "match".
type Face struct{}

func (Face) Compares(string) bool                                    { return true }
func (Face) Text(identity.FaceTerms) string                          { return "" }
func (f Face) Heard(_ identity.FaceTerms, w identity.FaceWord) error { return f.Check(w.Said) }

func (Face) Check(assertion string) error {
	if assertion != "match" {
		return fault.New("kit.Face", fault.Invalid, "face_no_match")
	}
	return nil
}

// Device is a P-256 key as a browser holds it, or an authenticator.
type Device struct {
	suite.Signer
	JWK     []byte
	Passkey bool
}

// NewDevice makes a device key. A device without one signs nothing.
func NewDevice() Device {
	secret, err := suite.NewES256Secret()
	if err != nil {
		return Device{}
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		return Device{}
	}
	return Device{Signer: s, JWK: s.PublicJWK()}
}

// Sign signs like WebCrypto (r||s), or like an authenticator and a browser on a
// page of the kit's issuer, in the form in which client.CheckDevice reads it.
func (d Device) Sign(message []byte) []byte {
	if d.Signer == nil {
		return nil
	}
	tail := ""
	if d.Passkey {
		const flags, rest = "\x1d\x00\x00\x00\x00", `,"crossOrigin":false}`
		host, challenge := sha256.Sum256([]byte(strings.TrimPrefix(Issuer, "https://"))), sha256.Sum256(message)
		data := sha256.Sum256([]byte(`{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(challenge[:]) + `","origin":"` + Issuer + `"` + rest))
		message, tail = append(append(host[:], flags...), data[:]...), flags+rest
	}
	sig, err := d.Signer.Sign(message)
	if err != nil {
		return nil
	}
	return append(sig, tail...)
}
