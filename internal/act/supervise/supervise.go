// Package supervise is the act by which the service answers to supervision: dated records
// of what law asks of it and of its parties by a day, with a reminder ahead and an alarm
// afterwards; emergencies and their notice; tickets for minors' information; and the gate
// for what would leave the country.
//
// It owns these records and their days. It refuses to know any citizen: of people it has
// counts. What is due when, and what opens, is internal/law's; who proposes and who
// approves, the console's.
//
// Invariants: a record is one dossier, so what two do to it at once is decided one after
// the other. Its moments are the clock's. A ticket is used in the commit of what it allows,
// once. Each change stands in the public ledger by its sort and day, about nobody.
// Decision: docs/adr/0073-supervision.md.
package supervise

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Dossiers keep the records of this act.
type Dossiers interface {
	Read(ctx context.Context, kind, name string, into any) (version uint64, err error)
	List(ctx context.Context, kind string, each func(name string, version uint64, open func(into any) error) error) error
	Keep(kind, name string, from uint64, v any) (identity.KeepDossier, error)
}

// Parties are those whom this service serves, and the way back to review of one.
type Parties interface {
	Parties(ctx context.Context) ([]identity.Party, error)
	Recheck(ctx context.Context, id identity.PartyID) (identity.Party, error)
}

// Asked is how many requests to erase a party has: numbers, and nobody.
type Asked struct {
	Open    int `json:"open"`    // the term runs
	Overdue int `json:"overdue"` // left unanswered
}

// The kinds of dossier.
const (
	records     = "supervision"
	emergencies = "supervision-emergency"
	tickets     = "supervision-ticket"
	exports     = "supervision-export"
)

const (
	maxEntries = 40 // a yearly duty for a working life; whole words of each fit one record
	maxText    = 300
	maxName    = 60
	maxNumber  = 10  // digits together: more are a document's or a telephone's
	tries      = 100 // at one record, before who comes is asked to come again
)

// Act keeps what supervision asks for. It may be used by many goroutines.
type Act struct {
	Dossiers Dossiers
	Parties  Parties
	Erasures func(ctx context.Context) (map[identity.PartyID]Asked, error)       // nil: nobody counts them
	Faces    func(ctx context.Context) (persons int, reached time.Time, e error) // who used the face step; when they were as many as are filed; nil: none
	People   func(ctx context.Context) (int, error)                              // who is enrolled, as the months that were published say; nil: nobody counts them
	Sandbox  bool                                                                // the people are made up: nothing is due for them
	Book     *ledger.Book
	Now      func() time.Time
}

// Entry is what somebody did and wrote down. By is a word for who works here, never a
// citizen; what the program did by itself is by "netid".
type Entry struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Number string    `json:"number,omitempty"` // of the document, at who received it
	Digest string    `json:"sha256,omitempty"` // of the document, which is kept elsewhere
}

// Record is one duty.
type Record struct {
	Reference string           `json:"reference"`
	Duty      law.Duty         `json:"duty"`
	Party     identity.PartyID `json:"party,omitempty"`
	Count     int              `json:"count,omitempty"` // requests that a party left unanswered; persons who used the face step
	Opened    time.Time        `json:"opened"`
	Due       identity.Date    `json:"due"`
	Entries   []Entry          `json:"entries"`
	Closed    time.Time        `json:"closed,omitzero"`
}

// Stage is where it stands on a day.
func (r Record) Stage(today identity.Date) law.Stage {
	if !r.Closed.IsZero() {
		return law.Met
	}
	return law.StageOf(r.Due, today)
}

// Opening is a duty that somebody writes down.
type Opening struct {
	By   string        `json:"by"`
	Duty law.Duty      `json:"duty"`
	What string        `json:"what"`
	Due  identity.Date `json:"due,omitzero"` // earlier than the law's day; without one it is that
}

// Step is what somebody did about a record.
type Step struct {
	By     string `json:"by"`
	What   string `json:"what"`
	Number string `json:"number,omitempty"`
	Digest string `json:"sha256,omitempty"`
}

// Open writes a duty down and gives its reference.
func (a *Act) Open(ctx context.Context, o Opening) (ref string, err error) {
	const op = "supervise.Open"
	if !o.Duty.Handed() {
		return "", fault.New(op, fault.Invalid, "supervision_duty_unknown")
	}
	if err := words(op, o.By, o.What); err != nil {
		return "", err
	}
	now, due := a.now(), o.Duty.Due(a.today())
	if o.Due != (identity.Date{}) && (!o.Due.Valid() || due.Before(o.Due) || o.Due.Before(a.today())) {
		return "", fault.New(op, fault.Invalid, "supervision_day_invalid") // the law's day is the last
	}
	if o.Due != (identity.Date{}) {
		due = o.Due
	}
	r := Record{Reference: word(), Duty: o.Duty, Opened: now, Due: due, Entries: []Entry{{By: o.By, At: now, What: o.What}}}
	return r.Reference, fault.At(op, a.keep(ctx, r, 0, "opened"))
}

// Do writes down that a duty was done. One that returns is due anew; any other is over.
func (a *Act) Do(ctx context.Context, ref string, s Step) error {
	const op = "supervise.Do"
	if err := s.check(op); err != nil {
		return err
	}
	return fault.At(op, again(func() error {
		r, version, err := a.read(ctx, ref)
		switch {
		case err != nil:
			return err
		case !r.Closed.IsZero():
			return fault.New(op, fault.Conflict, "supervision_closed")
		case r.Duty.Papered() && s.Number == "" && s.Digest == "":
			return fault.New(op, fault.Invalid, "supervision_document_missing")
		case len(r.Entries) >= maxEntries:
			return fault.New(op, fault.Conflict, "supervision_full")
		}
		r.Entries = append(r.Entries, Entry{s.By, a.now(), s.What, s.Number, s.Digest})
		if r.Duty.Returns() {
			r.Due = r.Duty.Due(a.today())
		} else {
			r.Closed = a.now()
		}
		return a.keep(ctx, r, version, "done")
	}))
}

func (s Step) check(op string) error {
	if err := words(op, s.By, s.What); err != nil {
		return err
	}
	if s.Number != "" && (!readable(s.Number, maxName) || !strings.ContainsFunc(s.Number, unicode.IsNumber)) {
		return fault.New(op, fault.Invalid, "supervision_document_invalid")
	}
	if raw, err := hex.DecodeString(s.Digest); s.Digest != "" && (err != nil || len(raw) != 32) {
		return fault.New(op, fault.Invalid, "supervision_document_invalid")
	}
	return nil
}

// Read is the record of a reference, else NotFound "supervision_unknown".
func (a *Act) Read(ctx context.Context, ref string) (r Record, err error) {
	r, _, err = a.read(ctx, ref)
	return r, err
}

func (a *Act) read(ctx context.Context, ref string) (r Record, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, records, ref, &r)
	return r, version, unknown("supervise.read", err)
}

func unknown(op string, err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(op, fault.NotFound, "supervision_unknown")
	}
	return fault.At(op, err)
}

// Records are all of them, the nearest day first, those that are over last.
func (a *Act) Records(ctx context.Context) ([]Record, error) {
	all, err := every[Record](ctx, a, records)
	slices.SortStableFunc(all, func(x, y Record) int {
		if x.Closed.IsZero() != y.Closed.IsZero() {
			if x.Closed.IsZero() {
				return -1
			}
			return 1
		}
		if x.Due != y.Due {
			return strings.Compare(x.Due.String(), y.Due.String())
		}
		return strings.Compare(x.Reference, y.Reference)
	})
	return all, fault.At("supervise.Records", err)
}

func every[T any](ctx context.Context, a *Act, kind string) (all []T, err error) {
	err = a.Dossiers.List(ctx, kind, func(_ string, _ uint64, open func(any) error) error {
		var one T
		err := open(&one)
		all = append(all, one)
		return err
	})
	return all, err
}

// keep stores a record beside its event.
func (a *Act) keep(ctx context.Context, r Record, version uint64, what string) error {
	kept, err := a.Dossiers.Keep(records, r.Reference, version, r)
	if err != nil {
		return err
	}
	return a.tell(ctx, string(r.Duty)+" "+what+" due "+r.Due.String(), kept)
}

// tell commits verbs with an event that says sort and moment: no reference, no word that
// somebody wrote, no party and no count.
func (a *Act) tell(ctx context.Context, detail string, verbs ...identity.Verb) error {
	_, err := a.Book.RecordPublic(ctx, identity.Event{Kind: identity.Supervised, Detail: detail, Grounds: []identity.Ground{}}, verbs...)
	return err
}

// again does something until nobody changed the record in between.
func again(do func() error) (err error) {
	for range tries {
		if err = do(); !fault.Because(err, "dossier_moved") {
			break
		}
	}
	return err
}

func (a *Act) now() time.Time       { return a.Now().UTC().Truncate(time.Second) }
func (a *Act) today() identity.Date { return identity.Today(a.Now()) }

func word() string {
	h := identity.NewHandle()
	return hex.EncodeToString(h[:8])
}

// words refuses what cannot be read, and what looks like somebody's number.
func words(op, by, what string) error {
	if !readable(by, maxName) || !readable(what, maxText) {
		return fault.New(op, fault.Invalid, "supervision_text_invalid")
	}
	if numbered(by) || numbered(what) {
		return fault.New(op, fault.Invalid, "supervision_names_somebody")
	}
	return nil
}

func readable(s string, most int) bool {
	unseen := func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) }
	seen := strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && seen && !strings.ContainsFunc(s, unseen) && strings.TrimSpace(s) == s
}

// numbered reports whether more digits stand together than a count or a day has.
func numbered(s string) bool {
	run := 0
	for _, r := range s {
		if run++; !unicode.IsDigit(r) {
			run = 0
		}
		if run > maxNumber {
			return true
		}
	}
	return false
}
